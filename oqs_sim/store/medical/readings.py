"""Readings of cards, with what was agreed to at the reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, bindparam, literal_column, select, update

from eligibility.terminal.consent import Consent, ConsentItem
from eligibility.terminal.identity import Method, Operation
from oqs_sim.store.journal import Beside
from oqs_sim.store.medical.schema import card_reading
from oqs_sim.store.person import is_person
from oqs_sim.store.schema import card_certificate, issued_card, resident
from storage import insert_into

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection, Dialect, Insert, Row, Update

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

    @property
    def consent(self) -> Consent:
        """The consent, which holds for a day (P-035)."""
        return Consent(self.read_at, self.items)


class Carried(NamedTuple):
    """What carries a certificate, and who holds it."""

    kind: str
    issued_on: date
    birthdate: date


_READING = select(card_reading).where(
    and_(
        is_person(card_reading),
        card_reading.c.institution_code == bindparam("of_institution"),
    )
)
"""The last reading of a person's card at an institution."""

_READINGS = (
    select(card_reading).where(is_person(card_reading)).order_by(card_reading.c.read_at.desc())
)
"""The last reading of a person's card at each institution, the last first."""
_END_CONSENT = (
    update(card_reading)
    .where(
        is_person(card_reading),
        card_reading.c.institution_code == bindparam("of_institution"),
        card_reading.c.read_at <= bindparam("until"),
    )
    .values(items=literal_column("''"))
)
"""Takes back what was agreed to at a person's last reading at an institution, if it was then."""

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
            )
        },
        # Of two readings whose answers cross, the later one stands.
        where=card_reading.c.read_at <= new.excluded.read_at,
    )  # fmt: skip


def kept_reading(person: PersonKey, institution_code: str, reading: CardReading) -> Beside:
    """Return the row of a reading; it takes the place of the one before there (P-035)."""
    values = {
        **person._asdict(),
        "institution_code": institution_code,
        "read_at": reading.read_at,
        "identity_method": reading.method.value,
        "operating_type": reading.operation.value,
        "items": ",".join(item for item in ConsentItem if item in reading.items),
        "certificate_expires_on": reading.certificate_expires_on,
    }
    return Beside(_keep, values)


def ended_viewing(person: PersonKey, institution_code: str, until: datetime) -> Beside:
    """Return what ends the consent of readings until then; that of a later one stands."""
    return Beside(
        _end_consent, {**person.bound, "of_institution": institution_code, "until": until}
    )


def _end_consent(_: Dialect) -> Update:
    return _END_CONSENT


def find_reading(
    connection: Connection, person: PersonKey, institution_code: str
) -> CardReading | None:
    """Return the last reading of a person's card at an institution."""
    asked = {**person.bound, "of_institution": institution_code}
    row = connection.execute(_READING, asked).one_or_none()
    return None if row is None else _read(row)


def readings_of(connection: Connection, person: PersonKey) -> dict[str, CardReading]:
    """Return the last reading of a person's card by institution, the last first."""
    rows = connection.execute(_READINGS, person.bound)
    return {row.institution_code: _read(row) for row in rows}


def _read(row: Row[Any]) -> CardReading:
    return CardReading(
        row.read_at,
        Method(row.identity_method),
        Operation(row.operating_type),
        frozenset(map(ConsentItem, row.items.split(","))) if row.items else frozenset(),
        row.certificate_expires_on,
    )


def carrier_of(connection: Connection, person: PersonKey, serial: int) -> Carried | None:
    """Return what carries a person's certificate; None where it is on no record."""
    card = connection.execute(_CARRIER, {**person.bound, "of_serial": serial}).first()
    if card is None:
        return None
    found = connection.execute(_CARD, {"serial_number": card.card}).one_or_none()
    born = connection.execute(_BIRTHDATE, person.bound).one_or_none()
    return Carried(*found, *born) if found and born else None
