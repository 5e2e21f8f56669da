"""What waits for its delivery to OQS, and what has been delivered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from intermediate_server.store.rows import change_of
from intermediate_server.store.schema import change, delivery, outbox
from storage import reading
from wire.clock import wall_clock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Engine

    from intermediate_server.change import Change

_DELIVERED = delete(outbox).where(
    outbox.c.bucket == bindparam("of_bucket"),
    outbox.c.visible_from == bindparam("of_visible_from"),
    outbox.c.person_reference == bindparam("of_person_reference"),
    outbox.c.version == bindparam("of_version"),
)
"""Takes one change out of the outbox, by its whole key: a change that was recorded meanwhile,
in the middle of a batch, stays."""


@dataclass(frozen=True)
class Backlog:
    """How much waits, and how much has been delivered."""

    waiting: int
    """Changes that OQS does not have yet, due or not."""
    due: int | None
    """Those of them that OQS should have; None when the time is not known."""
    oldest_due: datetime | None
    """Since when the oldest of these is due."""
    delivered: int


@dataclass(frozen=True)
class Outbox:
    """The changes on their way."""

    engine: Engine

    def next_due(self) -> datetime | None:
        """Return the business instant at which something falls due next; it may be past."""
        with reading(self.engine) as connection:
            earliest: datetime | None = connection.scalar(select(func.min(outbox.c.visible_from)))
        return earliest

    def due(self, bucket: int, now: datetime, limit: int) -> tuple[Change, ...]:
        """Return the first changes of a bucket that are due, each person's in order."""
        query = (
            select(change)
            .join(
                outbox,
                and_(
                    outbox.c.bucket == change.c.bucket,
                    outbox.c.person_reference == change.c.person_reference,
                    outbox.c.version == change.c.version,
                ),
            )
            .where(outbox.c.bucket == bucket, outbox.c.visible_from <= now)
            .order_by(outbox.c.visible_from, outbox.c.person_reference, outbox.c.version)
            .limit(limit)
        )
        with reading(self.engine) as connection:
            return tuple(change_of(row) for row in connection.execute(query))

    def mark(self, bucket: int, delivered: Sequence[Change], delivered_at: datetime) -> None:
        """Record that OQS has these changes of a bucket; a second mark changes nothing."""
        recorded_at = wall_clock()
        with self.engine.begin() as connection:
            connection.execute(
                _DELIVERED,
                [
                    {
                        "of_bucket": bucket,
                        "of_visible_from": entry.visible_from,
                        "of_person_reference": entry.person.reference,
                        "of_version": entry.version,
                    }
                    for entry in delivered
                ],
            )
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            connection.execute(
                dialect.insert(delivery).on_conflict_do_nothing(),
                [
                    {
                        "bucket": bucket,
                        "person_reference": entry.person.reference,
                        "version": entry.version,
                        "delivered_at": delivered_at,
                        "recorded_at": recorded_at,
                    }
                    for entry in delivered
                ],
            )

    def delivered_since(self, instant: datetime) -> tuple[Change, ...]:
        """Return what was delivered at a business instant or later, in the order of visibility."""
        query = (
            select(change)
            .join(
                delivery,
                and_(
                    delivery.c.bucket == change.c.bucket,
                    delivery.c.person_reference == change.c.person_reference,
                    delivery.c.version == change.c.version,
                ),
            )
            .where(delivery.c.delivered_at >= instant)
            .order_by(change.c.visible_from, change.c.person_reference, change.c.version)
        )
        with reading(self.engine) as connection:
            return tuple(change_of(row) for row in connection.execute(query))

    def backlog(self, now: datetime | None) -> Backlog:
        """Count what waits, what of it is due at ``now``, and what has been delivered."""
        with reading(self.engine) as connection:
            waiting = connection.execute(select(func.count()).select_from(outbox)).scalar_one()
            delivered = connection.execute(select(func.count()).select_from(delivery)).scalar_one()
            if now is None:
                return Backlog(waiting, None, None, delivered)
            count, oldest = connection.execute(
                select(func.count(), func.min(outbox.c.visible_from)).where(
                    outbox.c.visible_from <= now
                )
            ).one()
        return Backlog(waiting, count, oldest, delivered)
