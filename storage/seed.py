"""The seed: what a database held at a moment, kept beside it, to be put back at once.

All tables are put back in one transaction, but for those of which a service says that they stay. On
SQLite the seed is a file of its own, whose tables are copied as they lie; on PostgreSQL it is a
schema, and only tables that differ are written.

A deployment takes the seeds of its services together, under one name, so that none of them goes
back to another moment than the others.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, String, Table, create_engine, insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from storage.conflict import insert_into
from storage.locking import lock_name
from storage.opening import VERSION_TABLE
from storage.types import UtcDateTime

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from sqlalchemy import Connection, Engine, MetaData

_NAME = "seed"
_SCHEMA = "oqs_seed"
_WAITS_FOR_TABLES_SECONDS = 10.0
_TRIED_EVERY_SECONDS = 0.002
_SAME = (
    "SELECT NOT EXISTS (SELECT * FROM {table} EXCEPT ALL SELECT * FROM {seed}) "
    "AND NOT EXISTS (SELECT * FROM {seed} EXCEPT ALL SELECT * FROM {table})"
)
"""Whether a table holds what the seed holds."""


class SeedTrouble(Enum):
    """Why a database cannot be put back; named as the catalogue of problems has it."""

    NO_SEED = auto()
    """No seed was taken."""
    SEED_OUTDATED = auto()
    """It was taken before the tables were brought up to date."""
    SEED_OF_ANOTHER_MOMENT = auto()
    """It was not taken together with those of the other services."""


class SeedUnusable(Exception):
    """There is no seed that the database could be put back to."""

    def __init__(self, why: SeedTrouble) -> None:
        super().__init__(why.name)
        self.why = why


@dataclass(frozen=True)
class Seed:
    """When a seed was taken."""

    identity: str
    """What the seeds of a deployment that were taken together are called."""
    taken_at: datetime
    """Wall time."""
    version: str
    """The revision of the tables."""


def seed_table(metadata: MetaData) -> Table:
    """Declare the table in which a service notes when its seed was taken."""
    return Table(
        "seed",
        metadata,
        Column("name", String(8), primary_key=True),
        Column("identity", String(32), nullable=False),
        Column("taken_at", UtcDateTime, nullable=False),
        Column("version", String(32), nullable=False),
    )


class SeedKeeper:
    """Takes the seed of a database, and puts it back.

    ``noted_in`` is a table with the columns of `seed_table`; it may have further ones. It stays, as
    do the tables that ``stay`` names.
    """

    def __init__(
        self, engine: Engine, metadata: MetaData, noted_in: Table, stay: Collection[str] = ()
    ) -> None:
        self._engine = engine
        self._tables = [table.name for table in metadata.sorted_tables]
        self._put_back = [
            name for name in self._tables if name != noted_in.name and name not in stay
        ]
        self._noted_in = noted_in
        columns = noted_in.c
        self._taken = select(columns.identity, columns.taken_at, columns.version)
        """When the seed was taken; no row where none was."""

    def take(self, identity: str, taken_at: datetime, **further: object) -> Seed:
        """Keep what the database holds now; ``further`` goes into further columns of the note."""
        if self._engine.dialect.name == "sqlite":
            self._take_file()
        with self._engine.begin() as connection:
            if self._engine.dialect.name == "postgresql":
                self._take_schema(connection)
            seed = Seed(identity, taken_at, _version(connection))
            noted = {"name": _NAME, **vars(seed), **further}
            new = insert_into(self._noted_in, connection.dialect).values(noted)
            connection.execute(
                new.on_conflict_do_update(index_elements=["name"], set_={**vars(seed), **further})
            )
        return seed

    def check(self, connection: Connection, identity: str | None = None) -> Seed:
        """Return the seed, which can be put back; ``identity`` is that of the others, if any.

        Raises:
            SeedUnusable: it cannot, or there is none.
        """
        row = connection.execute(self._taken).one_or_none()
        if row is None or not self._is_there:
            raise SeedUnusable(SeedTrouble.NO_SEED)
        seed = Seed(*row)
        if seed.version != _version(connection):
            raise SeedUnusable(SeedTrouble.SEED_OUTDATED)
        if identity not in {None, seed.identity}:
            raise SeedUnusable(SeedTrouble.SEED_OF_ANOTHER_MOMENT)
        return seed

    @contextmanager
    def opened(self) -> Iterator[Connection]:
        """Begin the transaction in which `put_back` works, and which the block ends."""
        with (
            self._engine.connect() as connection,
            self._attached(connection),
            connection.begin(),
        ):
            yield connection

    def put_back(self, connection: Connection, identity: str | None = None) -> Seed:
        """Put the seed back, in a transaction of `opened`.

        Raises:
            SeedUnusable: as `check`.
        """
        lock_name(connection, "seed")
        seed = self.check(connection, identity)
        if connection.dialect.name == "sqlite":
            self._copy_file(connection)
        else:
            self._copy_schema(connection)
        return seed

    @property
    def _file(self) -> Path:
        return seed_file(Path(str(self._engine.url.database)))

    @property
    def _is_there(self) -> bool:
        return self._engine.dialect.name == "postgresql" or self._file.exists()

    def _take_file(self) -> None:
        """Write the database into a file, which gets its name when it is complete."""
        file = self._file
        # Only its owner reads it, as it holds keys; SQLite writes into an empty file.
        opened, made = tempfile.mkstemp(prefix=f"{file.name}.", dir=file.parent)
        os.close(opened)
        try:
            pooled = self._engine.raw_connection()
            try:
                driver: Any = pooled.driver_connection
                driver.execute("VACUUM INTO ?", (made,))
            finally:
                pooled.close()
            Path(made).replace(file)
        finally:
            Path(made).unlink(missing_ok=True)

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

    def _copy_file(self, connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        # To be put back once more costs nothing that anybody was promised.
        driver.relaxed = True
        for table in self._put_back:
            driver.execute(f"DELETE FROM main.{table}")  # noqa: S608 # names of our tables
            driver.execute(f"INSERT INTO main.{table} SELECT * FROM seed.{table}")  # noqa: S608

    def _take_schema(self, connection: Connection) -> None:
        lock_name(connection, "seed")
        connection.execute(text(f"DROP SCHEMA IF EXISTS {_SCHEMA} CASCADE"))
        connection.execute(text(f"CREATE SCHEMA {_SCHEMA}"))
        names = ", ".join(self._tables)
        connection.execute(text(f"LOCK TABLE {names} IN SHARE MODE"))
        for table in self._tables:
            connection.execute(text(f"CREATE TABLE {_SCHEMA}.{table} AS TABLE {table}"))

    def _copy_schema(self, connection: Connection) -> None:
        """Write what differs, while nobody else writes; who reads goes on."""
        connection.execute(text("SET LOCAL synchronous_commit = off"))
        _lock_tables(connection, ", ".join(self._put_back))
        for table in self._put_back:
            seed = f"{_SCHEMA}.{table}"
            same = connection.scalar(text(_SAME.format(table=table, seed=seed)))
            if not same:
                connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 # our tables
                connection.execute(text(f"INSERT INTO {table} SELECT * FROM {seed}"))  # noqa: S608


def seed_file(database: Path) -> Path:
    """Return where the seed of a database of SQLite lies, which is a database as well."""
    return Path(f"{database}.seed")


def replace_seed(url: str, metadata: MetaData, file: Path) -> None:
    """Have a seed that was taken be what a database of SQLite with the same tables holds.

    The next time it is put back, the database becomes that one; when it was taken stays on record.
    """
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        assert address.database
        target = seed_file(Path(address.database))
        opened, made = tempfile.mkstemp(prefix=f"{target.name}.", dir=target.parent)
        os.close(opened)
        shutil.copyfile(file, made)
        Path(made).replace(target)
        return
    held = create_engine(f"sqlite:///{file}", poolclass=NullPool)
    engine = create_engine(address, poolclass=NullPool)
    with held.connect() as source, engine.begin() as connection:
        lock_name(connection, "seed")
        seed = connection.execution_options(schema_translate_map={None: _SCHEMA})
        for table in metadata.sorted_tables:
            seed.execute(table.delete())
            # By key, which differs from the name where a name of the interface is not our own.
            keys = [column.key for column in table.columns]
            rows = [dict(zip(keys, row, strict=True)) for row in source.execute(select(table))]
            if rows:
                seed.execute(insert(table), rows)


def _version(connection: Connection) -> str:
    return str(connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}")))  # noqa: S608


def _lock_tables(connection: Connection, names: str) -> None:
    """Lock tables all at once, also against who has taken rows and is about to change them.

    Who holds some and waits for others is what a deadlock is made of.

    Raises:
        OperationalError: somebody has written for too long.
    """
    until = time.monotonic() + _WAITS_FOR_TABLES_SECONDS
    while True:
        try:
            with connection.begin_nested():
                connection.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE NOWAIT"))
        except OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(_TRIED_EVERY_SECONDS)
        else:
            return
