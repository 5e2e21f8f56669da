"""The short way to the database, for a path where microseconds count.

SQLAlchemy writes each statement once, for the database at hand, and knows how its types are
stored; after that the statement goes straight to the driver. What SQLAlchemy does for each
execution (events, result objects, caches) costs several times what SQLite itself does.

A direct connection is for one thread. On SQLite each transaction takes the write lock when it
begins, as everywhere else. On PostgreSQL a connection that was lost is opened again.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import Float, Select

from storage.locking import lock_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sqlalchemy import Dialect, Engine
    from sqlalchemy.pool import PoolProxiedConnection
    from sqlalchemy.sql.dml import UpdateBase
    from sqlalchemy.sql.type_api import TypeEngine


class DirectStatement:
    """A statement as the driver takes it, and what its types do with values."""

    def __init__(self, statement: Select[Any] | UpdateBase, dialect: Dialect) -> None:
        """Write ``statement`` as a kind of database takes it."""
        compiled: Any = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        converters = {
            name: _converter(bind.type, dialect, "bind_processor")
            for name, bind in compiled.binds.items()
        }
        # Positions where the driver counts, names where it does not.
        order: list[str] | None = compiled.positiontup
        self._positions = None if order is None else [(name, converters[name]) for name in order]
        self._names = converters
        self._as_they_are: Callable[[Mapping[str, Any]], Any] | None = None
        """Takes the values in their order, where no type does anything with them."""
        if order is not None and len(order) > 1 and not any(converters[name] for name in order):
            self._as_they_are = itemgetter(*order)
        columns = statement.selected_columns if isinstance(statement, Select) else ()
        self._on_the_way_out = [
            (place, convert)
            for place, column in enumerate(columns)
            if (convert := _converter(column.type, dialect, "result_processor"))
        ]

    def parameters(self, values: Mapping[str, Any]) -> Any:  # as the driver wants
        """Return values by name in the driver's form."""
        if self._as_they_are is not None:
            return self._as_they_are(values)
        if self._positions is not None:
            return [
                convert(values[name]) if convert is not None else values[name]
                for name, convert in self._positions
            ]
        return {
            name: convert(values[name]) if convert is not None else values[name]
            for name, convert in self._names.items()
        }

    def rows(self, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Return rows of the driver with the values of the columns' types."""
        return list(map(self.row, rows)) if self._on_the_way_out else rows

    def row(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return a row of the driver with the values of the columns' types."""
        if not self._on_the_way_out:
            return row
        values = list(row)
        for place, convert in self._on_the_way_out:
            values[place] = convert(values[place])
        return tuple(values)


@lru_cache(maxsize=512)
def _written(statement: Select[Any] | UpdateBase, dialect: Dialect) -> DirectStatement:
    """Return a statement as written before, where another connection has prepared it too."""
    return DirectStatement(statement, dialect)


def _converter(
    column_type: TypeEngine[Any],
    dialect: Dialect,
    which: str,  # SQLAlchemy's own
) -> Callable[[Any], Any] | None:
    if which == "result_processor" and isinstance(column_type, Float):
        return None  # it comes as what it is, and SQLAlchemy would ask the driver for its kind
    implementation = column_type.dialect_impl(dialect)
    if which == "bind_processor":
        return implementation.bind_processor(dialect)
    return implementation.result_processor(dialect, None)


class DirectConnection:
    """A connection of its own, held open from its first use, with statements written once."""

    def __init__(self, engine: Engine) -> None:
        """Take the engine that opens the connection."""
        self.engine = engine
        self._sqlite = engine.dialect.name == "sqlite"
        self._begin = "BEGIN IMMEDIATE" if self._sqlite else "BEGIN"
        self._in_transaction = False
        self._pooled: PoolProxiedConnection | None = None
        self._driver: Any = None

    def _open(self) -> None:
        if self._pooled is not None and self._pooled.is_valid:
            self._pooled.invalidate()
        self._pooled = self.engine.raw_connection()
        self._driver = self._pooled.driver_connection
        if self._sqlite:
            self._driver.wait_at_most(lock_seconds())
        else:
            # Transactions are begun below, not by the driver: a read needs none.
            self._driver.autocommit = True

    def prepare(self, statement: Select[Any] | UpdateBase) -> DirectStatement:
        """Write a statement for this database."""
        return _written(statement, self.engine.dialect)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Begin a transaction; commit and flush it in the end, or roll it back on any exception."""
        self._execute(self._begin)
        self._in_transaction = True
        try:
            yield
        except BaseException:
            if not self._lost:
                self._driver.execute("ROLLBACK")
            raise
        else:
            self._driver.execute("COMMIT")
        finally:
            self._in_transaction = False
        if self._sqlite:
            self._driver.flusher.flush()

    def all(self, statement: DirectStatement, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        return statement.rows(self._execute(statement.sql, statement.parameters(values)).fetchall())

    def first(
        self, statement: DirectStatement, values: Mapping[str, Any]
    ) -> tuple[Any, ...] | None:
        """Return the first row of a query, if there is one."""
        row = self._execute(statement.sql, statement.parameters(values)).fetchone()
        return None if row is None else statement.row(row)

    def run(self, statement: DirectStatement, values: Mapping[str, Any]) -> int:
        """Run a statement that changes; return how many rows it touched."""
        count: int = self._execute(statement.sql, statement.parameters(values)).rowcount
        return count

    def run_all(self, statement: DirectStatement, values: Iterable[Mapping[str, Any]]) -> int:
        """Run a statement that changes for each of some values, within a transaction.

        On a server they go there together. Return how many rows all of them touched.
        """
        cursor = self._driver.cursor()
        cursor.executemany(statement.sql, list(map(statement.parameters, values)))
        touched: int = cursor.rowcount
        cursor.close()
        return touched

    def execute_outside_transaction(self, command: str) -> None:
        """Run a command of the database's own, outside of any transaction."""
        self._execute(command)

    def close(self) -> None:
        """Give the connection back."""
        if self._pooled is None:
            return
        if not self._sqlite and not self._lost:
            self._driver.autocommit = False
        self._pooled.close()

    @property
    def _lost(self) -> bool:
        """Whether the connection is to be opened before it can be used."""
        return self._driver is None or (not self._sqlite and bool(self._driver.closed))

    def _execute(self, sql: str, parameters: Any = ()) -> Any:  # the driver's cursor
        """Execute; outside of a transaction once more where the connection was lost."""
        if not self._lost:
            try:
                return self._driver.execute(sql, parameters)
            except Exception:
                if self._in_transaction or not self._lost:
                    raise
        self._open()
        return self._driver.execute(sql, parameters)
