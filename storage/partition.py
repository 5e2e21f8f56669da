"""Dividing a large table by bucket: partitions on PostgreSQL, on SQLite just a column.

A distributed PostgreSQL (Citus) takes the same tables undivided and spreads them itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storage.bucket import BUCKETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection, Table

PARTITIONS = 16
"""Into how many a large table is divided; each holds every sixteenth bucket."""

BY_BUCKET = "LIST (bucket)"


def by_bucket(*, room_for_updates: bool = False) -> Mapping[str, Any]:
    """Return the keywords of a ``Table`` that is divided by bucket on PostgreSQL.

    A table whose rows are altered again and again leaves ``room_for_updates`` in its pages: a new
    state then lies beside the old one, and no index has to hear of it.
    """

    def create_partitions(table: Table, connection: Connection, **_: object) -> None:
        if connection.dialect.name == "postgresql":
            for statement in partition_statements(table.name, room_for_updates=room_for_updates):
                connection.exec_driver_sql(statement)

    return {
        "postgresql_partition_by": BY_BUCKET,
        "listeners": [("after_create", create_partitions)],
    }


def partition_statements(table: str, *, room_for_updates: bool = False) -> Iterator[str]:
    """Write the statements that make the partitions of a table."""
    storage = " WITH (fillfactor = 85)" if room_for_updates else ""
    for number in range(PARTITIONS):
        buckets = ", ".join(map(str, range(number, BUCKETS, PARTITIONS)))
        yield (
            f'CREATE TABLE "{table}_{number:02}" PARTITION OF "{table}" '
            f"FOR VALUES IN ({buckets}){storage}"
        )


def divide(
    connection: Connection,
    table: str,
    *,
    indexes: Mapping[str, str] | None = None,
    room_for_updates: bool = False,
) -> None:
    """Divide a table that lies in one piece, with all its rows; for migrations.

    ``indexes`` are its secondary indexes, each with what stands between ``ON table`` and the end of
    the statement that makes it. Does nothing on SQLite.
    """
    if connection.dialect.name != "postgresql":
        return
    (key,) = connection.exec_driver_sql(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = %(table)s::regclass AND contype = 'p'",
        {"table": f'"{table}"'},
    ).one()
    run = connection.exec_driver_sql
    for name in indexes or {}:
        run(f'DROP INDEX "{name}"')
    run(f'ALTER TABLE "{table}" RENAME TO "{table}_whole"')
    run(f'ALTER INDEX "{table}_pkey" RENAME TO "{table}_whole_pkey"')
    run(
        f'CREATE TABLE "{table}" (LIKE "{table}_whole" INCLUDING DEFAULTS, {key}) '
        f"PARTITION BY {BY_BUCKET}"
    )
    for statement in partition_statements(table, room_for_updates=room_for_updates):
        run(statement)
    run(f'INSERT INTO "{table}" SELECT * FROM "{table}_whole"')  # noqa: S608 # tables of ours
    run(f'DROP TABLE "{table}_whole"')
    for name, definition in (indexes or {}).items():
        run(f'CREATE INDEX "{name}" ON "{table}" {definition}')
