"""What a check reads and writes, on the short way to the database."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from oqs_sim.store.schema import (
    certificate,
    inquiry_log,
    qualification,
    qualification_by_number,
    registration,
    used_challenge,
)
from storage import DirectConnection

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
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
    expires_on: date
    revoked_at: datetime | None


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


@dataclass(frozen=True)
class Inquiry:
    """A line of the log: who asked when, in which way, and what was answered."""

    asked_at: datetime
    institution_code: str
    reference_classification: str
    validity: str


class Inquiries:
    """The statements of the checks; for one thread."""

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
        dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
        self._spend = direct.prepare(
            dialect.insert(used_challenge).on_conflict_do_nothing(index_elements=["nonce"])
        )
        self._forget_spent = direct.prepare(
            delete(used_challenge).where(used_challenge.c.expires < bindparam("now"))
        )
        self._log = direct.prepare(dialect.insert(inquiry_log))
        self._tie_breaker = itertools.count()

    def transaction(self) -> AbstractContextManager[None]:
        """Begin what is to be seen and written as one."""
        return self._direct.transaction()

    def find_certificate(self, authority_key: bytes, serial: int) -> KnownCertificate | None:
        """Find a certificate by its issuer's key identifier and its serial."""
        row = self._direct.first(self._certificate, authority_key=authority_key, serial=serial)
        return KnownCertificate(*row) if row else None

    def is_registered(self, person: Person) -> bool:
        """Tell whether the person's card is registered for insurance use."""
        return self._direct.first(self._registered, **person._asdict()) is not None

    def qualifications_of(self, person: Person) -> list[KnownQualification]:
        """Return all qualifications that OQS knows of the person."""
        rows = self._direct.all(self._qualifications, **person._asdict())
        return [KnownQualification(*row) for row in rows]

    def holders_of(
        self, insurer_number: str, symbol: str, number: str, branch: str | None
    ) -> list[Person]:
        """Return whose number this is: several persons, perhaps, when no branch is given."""
        key = {"insurer_number": insurer_number, "symbol": symbol, "number": number}
        if branch is None:
            rows = self._direct.all(self._holders, **key)
        else:
            rows = self._direct.all(self._holders_of_branch, **key, branch=branch)
        return [Person(*row) for row in rows]

    def spend_challenge(self, nonce: bytes, expires: float) -> bool:
        """Mark a challenge as used; return False when it was used before.

        ``expires`` is in monotonic seconds. Marks that no longer matter go at times.
        """
        if nonce[0] == 0:  # one time in 256
            self._direct.run(self._forget_spent, now=time.monotonic())
        return self._direct.run(self._spend, nonce=nonce, expires=expires) == 1

    def log(self, person: Person, inquiry: Inquiry) -> None:
        """Write down that a person was asked about, and what was answered."""
        self._direct.run(
            self._log,
            **person._asdict(),
            # Ordered by time, and unique within this process's nanosecond.
            entry=time.time_ns() + next(self._tie_breaker) % 1000,
            **vars(inquiry),
        )

    def close(self) -> None:
        """Give the connection back."""
        self._direct.close()
