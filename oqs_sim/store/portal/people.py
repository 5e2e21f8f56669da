"""Who there is, how a person's registration stands, and the pages of a person's inquiry log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, func, or_, select

from oqs_sim.store.inquiries import PastInquiry
from oqs_sim.store.medical.readings import read_items
from oqs_sim.store.person import PersonKey, is_person
from oqs_sim.store.residents import RESIDENT, Resident
from oqs_sim.store.schema import inquiry_log, registration, registration_order, resident
from wire.vocabulary.texts import LARGEST

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, Select

_REGISTRATION = select(registration.c.channel, registration.c.registered_at).where(
    is_person(registration)
)
"""Where and when a person registered the card; no row where it is not registered."""

_RELEASED_FROM = select(registration_order.c.released_from).where(is_person(registration_order))
"""From when the newest order of an insurer releases a registration."""

_PAGE = (
    select(inquiry_log)
    .where(is_person(inquiry_log), inquiry_log.c.entry < bindparam("before"))
    .order_by(inquiry_log.c.entry.desc())
    .limit(bindparam("at_most"))
)
"""Who asked about a person before an entry, the last first."""

_COUNT = select(func.count()).select_from(inquiry_log).where(is_person(inquiry_log))
"""How many lines of the log are about a person."""


class StandingRegistration(NamedTuple):
    """How a use registration stands, as far as OQS knows."""

    channel: str | None
    """Where it was made; None where there is none."""
    registered_at: datetime | None
    released_from: datetime | None
    """From when the insurer's newest order releases it; a later registration stands all the same.
    """


class LogEntry(NamedTuple):
    """A line of the log with the number by which the next page goes on."""

    entry: int
    line: PastInquiry


def standing_registration(connection: Connection, person: PersonKey) -> StandingRegistration:
    """Return how a person's registration stands."""
    made = connection.execute(_REGISTRATION, person.bound).one_or_none()
    released = connection.execute(_RELEASED_FROM, person.bound).scalar_one_or_none()
    channel, at = made or (None, None)
    return StandingRegistration(channel, at, released)


class LogPage(NamedTuple):
    """Lines of the log, the last first, and how many there are."""

    entries: list[LogEntry]
    total: int
    following: int | None
    """Where the next page begins; None on the last one."""


def read_page(connection: Connection, person: PersonKey, before: int | None, lines: int) -> LogPage:
    """Return so many lines of the log before an entry, or the last ones."""
    found = _log_page(connection, person, before or LARGEST, lines + 1)
    shown = found[:lines]
    more = len(found) > lines
    return LogPage(shown, _log_length(connection, person), shown[-1].entry if more else None)


def _log_page(
    connection: Connection, person: PersonKey, before: int, at_most: int
) -> list[LogEntry]:
    """Return the lines of the log before an entry, the last first."""
    rows = connection.execute(_PAGE, {**person.bound, "before": before, "at_most": at_most})
    return [
        LogEntry(
            row.entry,
            PastInquiry(
                row.asked_at,
                datetime.fromtimestamp(row.entry / 1e9, UTC),
                row.institution_code,
                row.reference_classification,
                row.purpose,
                row.validity,
                row.refusal,
                read_items(row.agreed or ""),
            ),
        )
        for row in rows
    ]


def _log_length(connection: Connection, person: PersonKey) -> int:
    """Return how many lines of the log are about a person."""
    return connection.execute(_COUNT, person.bound).scalar_one()


def _without_blanks(column: ColumnElement[str]) -> ColumnElement[str]:
    return func.replace(func.replace(column, " ", ""), "\u3000", "")


def _has(connection: Connection, column: ColumnElement[str], part: str) -> ColumnElement[bool]:
    """Tell whether a text has a part, of which no character stands for another."""
    place = func.instr if connection.dialect.name == "sqlite" else func.strpos
    return place(_without_blanks(column), bindparam(part)) > 0


def find_residents(
    connection: Connection,
    name: str,
    kana: str,
    at_most: int,
    birthdate: date | None = None,
) -> list[Resident]:
    """Find residents by a part of the name, or of its reading in half-width kana, without blanks.

    No key leads there: it looks through the register, which is for a simulation at hand.
    """
    asked: Select[Any] = select(*RESIDENT)
    bound: dict[str, object] = {}
    if name:
        found = [_has(connection, resident.c.name, "part_of_name")]
        bound["part_of_name"] = name
        if kana:
            found.append(_has(connection, resident.c.name_kana, "part_of_kana"))
            bound["part_of_kana"] = kana
        asked = asked.where(or_(*found))
    if birthdate is not None:
        asked = asked.where(resident.c.birthdate == birthdate)
    rows = connection.execute(asked.limit(at_most), bound)
    return [Resident(*row) for row in rows]
