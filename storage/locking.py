"""Locks: those who would decide on the same thing decide one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection


def lock_name(connection: Connection, name: str) -> None:
    """Lock a name until this transaction ends; wait while another transaction has it locked.

    What is read after that is still so when this transaction writes. On SQLite a transaction that
    may write has the whole database to itself from its beginning.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def lock_buckets(connection: Connection, buckets: Iterable[int]) -> None:
    """Lock all persons of these buckets until this transaction ends."""
    for bucket in sorted(buckets):  # in one order for all, or two might wait for each other
        lock_name(connection, f"bucket {bucket}")
