"""The journal of requests: the last ones of all processes, and searching among them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select

from oqs_sim.store.operation.schema import request_journal
from storage import insert_into

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Dialect, Insert


@dataclass(frozen=True)
class JournalledRequest:
    """A request of the lines, and how it was answered."""

    entry: int
    """When it was answered, in nanoseconds since 1970, or the next free number."""
    recorded_at: datetime
    """Wall time."""
    request_id: str
    role: str
    institution_code: str
    """Of a terminal; of another caller its name."""
    method: str
    path: str
    """As the route declares it."""
    status: int | None
    """None where nothing was answered."""
    code: str | None
    validity: str | None
    milliseconds: float
    struck_by: str | None
    """The delay or fault that an operator had set."""
    person_reference: str | None
    near_misses: str | None
    """In what an inquiry that found nobody differs from somebody, a line each."""
    asked: str | None
    """What was sent, where a setting has it kept."""


@dataclass(frozen=True)
class Sought:
    """What is looked for; what is None may be anything."""

    institution_code: str | None = None
    path: str | None = None
    """A part of it."""
    code: str | None = None
    person_reference: str | None = None
    request_id: str | None = None
    """A part of it."""
    after: int | None = None
    """What came after this entry."""
    before: int | None = None
    """What came before this entry."""
    only_amiss: bool = False
    """Only what was refused, cut or struck."""


_OLDEST_KEPT = (
    select(request_journal.c.entry)
    .order_by(request_journal.c.entry.desc())
    .limit(1)
    .offset(bindparam("kept"))
)
"""The newest of those that are too many."""

_FORGET = delete(request_journal).where(request_journal.c.entry <= bindparam("until"))
"""Clears away what came until an instant."""

_NEWEST_FIRST = (
    select(*(request_journal.c[field.name] for field in fields(JournalledRequest)))
    .order_by(request_journal.c.entry.desc())
    .limit(bindparam("at_most"))
)
"""The last requests."""


def _add(dialect: Dialect) -> Insert:
    """Add a request; no row is touched where another process has just used its number."""
    return insert_into(request_journal, dialect).on_conflict_do_nothing(index_elements=["entry"])


def add_requests(connection: Connection, new: Sequence[JournalledRequest], kept: int) -> None:
    """Add requests, and clear away the oldest of those that are too many then."""
    connection.execute(_add(connection.dialect), [vars(one) for one in new])
    oldest = connection.scalar(_OLDEST_KEPT, {"kept": kept})
    if oldest is not None:
        connection.execute(_FORGET, {"until": oldest})


def find_requests(connection: Connection, sought: Sought, at_most: int) -> list[JournalledRequest]:
    """Return the last requests that are as sought, the last first."""
    table = request_journal.c
    query = _NEWEST_FIRST
    for column in ("institution_code", "code", "person_reference"):
        value = getattr(sought, column)
        if value is not None:
            query = query.where(table[column] == value)
    for column in ("path", "request_id"):
        value = getattr(sought, column)
        if value is not None:
            query = query.where(table[column].contains(value, autoescape=True))
    if sought.after is not None:
        query = query.where(table.entry > sought.after)
    if sought.before is not None:
        query = query.where(table.entry < sought.before)
    if sought.only_amiss:
        query = query.where(
            table.code.is_not(None) | table.status.is_(None) | table.struck_by.is_not(None)
        )
    return [JournalledRequest(*row) for row in connection.execute(query, {"at_most": at_most})]
