"""What a check reads, on the short way to the database; and what a person reads of the checks."""

from __future__ import annotations

from collections import namedtuple
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, exists, select, union_all

from oqs_sim.store.bulk.recipients import Recipients
from oqs_sim.store.bulk.reference_numbers import CALLED
from oqs_sim.store.bulk.schema import reference_number, welfare_recipient
from oqs_sim.store.medical.readings import READING, SOMETHING_AGREED, reading_from
from oqs_sim.store.medical.schema import card_reading
from oqs_sim.store.municipality.rests import REST, CertificateKey, Rest
from oqs_sim.store.person import PersonKey, is_person
from oqs_sim.store.qualification_columns import number_of
from oqs_sim.store.schema import (
    card_certificate,
    certificate,
    qualification,
    qualification_before,
    qualification_by_number,
    registration,
)
from storage import DirectConnection
from wire.vocabulary.changes import QualificationChange
from wire.vocabulary.jlis import Carrier

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy import Engine

    from eligibility.terminal.consent import ConsentItem
    from oqs_sim.store.medical.readings import CardReading


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
    rests_from: datetime | None
    grace: bool
    stop_reason: str | None
    awaits_link: bool


KNOWN_FIELDS = tuple(
    name
    for name in QualificationChange.model_fields
    if name not in {"person_reference", "version", "visible_from", "registration_order"}
)
"""What a check reads of a qualification: the fields of a change, but for how it came here."""

READ_FIELDS = (*KNOWN_FIELDS, "reference_number", "assisted", "consented")
"""The same, and what is read of the person together with it."""

if TYPE_CHECKING:

    class KnownQualification(QualificationChange):
        """A row of ``qualification``: a named tuple of `READ_FIELDS`, whose codes are texts.

        It is read with every check, so no model is made of it.
        """

        reference_number: str | None
        """照会番号: what the institution that asks calls the person."""
        assisted: bool
        """Whether the person receives, or received, 医療扶助."""
        consented: bool
        """Whether something was agreed to at the last reading at the institution that asks, and not
        withdrawn; it may have ended since."""

        @classmethod
        def _make(cls, row: tuple[Any, ...]) -> KnownQualification: ...

        def _replace(self, **fields: object) -> KnownQualification: ...

else:
    KnownQualification = namedtuple("KnownQualification", READ_FIELDS)

AS_OF: ContextVar[datetime | None] = ContextVar("as_of", default=None)
"""As of which business instant the request at hand is told what insurers have reported; None: as
it is known now."""

_EVER = datetime.max.replace(tzinfo=UTC)

SET = "1"
"""How a flag is stored that is set."""

_CERTIFICATE = select(*(certificate.c[name] for name in KnownCertificate._fields)).where(
    certificate.c.authority_key == bindparam("authority_key"),
    certificate.c.serial == bindparam("serial"),
)
"""Whose certificate this is, and how it stands."""

_CARRIER = select(card_certificate.c.kind).where(
    is_person(card_certificate),
    card_certificate.c.serial == bindparam("of_serial"),
)
"""What carries a certificate of a person."""

_CHANNEL = select(registration.c.channel).where(is_person(registration))
"""Where a person has registered the card for insurance use; no row where it is not registered."""

_REFERENCE_NUMBER = select(reference_number.c.reference_number).where(
    is_person(reference_number),
    reference_number.c.institution_code == bindparam("of_institution"),
)
"""What an institution calls a person."""

_OF_THE_PERSON = (
    _REFERENCE_NUMBER.scalar_subquery().label("reference_number"),
    exists().where(is_person(welfare_recipient)).label("assisted"),
    exists()
    .where(
        is_person(card_reading),
        card_reading.c.institution_code == bindparam("of_institution"),
        SOMETHING_AGREED,
    )
    .label("consented"),
)
_QUALIFICATIONS = select(*(qualification.c[name] for name in KNOWN_FIELDS), *_OF_THE_PERSON).where(
    is_person(qualification)
)
"""What OQS knows of a person; all of it lies in one place, and is read by one statement."""

_each_version = union_all(
    *(
        select(*(table.c[name] for name in KNOWN_FIELDS), *_OF_THE_PERSON, table.c.version).where(
            is_person(table), table.c.visible_from <= bindparam("as_of")
        )
        for table in (qualification, qualification_before)
    )
).subquery("each_version")
_VERSIONS_UNTIL = select(_each_version).order_by(_each_version.c.version)
"""The same as of an instant: of each qualification the last row is what was known of it then."""

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
    agreed: frozenset[ConsentItem] = frozenset()
    """What was agreed to at the reader, with this very inquiry."""


def _still_kept_back(
    before: Iterable[KnownQualification], now: Sequence[KnownQualification]
) -> list[KnownQualification]:
    """Return what was known before, with all that insurers keep back by now (P-030, P-031).

    A stopped view stops what the same insurer had reported under another number as well, unless it
    was cancelled: that one belongs to its own number.
    """

    def stopped(known: KnownQualification) -> bool:
        return any(
            one.view_stopped == SET
            and one.insurer_number == known.insurer_number
            and (
                number_of(one) == number_of(known)
                or one.disqualification_date != one.qualification_date
            )
            for one in now
        )

    of_person = {
        flag: SET
        for flag in ("self_information_blocked", "undisclosed")
        if any(getattr(one, flag) == SET for one in now)
    }
    return [
        known._replace(**of_person, **({"view_stopped": SET} if stopped(known) else {}))
        for known in before
    ]


class Inquiries:
    """The statements of the checks; for one thread."""

    def __init__(self, engine: Engine) -> None:
        """Write the statements for the database of ``engine``."""
        self._direct = direct = DirectConnection(engine)
        self._certificate = direct.prepare(_CERTIFICATE)
        self._rest = direct.prepare(REST)
        self._carrier = direct.prepare(_CARRIER)
        self._channel = direct.prepare(_CHANNEL)
        self._reference_number = direct.prepare(_REFERENCE_NUMBER)
        self._card_reading = direct.prepare(READING)
        self._called = direct.prepare(CALLED)
        self.recipients = Recipients(direct)
        self._qualifications = direct.prepare(_QUALIFICATIONS)
        self._versions_until = direct.prepare(_VERSIONS_UNTIL)
        self._holders = direct.prepare(_HOLDERS)
        self._holders_of_branch = direct.prepare(_HOLDERS_OF_BRANCH)

    def find_certificate(self, authority_key: bytes, serial: int) -> KnownCertificate | None:
        """Find a certificate by its issuer's key identifier and its serial."""
        key = {"authority_key": authority_key, "serial": serial}
        row = self._direct.first(self._certificate, key)
        return KnownCertificate(*row) if row else None

    def rest_of(self, authority_key: bytes, serial: int) -> Rest | None:
        """Say why a certificate rests by a move; None where it does not."""
        row = self._direct.first(self._rest, CertificateKey(authority_key, serial).bound)
        return Rest(*row) if row else None

    def carrier_of(self, person: PersonKey, serial: int) -> Carrier:
        """Return what carries a certificate by which a person has been identified."""
        row = self._direct.first(self._carrier, {**person.bound, "of_serial": serial})
        assert row is not None, "it was issued on a carrier"
        return Carrier(row[0])

    def is_registered(self, person: PersonKey) -> bool:
        """Tell whether the person's card is registered for insurance use."""
        return self._direct.first(self._channel, person.bound) is not None

    def qualifications_of(
        self, person: PersonKey, institution_code: str = ""
    ) -> list[KnownQualification]:
        """Return all qualifications that OQS knows of the person, as the institution is told."""
        of: dict[str, Any] = {**person.bound, "of_institution": institution_code}
        rows = self._direct.all(self._qualifications, of)
        now = list(map(KnownQualification._make, rows))
        as_of = AS_OF.get()
        if as_of is None:
            return now
        versions = self._direct.all(self._versions_until, {**of, "as_of": as_of})
        before = map(KnownQualification._make, (row[:-1] for row in versions))
        return _still_kept_back({number_of(row): row for row in before}.values(), now)

    def versions_of(self, person: PersonKey) -> list[KnownQualification]:
        """Return all that OQS knew and knows of a person's qualifications, the newest first."""
        as_of = AS_OF.get() or _EVER
        of = {**person.bound, "of_institution": "", "as_of": as_of}
        versions = self._direct.all(self._versions_until, of)
        return [KnownQualification._make(row[:-1]) for row in reversed(versions)]

    def reference_number_of(self, person: PersonKey, institution_code: str) -> str | None:
        """Return what an institution calls the person, also one without any qualification."""
        of = {**person.bound, "of_institution": institution_code}
        row = self._direct.first(self._reference_number, of)
        return row[0] if row else None

    def reading_of(self, person: PersonKey, institution_code: str) -> CardReading | None:
        """Return the last reading of a person's card at an institution."""
        of = {**person.bound, "of_institution": institution_code}
        row = self._direct.first(self._card_reading, of)
        return reading_from(*row) if row else None

    def called(self, institution_code: str, number: str) -> list[PersonKey]:
        """Return whom an institution calls by a number."""
        of = {"of_institution": institution_code, "called": number}
        return list(map(PersonKey._make, self._direct.all(self._called, of)))

    def holders_of(
        self, insurer_number: str, symbol: str, number: str, branch: str | None
    ) -> list[PersonKey]:
        """Return whose number this is: several persons, perhaps, when no branch is given."""
        key = {"insurer_number": insurer_number, "symbol": symbol, "number": number}
        if branch is None:
            rows = self._direct.all(self._holders, key)
        else:
            rows = self._direct.all(self._holders_of_branch, {**key, "branch": branch})
        return list(map(PersonKey._make, rows))

    def close(self) -> None:
        """Give the connection back."""
        self._direct.close()
