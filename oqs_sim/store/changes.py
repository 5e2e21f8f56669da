"""Applying what insurers reported, in sets.

A row whose version is not above the known one changes nothing, so a batch may come twice, or after
a newer one. On PostgreSQL a batch is copied into a table of the connection's own, as it came, and
merged by one statement; on SQLite it is merged row by row by one prepared statement.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, MetaData, Table, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from oqs_sim.store.schema import qualification, qualification_by_number
from storage import UtcDateTime
from wire.bulk import COLUMNS

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from wire.bulk import ChangeTable

_KEY = [column.name for column in qualification.primary_key]
_WAY_IN = [column.name for column in qualification_by_number.primary_key]

_SQLITE = sqlite.dialect()

_arriving = Table(
    "arriving",
    MetaData(),
    *(Column(name, qualification.c[name].type) for name in COLUMNS),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DELETE ROWS",
)
"""A batch on PostgreSQL, seen by nobody else and gone with its transaction."""


class ImpossibleValue(ValueError):
    """A value cannot be stored: it is too long, or no instant."""


def _newer_stands(insert: Any) -> Any:  # what the two dialects return has no common type
    """Have an insert alter the row that is there, where it brings a higher version."""
    return insert.on_conflict_do_update(
        index_elements=_KEY,
        set_={
            column.name: insert.excluded[column.name]
            for column in qualification.c
            if column.name not in _KEY
        },
        where=qualification.c.version < insert.excluded.version,
    )


_of_bucket = bindparam("of_bucket", type_=qualification.c.bucket.type)
_MERGE = _newer_stands(
    postgresql.insert(qualification).from_select(
        ["bucket", *COLUMNS],
        select(_of_bucket, *(_arriving.c[name] for name in COLUMNS))
        .ext(postgresql.distinct_on(*(_arriving.c[name] for name in _KEY[1:])))
        .order_by(*(_arriving.c[name] for name in _KEY[1:]), _arriving.c.version.desc()),
    )
)
"""Brings the newest of what arrived into a bucket, on PostgreSQL."""

_MERGE_WAYS = (
    postgresql.insert(qualification_by_number)
    .from_select(
        ["bucket", *_WAY_IN],
        select(_of_bucket, *(_arriving.c[name] for name in _WAY_IN))
        .distinct()
        .order_by(*(_arriving.c[name] for name in _WAY_IN)),
    )
    .on_conflict_do_nothing(index_elements=_WAY_IN)
)
"""Brings the numbers by which persons are found into the ways in, on PostgreSQL."""

_ROW = ["bucket", *COLUMNS]
_VERSION, _VISIBLE_FROM = _ROW.index("version"), _ROW.index("visible_from")
_key_of = itemgetter(*(_ROW.index(name) for name in _KEY))


class _Prepared:
    """An insert as SQLite's driver takes it, for rows in the order of ``_ROW``."""

    def __init__(self, insert: Any, columns: list[str]) -> None:  # as above
        compiled = insert.values({name: bindparam(name) for name in columns}).compile(
            dialect=_SQLITE
        )
        self.sql = str(compiled)
        self.of = itemgetter(*(_ROW.index(name) for name in compiled.positiontup))


_UPSERT = _Prepared(_newer_stands(sqlite.insert(qualification)), _ROW)
"""Brings one change into the table, on SQLite."""
_UPSERT_WAYS = _Prepared(
    sqlite.insert(qualification_by_number).on_conflict_do_nothing(index_elements=_WAY_IN),
    ["bucket", *_WAY_IN],
)
"""Brings the number of one change into the ways in, on SQLite."""


def apply_changes(connection: Connection, bucket: int, table: ChangeTable) -> int:
    """Apply changes of one bucket; return how many altered what is known.

    Of several changes of one qualification only the newest is looked at.

    Raises:
        ImpossibleValue: nothing is applied then.
    """
    if not table:
        return 0
    if connection.dialect.name != "postgresql":
        return _upsert(connection, bucket, table)
    refusal = connection.dialect.loaded_dbapi.DataError
    try:
        return _merge(connection, bucket, table)
    except refusal as error:
        raise ImpossibleValue(str(error).partition("\n")[0]) from None


def _merge(connection: Connection, bucket: int, table: ChangeTable) -> int:
    connection.execute(CreateTable(_arriving, if_not_exists=True))
    driver: Any = connection.connection.driver_connection
    copying = f"COPY {_arriving.name} ({', '.join(COLUMNS)}) FROM STDIN"
    with driver.cursor() as cursor, cursor.copy(copying) as copy:
        copy.write(table.body)
    applied = connection.execute(
        _MERGE, {"of_bucket": bucket}, execution_options={"preserve_rowcount": True}
    ).rowcount
    connection.execute(_MERGE_WAYS, {"of_bucket": bucket})
    return applied


def _upsert(connection: Connection, bucket: int, table: ChangeTable) -> int:
    newest: dict[tuple[Any, ...], list[Any]] = {}
    for values in table.rows:
        row: list[Any] = [bucket, *values]
        row[_VERSION] = int(row[_VERSION])
        row[_VISIBLE_FROM] = _stored_instant(row[_VISIBLE_FROM])
        key = _key_of(row)
        known = newest.get(key)
        if known is None or row[_VERSION] > known[_VERSION]:
            newest[key] = row
    # In the order of the key, as the rows lie; the same pages are then not looked for again.
    rows = sorted(newest.values(), key=_key_of)
    applied = connection.exec_driver_sql(_UPSERT.sql, list(map(_UPSERT.of, rows))).rowcount
    connection.exec_driver_sql(_UPSERT_WAYS.sql, list(map(_UPSERT_WAYS.of, rows)))
    return applied


_bind_instant: Any = UtcDateTime().dialect_impl(_SQLITE).bind_processor(_SQLITE)


@lru_cache(maxsize=64)
def _stored_instant(text: str) -> str:
    """Return an instant as SQLite keeps it; a batch has few different ones."""
    try:
        stored: str = _bind_instant(datetime.fromisoformat(text))
    except ValueError as error:
        raise ImpossibleValue(str(error)) from None
    return stored
