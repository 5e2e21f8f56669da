"""Which worker delivers which bucket.

A worker that takes a bucket has it until it gives it back, or until the lease runs out, which is
how another one takes over from a worker that died. A lease is about work, not about truth: two
workers on one bucket deliver some changes twice, and OQS goes by the version.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Engine, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from intermediate_server.store.schema import lease, outbox
from storage import BUCKETS, reading, relax_durability
from wire.clock import wall_clock

if TYPE_CHECKING:
    from collections.abc import Callable

NEVER = datetime.fromtimestamp(0, UTC)
"""When a lease ends that nobody has."""


@dataclass(frozen=True)
class Leases:
    """The leases as one worker takes them."""

    engine: Engine
    worker: str
    seconds: float = 30.0
    """How long (on the wall) a bucket stays with a worker that gives no sign of life."""
    wall: Callable[[], datetime] = wall_clock

    def with_work(self, until: datetime) -> list[int]:
        """Return the buckets, free or ours, in which something is due at ``until``."""
        first = (
            select(func.min(outbox.c.visible_from))
            .where(outbox.c.bucket == lease.c.bucket)
            .scalar_subquery()
        )
        query = (
            select(lease.c.bucket)
            .where(self._ours_to_take, first <= until)
            .order_by(lease.c.bucket)
        )
        with reading(self.engine) as connection:
            return list(connection.scalars(query))

    def claim(self, bucket: int) -> bool:
        """Take a bucket, or keep it for longer; return False when another worker has it.

        Waits for nobody: a row that another one is about to take counts as taken.
        """
        free = (
            select(lease.c.bucket)
            .where(lease.c.bucket == bucket, self._ours_to_take)
            .with_for_update(skip_locked=True)
        )
        with self.engine.begin() as connection:
            relax_durability(connection)
            taken = connection.execute(
                update(lease)
                .where(lease.c.bucket == bucket, lease.c.bucket.in_(free))
                .values(
                    worker=self.worker, expires_at=self.wall() + timedelta(seconds=self.seconds)
                )
            )
        return taken.rowcount == 1

    def release(self, bucket: int) -> None:
        """Give a bucket back."""
        with self.engine.begin() as connection:
            relax_durability(connection)
            connection.execute(
                update(lease)
                .where(lease.c.bucket == bucket, lease.c.worker == self.worker)
                .values(worker="", expires_at=NEVER)
            )

    @property
    def _ours_to_take(self) -> ColumnElement[bool]:
        return or_(lease.c.worker == self.worker, lease.c.expires_at <= self.wall())


def lay_out(engine: Engine) -> None:
    """Have a row for each bucket, where there is none yet."""
    dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
    with reading(engine) as connection:
        if connection.scalar(select(func.count()).select_from(lease)) == BUCKETS:
            return
    with engine.begin() as connection:
        connection.execute(
            dialect.insert(lease).on_conflict_do_nothing(),
            [
                {"bucket": bucket, "worker": "", "expires_at": NEVER, "delivered": 0}
                for bucket in range(BUCKETS)
            ],
        )
