"""Queries for many persons at once, wherever their rows lie.

The persons are given as a list, which is no table: what is read of each is read in one place. A
statement is the same for two of them as for two thousand.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    SmallInteger,
    String,
    and_,
    bindparam,
    column,
    func,
    select,
    true,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from sqlalchemy import CTE, ColumnElement, Connection, Row, Select, Table

    from oqs_sim.store.person import PersonKey

_GIVEN_ON_SQLITE = (
    select(
        func.json_extract(column("value"), "$[0]").label("bucket"),
        func.json_extract(column("value"), "$[1]").label("person_reference"),
    )
    .select_from(func.json_each(bindparam("persons", type_=String)).alias("each"))
    .cte("wanted")
)
"""Persons who are given as one JSON array: bucket and reference."""
_GIVEN_ON_POSTGRESQL = select(
    func.unnest(bindparam("buckets", type_=ARRAY(SmallInteger))).label("bucket"),
    func.unnest(bindparam("references", type_=ARRAY(String))).label("person_reference"),
).cte("wanted")
"""The same, given as two arrays."""


def _is_given(table: Table, given: CTE) -> ColumnElement[bool]:
    return and_(
        table.c.bucket == given.c.bucket, table.c.person_reference == given.c.person_reference
    )


@dataclass(frozen=True)
class PersonQuery:
    """A query for the rows of some persons, as each database does it best."""

    on_sqlite: Select[Any]
    on_postgresql: Select[Any]
    """Person by person, as a DISTINCT is not turned into a join: for that PostgreSQL would go
    through whole partitions. No two rows are alike, and a distributed one takes it, where the
    column of the distribution is among what is distinct; it refuses an OFFSET, which does the
    same."""

    @classmethod
    def of(cls, table: Table, selected: Select[Any]) -> Self:
        """Make a query of one for the rows of ``table``, and of what lies beside them.

        What it selects names a row: the table's key is among it, but for the bucket.
        """
        of_one = (
            selected.add_columns(table.c.bucket.label("of_bucket"))
            .where(_is_given(table, _GIVEN_ON_POSTGRESQL))
            .correlate(_GIVEN_ON_POSTGRESQL)
            .distinct()
            .lateral("of_one")
        )
        *columns, _ = of_one.c
        return cls(
            selected.where(_is_given(table, _GIVEN_ON_SQLITE)),
            select(*columns).select_from(_GIVEN_ON_POSTGRESQL).join(of_one, true()),
        )

    def rows(
        self, connection: Connection, keys: Sequence[PersonKey]
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """Return the rows of these persons, in no order.

        In the order of their keys it is quickest, as the rows lie in it.
        """
        if connection.dialect.name == "postgresql":
            given: dict[str, Any] = {
                "buckets": [key.bucket for key in keys],
                "references": [key.person_reference for key in keys],
            }
            return connection.execute(self.on_postgresql, given).all()
        given = {"persons": json.dumps(keys, separators=(",", ":"))}
        return connection.execute(self.on_sqlite, given).all()
