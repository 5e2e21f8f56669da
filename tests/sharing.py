"""What is the same for all databases of a test run, made once for each worker of it.

A test that opens a database has SQLAlchemy write the tables, and each statement, for that database
alone: for most tests that is more than half of all they do. Here the first file of SQLite with a
service's tables is kept, and later ones are copies of it; and all engines on one kind of database
use the dialect and the written statements of the first. The tests of `storage` lay out their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.util import LRUCache

from storage import opening

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine, MetaData

STATEMENTS = 5_000
"""How many written statements are kept; all services have fewer."""


class KeptFiles:
    """Stands for what makes a file of SQLite: each with the same tables is a copy of the first."""

    def __init__(self, make: Callable[[Path, MetaData, Path], None]) -> None:
        self._make = make
        self._kept: dict[Any, bytes] = {}

    def __call__(self, file: Path, metadata: MetaData, migrations: Path) -> None:
        tables = metadata, tuple(metadata.tables), migrations
        if tables in self._kept:
            file.write_bytes(self._kept[tables])
        else:
            self._make(file, metadata, migrations)
            self._kept[tables] = file.read_bytes()


class SharedStatements:
    """Stands for ``create_engine``: engines on one kind of database share what is written."""

    def __init__(self, create: Callable[..., Engine]) -> None:
        self._create = create
        self._shared: dict[str, tuple[Any, Any]] = {}

    def __call__(self, *address: Any, **options: Any) -> Engine:
        engine = self._create(*address, **options)
        kind = engine.dialect.name
        if kind in self._shared:
            engine.dialect, engine._compiled_cache = self._shared[kind]
        else:
            engine._compiled_cache = LRUCache(STATEMENTS)

            # A dialect has asked its database what it can by then.
            @event.listens_for(engine, "connect", once=True)
            def _(*_: object) -> None:
                self._shared.setdefault(kind, (engine.dialect, engine._compiled_cache))

        return engine


def share() -> None:
    """Share what is the same, in this process from now on."""
    opening._make = KeptFiles(opening._make)
    opening.create_engine = SharedStatements(opening.create_engine)  # type: ignore[assignment]
