"""Adding many rows at once, on the short way to the database.

SQLAlchemy says once how each type is stored. After that the rows go to the driver as they are,
but for the columns whose values the driver would not take; of those a file has few different ones.
"""

from __future__ import annotations

from datetime import date, datetime, time
from functools import lru_cache
from itertools import chain, count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import Connection, Engine, Table

MOST_PARAMETERS = 16_000
"""Values of one statement; SQLite takes 32,766 of them."""
_REPEATED = {date, datetime, time, type(None)}
"""Types of which a column has few different values."""
_ESCAPES = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}
"""What would end a cell of a COPY, and how it is written."""
_ESCAPED = str.maketrans(_ESCAPES)


class BulkInsert:
    """Adds rows to a table, each as the values of all its columns in their order.

    On PostgreSQL they are copied. On SQLite some hundred are inserted by one prepared statement:
    while it runs, other threads of this process do their own work. What is the same in all rows is
    given to it once.
    """

    def __init__(self, table: Table, engine: Engine) -> None:
        """Write the statement for the database of ``engine``."""
        dialect = engine.dialect
        self._copies = dialect.name == "postgresql"
        names = [column.name for column in table.c]
        if self._copies:
            self._sql = f"COPY {table.name} ({', '.join(names)}) FROM STDIN"
            return
        self._sql = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES "  # noqa: S608 # our own names
        self._together = MOST_PARAMETERS // len(names)
        self._statement = lru_cache(maxsize=64)(self._written)
        self._conversions: dict[int, Callable[[Any], Any]] = {
            place: lru_cache(maxsize=65_536)(convert)
            for place, column in enumerate(table.c)
            if column.type.python_type not in {str, int, bytes}
            and (convert := column.type.dialect_impl(dialect).bind_processor(dialect))
        }

    def add(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> None:
        """Add rows within the transaction of ``connection``."""
        if not rows:
            return
        if self._copies:
            self._copy(connection, rows)
            return
        same: list[Any] = []
        differing: list[Iterable[Any]] = []
        parameters: list[int | None] = []
        for place, column in enumerate(zip(*rows, strict=True)):
            convert = self._conversions.get(place)
            if len(rows) > 1 and column.count(column[0]) == len(rows):
                same.append(convert(column[0]) if convert else column[0])
                parameters.append(len(same))
            else:
                differing.append(map(convert, column) if convert else column)
                parameters.append(None)
        left = list(zip(*differing, strict=True))
        driver: Any = connection.connection.driver_connection
        start = 0
        while start < len(left):
            # Of few different lengths, as the driver keeps each statement, which is large.
            rest = len(left) - start
            length = self._together if rest >= self._together else 1 << rest.bit_length() - 1
            values = chain(same, chain.from_iterable(left[start : start + length]))
            driver.execute(self._statement(tuple(parameters), length), list(values))
            start += length

    def _written(self, parameters: Sequence[int | None], rows: int) -> str:
        """Return the statement for so many rows; a column has its own parameter or the next."""
        following = count(sum(one is not None for one in parameters) + 1)
        return self._sql + ", ".join(
            f"({', '.join(f'?{one or next(following)}' for one in parameters)})"
            for _ in range(rows)
        )

    def _copy(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> None:
        """Copy rows, written here column by column: the driver would look at each value."""
        driver: Any = connection.connection.driver_connection
        written = map("\t".join, zip(*map(_cells, zip(*rows, strict=True)), strict=True))
        content = "".join(f"{row}\n" for row in written).encode(driver.info.encoding)
        with driver.cursor() as cursor, cursor.copy(self._sql) as copy:
            copy.write(content)


def _cells(column: Sequence[Any]) -> Sequence[str]:
    """Return the values of a column as COPY reads them."""
    first = column[0]
    if column.count(first) == len(column):
        return [_cell(first)] * len(column)
    types = set(map(type, column))
    if types == {str}:
        together = "".join(column)
        is_plain = not any(character in together for character in _ESCAPES)
        return column if is_plain else [_cell(value) for value in column]
    cell = _cell_again if types <= _REPEATED else _cell
    return list(map(cell, column))


def _cell(value: Any) -> str:
    match value:
        case None:
            return r"\N"
        case str():
            return value.translate(_ESCAPED)
        case bytes():
            return rf"\\x{value.hex()}"
        case _:
            return str(value)


_cell_again = lru_cache(maxsize=65_536)(_cell)
