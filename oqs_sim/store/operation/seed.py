"""The seed: what the database held at a moment, kept beside it, to be put back at once.

All tables are put back in one transaction, but for what must not be undone: spent challenges and
their secrets, the clock (which `oqs_sim.operation.reset` sets itself), and the count of what was
set. On SQLite the seed is a file of its own, whose tables are copied as they lie; on PostgreSQL it
is a schema, and only tables that differ are written.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import weakref
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from oqs_sim.store.clock import lock_clock
from oqs_sim.store.operation.schema import operation_seed, operation_state
from oqs_sim.store.schema import metadata
from storage import in_memory, insert_into, lock_name
from wire.clock import ClockMode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection, Dialect, Engine, Insert

    from wire.clock import ClockReading

_NAME = "seed"
_SCHEMA = "oqs_seed"
_STAYS = {
    "challenge_key",
    "used_challenge",
    "challenge_horizon",
    "clock",
    "operation_state",
    "operation_seed",
}
"""Tables that are not put back."""
_WAITS_FOR_TABLES_SECONDS = 10.0
_TRIED_EVERY_SECONDS = 0.002
_TABLES = [table.name for table in metadata.sorted_tables]

_TAKEN = select(operation_seed)
"""When the seed was taken; no row where none was."""


class NoSeed(Exception):
    """There is no seed of these tables."""


@dataclass(frozen=True)
class Seed:
    """When a seed was taken."""

    taken_at: datetime
    business_at: datetime
    mode: ClockMode
    rate: float
    version: str
    """The revision of the tables."""


def _note(dialect: Dialect) -> Insert:
    """Note when the seed was taken."""
    new = insert_into(operation_seed, dialect)
    columns = ("taken_at", "business_at", "mode", "rate", "version")
    return new.on_conflict_do_update(
        index_elements=["name"], set_={name: new.excluded[name] for name in columns}
    )


def _count_reset(dialect: Dialect) -> Insert:
    """Count that the database was put back."""
    new = insert_into(operation_state, dialect)
    counted = {
        "revision": operation_state.c.revision + 1,
        "seed_revision": operation_state.c.seed_revision + 1,
    }
    return new.on_conflict_do_update(index_elements=["name"], set_=counted)


def seed_taken(connection: Connection) -> Seed | None:
    """Return when the seed was taken, if one was."""
    row = connection.execute(_TAKEN).one_or_none()
    return (
        None
        if row is None
        else Seed(row.taken_at, row.business_at, ClockMode(row.mode), row.rate, row.version)
    )


class SeedKeeper:
    """Takes the seed of a database, and puts it back."""

    def __init__(self, engine: Engine) -> None:
        """Take the database."""
        self._engine = engine
        self._directory: Path | None = None
        """Where the seed of a database in memory lies."""

    def take(self, taken_at: datetime, reading: ClockReading) -> Seed:
        """Keep what the database holds now, and what the clock shows."""
        if self._engine.dialect.name == "sqlite":
            self._take_file()
        with self._engine.begin() as connection:
            if self._engine.dialect.name == "postgresql":
                _take_schema(connection)
            seed = Seed(taken_at, reading.now, reading.mode, reading.rate, _version(connection))
            connection.execute(_note(connection.dialect), {"name": _NAME, **vars(seed)})
        return seed

    @contextmanager
    def putting_back(self) -> Iterator[tuple[Connection, Seed]]:
        """Put the seed back in the transaction that the block ends; it has the clock to itself.

        Raises:
            NoSeed: none was taken, or the tables were changed since.
        """
        with (
            self._engine.connect() as connection,
            self._attached(connection),
            connection.begin(),
        ):
            lock_clock(connection)
            seed = seed_taken(connection)
            if seed is None or seed.version != _version(connection) or not self._is_there:
                raise NoSeed
            if self._engine.dialect.name == "sqlite":
                _copy_file(connection)
            else:
                _copy_schema(connection)
            counted = {"name": "state", "revision": 1, "seed_revision": 1}
            connection.execute(_count_reset(connection.dialect), counted)
            yield connection, seed

    @property
    def _file(self) -> Path:
        if in_memory(self._engine):
            if self._directory is None:
                self._directory = Path(tempfile.mkdtemp(prefix="oqs-seed-"))
                weakref.finalize(self, shutil.rmtree, self._directory, ignore_errors=True)
            return self._directory / "seed"
        return Path(f"{self._engine.url.database}.seed")

    @property
    def _is_there(self) -> bool:
        return self._engine.dialect.name == "postgresql" or self._file.exists()

    def _take_file(self) -> None:
        """Write the database into a file, which gets its name when it is complete."""
        file = self._file
        made = file.with_name(f"{file.name}.new")
        made.unlink(missing_ok=True)
        # Only its owner reads it, as it holds keys; SQLite writes into an empty file.
        os.close(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        pooled = self._engine.raw_connection()
        try:
            driver: Any = pooled.driver_connection
            driver.execute("VACUUM INTO ?", (str(made),))
        finally:
            pooled.close()
        made.replace(file)

    @contextmanager
    def _attached(self, connection: Connection) -> Iterator[None]:
        """Have the file of the seed at hand, on SQLite."""
        if self._engine.dialect.name == "postgresql" or not self._is_there:
            yield
            return
        driver: Any = connection.connection.driver_connection
        driver.execute("ATTACH ? AS seed", (str(self._file),))
        try:
            yield
        finally:
            driver.execute("DETACH seed")


def _version(connection: Connection) -> str:
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


def _copy_file(connection: Connection) -> None:
    driver: Any = connection.connection.driver_connection
    # To be put back once more costs nothing that anybody was promised.
    driver.relaxed = True
    for table in _TABLES:
        if table not in _STAYS:
            driver.execute(f"DELETE FROM main.{table}")  # noqa: S608 # names of our tables
            driver.execute(f"INSERT INTO main.{table} SELECT * FROM seed.{table}")  # noqa: S608


def _take_schema(connection: Connection) -> None:
    connection.execute(text(f"DROP SCHEMA IF EXISTS {_SCHEMA} CASCADE"))
    connection.execute(text(f"CREATE SCHEMA {_SCHEMA}"))
    lock_name(connection, "operation_seed")
    names = ", ".join(_TABLES)
    connection.execute(text(f"LOCK TABLE {names} IN SHARE MODE"))
    for table in _TABLES:
        connection.execute(text(f"CREATE TABLE {_SCHEMA}.{table} AS TABLE {table}"))


def _copy_schema(connection: Connection) -> None:
    """Write what differs, while nobody else writes; who reads goes on."""
    names = ", ".join(table for table in _TABLES if table not in _STAYS)
    connection.execute(text("SET LOCAL synchronous_commit = off"))
    _lock_tables(connection, names)
    for table in _TABLES:
        if table in _STAYS:
            continue
        seed = f"{_SCHEMA}.{table}"
        same = connection.scalar(text(_SAME.format(table=table, seed=seed)))
        if not same:
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 # names of our tables
            connection.execute(text(f"INSERT INTO {table} SELECT * FROM {seed}"))  # noqa: S608


def _lock_tables(connection: Connection, names: str) -> None:
    """Lock tables all at once: who holds some and waits for others is what a deadlock is made of.

    Raises:
        OperationalError: somebody has written for too long.
    """
    until = time.monotonic() + _WAITS_FOR_TABLES_SECONDS
    while True:
        try:
            with connection.begin_nested():
                connection.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE NOWAIT"))
        except OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(_TRIED_EVERY_SECONDS)
        else:
            return


_SAME = (
    "SELECT NOT EXISTS (SELECT * FROM {table} EXCEPT ALL SELECT * FROM {seed}) "
    "AND NOT EXISTS (SELECT * FROM {seed} EXCEPT ALL SELECT * FROM {table})"
)
"""Whether a table holds what the seed holds."""
