"""Adding many rows at once, on the short way to the database.

SQLAlchemy says once how each type is stored. After that the rows go to the driver as they are,
but for the columns whose values the driver would not take; of those a file has few different ones.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import Connection, Engine, Table

MOST_PARAMETERS = 16_000
"""Values of one statement; SQLite takes 32,766 of them."""


class BulkInsert:
    """Adds rows to a table, each as the values of all its columns in their order.

    On PostgreSQL they are copied. On SQLite some hundred are inserted by one prepared statement:
    while it runs, other threads of this process do their own work.
    """

    def __init__(self, table: Table, engine: Engine) -> None:
        """Write the statement for the database of ``engine``."""
        dialect = engine.dialect
        self._copies = dialect.name == "postgresql"
        names = [column.name for column in table.c]
        if self._copies:
            self._sql = f"COPY {table.name} ({', '.join(names)}) FROM STDIN"
            self._conversions: list[tuple[int, Callable[[Any], Any]]] = []
            return
        self._row = f"({', '.join('?' * len(names))})"
        self._sql = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES "  # noqa: S608 # our own names
        self._together = MOST_PARAMETERS // len(names)
        self._conversions = [
            (place, lru_cache(maxsize=65_536)(convert))
            for place, column in enumerate(table.c)
            if column.type.python_type not in {str, int, bytes}
            and (convert := column.type.dialect_impl(dialect).bind_processor(dialect))
        ]

    def add(self, connection: Connection, rows: Sequence[list[Any]]) -> None:
        """Add rows within the transaction of ``connection``; the rows are used up."""
        if not rows:
            return
        if self._copies:
            self._copy(connection, rows)
            return
        for place, convert in self._conversions:
            for row in rows:
                row[place] = convert(row[place])
        driver: Any = connection.connection.driver_connection
        for start in range(0, len(rows), self._together):
            part = rows[start : start + self._together]
            sql = self._sql + ", ".join([self._row] * len(part))
            driver.execute(sql, list(chain.from_iterable(part)))

    def _copy(self, connection: Connection, rows: Iterable[list[Any]]) -> None:
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(self._sql) as copy:
            for row in rows:
                copy.write_row(row)
