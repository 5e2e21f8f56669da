"""受付簿: the procedures of the counter, by person."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from oqs_sim.store.municipality.schema import counter_procedure
from oqs_sim.store.person import PersonKey, is_person

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class CounterProcedure:
    """A procedure of the counter. Which members say something follows from the act."""

    number: int
    """Of the person's procedures, from 1."""
    act: str
    at: datetime
    """Business time."""
    card: str | None = None
    """製造番号 of the carrier that it concerns, or that it brought."""
    planned_on: date | None = None
    """転出予定日."""
    moved_on: date | None = None
    """The day of the move; of an application, that of its reason."""
    continued: bool = False
    """Whether 継続利用 was asked for with it."""
    channel: str | None = None
    reason: str | None = None
    """Why a card was applied for."""
    kind: str | None = None
    """Which card was applied for."""
    stay_ends_on: date | None = None
    ready_on: date | None = None
    """From when the card can be handed over."""
    sentence: str = ""
    """What the person was told."""


_MEMBERS = tuple(counter_procedure.c[field.name] for field in fields(CounterProcedure))

_OF_PERSON = (
    select(*_MEMBERS).where(is_person(counter_procedure)).order_by(counter_procedure.c.number)
)
"""What was done for a person, the first first."""


def procedures_of(connection: Connection, person_reference: str) -> list[CounterProcedure]:
    """Return what was done for a person, the first first."""
    rows = connection.execute(_OF_PERSON, PersonKey.of(person_reference).bound)
    return [CounterProcedure(*row) for row in rows]


def add_procedure(connection: Connection, person_reference: str, one: CounterProcedure) -> None:
    """Write a procedure down; its number is the next of the person."""
    row = {field.name: getattr(one, field.name) for field in fields(one)}
    connection.execute(
        insert(counter_procedure), {**PersonKey.of(person_reference)._asdict(), **row}
    )
