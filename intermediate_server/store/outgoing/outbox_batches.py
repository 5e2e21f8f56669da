"""Batches: changes of one bucket at a time, from the outbox into a batch, and marked after it.

A batch is read in the form in which it is delivered (``wire.bulk``), so that a change becomes no
object on its way. PostgreSQL writes that form itself. A mark is not flushed to the disk before it
counts: one that a crash of the database takes back leads to a second delivery, which changes
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Date,
    String,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from intermediate_server.procedures.kinds import Timing
from intermediate_server.store.outgoing.version_conflicts import set_aside
from intermediate_server.store.row_keys import same_entry
from intermediate_server.store.schema import change, lease, outbox
from storage import UtcDateTime, flush, reading, relax_durability
from wire.bulk import COLUMNS, HEADER, unescaped, written
from wire.clock import wall_clock

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from sqlalchemy import ColumnElement, Connection, Engine, Select

_MARK_ON_POSTGRESQL = """
    WITH gone AS (
        DELETE FROM outbox
        USING unnest(%(instants)s::timestamptz[], %(persons)s::text[], %(versions)s::integer[])
            AS delivered (visible_from, person_reference, version)
        WHERE outbox.bucket = %(bucket)s
            AND outbox.visible_from = delivered.visible_from
            AND outbox.person_reference = delivered.person_reference
            AND outbox.version = delivered.version
        RETURNING outbox.bucket, outbox.person_reference, outbox.version
    )
    INSERT INTO delivery (bucket, person_reference, version, delivered_at, recorded_at)
    SELECT bucket, person_reference, version, %(at)s, %(recorded_at)s FROM gone
    ON CONFLICT DO NOTHING
"""
"""Moves a batch from the outbox to what OQS has."""
_TAKE_OUT_ON_SQLITE = """
    DELETE FROM outbox
    WHERE bucket = ? AND visible_from = ? AND person_reference = ? AND version = ?
"""
"""Takes one change out of the outbox, where it still is as it was delivered."""
_MARK_ON_SQLITE = """
    INSERT INTO delivery (bucket, person_reference, version, delivered_at, recorded_at)
    VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
"""Records that OQS has one change."""
_EPOCH = select(lease.c.epoch).where(lease.c.bucket == bindparam("of_bucket"))
"""The epoch of the ledger, as a bucket has it."""
_COUNT = (
    update(lease)
    .where(lease.c.bucket == bindparam("of_bucket"), lease.c.epoch == bindparam("of_epoch"))
    .values(delivered=lease.c.delivered + bindparam("marked", type_=BigInteger))
)
"""Adds to how many changes of a bucket OQS has; no row where the ledger went back since."""


class LedgerWentBack(Exception):
    """The ledger went back to its seed since a batch was read; what it has now is delivered."""


@dataclass(frozen=True)
class Batch:
    """Changes of one bucket, the first that are due, each person's in order."""

    bucket: int
    lines: tuple[str, ...]
    """The lines of their table."""
    epoch: int = 0
    """That of the ledger of which they were read."""

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def document(self) -> bytes:
        """The table as it is delivered."""
        return (HEADER + "".join(f"{line}\n" for line in self.lines)).encode()

    def divided(self, versions: Container[tuple[str, int]]) -> tuple[Batch, Batch]:
        """Return the batch without these versions of persons, and what of them is in it."""
        taken: list[str] = []
        left: list[str] = []
        for line, (_, person, version) in zip(self.lines, self.keys, strict=True):
            (left if (person, int(version)) in versions else taken).append(line)
        return replace(self, lines=tuple(taken)), replace(self, lines=tuple(left))

    @property
    def keys(self) -> list[tuple[str, str, str]]:
        """Instant of visibility, person and version of each change, as in the table."""
        found = [_KEY(line.split("\t")) for line in self.lines]
        return [
            (instant, unescaped(person) if "\\" in person else person, version)
            for instant, person, version in found
        ]


@dataclass(frozen=True)
class OutboxBatches:
    """Where a worker takes its batches from."""

    engine: Engine

    def batch(self, bucket: int, until: datetime, at_most: int) -> Batch:
        """Return the first changes of a bucket that are due at the business instant ``until``."""
        values = {"of_bucket": bucket, "until": until, "at_most": at_most}
        with reading(self.engine) as connection:
            # First: where the ledger goes back in between, the batch is taken by nobody.
            epoch = connection.scalar(_EPOCH, {"of_bucket": bucket}) or 0
            if connection.dialect.name == "postgresql":
                return Batch(bucket, _copied(connection, values), epoch)
            rows = connection.execute(_BATCH_ON_SQLITE, values)
            batch = Batch(bucket, tuple(map(written, rows)), epoch)
        # What OQS gets must be here for good: its version would be given again to something else.
        flush(self.engine)
        return batch

    def recorded(
        self, batch: Batch, until: datetime
    ) -> dict[tuple[str, str], tuple[datetime, bool]]:
        """Return of changes of a batch when they were recorded, and whether they were released.

        What has come before them meanwhile may take the place of some.
        """
        asked = {"of_bucket": batch.bucket, "until": until, "at_most": len(batch)}
        with reading(self.engine) as connection:
            return {
                (row.person_reference, str(row.version)): (row.recorded_at, row.released)
                for row in connection.execute(_RECORDED, asked)
            }

    def mark(self, batch: Batch, delivered_at: datetime, untaken: Batch | None = None) -> None:
        """Record that OQS has a batch, and what it did not take; a second mark changes nothing.

        A change that was recorded meanwhile stays, even in the middle of the batch.

        Raises:
            LedgerWentBack: the ledger is no longer the one of which the batch was read.
        """
        keys = batch.keys
        with self.engine.begin() as connection:
            relax_durability(connection)
            if untaken:
                aside = [
                    (instant_of(instant), person, int(version))
                    for instant, person, version in untaken.keys
                ]
                set_aside(connection, batch.bucket, aside, delivered_at)
            marked = 0
            if keys:
                mark = _mark_together if connection.dialect.name == "postgresql" else _mark_each
                marked = mark(connection, batch.bucket, keys, delivered_at)
            # Last, as all before it has waited for a seed that is being put back.
            counted = {"of_bucket": batch.bucket, "of_epoch": batch.epoch, "marked": marked}
            if connection.execute(_COUNT, counted).rowcount == 0:
                raise LedgerWentBack


def _copied(connection: Connection, values: dict[str, Any]) -> tuple[str, ...]:
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(_COPY_ON_POSTGRESQL, values) as copy:
        text = b"".join(copy).decode()
    return tuple(text.split("\n")[:-1])


def _mark_together(
    connection: Connection, bucket: int, keys: Sequence[tuple[str, str, str]], at: datetime
) -> int:
    instants, persons, versions = zip(*keys, strict=True)
    return connection.exec_driver_sql(
        _MARK_ON_POSTGRESQL,
        {
            "bucket": bucket,
            "instants": list(instants),
            "persons": list(persons),
            "versions": list(versions),
            "at": at,
            "recorded_at": wall_clock(),
        },
    ).rowcount


def _mark_each(
    connection: Connection, bucket: int, keys: Sequence[tuple[str, str, str]], at: datetime
) -> int:
    connection.exec_driver_sql(
        _TAKE_OUT_ON_SQLITE,
        [(bucket, _kept(instant), person, version) for instant, person, version in keys],
    )
    delivered_at, recorded_at = _BIND_INSTANT(at), _BIND_INSTANT(wall_clock())
    return connection.exec_driver_sql(
        _MARK_ON_SQLITE,
        [(bucket, person, version, delivered_at, recorded_at) for _, person, version in keys],
    ).rowcount


def instant_of(written_instant: str) -> datetime:
    """Return the business instant of a key."""
    return datetime.fromisoformat(written_instant).astimezone(UTC)


_SQLITE = sqlite.dialect()
_BIND_INSTANT: Any = UtcDateTime().dialect_impl(_SQLITE).bind_processor(_SQLITE)
_KEY = itemgetter(*map(COLUMNS.index, ("visible_from", "person_reference", "version")))


@lru_cache(maxsize=64)
def _kept(instant: str) -> str:
    """Return an instant as SQLite keeps it; a batch has few different ones."""
    kept: str = _BIND_INSTANT(instant_of(instant))
    return kept


def _text(constant: str) -> ColumnElement[str]:
    return literal_column(constant, String)


def _in_words_of_the_wire(name: str, zone: str) -> ColumnElement[Any]:
    """Return the expression that writes a column as the interface does."""
    if name == "visible_from":
        instant = cast(outbox.c.visible_from, String)
        return func.replace(instant, _text("' '"), _text("'T'")).concat(_text(zone))
    column = change.c[name]
    if isinstance(column.type, Date):
        return func.replace(cast(column, String), _text("'-'"), _text("''"))
    return column


def _batch(zone: str) -> Select[Any]:
    """Return the query for a batch; ``zone`` is what the database leaves off an instant.

    Its constants are written out, so that what PostgreSQL copies has our own parameters only.
    """
    return (
        select(*(_in_words_of_the_wire(name, zone).label(name) for name in COLUMNS))
        .join(outbox, same_entry(outbox, change))
        .where(
            outbox.c.bucket == bindparam("of_bucket"), outbox.c.visible_from <= bindparam("until")
        )
        .order_by(outbox.c.visible_from, outbox.c.person_reference, outbox.c.version)
        .limit(bindparam("at_most"))
    )


_RECORDED = (
    select(
        change.c.person_reference,
        change.c.version,
        change.c.recorded_at,
        (change.c.timing == Timing.RELEASED.value).label("released"),
    )
    .join(outbox, same_entry(outbox, change))
    .where(outbox.c.bucket == bindparam("of_bucket"), outbox.c.visible_from <= bindparam("until"))
    .order_by(outbox.c.visible_from, outbox.c.person_reference, outbox.c.version)
    .limit(bindparam("at_most"))
)
"""When the first changes of a bucket that are due were recorded."""
_BATCH_ON_SQLITE = _batch("'+00:00'")
"""The first changes of a bucket that are due, in the words of the interface."""


def _copy_statement() -> str:
    dialect = postgresql.psycopg.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy's
    compiled = _batch("''").compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    return f"COPY ({compiled}) TO STDOUT"


_COPY_ON_POSTGRESQL = _copy_statement()
"""The same as a table, which the database writes itself."""
