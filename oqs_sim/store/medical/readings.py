"""Readings of cards, with what was agreed to at the reader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, bindparam, literal_column, select, update

from eligibility.terminal.consent import CONSENT_HOURS, Consent, ConsentItem
from eligibility.terminal.identity import Method, Operation
from oqs_sim.store.journal import Beside
from oqs_sim.store.medical.schema import card_reading
from oqs_sim.store.person import is_person
from oqs_sim.store.schema import card_certificate, issued_card, resident
from storage import insert_into

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from sqlalchemy import Connection, Dialect, Insert, Update

    from oqs_sim.store.person import PersonKey


@dataclass(frozen=True, slots=True)
class CardReading:
    """A card was read at an institution's reader."""

    read_at: datetime
    method: Method
    """How the holder was identified (本人確認)."""
    operation: Operation
    """運用."""
    items: frozenset[ConsentItem]
    """What the holder agreed to, of what was asked for."""
    certificate_expires_on: date
    """The last day of the certificate, as the check knew it."""
    withdrawn_at: datetime | None = None
    """When what was agreed to was withdrawn; None where it was not."""
    end_reason: str | None = None
    """By whom (同意期限切れ理由, OQSCD031)."""

    @property
    def consent(self) -> Consent:
        """The consent, which holds for a day (P-035)."""
        return Consent(self.read_at, self.items, self.withdrawn_at)


class Carried(NamedTuple):
    """What carries a certificate, and who holds it."""

    kind: str
    issued_on: date
    birthdate: date


_COLUMNS = (
    card_reading.c.read_at,
    card_reading.c.identity_method,
    card_reading.c.operating_type,
    card_reading.c["items"],
    card_reading.c.certificate_expires_on,
    card_reading.c.withdrawn_at,
    card_reading.c.end_reason,
)
"""Those of a `CardReading`, in its order."""
READING = select(*_COLUMNS).where(
    and_(
        is_person(card_reading),
        card_reading.c.institution_code == bindparam("of_institution"),
    )
)
"""The last reading of a person's card at an institution."""

SOMETHING_AGREED = and_(
    card_reading.c["items"] != literal_column("''"), card_reading.c.withdrawn_at.is_(None)
)
"""That something was agreed to, and not withdrawn."""

_READINGS = (
    select(card_reading.c.institution_code, *_COLUMNS)
    .where(is_person(card_reading))
    .order_by(card_reading.c.read_at.desc())
)
"""The last reading of a person's card at each institution, the last first."""
_END_CONSENT = (
    update(card_reading)
    .where(
        is_person(card_reading),
        card_reading.c.institution_code == bindparam("of_institution"),
        card_reading.c.read_at.between(bindparam("since"), bindparam("until")),
        SOMETHING_AGREED,
    )
    .values(withdrawn_at=bindparam("at"), end_reason=bindparam("reason"))
)
"""Ends what was agreed to at a person's last reading at an institution, if it was then."""

_CARRIER = select(card_certificate.c.card).where(
    is_person(card_certificate), card_certificate.c.serial == bindparam("of_serial")
)
"""What carries a certificate of a person."""

_CARD = select(issued_card.c.kind, issued_card.c.issued_on).where(
    issued_card.c.serial_number == bindparam("serial_number")
)
"""What a carrier is, and when it was issued."""

_BIRTHDATE = select(resident.c.birthdate).where(is_person(resident))
"""When a resident was born."""


def _keep(dialect: Dialect) -> Insert:
    """Keep a reading, in place of the one before at this institution."""
    new = insert_into(card_reading, dialect)
    return new.on_conflict_do_update(
        index_elements=["bucket", "person_reference", "institution_code"],
        set_={
            name: new.excluded[name]
            for name in (
                "read_at", "identity_method", "operating_type", "items", "certificate_expires_on",
                "withdrawn_at", "end_reason",
            )
        },
        # Of two readings whose answers cross, the later one stands.
        where=card_reading.c.read_at <= new.excluded.read_at,
    )  # fmt: skip


def written_items(items: Collection[ConsentItem]) -> str:
    """Write what was agreed to as tables have it: with commas between, in one order."""
    return ",".join(item for item in ConsentItem if item in items)


def read_items(written: str) -> frozenset[ConsentItem]:
    """Read what `written_items` wrote."""
    return frozenset(map(ConsentItem, written.split(","))) if written else frozenset()


def kept_reading(person: PersonKey, institution_code: str, reading: CardReading) -> Beside:
    """Return the row of a reading; it takes the place of the one before there (P-035)."""
    values = {
        **person._asdict(),
        "institution_code": institution_code,
        "read_at": reading.read_at,
        "identity_method": reading.method.value,
        "operating_type": reading.operation.value,
        "items": written_items(reading.items),
        "certificate_expires_on": reading.certificate_expires_on,
        "withdrawn_at": reading.withdrawn_at,
        "end_reason": reading.end_reason,
    }
    return Beside(_keep, values)


def ended_viewing(
    person: PersonKey, institution_code: str, until: datetime, reason: str, at: datetime
) -> Beside:
    """Return what ends the consent of readings until then, but for what is over by itself (P-035).

    That of a later reading stands.
    """
    since = at - timedelta(hours=CONSENT_HOURS)
    of = {**person.bound, "of_institution": institution_code, "since": since, "until": until}
    return Beside(_end_consent, {**of, "reason": reason, "at": at})


def _end_consent(_: Dialect) -> Update:
    return _END_CONSENT


def find_reading(
    connection: Connection, person: PersonKey, institution_code: str
) -> CardReading | None:
    """Return the last reading of a person's card at an institution."""
    asked = {**person.bound, "of_institution": institution_code}
    row = connection.execute(READING, asked).one_or_none()
    return None if row is None else reading_from(*row)


def readings_of(connection: Connection, person: PersonKey) -> dict[str, CardReading]:
    """Return the last reading of a person's card by institution, the last first."""
    rows = connection.execute(_READINGS, person.bound)
    return {code: reading_from(*columns) for code, *columns in rows}


def reading_from(
    read_at: datetime, method: str, operation: str, items: str, *rest: Any
) -> CardReading:
    """Return a reading by its columns, as `READING` has them."""
    return CardReading(read_at, Method(method), Operation(operation), read_items(items), *rest)


def carrier_of(connection: Connection, person: PersonKey, serial: int) -> Carried | None:
    """Return what carries a person's certificate; None where it is on no record."""
    card = connection.execute(_CARRIER, {**person.bound, "of_serial": serial}).first()
    if card is None:
        return None
    found = connection.execute(_CARD, {"serial_number": card.card}).one_or_none()
    born = connection.execute(_BIRTHDATE, person.bound).one_or_none()
    return Carried(*found, *born) if found and born else None
