"""What a check reads, on the short way to the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, select

from oqs_sim.store.journal import Journal
from oqs_sim.store.schema import (
    certificate,
    qualification,
    qualification_by_number,
    registration,
)
from storage import DirectConnection

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Engine


class Person(NamedTuple):
    """Where a person's rows lie."""

    bucket: int
    person_reference: str


class KnownCertificate(NamedTuple):
    """A certificate that the J-LIS simulator issued."""

    bucket: int
    person_reference: str
    fingerprint: bytes
    expires_on: date
    renewed_at: datetime | None
    replaced_expiry: date | None
    revoked_at: datetime | None
    suspended_at: datetime | None
    grace: bool


class KnownQualification(NamedTuple):
    """A row of ``qualification``, without its bucket."""

    insurer_number: str
    insured_card_symbol: str
    insured_identification_number: str
    insured_branch_number: str
    insurer_name: str
    personal_family_classification: str
    name: str
    name_kana: str
    sex1: str
    birthdate: str
    address: str
    post_number: str
    qualification_date: str
    disqualification_date: str | None
    reason_of_loss: str | None
    insured_partial_contribution_ratio: str
    view_stopped: str
    self_information_blocked: str
    undisclosed: str
    special_medical_expense: str
    limit_classification_flag: str | None
    limit_valid_start_date: str | None
    limit_valid_end_date: str | None


class Inquiries:
    """The statements of the checks; for one thread. What they write is in ``journal``."""

    def __init__(self, engine: Engine) -> None:
        """Write the statements for the database of ``engine``."""
        self._direct = direct = DirectConnection(engine)
        self._certificate = direct.prepare(
            select(*(certificate.c[name] for name in KnownCertificate._fields)).where(
                certificate.c.authority_key == bindparam("authority_key"),
                certificate.c.serial == bindparam("serial"),
            )
        )
        self._registered = direct.prepare(
            select(registration.c.channel).where(
                registration.c.bucket == bindparam("bucket"),
                registration.c.person_reference == bindparam("person_reference"),
            )
        )
        self._qualifications = direct.prepare(
            select(*(qualification.c[name] for name in KnownQualification._fields)).where(
                qualification.c.bucket == bindparam("bucket"),
                qualification.c.person_reference == bindparam("person_reference"),
            )
        )
        holders = select(
            qualification_by_number.c.bucket, qualification_by_number.c.person_reference
        ).where(
            qualification_by_number.c.insurer_number == bindparam("insurer_number"),
            qualification_by_number.c.insured_card_symbol == bindparam("symbol"),
            qualification_by_number.c.insured_identification_number == bindparam("number"),
        )
        self._holders = direct.prepare(holders)
        self._holders_of_branch = direct.prepare(
            holders.where(qualification_by_number.c.insured_branch_number == bindparam("branch"))
        )
        self.journal = Journal(direct)

    def find_certificate(self, authority_key: bytes, serial: int) -> KnownCertificate | None:
        """Find a certificate by its issuer's key identifier and its serial."""
        key = {"authority_key": authority_key, "serial": serial}
        row = self._direct.first(self._certificate, key)
        return KnownCertificate(*row) if row else None

    def is_registered(self, person: Person) -> bool:
        """Tell whether the person's card is registered for insurance use."""
        return self._direct.first(self._registered, person._asdict()) is not None

    def qualifications_of(self, person: Person) -> list[KnownQualification]:
        """Return all qualifications that OQS knows of the person."""
        rows = self._direct.all(self._qualifications, person._asdict())
        return [KnownQualification(*row) for row in rows]

    def holders_of(
        self, insurer_number: str, symbol: str, number: str, branch: str | None
    ) -> list[Person]:
        """Return whose number this is: several persons, perhaps, when no branch is given."""
        key = {"insurer_number": insurer_number, "symbol": symbol, "number": number}
        if branch is None:
            rows = self._direct.all(self._holders, key)
        else:
            rows = self._direct.all(self._holders_of_branch, {**key, "branch": branch})
        return [Person(*row) for row in rows]

    def close(self) -> None:
        """Give the connection back."""
        self._direct.close()
