"""What a check reads, on the short way to the database; and what a person reads of the checks."""

from __future__ import annotations

from collections import namedtuple
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, select

from oqs_sim.store.municipality.rests import REST, CertificateKey, Rest
from oqs_sim.store.person import PersonKey, is_person
from oqs_sim.store.schema import (
    certificate,
    inquiry_log,
    qualification,
    qualification_by_number,
    registration,
)
from storage import DirectConnection
from wire.vocabulary.changes import QualificationChange

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection, Engine


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


KNOWN_FIELDS = tuple(
    name
    for name in QualificationChange.model_fields
    if name not in {"person_reference", "version", "visible_from", "registration_order"}
)
"""What a check reads of a qualification: the fields of a change, but for how it came here."""

if TYPE_CHECKING:

    class KnownQualification(QualificationChange):
        """A row of ``qualification``: a named tuple of `KNOWN_FIELDS`, whose codes are texts.

        It is read with every check, so no model is made of it.
        """

else:
    KnownQualification = namedtuple("KnownQualification", KNOWN_FIELDS)

_CERTIFICATE = select(*(certificate.c[name] for name in KnownCertificate._fields)).where(
    certificate.c.authority_key == bindparam("authority_key"),
    certificate.c.serial == bindparam("serial"),
)
"""Whose certificate this is, and how it stands."""

_CHANNEL = select(registration.c.channel).where(is_person(registration))
"""Where a person has registered the card for insurance use; no row where it is not registered."""

_QUALIFICATIONS = select(*(qualification.c[name] for name in KNOWN_FIELDS)).where(
    is_person(qualification)
)
"""What OQS knows of a person."""

_HOLDERS = select(
    qualification_by_number.c.bucket, qualification_by_number.c.person_reference
).where(
    qualification_by_number.c.insurer_number == bindparam("insurer_number"),
    qualification_by_number.c.insured_card_symbol == bindparam("symbol"),
    qualification_by_number.c.insured_identification_number == bindparam("number"),
)
"""Who has 記号・番号 of an insurer, whatever the 枝番."""

_HOLDERS_OF_BRANCH = _HOLDERS.where(
    qualification_by_number.c.insured_branch_number == bindparam("branch")
)
"""Who has 記号・番号・枝番 of an insurer."""


_LOGGED = (
    select(inquiry_log)
    .where(is_person(inquiry_log))
    .order_by(inquiry_log.c.entry.desc())
    .limit(bindparam("at_most"))
)
"""Who asked about a person, the last first."""


class PastInquiry(NamedTuple):
    """A line of the log, as the person reads it."""

    asked_at: datetime
    recorded_at: datetime
    """Database time."""
    institution_code: str
    reference_classification: str
    purpose: str
    validity: str | None
    refusal: str | None


def logged_inquiries(connection: Connection, person: PersonKey, at_most: int) -> list[PastInquiry]:
    """Return who asked about a person, the last first."""
    rows = connection.execute(_LOGGED, {**person.bound, "at_most": at_most})
    return [
        PastInquiry(
            row.asked_at,
            datetime.fromtimestamp(row.entry / 1e9, UTC),
            row.institution_code,
            row.reference_classification,
            row.purpose,
            row.validity,
            row.refusal,
        )
        for row in rows
    ]


class Inquiries:
    """The statements of the checks; for one thread."""

    def __init__(self, engine: Engine) -> None:
        """Write the statements for the database of ``engine``."""
        self._direct = direct = DirectConnection(engine)
        self._certificate = direct.prepare(_CERTIFICATE)
        self._rest = direct.prepare(REST)
        self._channel = direct.prepare(_CHANNEL)
        self._qualifications = direct.prepare(_QUALIFICATIONS)
        self._holders = direct.prepare(_HOLDERS)
        self._holders_of_branch = direct.prepare(_HOLDERS_OF_BRANCH)

    def find_certificate(self, authority_key: bytes, serial: int) -> KnownCertificate | None:
        """Find a certificate by its issuer's key identifier and its serial."""
        key = {"authority_key": authority_key, "serial": serial}
        row = self._direct.first(self._certificate, key)
        return KnownCertificate(*row) if row else None

    def why_stopped(self, authority_key: bytes, serial: int) -> Rest | None:
        """Say why a certificate is suspended, where the municipality's counter has done it."""
        row = self._direct.first(self._rest, CertificateKey(authority_key, serial).bound)
        return Rest(*row) if row else None

    def is_registered(self, person: PersonKey) -> bool:
        """Tell whether the person's card is registered for insurance use."""
        return self._direct.first(self._channel, person.bound) is not None

    def qualifications_of(self, person: PersonKey) -> list[KnownQualification]:
        """Return all qualifications that OQS knows of the person."""
        rows = self._direct.all(self._qualifications, person.bound)
        return [KnownQualification(*row) for row in rows]

    def holders_of(
        self, insurer_number: str, symbol: str, number: str, branch: str | None
    ) -> list[PersonKey]:
        """Return whose number this is: several persons, perhaps, when no branch is given."""
        key = {"insurer_number": insurer_number, "symbol": symbol, "number": number}
        if branch is None:
            rows = self._direct.all(self._holders, key)
        else:
            rows = self._direct.all(self._holders_of_branch, {**key, "branch": branch})
        return [PersonKey(*row) for row in rows]

    def close(self) -> None:
        """Give the connection back."""
        self._direct.close()
