"""Which worker delivers which bucket.

A worker that takes a bucket has it until it gives it back, or until the lease runs out, which is
how another one takes over from a dead worker. All go by the time of the database, as their own
clocks differ. A lease is about work, not truth: two workers on one bucket deliver some changes
twice, and OQS goes by the version.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, or_, select, update

from intermediate_server.store.schema import lease, outbox
from storage import BUCKETS, database_time, insert_into, reading, relax_durability

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

NEVER = datetime.fromtimestamp(0, UTC)
"""When a lease ends that nobody has."""
LONGEST = timedelta(minutes=10)
"""A lease that would last longer is left from before the clock was put back."""
_TO_TAKE = or_(
    lease.c.worker == bindparam("by_worker"),
    lease.c.expires_at <= bindparam("now"),
    lease.c.expires_at > bindparam("beyond"),
)
"""The condition for a bucket that a worker may take: its own, or one whose lease has run out, or
was made when the clock went ahead."""
_BUCKETS_WITH_WORK = (
    select(lease.c.bucket)
    .where(
        _TO_TAKE,
        select(func.min(outbox.c.visible_from))
        .where(outbox.c.bucket == lease.c.bucket)
        .scalar_subquery()
        <= bindparam("until"),
    )
    .order_by(lease.c.bucket)
)
"""Buckets, free or a worker's own, in which something is due."""
_CLAIM = (
    update(lease)
    .where(
        lease.c.bucket == bindparam("of_bucket"),
        lease.c.bucket.in_(
            select(lease.c.bucket)
            .where(lease.c.bucket == bindparam("of_bucket"), _TO_TAKE)
            .with_for_update(skip_locked=True)
        ),
    )
    .values(worker=bindparam("by_worker"), expires_at=bindparam("until"))
)
"""Takes a bucket for a worker until an instant; no row where another one has it, or is about to."""
_GIVE_BACK = (
    update(lease)
    .where(lease.c.bucket == bindparam("of_bucket"), lease.c.worker == bindparam("by_worker"))
    .values(worker="", expires_at=NEVER)
)
"""Frees a bucket that a worker still has."""
_COUNTED = select(func.count()).select_from(lease)
"""How many buckets have a row."""


@dataclass(frozen=True)
class Leases:
    """The leases as one worker takes them."""

    engine: Engine
    worker: str
    seconds: float = 30.0
    """How long (on the wall) a bucket stays with a worker that gives no sign of life."""
    wall: Callable[[Connection], datetime] = database_time

    def with_work(self, until: datetime) -> list[int]:
        """Return the buckets, free or ours, in which something is due at ``until``."""
        with reading(self.engine) as connection:
            asked = {**self._bounds(self.wall(connection)), "until": until}
            return list(connection.scalars(_BUCKETS_WITH_WORK, asked))

    def claim(self, bucket: int) -> bool:
        """Take a bucket, or keep it for longer; return False when another worker has it.

        Waits for nobody: a row that another one is about to take counts as taken.
        """
        with self.engine.begin() as connection:
            relax_durability(connection)
            now = self.wall(connection)
            until = now + timedelta(seconds=self.seconds)
            asked = {**self._bounds(now), "of_bucket": bucket, "until": until}
            return connection.execute(_CLAIM, asked).rowcount == 1

    def _bounds(self, now: datetime) -> dict[str, Any]:
        longest = max(LONGEST, 2 * timedelta(seconds=self.seconds))
        return {"by_worker": self.worker, "now": now, "beyond": now + longest}

    def release(self, bucket: int) -> None:
        """Give a bucket back."""
        with self.engine.begin() as connection:
            relax_durability(connection)
            connection.execute(_GIVE_BACK, {"of_bucket": bucket, "by_worker": self.worker})


def epoch_at(instant: datetime) -> int:
    """Return the epoch of a ledger that begins at an instant: microseconds since 1970."""
    return (instant - NEVER) // timedelta(microseconds=1)


def lay_out(engine: Engine) -> None:
    """Have a row for each bucket, where there is none yet."""
    with reading(engine) as connection:
        if connection.scalar(_COUNTED) == BUCKETS:
            return
    with engine.begin() as connection:
        free = {
            "worker": "",
            "expires_at": NEVER,
            "delivered": 0,
            "epoch": epoch_at(database_time(connection)),
        }
        connection.execute(
            insert_into(lease, engine.dialect).on_conflict_do_nothing(),
            [{"bucket": bucket, **free} for bucket in range(BUCKETS)],
        )
