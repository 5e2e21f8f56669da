"""Having those who would decide on the same thing decide one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection


def take_turn(connection: Connection, name: str) -> None:
    """Wait until no other transaction has its turn with ``name``; keep it until this one ends.

    What is read after that is still so when this transaction writes. On SQLite a transaction that
    may write has the whole database to itself from its beginning.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def take_turns(connection: Connection, buckets: Iterable[int]) -> None:
    """Take a turn with all persons of these buckets."""
    for bucket in sorted(buckets):  # in one order for all, or two might wait for each other
        take_turn(connection, f"bucket {bucket}")
