"""Databases for tests that hold on either engine: SQLite files, and a private PostgreSQL."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, inspect, make_url, text

from storage import open_engine
from tests.equipment.crashable_postgres import CrashablePostgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import MetaData

ENGINES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))


_made: list[tuple[CrashablePostgres, str]] = []
"""Databases of servers that are there; each takes more room than all else that a test leaves."""


@dataclass
class Databases:
    """Hands out empty databases with a service's tables; each is gone after the test it is for."""

    server: CrashablePostgres
    _templates: dict[Path, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def empty(self) -> str:
        """Return the address of a database of PostgreSQL without any table."""
        return self.copy_of("template1")

    def lasting(self) -> str:
        """Return the address of an empty database that stays, for tests to have copies of."""
        return self.server.create(f"lasting_{next(self._numbers)}")

    def copy_of(self, database: str) -> str:
        """Return the address of a new database with what another one holds."""
        name = f"test_{next(self._numbers)}"
        _made.append((self.server, name))
        return self.server.create(name, database)

    def with_tables(self, metadata: MetaData, migrations: Path) -> str:
        """Return the address of a new database of PostgreSQL with a service's tables."""
        if migrations not in self._templates:
            template = f"template_{len(self._templates)}"
            open_engine(self.server.create(template), metadata, migrations).dispose()
            self._templates[migrations] = template
        return self.copy_of(self._templates[migrations])


@pytest.fixture(scope="session")
def postgres() -> Iterator[CrashablePostgres]:
    """Give each worker of the test run its own server."""
    with pytest.MonkeyPatch.context() as environment, CrashablePostgres() as server:
        environment.setenv("OQS_SIM_RELAXED_DATABASE", "1")
        yield server


@pytest.fixture(scope="session")
def databases(postgres: CrashablePostgres) -> Databases:
    return Databases(postgres)


@pytest.fixture(autouse=True)
def _databases_of_a_test() -> Iterator[None]:
    with _dropped():
        yield


@pytest.fixture(autouse=True, scope="module")
def _databases_of_a_module() -> Iterator[None]:
    with _dropped():
        yield


@contextmanager
def _dropped() -> Iterator[None]:
    """Drop the databases that are made within, when all that uses them has ended."""
    before = len(_made)
    yield
    while len(_made) > before:
        server, name = _made.pop()
        server.drop(name)


@pytest.fixture(params=ENGINES)
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., str]:
    """Make empty databases of one engine; a test that asks for this holds on both."""
    return _maker(request, tmp_path)


@pytest.fixture(scope="module", params=ENGINES)
def new_shared_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., str]:
    """Make empty databases as ``new_database`` does, for what a module's tests only read."""
    return _maker(request, tmp_path_factory.mktemp("databases"))


def _maker(request: pytest.FixtureRequest, directory: Path) -> Callable[..., str]:
    if request.param == "sqlite":
        numbers = itertools.count()
        return lambda *_, **__: f"sqlite:///{directory / f'{next(numbers)}.sqlite'}"
    databases: Databases = request.getfixturevalue("databases")

    def new(metadata: MetaData | None = None, migrations: Path | None = None) -> str:
        if metadata is None or migrations is None:
            return databases.empty()
        return databases.with_tables(metadata, migrations)

    return new


@pytest.fixture
def take_away(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Let a database, which is in use, answer nothing that is asked of it any more."""

    def take(database_url: str) -> None:
        if database_url.startswith("sqlite"):
            engine = create_engine(database_url)
            for table in inspect(engine).get_table_names():
                with engine.begin() as connection:
                    connection.execute(text(f'DROP TABLE "{table}"'))
        else:
            databases: Databases = request.getfixturevalue("databases")
            name = make_url(database_url).database
            url = make_url(databases.empty()).set(drivername="postgresql+psycopg")
            engine = create_engine(url, isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'))
                end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
                connection.execute(text(end), {"name": name})
        engine.dispose()

    return take


KeepTables = Callable[..., AbstractContextManager[Callable[[int], None]]]


@pytest.fixture
def keep_tables() -> KeepTables:
    """Keep tables of a server from all others; give what waits until so many wait for them."""

    @contextmanager
    def keep(database_url: str, *tables: str) -> Iterator[Callable[[int], None]]:
        engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"))
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")

        def until_waiting(many: int) -> None:
            until = time.monotonic() + 30
            while connection.execute(waiting).scalar_one() < many:
                assert time.monotonic() < until, "nobody waits"

        with engine.begin() as connection:
            connection.execute(text(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE"))
            yield until_waiting
        engine.dispose()

    return keep
