"""What waits for its delivery to OQS, and what has been delivered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, insert, select

from eligibility.days.dates import TOKYO
from eligibility.days.reflection import LagMode
from intermediate_server.store.rows import change_of
from intermediate_server.store.schema import change, delivery, held, lease, outbox
from storage import reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Engine, Table

    from intermediate_server.procedures.change import Change

LOOKED_BACK = 10_000
"""How many of the changes that were recorded last a lag is told of."""


@dataclass(frozen=True)
class Backlog:
    """How much waits, and how much has been delivered."""

    waiting: int
    """Changes that OQS does not have yet, due or not, without those that are held."""
    due: int | None
    """Those of them that OQS should have; None when the time is not known."""
    oldest_due: datetime | None
    """Since when the oldest of these is due."""
    delivered: int
    held: int
    """Changes that wait for a person's release."""


def enqueue(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Put rows of ``change`` on their way: into the outbox, or where its lag says so, on hold."""
    manual = LagMode.MANUAL.value
    queues: dict[Table, list[dict[str, Any]]] = {outbox: [], held: []}
    for row in rows:
        table = held if row["lag_mode"] == manual else outbox
        queues[table].append({column.name: row[column.name] for column in table.c})
    for table, queue in queues.items():
        if queue:
            connection.execute(insert(table), queue)


@dataclass(frozen=True)
class Outbox:
    """The changes on their way, as those who watch see them; a worker takes `OutboxBatches`."""

    engine: Engine

    def next_due(self) -> datetime | None:
        """Return the business instant at which something falls due next; it may be past."""
        with reading(self.engine) as connection:
            earliest: datetime | None = connection.scalar(select(func.min(outbox.c.visible_from)))
        return earliest

    def delivered_since(self, instant: datetime, limit: int) -> tuple[Change, ...]:
        """Return what was delivered at a business instant or later, in the order of visibility.

        Of more than ``limit`` changes, that many.
        """
        some = select(delivery).where(delivery.c.delivered_at >= instant).limit(limit).subquery()
        query = (
            select(change)
            .join(
                some,
                and_(
                    some.c.bucket == change.c.bucket,
                    some.c.person_reference == change.c.person_reference,
                    some.c.version == change.c.version,
                ),
            )
            .order_by(change.c.visible_from, change.c.person_reference, change.c.version)
        )
        with reading(self.engine) as connection:
            return tuple(change_of(row) for row in connection.execute(query))

    def backlog(self, now: datetime | None) -> Backlog:
        """Count what waits, what of it is due at ``now``, and what has been delivered."""
        with reading(self.engine) as connection:
            waiting = connection.execute(select(func.count()).select_from(outbox)).scalar_one()
            on_hold = connection.execute(select(func.count()).select_from(held)).scalar_one()
            delivered = int(
                connection.execute(select(func.sum(lease.c.delivered))).scalar_one() or 0
            )
            if now is None:
                return Backlog(waiting, None, None, delivered, on_hold)
            count, oldest = connection.execute(
                select(func.count(), func.min(outbox.c.visible_from)).where(
                    outbox.c.visible_from <= now
                )
            ).one()
        return Backlog(waiting, count, oldest, delivered, on_hold)

    def lag_days(self) -> tuple[int, ...]:
        """Return the days from filing to visibility of the changes that were recorded last."""
        query = (
            select(change.c.filed_on, change.c.visible_from)
            .where(change.c.lag_mode != LagMode.MANUAL.value)
            .order_by(change.c.recorded_at.desc())
            .limit(LOOKED_BACK)
        )
        with reading(self.engine) as connection:
            return tuple(
                max(0, (row.visible_from.astimezone(TOKYO).date() - row.filed_on).days)
                for row in connection.execute(query)
            )
