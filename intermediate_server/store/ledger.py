"""The ledger of changes: it is only ever added to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, insert, select

from intermediate_server.change import Change, TrackedChange
from intermediate_server.store.outbox import enqueue
from intermediate_server.store.rows import change_of, row_of
from intermediate_server.store.schema import change, delivery, held
from storage import bucket_of, reading, take_turn
from wire.clock import wall_clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine, Select

_TRACKED = (
    select(change, delivery.c.delivered_at, held.c.version.is_not(None).label("held"))
    .outerjoin(
        delivery,
        and_(
            delivery.c.bucket == change.c.bucket,
            delivery.c.person_reference == change.c.person_reference,
            delivery.c.version == change.c.version,
        ),
    )
    .outerjoin(
        held,
        and_(
            held.c.bucket == change.c.bucket,
            held.c.person_reference == change.c.person_reference,
            held.c.version == change.c.version,
        ),
    )
)
"""Changes, with the delivery of each where there was one, and whether it waits for a release."""


@dataclass(frozen=True)
class Ledger:
    """All changes that insurers ever reported."""

    engine: Engine

    def append(
        self, person_reference: str, decide: Callable[[tuple[Change, ...]], Change]
    ) -> Change:
        """Add the entry that ``decide`` makes of the person's history, and put it in the outbox.

        All in one transaction: what ``decide`` raises leaves everything as it was.
        """
        with self.engine.begin() as connection:
            take_turn(connection, person_reference)
            entry = decide(_history(connection, person_reference))
            row = row_of(entry, wall_clock())
            connection.execute(insert(change), row)
            enqueue(connection, [row])
        return entry

    def history(self, person_reference: str) -> tuple[TrackedChange, ...]:
        """Return all of a person's changes, in order of version."""
        return self._tracked(
            _TRACKED.where(
                change.c.bucket == bucket_of(person_reference),
                change.c.person_reference == person_reference,
            ).order_by(change.c.version)
        )

    def recent(self, limit: int) -> tuple[TrackedChange, ...]:
        """Return the changes that were recorded last, the newest first."""
        return self._tracked(_TRACKED.order_by(change.c.recorded_at.desc()).limit(limit))

    def _tracked(self, query: Select[Any]) -> tuple[TrackedChange, ...]:
        with reading(self.engine) as connection:
            return tuple(
                TrackedChange(change_of(row), row.delivered_at, row.held)
                for row in connection.execute(query)
            )


def _history(connection: Connection, person_reference: str) -> tuple[Change, ...]:
    rows = connection.execute(
        select(change)
        .where(
            change.c.bucket == bucket_of(person_reference),
            change.c.person_reference == person_reference,
        )
        .order_by(change.c.version)
    )
    return tuple(change_of(row) for row in rows)
