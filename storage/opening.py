"""Opening a database: an empty one gets the schema at once, an older one is migrated."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    InterfaceError,
    OperationalError,
)
from sqlalchemy.pool import StaticPool

from storage.locking import lock_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, MetaData

_PRAGMAS = (
    "synchronous=NORMAL",
    "temp_store=MEMORY",
    # Point reads all over a table of millions: from memory, not through a call for each page.
    "cache_size=-65536",
    # A busy page is written back once in 32 MiB of log, not once in four.
    "wal_autocheckpoint=8000",
    "mmap_size=1073741824",
)
_WAITS_FOR_LOCK = 10.0
"""Seconds that a connection to SQLite waits for another one's lock."""
VERSION_TABLE = "alembic_version"


class StorageUnavailable(Exception):
    """The database cannot be opened; the message says why and what to do."""


def open_engine(url: str, metadata: MetaData, migrations: Path) -> Engine:
    """Return an engine on a database whose schema is the newest.

    ``url`` is of SQLite or of PostgreSQL. ``migrations`` is the service's folder of migration
    scripts. SQLite runs in WAL mode, and each transaction takes the write lock when it begins, so
    that none fails half way.

    Raises:
        StorageUnavailable: no such database, no right to it, or it is newer than this program.
    """
    try:
        engine = _engine(url)
        with engine.begin() as connection:
            # Services that start together on an empty server would make the tables twice.
            lock_name(connection, VERSION_TABLE)
            _bring_up_to_date(connection, metadata, migrations)
    except (ArgumentError, DBAPIError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().rstrip(".")
        shown = re.sub(r"://([^:@/]+):[^@/]*@", r"://\1:***@", url)
        raise StorageUnavailable(
            f"The database {shown} cannot be opened: {reason}. "
            "Check the address, and the rights to its folder or server."
        ) from error
    return engine


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    match parsed.get_backend_name():
        case "postgresql":
            return _postgresql(parsed)
        case "sqlite":
            return _sqlite(parsed)
        case other:
            raise ArgumentError(
                f"{other} is no kind of database that the services know; "
                "use sqlite:///PATH or postgresql://USER@HOST/NAME"
            )


def _postgresql(parsed: URL) -> Engine:
    options = f"{parsed.query.get('options', '')} -c timezone=UTC".strip()
    return create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        # A server that was restarted is noticed before a connection is used.
        pool_pre_ping=True,
        connect_args={"options": options, "connect_timeout": 10},
    )


def _sqlite(parsed: URL) -> Engine:
    options: dict[str, Any] = {
        "connect_args": {"check_same_thread": False, "timeout": _WAITS_FOR_LOCK}
    }
    if parsed.database in {None, "", ":memory:"}:
        options["poolclass"] = StaticPool
    else:
        Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, **options)

    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _: object) -> None:
        # Transactions are begun by the listener below, not by the driver.
        connection.isolation_level = None
        _write_ahead(connection)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        reads_only = connection.get_execution_options().get("reads_only", False)
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")

    return engine


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to a write-ahead log.

    SQLite does not wait by itself for another connection that is switching at the same moment.
    """
    until = time.monotonic() + _WAITS_FOR_LOCK
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.005)
        else:
            return


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that only reads: on SQLite it waits for no writer."""
    with engine.connect().execution_options(reads_only=True) as connection:
        yield connection


def relax_durability(connection: Connection) -> None:
    """Let this transaction's commit return before it is on the disk.

    For what may be lost with the machine, as it is only done again. Others see it at once.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")


def flush(engine: Engine) -> None:
    """Return when all that was committed is on the disk.

    On PostgreSQL a commit returns no sooner, unless it was told that it need not. On SQLite it is
    in the log (WAL), which is flushed now and then: that is enough for what one file holds, as
    nothing is lost from the middle, and too little for what another database relies on.
    """
    if engine.dialect.name != "sqlite" or in_memory(engine):
        return
    # Where there is no log, a checkpoint has put all of it into the file, and flushed that.
    with suppress(FileNotFoundError), Path(f"{engine.url.database}-wal").open("rb") as log:
        os.fsync(log.fileno())


def in_memory(engine: Engine) -> bool:
    """Tell whether all threads share one connection, as a database in memory has no other."""
    return isinstance(engine.pool, StaticPool)


def outages(engine: Engine) -> tuple[type[Exception], ...]:
    """Return what is raised when a database that was opened fails, by whatever way it is used."""
    driver = engine.dialect.loaded_dbapi
    return OperationalError, InterfaceError, driver.OperationalError, driver.InterfaceError


def unfit_values(engine: Engine) -> tuple[type[Exception], ...]:
    """Return what is raised when a database refuses a value, by whatever way it is used.

    Such as a NUL character, or a number that is too large for its column.
    """
    return DataError, engine.dialect.loaded_dbapi.DataError


def head_of(migrations: Path) -> str:
    """Return the newest revision in a folder of migration scripts, without loading Alembic."""
    revisions: set[str] = set()
    ancestors: set[str] = set()
    for script in (migrations / "versions").glob("*.py"):
        text = script.read_text(encoding="utf-8")
        revisions.update(re.findall(r'^revision(?:: str)? = "(\w+)"', text, re.MULTILINE))
        ancestors.update(re.findall(r'^down_revision(?:: [^=]+)? = "(\w+)"', text, re.MULTILINE))
    (head,) = revisions - ancestors
    return head


def _bring_up_to_date(connection: Connection, metadata: MetaData, migrations: Path) -> None:
    head = head_of(migrations)
    tables = inspect(connection).get_table_names()
    if not tables:
        metadata.create_all(connection)
        connection.exec_driver_sql(
            f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"
        )
        connection.exec_driver_sql(
            f"INSERT INTO {VERSION_TABLE} (version_num) VALUES ('{head}')"  # noqa: S608 # a revision of ours
        )
        return
    if VERSION_TABLE in tables:
        version = connection.exec_driver_sql(
            f"SELECT version_num FROM {VERSION_TABLE}"  # noqa: S608 # a constant
        ).scalar()
        if version == head:
            return
    migrate(connection, migrations)


def migrate(connection: Connection, migrations: Path) -> None:
    """Run the migrations that this database lacks.

    Raises:
        StorageUnavailable: the database was made by a newer program.
    """
    # Alembic is slow to import and seldom needed.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StorageUnavailable(
            f"The database does not fit this program ({error}). "
            "Use the program that made it, or start with an empty data directory."
        ) from error
