"""Applying what insurers reported, in sets; what it takes the place of is kept.

A row whose version is not above the known one changes nothing, so a batch may come twice, or after
a newer one. What says something else than is known of the same version is found before, by one
reading for the whole batch. On PostgreSQL a batch is copied into a table of the connection's own,
as it came, and merged by one statement; on SQLite it is merged row by row by one prepared
statement.

A number is found by however it is written: where it is not written as numbers are compared, a
second way leads from that form to its person.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    Column,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    exists,
    func,
    literal_column,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from eligibility.identifiers.insured_number import (
    comparable_branch,
    comparable_number,
    comparable_symbol,
)
from oqs_sim.store.qualification_columns import NUMBER
from oqs_sim.store.schema import (
    qualification,
    qualification_before,
    qualification_by_number,
)
from storage import UtcDateTime
from wire.bulk import COLUMNS, unescaped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

    from wire.bulk import ChangeTable

_KEY = [column.name for column in qualification.primary_key]
_WAY_IN = [column.name for column in qualification_by_number.primary_key]
_WAYS = ["bucket", *NUMBER, "person_reference"]

_SQLITE = sqlite.dialect()

_arriving = Table(
    "arriving",
    MetaData(),
    *(Column(name, qualification.c[name].type) for name in COLUMNS),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DELETE ROWS",
)
"""A batch on PostgreSQL, seen by nobody else and gone with its transaction."""


_each = func.json_each(bindparam("versions", type_=String)).table_valued("value", name="each")
_ASKED_ON_SQLITE = select(
    func.json_extract(_each.c.value, "$[0]").label("person_reference"),
    func.json_extract(_each.c.value, "$[1]").label("version"),
)
"""Versions of persons that are given as one JSON array."""
_ASKED_ON_POSTGRESQL = select(
    func.unnest(bindparam("persons", type_=ARRAY(String))).label("person_reference"),
    func.unnest(bindparam("versions", type_=ARRAY(Integer))).label("version"),
).cte("wanted")
"""The same, given as two arrays."""
_SAID = [name for name in COLUMNS if name != "visible_from"]
"""What belongs to a version. The instant does not: a change that was held is visible from its
release, and may be released anew."""
_said_of = itemgetter(*map(COLUMNS.index, _SAID))


_this_bucket = qualification.c.bucket == bindparam("of_bucket")
_KNOWN_ON_SQLITE = select(*(qualification.c[name] for name in _SAID)).where(
    _this_bucket,
    qualification.c.person_reference.in_(select(_ASKED_ON_SQLITE.subquery().c.person_reference)),
    tuple_(qualification.c.person_reference, qualification.c.version).in_(_ASKED_ON_SQLITE),
)
"""What is known of some versions, of whichever qualification: a person has each version once.

SQLite would do a join by going through all versions asked for with each row of the bucket."""
_known_of_one = (
    select(*(qualification.c[name] for name in _SAID))
    .where(
        _this_bucket,
        qualification.c.person_reference == _ASKED_ON_POSTGRESQL.c.person_reference,
        qualification.c.version == _ASKED_ON_POSTGRESQL.c.version,
    )
    .offset(literal_column("0"))
    .lateral("known_of_one")
)
_KNOWN_ON_POSTGRESQL = (
    select(_known_of_one).select_from(_ASKED_ON_POSTGRESQL).join(_known_of_one, true())
)
"""The same, version by version, as an OFFSET is not turned into a join: for a few hundred of them
PostgreSQL would go through the whole partition, however many it has."""


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

_BEFORE = [column.name for column in qualification_before.c]
_replaced = (
    select(*(qualification.c[name] for name in _BEFORE))
    .where(
        _this_bucket,
        *(qualification.c[name] == _arriving.c[name] for name in _KEY[1:]),
        qualification.c.version < _arriving.c.version,
    )
    .offset(literal_column("0"))
    .lateral("replaced")
)
_KEEP_REPLACED = (
    postgresql.insert(qualification_before)
    .from_select(_BEFORE, select(_replaced).select_from(_arriving).join(_replaced, true()))
    .on_conflict_do_nothing()
)
"""Keeps the rows in whose place something newer has arrived, on PostgreSQL; row by row as well."""

_newer = _arriving.alias("newer")
_KEEP_PASSED_OVER = (
    postgresql.insert(qualification_before)
    .from_select(
        ["bucket", *COLUMNS],
        select(_of_bucket, *(_arriving.c[name] for name in COLUMNS)).where(
            exists().where(
                *(_newer.c[name] == _arriving.c[name] for name in _KEY[1:]),
                _newer.c.version > _arriving.c.version,
            )
        ),
    )
    .on_conflict_do_nothing()
)
"""Keeps what arrived together with something newer of the same qualification, on PostgreSQL."""

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

_ADD_WAYS = (
    postgresql.insert(qualification_by_number)
    .values({name: bindparam(name) for name in ["bucket", *_WAY_IN]})
    .on_conflict_do_nothing(index_elements=_WAY_IN)
)
"""Brings further ways in, on PostgreSQL."""

_NUMBER_IN_ROW = tuple(map(COLUMNS.index, NUMBER))
_THROUGH_NUMBER = 1 + max(_NUMBER_IN_ROW)

_ROW = ["bucket", *COLUMNS]
_VERSION, _VISIBLE_FROM = _ROW.index("version"), _ROW.index("visible_from")
_key_of = itemgetter(*(_ROW.index(name) for name in _KEY))


class _Prepared:
    """An insert as SQLite's driver takes it, for rows in the order of ``_ROW``."""

    def __init__(self, insert: Any) -> None:  # as above
        compiled = insert.compile(dialect=_SQLITE)
        self.sql = str(compiled)
        self.of = itemgetter(*(_ROW.index(name) for name in compiled.positiontup))


def _bound(names: list[str]) -> dict[str, Any]:
    return {name: bindparam(name) for name in names}


_UPSERT = _Prepared(_newer_stands(sqlite.insert(qualification).values(_bound(_ROW))))
"""Brings one change into the table, on SQLite."""
_KEEP_REPLACED_ROW = _Prepared(
    sqlite.insert(qualification_before)
    .from_select(
        _BEFORE,
        select(*(qualification.c[name] for name in _BEFORE)).where(
            *(qualification.c[name] == bindparam(name) for name in _KEY),
            qualification.c.version < bindparam("version"),
        ),
    )
    .on_conflict_do_nothing()
)
"""Keeps the row in whose place one change comes, on SQLite."""
_KEEP_PASSED_OVER_ROW = _Prepared(
    sqlite.insert(qualification_before).values(_bound(_ROW)).on_conflict_do_nothing()
)
"""Keeps one change that arrived together with a newer one, on SQLite."""
_UPSERT_WAYS = _Prepared(
    sqlite.insert(qualification_by_number)
    .values(_bound(["bucket", *_WAY_IN]))
    .on_conflict_do_nothing(index_elements=_WAY_IN)
)
"""Brings the number of one change into the ways in, on SQLite."""


def conflicting(
    connection: Connection, bucket: int, table: ChangeTable
) -> dict[int, tuple[str, int]]:
    """Return the lines that say something else than is known of a person's version, by place.

    Where the batch itself says two things of one version, the first counts as known.
    """
    if not table:
        return {}
    versions = list(table.versions)
    known: dict[tuple[str, int], set[tuple[Any, ...]]] = {}
    for row in _known(connection, bucket, versions):
        known.setdefault((row.person_reference, row.version), set()).add(tuple(row))
    if not known and len(set(versions)) == len(versions):
        return {}  # as nearly always
    found: dict[int, tuple[str, int]] = {}
    for place, (one, values) in enumerate(zip(versions, table.rows, strict=True)):
        said = list(_said_of(values))
        said[_SAID.index("version")] = one[1]
        if tuple(said) not in known.setdefault(one, {tuple(said)}):
            found[place] = one
    return found


def _known(
    connection: Connection, bucket: int, versions: Sequence[tuple[str, int]]
) -> Sequence[Row[Any]]:
    if connection.dialect.name == "postgresql":
        persons, numbers = zip(*versions, strict=True)
        asked = {"persons": list(persons), "versions": list(numbers)}
        return connection.execute(_KNOWN_ON_POSTGRESQL, {"of_bucket": bucket, **asked}).all()
    written = json.dumps(versions, separators=(",", ":"))
    return connection.execute(_KNOWN_ON_SQLITE, {"of_bucket": bucket, "versions": written}).all()


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
    connection.execute(_KEEP_REPLACED, {"of_bucket": bucket})
    if len(set(table.persons)) < len(table):
        connection.execute(_KEEP_PASSED_OVER, {"of_bucket": bucket})
    applied = connection.execute(
        _MERGE, {"of_bucket": bucket}, execution_options={"preserve_rowcount": True}
    ).rowcount
    connection.execute(_MERGE_WAYS, {"of_bucket": bucket})
    if further := _further_ways(bucket, table):
        connection.execute(_ADD_WAYS, [dict(zip(_WAYS, way, strict=True)) for way in further])
    return applied


def _upsert(connection: Connection, bucket: int, table: ChangeTable) -> int:
    newest: dict[tuple[Any, ...], list[Any]] = {}
    passed_over: list[list[Any]] = []
    for values in table.rows:
        row: list[Any] = [bucket, *values]
        row[_VERSION] = int(row[_VERSION])
        row[_VISIBLE_FROM] = _stored_instant(row[_VISIBLE_FROM])
        key = _key_of(row)
        older = newest.get(key)
        if older is None or row[_VERSION] > older[_VERSION]:
            newest[key] = row
        else:
            older = row
        if older is not None:
            passed_over.append(older)
    # In the order of the key, as the rows lie; the same pages are then not looked for again.
    rows = sorted(newest.values(), key=_key_of)
    connection.exec_driver_sql(_KEEP_REPLACED_ROW.sql, list(map(_KEEP_REPLACED_ROW.of, rows)))
    if passed_over:
        kept = list(map(_KEEP_PASSED_OVER_ROW.of, passed_over))
        connection.exec_driver_sql(_KEEP_PASSED_OVER_ROW.sql, kept)
    applied = connection.exec_driver_sql(_UPSERT.sql, list(map(_UPSERT.of, rows))).rowcount
    connection.exec_driver_sql(_UPSERT_WAYS.sql, list(map(_UPSERT_WAYS.of, rows)))
    for way in _further_ways(bucket, table):
        known_by = dict(zip(_WAYS, way, strict=True))
        row_of_way = [known_by.get(name) for name in _ROW]
        connection.exec_driver_sql(_UPSERT_WAYS.sql, _UPSERT_WAYS.of(row_of_way))
    return applied


def _further_ways(bucket: int, table: ChangeTable) -> list[tuple[int | str, ...]]:
    """Return the ways in by the compared form of numbers that are written otherwise, in order."""
    found = set()
    for line in table.lines:
        values = line.split("\t", _THROUGH_NUMBER)
        number = written = tuple(values[place] for place in _NUMBER_IN_ROW)
        if "\\" in "".join(written):
            number = written = tuple(map(unescaped, written))
        if (compared := compared_number(*number)) != written:
            found.add((bucket, *compared, values[0]))
    return sorted(found)


def compared_number(
    insurer_number: str, symbol: str, number: str, branch: str
) -> tuple[str, str, str, str]:
    """Return 保険者番号・記号・番号・枝番 in the form in which they are looked for."""
    return (
        insurer_number,
        comparable_symbol(symbol),
        comparable_number(number),
        comparable_branch(branch) or "",
    )


_bind_instant: Any = UtcDateTime().dialect_impl(_SQLITE).bind_processor(_SQLITE)


@lru_cache(maxsize=64)
def _stored_instant(text: str) -> str:
    """Return an instant as SQLite keeps it; a batch has few different ones."""
    try:
        stored: str = _bind_instant(datetime.fromisoformat(text))
    except ValueError as error:
        raise ImpossibleValue(str(error)) from None
    return stored
