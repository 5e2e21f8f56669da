"""Results in bulk that an operator holds back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from oqs_sim.store.bulk.schema import bulk_held
from storage import database_time, insert_into

if TYPE_CHECKING:
    from sqlalchemy import Connection, Dialect, Insert

_MICROSECONDS = 1_000_000


class HeldFetch(NamedTuple):
    """A fetch of a result that is held back."""

    number: int
    """Which of its fetches it is, from 1."""
    seconds: float
    """How long ago the first one was, of database time."""


def _count(dialect: Dialect) -> Insert:
    """Count a fetch; the first one notes when it was."""
    new = insert_into(bulk_held, dialect)
    return new.on_conflict_do_update(
        index_elements=["reception_number"], set_={"fetches": bulk_held.c.fetches + 1}
    )


def count_held_fetch(connection: Connection, reception_number: str) -> HeldFetch:
    """Count a fetch of a result that is held back."""
    now = int(database_time(connection).timestamp() * _MICROSECONDS)
    values = {"reception_number": reception_number, "fetches": 1, "since": now}
    counted = _count(connection.dialect).returning(bulk_held.c.fetches, bulk_held.c.since)
    row = connection.execute(counted, values).one()
    return HeldFetch(row.fetches, (now - row.since) / _MICROSECONDS)
