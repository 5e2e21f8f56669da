"""What waits for its delivery to OQS, and what has been delivered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select

from eligibility.days.dates import TOKYO
from eligibility.days.reflection import LagMode
from intermediate_server.procedures.kinds import Timing
from intermediate_server.store.outgoing.version_conflicts import count_untaken
from intermediate_server.store.row_keys import same_entry
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
_NEXT_DUE = select(func.min(outbox.c.visible_from))
"""When something falls due next; it may be past."""
_SOME = (
    select(delivery)
    .where(delivery.c.delivered_at >= bindparam("since"))
    .limit(bindparam("at_most"))
    .subquery()
)
_DELIVERED_SINCE = (
    select(change)
    .join(_SOME, same_entry(_SOME, change))
    .order_by(change.c.visible_from, change.c.person_reference, change.c.version)
)
"""What OQS has got since an instant, in the order of visibility; of very many, some."""
_WAITING = select(func.count()).select_from(outbox)
"""How many changes wait for their delivery."""
_ON_HOLD = select(func.count()).select_from(held)
"""How many changes wait for a person's release."""
_DELIVERED = select(func.sum(lease.c.delivered))
"""How many changes OQS has."""
_DUE = select(func.count(), func.min(outbox.c.visible_from)).where(
    outbox.c.visible_from <= bindparam("until")
)
"""How many changes OQS should have by an instant and has not, and since when the oldest is due."""
_RECENT_LAGS = (
    select(change.c.filed_on, change.c.visible_from)
    .where((change.c.lag_mode != LagMode.MANUAL.value) | (change.c.timing == Timing.RELEASED.value))
    .order_by(change.c.recorded_at.desc())
    .limit(LOOKED_BACK)
)
"""From filing to visibility, of the changes that were recorded last and whose day is known."""


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
    conflicts: int
    """Changes that OQS did not take, and that nobody has stated anew yet."""


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
            earliest: datetime | None = connection.scalar(_NEXT_DUE)
        return earliest

    def delivered_since(self, instant: datetime, limit: int) -> tuple[Change, ...]:
        """Return what was delivered at a business instant or later, in the order of visibility.

        Of more than ``limit`` changes, that many.
        """
        asked = {"since": instant, "at_most": limit}
        with reading(self.engine) as connection:
            return tuple(map(change_of, connection.execute(_DELIVERED_SINCE, asked)))

    def backlog(self, now: datetime | None) -> Backlog:
        """Count what waits, what of it is due at ``now``, and what has been delivered."""
        with reading(self.engine) as connection:
            waiting = connection.execute(_WAITING).scalar_one()
            on_hold = connection.execute(_ON_HOLD).scalar_one()
            untaken = count_untaken(connection)
            delivered = _delivered(connection)
            if now is None:
                return Backlog(waiting, None, None, delivered, on_hold, untaken)
            count, oldest = connection.execute(_DUE, {"until": now}).one()
        return Backlog(waiting, count, oldest, delivered, on_hold, untaken)

    def delivered(self) -> int:
        """Count what has been delivered, by whichever worker."""
        with reading(self.engine) as connection:
            return _delivered(connection)

    def lag_days(self) -> tuple[int, ...]:
        """Return the days from filing to visibility of the changes that were recorded last."""
        with reading(self.engine) as connection:
            return tuple(
                max(0, (row.visible_from.astimezone(TOKYO).date() - row.filed_on).days)
                for row in connection.execute(_RECENT_LAGS)
            )


def _delivered(connection: Connection) -> int:
    return int(connection.execute(_DELIVERED).scalar_one() or 0)
