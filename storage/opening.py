"""Opening a database: an empty one gets the schema at once, an older one is migrated."""

from __future__ import annotations

import logging
import os
import re
import shutil
import sqlite3
import stat
import tempfile
import time
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, finalize

from sqlalchemy import Engine, create_engine, event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    InterfaceError,
    OperationalError,
)

from storage.flushing import FlushedConnection, LogFlusher, synchronise_directory
from storage.locking import (
    CLIENTS_WAIT_SECONDS,
    LOCK_SETTING,
    DatabaseOverdue,
    left_to_wait,
    lock_name,
    lock_seconds,
    waiting_at_most,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, MetaData

_PRAGMAS = (
    # The log is flushed by us, see ``storage.flushing``; SQLite flushes around a checkpoint.
    "synchronous=NORMAL",
    "temp_store=MEMORY",
    # Point reads all over a table of millions: from memory, not through a call for each page.
    "cache_size=-65536",
    # A busy page is written back once in 32 MiB of log, not once in four.
    "wal_autocheckpoint=8000",
    "mmap_size=0",
)
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a directory that nobody else can look into
"""Where Linux keeps files in memory."""
_OPENING_SECONDS = 60.0
"""Seconds for which a service that starts waits for another one, which makes the tables."""
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
"""How SQLite says that a file is no database, or only part of one."""
_SQLITE_SAYS = {
    sqlite3.SQLITE_BUSY: "ほかのプログラムが使っています",
    sqlite3.SQLITE_CANTOPEN: "ファイルを開けません",
    sqlite3.SQLITE_CORRUPT: "中身が欠けています",
    sqlite3.SQLITE_FULL: "ディスクに空きがありません",
    sqlite3.SQLITE_IOERR: "ディスクの読み書きに失敗しました",
    sqlite3.SQLITE_LOCKED: "ほかのプログラムが使っています",
    sqlite3.SQLITE_NOTADB: "データベースのファイルではありません",
    sqlite3.SQLITE_PERM: "権限がありません",
    sqlite3.SQLITE_READONLY: "書き込めません",
}
"""What SQLite says in English alone."""
_OWNERS_ONLY = 0o600
VERSION_TABLE = "alembic_version"
RELAXED = "OQS_SIM_RELAXED_DATABASE"
"""The environment variable that says, if it is 1, that a PostgreSQL server need not be safe."""
log = logging.getLogger(__name__)


class StorageUnavailable(Exception):
    """The database cannot be opened; `ja` and `en` say why and what to do."""

    def __init__(self, ja: str, en: str) -> None:
        super().__init__(en)
        self.ja = ja
        self.en = en


class _Refused(Exception):
    """Why a database is not used, as part of a sentence."""

    def __init__(self, ja: str, en: str) -> None:
        super().__init__(en)
        self.ja = ja


def open_engine(url: str, metadata: MetaData, migrations: Path) -> Engine:
    """Return an engine on a database whose schema is the newest.

    ``url`` is of SQLite or of PostgreSQL; a database in memory is one that is gone with the engine.
    ``migrations`` is the service's folder of migration scripts. SQLite runs in WAL mode, and each
    transaction takes the write lock when it begins, so that none fails half way.

    Raises:
        StorageUnavailable: no such database, no right to it, or it is newer than this program.
    """
    try:
        passing = _passing_directory(url)
        if passing is not None:
            url = f"sqlite:///{passing}/database"
        _lay_out(url, metadata, migrations)
        engine = _engine(url)
        if passing is not None:
            finalize(engine, shutil.rmtree, passing, ignore_errors=True)
        _warn_of_unsafe_settings(engine)
        with waiting_at_most(_OPENING_SECONDS), engine.begin() as connection:
            # Services that start together on an empty server would make the tables twice.
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_OPENING_SECONDS:g}s'")
            lock_name(connection, VERSION_TABLE)
            _bring_up_to_date(connection, metadata, migrations)
    except (_Refused, ArgumentError, DBAPIError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().rstrip(".")
        shown = re.sub(r"://([^:@/]+):[^@/]*@", r"://\1:***@", url)
        sqlite_code = getattr(getattr(error, "orig", None), "sqlite_errorcode", 0) & 0xFF
        reason_ja = getattr(error, "ja", None) or _SQLITE_SAYS.get(sqlite_code, reason)
        if sqlite_code in _DAMAGED:
            ja = "壊れています。控えと置き換えてください。"
            en = "It is damaged: put a copy of it in its place."
        else:
            ja = "アドレスと、フォルダーかサーバーの権限を確かめてください。"
            en = "Check the address, and the rights to its folder or server."
        raise StorageUnavailable(
            f"データベース {shown} を開けません({reason_ja})。{ja}",
            f"The database {shown} cannot be opened: {reason}. {en}",
        ) from error
    return engine


def _passing_directory(url: str) -> Path | None:
    """Make a directory for a database that the URL wants in memory.

    There SQLite has one connection for all threads, and so one transaction: it is a file like any
    other instead, which is taken away.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database not in {None, "", ":memory:"}:
        return None
    return Path(
        tempfile.mkdtemp(prefix="oqs-sim-", dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None)
    )


def _lay_out(url: str, metadata: MetaData, migrations: Path) -> None:
    """Make a file of SQLite that is not there, with its tables, and see that another has some.

    It gets its name when it is complete and on the disk. So a file without tables never is a
    system that has just begun, but one that lost what it held.

    Raises:
        StorageUnavailable: the file has nothing in it.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() != "sqlite":
        return
    file = Path(str(parsed.database))
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if file.is_symlink():
        raise _Refused(
            f"{file} はリンクです。その先のファイルを指定してください",
            f"{file} is a link; name the file that it leads to",
        )
    if not file.exists():
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.name}-") as directory:
            made = Path(directory) / "new"
            _make(made, metadata, migrations)
            made.chmod(_OWNERS_ONLY)
            with made.open("rb") as complete:
                os.fsync(complete.fileno())
            # Of two services that start together, one names its file.
            with suppress(FileExistsError):
                os.link(made, file)
        synchronise_directory(file.parent)
    _keep_private(file)
    if file.stat().st_size == 0:
        raise _lost(file)


def _make(file: Path, metadata: MetaData, migrations: Path) -> None:
    """Make a file of SQLite with its tables."""
    engine = _engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        _make_tables(connection, metadata, migrations)
    engine.dispose()


def _lost(file: Path) -> StorageUnavailable:
    """Say that a file without tables is no system that has just begun."""
    size = file.stat().st_size
    return StorageUnavailable(
        f"ファイル {file} はデータベースのはずですが、表が一つもありません"
        f"({size} バイト)。中身は失われています。控えと置き換えるか、空から"
        "始めるなら取り除いてください。",
        f"The file {file} should be a database and has no table in it "
        f"({size} bytes): what it held is lost. Put a copy of it in its place; "
        "or remove it, to begin with an empty system.",
    )


def _keep_private(file: Path) -> None:
    """See that a database is this user's, and that nobody else can read it.

    It holds keys of the simulated authorities. SQLite gives its other files the same rights.
    """
    found = file.stat()
    if found.st_uid != os.getuid():
        raise _Refused(f"{file} はほかの利用者のものです", f"{file} belongs to another user")
    if stat.S_IMODE(found.st_mode) != _OWNERS_ONLY:
        file.chmod(_OWNERS_ONLY)


def _warn_of_unsafe_settings(engine: Engine) -> None:
    """Say in the log where a PostgreSQL server may lose with the machine what it committed."""
    if engine.dialect.name != "postgresql" or os.environ.get(RELAXED) == "1":
        return
    with engine.connect() as connection:
        for setting in ("fsync", "full_page_writes"):
            if connection.exec_driver_sql(f"SHOW {setting}").scalar() != "on":
                log.error(
                    "The PostgreSQL server has %s off: a power cut may take what was acknowledged, "
                    "or the whole database. Turn it on (postgresql.conf); for data that need not "
                    "last, set %s=1 and this is not said.",
                    setting,
                    RELAXED,
                )


def _engine(url: str) -> Engine:
    parsed = _parsed(url)
    try:
        seconds = lock_seconds()
    except ValueError:
        most = f"{CLIENTS_WAIT_SECONDS:g}"
        raise _Refused(
            f"環境変数 {LOCK_SETTING} は 0 より大きく {most} より小さい秒数にしてください",
            f"{LOCK_SETTING} has to be a number of seconds between 0 and {most}, "
            "after which clients give up",
        ) from None
    match parsed.get_backend_name():
        case "postgresql":
            return _postgresql(parsed, seconds)
        case "sqlite":
            return _sqlite(parsed, seconds)
        case other:
            raise _Refused(
                f"{other} という種類のデータベースは使えません。sqlite:///PATH か "
                "postgresql://USER@HOST/NAME を使ってください",
                f"{other} is no kind of database that the services know; "
                "use sqlite:///PATH or postgresql://USER@HOST/NAME",
            )


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ValueError:
        raise _Refused("ポートが数ではありません", "its port is no number") from None


def _postgresql(parsed: URL, seconds: float) -> Engine:
    # Everything is looked up by an index, in moments: to compile a statement takes far longer.
    options = f"-c jit=off {parsed.query.get('options', '')} -c timezone=UTC"
    engine = create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        # A server that was restarted is noticed before a connection is used.
        pool_pre_ping=True,
        connect_args={"options": options, "connect_timeout": 10},
        # What a failure says goes into a log, in which nobody's number belongs.
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _: object) -> None:
        # An answer relies on its commit. A server that waits for a replica as well may do so.
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('synchronous_commit', 'on', false) "
                "WHERE current_setting('synchronous_commit') IN ('off', 'local')"
            )
            # A lock is waited for as long as on SQLite.
            cursor.execute(
                f"SELECT set_config('lock_timeout', '{seconds:g}s', false) "
                "WHERE current_setting('lock_timeout') = '0'"
            )
        connection.commit()

    return engine


def _sqlite(parsed: URL, seconds: float) -> Engine:
    flusher = LogFlusher(Path(str(parsed.database)))
    engine = create_engine(
        parsed,
        hide_parameters=True,
        # The last one used has pages in its memory, and they are the newest.
        pool_use_lifo=True,
        connect_args={
            "check_same_thread": False,
            "timeout": seconds,
            "factory": FlushedConnection,
        },
    )
    _flushers[engine] = flusher

    @event.listens_for(engine, "connect")
    def on_connect(connection: FlushedConnection, _: object) -> None:
        connection.flusher = flusher
        connection.waits = seconds
        # Transactions are begun by the listener below, not by the driver.
        connection.isolation_level = None
        _write_ahead(connection, seconds)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        reads_only = connection.get_execution_options().get("reads_only", False)
        driver: Any = connection.connection.driver_connection
        driver.relaxed = False
        if not reads_only:
            driver.wait_at_most(left_to_wait(seconds))
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")

    return engine


def _write_ahead(connection: sqlite3.Connection, seconds: float) -> None:
    """Switch to a write-ahead log.

    SQLite does not wait by itself for another connection that is switching at the same moment.
    """
    until = time.monotonic() + seconds
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
    """Open a transaction that only reads, all of it as it is at its first statement.

    So what is read by several statements fits together. On SQLite it waits for no writer.
    """
    options: dict[str, Any] = {"reads_only": True}
    if engine.dialect.name == "postgresql":
        options["isolation_level"] = "REPEATABLE READ"
    with engine.connect().execution_options(**options) as connection:
        yield connection


def relax_durability(connection: Connection) -> None:
    """Let this transaction's commit return before it is on the disk, where the database can.

    For what may be lost with the machine, as it is only done again. Others see it at once. SQLite
    flushes each commit nevertheless.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
    else:
        driver: Any = connection.connection.driver_connection
        driver.relaxed = True


def flush(engine: Engine) -> None:
    """Return when all that can be read now is on the disk, whichever process committed it.

    A commit of one's own has been flushed when it returns. What another one has just committed can
    be read before it is: this is for who hands it on. PostgreSQL shows a commit only when it is on
    the disk, unless it was relaxed.
    """
    if engine.dialect.name == "sqlite":
        _flushers[engine].flush()


_flushers: WeakKeyDictionary[Engine, LogFlusher] = WeakKeyDictionary()
"""Of each file of SQLite. To flush takes no connection: the one that wrote has pages in its memory
for who writes next."""


def outages(engine: Engine) -> tuple[type[Exception], ...]:
    """Return what is raised when a database that was opened fails, by whatever way it is used."""
    driver = engine.dialect.loaded_dbapi
    ours = OperationalError, InterfaceError, DatabaseOverdue
    return *ours, driver.OperationalError, driver.InterfaceError


def unfit_values(engine: Engine) -> tuple[type[Exception], ...]:
    """Return what is raised when a database refuses a value, by whatever way it is used.

    Such as a NUL character, or a number that is too large for its column.
    """
    return DataError, engine.dialect.loaded_dbapi.DataError


@cache
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
    """Bring tables to the newest schema; an empty server gets them all.

    Raises:
        StorageUnavailable: a file has nothing in it, or is newer than this program.
    """
    tables = inspect(connection).get_table_names()
    if not tables:
        if connection.dialect.name == "sqlite":
            raise _lost(Path(str(connection.engine.url.database)))
        _make_tables(connection, metadata, migrations)
        return
    if VERSION_TABLE in tables:
        version = connection.exec_driver_sql(
            f"SELECT version_num FROM {VERSION_TABLE}"  # noqa: S608 # a constant
        ).scalar()
        if version == head_of(migrations):
            return
    migrate(connection, migrations)


def _make_tables(connection: Connection, metadata: MetaData, migrations: Path) -> None:
    metadata.create_all(connection, checkfirst=False)
    connection.exec_driver_sql(
        f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"
    )
    connection.exec_driver_sql(
        f"INSERT INTO {VERSION_TABLE} (version_num) VALUES ('{head_of(migrations)}')"  # noqa: S608 # a revision of ours
    )


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
            f"データベースがこのプログラムに合いません({error})。作ったプログラムを使うか、空の"
            "データディレクトリーで始めてください。",
            f"The database does not fit this program ({error}). "
            "Use the program that made it, or start with an empty data directory.",
        ) from error
