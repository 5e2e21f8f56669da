"""A PostgreSQL server of our own, which only this machine's users with a right to it can reach.

Each `PostgresServer` is a cluster in a directory of its own, listening on a Unix socket in that
directory and on no port. It is made with `initdb`, runs as a user without rights (PostgreSQL
refuses to run as root), and ends with the process that started it, however that ends. For tests,
measurements, and a system that is tried out; not for data that are to be kept.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sqlalchemy import URL, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool, StaticPool

from eligibility.sentence import Sentence
from testbed.launch.scratch_directories import own_directory
from testbed.mistakes import Mistake

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy import Connection, Engine

PROGRAMS = Path("/usr/lib/postgresql")
"""Where Debian puts PostgreSQL's programs, in a folder for each version."""
USERS = ("postgres", "nobody")
"""Who runs the server where we are root."""
OWNER = "oqs"
"""The server's superuser."""
STARTS_WITHIN = 60.0
"""Seconds; far beyond what a machine under load needs, the repair after a crash included."""
SPEED_BEFORE_SAFETY = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "max_wal_size": "128MB",
    "shared_buffers": "64MB",
}
"""Settings for tests: what is lost with the machine was of no use anyway. A server that crashes
alone still loses nothing."""


class PostgresServerError(Mistake):
    """The private server cannot be used; the message says why and what to do."""

    code = "database-unavailable"


class PostgresServer:
    """A PostgreSQL server, running from `start` to `stop`; its data go with it."""

    def __init__(self, settings: Mapping[str, str] = SPEED_BEFORE_SAFETY) -> None:
        """Take the server's settings, as in ``postgresql.conf``."""
        self._settings = settings
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> Self:
        """Make the cluster and start it; return when it answers.

        Raises:
            PostgresServerError: PostgreSQL is not installed, or does not start.
        """
        programs = _find_programs()
        self._postgres = programs / "postgres"
        self._user = _find_user()
        # Its path is short, as those of sockets must be, and a user without rights gets there.
        self.directory, self._lock = own_directory("oqs-pg")
        if self._user is not None:
            os.chown(self.directory, self._user.pw_uid, self._user.pw_gid)
        made = subprocess.run(  # noqa: S603 # all parts are our own
            [
                *self._as_user(), str(programs / "initdb"), "--pgdata", str(self._data),
                "--username", OWNER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C",
                "--no-sync", "--no-instructions",
            ],
            capture_output=True, text=True, check=False, cwd=self.directory,
        )  # fmt: skip
        if made.returncode:
            self.stop()
            words = made.stderr.strip()
            raise PostgresServerError(
                Sentence(
                    f"initdb がデータベースの置き場を作れませんでした: {words}",
                    f"initdb could not make a cluster: {words}",
                )
            )
        self._run()
        return self

    def stop(self) -> None:
        """End the server and remove its data."""
        self._end(signal.SIGINT)
        shutil.rmtree(self.directory, ignore_errors=True)
        self._lock.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def url(self, database: str = "postgres") -> str:
        """Return the address of a database."""
        return URL.create(
            "postgresql", OWNER, database=database, query={"host": str(self.directory)}
        ).render_as_string()

    @property
    def pid(self) -> int:
        """The server's first process, which has started all others."""
        assert self._process is not None, "it does not run"
        return self._process.pid

    def create(self, database: str, template: str = "template1") -> str:
        """Make a database, with what another one holds; return its address."""
        create_database(self.url(), database, template)
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database, also while somebody is connected to it."""
        drop_database(self.url(), database)

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    def _as_user(self) -> list[str]:
        """Return what stands before a program: another user for root, an end with our own."""
        command = ["setpriv", "--pdeathsig", "INT"]
        if self._user is not None:
            uid, gid = str(self._user.pw_uid), str(self._user.pw_gid)
            command += ["--reuid", uid, "--regid", gid, "--clear-groups"]
        return command

    def _run(self) -> None:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.directory),
            "logging_collector": "off",
            **self._settings,
        }
        self._process = subprocess.Popen(  # noqa: S603 # all parts are our own
            [
                *self._as_user(), str(self._postgres), "-D", str(self._data),
                *(f"--{name}={value}" for name, value in options.items()),
            ],
            stderr=subprocess.PIPE, text=True, cwd=self.directory,
        )  # fmt: skip
        ready = threading.Event()
        said: list[str] = []
        log = self._process.stderr
        assert log is not None

        def listen() -> None:
            for line in log:
                said.append(line)
                if "ready to accept connections" in line:
                    ready.set()
            ready.set()
            log.close()

        threading.Thread(target=listen, daemon=True).start()
        if not ready.wait(STARTS_WITHIN) or self._process.poll() is not None:
            words = "".join(said[-3:]).strip()
            self.stop()
            raise PostgresServerError(
                Sentence(
                    f"PostgreSQL が始まりませんでした: {words}",
                    f"PostgreSQL did not start: {words}",
                )
            )

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(STARTS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@dataclass(frozen=True)
class OwnDatabases:
    """Databases of somebody's own on a server that others use as well."""

    server: str
    names: Mapping[str, str]
    """The name of each on the server."""
    held: tuple[Engine, ...] = ()
    """A connection to each, by which others see that its owner lives."""

    @classmethod
    def on(cls, server: str, purposes: Iterable[str]) -> Self:
        """Make a database for each purpose.

        Raises:
            PostgresServerError: the server does not answer, or does not let us.
        """
        _require_postgresql(server)
        mark = secrets.token_hex(4)
        names = {purpose: f"oqs_sim_{mark}_{purpose}" for purpose in purposes}
        try:
            made = cls(server, names, tuple(_holder(server, name) for name in names.values()))
            with _alone_on(server) as connection:
                _clear_away(connection)
                for name, holder in zip(names.values(), made.held, strict=True):
                    connection.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE "template1"')
                    holder.connect()
        except (ArgumentError, DBAPIError) as error:
            reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            reason = reason.rstrip(".")
            raise _unusable(reason, reason) from error
        return made

    @property
    def urls(self) -> dict[str, str]:
        """The address of each."""
        address = make_url(self.server)
        return {
            purpose: address.set(database=name).render_as_string(hide_password=False)
            for purpose, name in self.names.items()
        }

    def drop(self) -> None:
        """Remove them."""
        for holder in self.held:
            holder.dispose()
        for name in self.names.values():
            with contextlib.suppress(DBAPIError):
                drop_database(self.server, name)


def _unusable(ja: str, en: str) -> PostgresServerError:
    return PostgresServerError(
        Sentence(
            f"サーバーにデータベースを作れません({ja})。アドレス"
            "(postgresql://USER@HOST/DATABASE)と、ユーザーの権限を確かめてください。",
            f"No databases can be made on the server: {en}. Check its address, "
            "postgresql://USER@HOST/DATABASE, and that the user may create databases.",
        )
    )


def _require_postgresql(server: str) -> None:
    """Refuse an address that is none of a PostgreSQL server, before a driver is looked for."""
    try:
        kind = make_url(server).drivername
    except ArgumentError:
        raise _unusable("アドレスを読めません", "the address cannot be read") from None
    except ValueError:  # the port
        raise _unusable("ポートが数ではありません", "its port is no number") from None
    if kind not in {"postgresql", "postgresql+psycopg"}:
        raise _unusable(
            f"{kind} という種類のサーバーは使えません",
            f"{kind} is no kind of server that can be used here",
        )


def _holder(server: str, database: str) -> Engine:
    address = make_url(server).set(database=database)
    return create_engine(address, isolation_level="AUTOCOMMIT", poolclass=StaticPool)


@contextlib.contextmanager
def _alone_on(server: str) -> Iterator[Connection]:
    """Connect to a server; meanwhile nobody else makes databases of his own there, or clears."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT pg_advisory_lock(hashtextextended('oqs_sim', 0))")
        yield connection


def _clear_away(connection: Connection) -> None:
    """Remove the databases of those who were killed: nobody is connected to them any more."""
    left = connection.exec_driver_sql(
        "SELECT datname FROM pg_database WHERE datname ~ '^oqs_sim_[0-9a-f]{8}_[a-z]+$' AND "
        "NOT EXISTS (SELECT FROM pg_stat_activity one WHERE one.datname = pg_database.datname)"
    )
    for name in left.scalars().all():
        # One to which somebody has connected meanwhile, or of another owner, stays.
        with contextlib.suppress(DBAPIError):
            connection.exec_driver_sql(f'DROP DATABASE "{name}"')


def create_database(server: str, database: str, template: str = "template1") -> None:
    """Make a database on a server, whose address names any database there."""
    _run_on(server, f'CREATE DATABASE "{database}" TEMPLATE "{template}"')


def drop_database(server: str, database: str) -> None:
    """Remove a database, also while somebody is connected to it."""
    _run_on(server, f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def _run_on(server: str, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)


def _find_programs() -> Path:
    found = sorted(PROGRAMS.glob("*/bin/initdb"), key=lambda program: int(program.parts[-3]))
    if found:
        return found[-1].parent
    elsewhere = shutil.which("initdb")
    if elsewhere is None:
        raise PostgresServerError(
            Sentence(
                "PostgreSQL の initdb がありません。入れてください(Debian: apt-get install "
                "postgresql-15)。",
                "PostgreSQL's initdb was not found. Install it (Debian: apt-get install "
                "postgresql-15).",
            )
        )
    return Path(elsewhere).resolve().parent


def _find_user() -> pwd.struct_passwd | None:
    if os.getuid() != 0:
        return None
    for name in USERS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise PostgresServerError(
        Sentence(
            f"PostgreSQL は root では動かず、ユーザー {'、'.join(USERS)} もいません。"
            "別のユーザーで始めてください。",
            f"PostgreSQL does not run as root, and there is no user {' or '.join(USERS)}. "
            "Start this as another user.",
        )
    )
