"""Where a page of a list begins: behind the last row of the one before, however many rows come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, FromClause, Select

COUNTED = 10_000
"""How many rows of a list are counted at most."""


@dataclass(frozen=True, slots=True)
class Place:
    """A row of a list, by what it is ordered by."""

    recorded_at: datetime
    person_reference: str
    number: int
    """The version of a change, the number of a document."""


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows of a list are wanted."""

    size: int
    after: Place | None = None
    """Rows behind this one; None for the first ones."""
    oldest_first: bool = False

    def of(self, query: Select[Any], table: FromClause, number: ColumnElement[Any]) -> Select[Any]:
        """Return the query for these rows, and for one more."""
        recorded = table.c.recorded_at
        order = recorded.asc() if self.oldest_first else recorded.desc()
        if self.after is not None:
            query = query.where(self._behind(self.after, table, number))
        return query.order_by(order, table.c.person_reference, number).limit(self.size + 1)

    def _behind(
        self, after: Place, table: FromClause, number: ColumnElement[Any]
    ) -> ColumnElement[bool]:
        recorded, at = table.c.recorded_at, after.recorded_at
        # The first condition is what the index is asked.
        first, later = (
            (recorded >= at, recorded > at)
            if self.oldest_first
            else (recorded <= at, recorded < at)
        )
        reference = table.c.person_reference
        return and_(
            first,
            or_(
                later,
                reference > after.person_reference,
                and_(reference == after.person_reference, number > after.number),
            ),
        )
