"""How the delivery stands, as a worker tells it, and the service of all its workers."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

from pydantic import AwareDatetime

from intermediate_server.sync.lag import DAYS, LagStep, in_steps
from wire.vocabulary.element import Element

if TYPE_CHECKING:
    from collections.abc import Iterable

    from intermediate_server.store import Backlog
    from intermediate_server.store.outgoing.control import DeliveryState


class WorkerState(StrEnum):
    """What a sync worker does."""

    WORKING = "working"
    PAUSED = "paused"
    """Somebody paused the delivery."""
    STANDING_BY = "standing-by"
    """Another worker has the SQLite file."""
    SILENT = "silent"
    """It does not answer."""


class WorkerStatus(Element):
    """How one sync worker fares."""

    worker: str
    """Its name, or its address while it does not answer."""
    state: WorkerState
    batch_size: int | None = None
    """How many changes it puts into a batch now, at the pace at which OQS takes them."""
    delivered: int | None = None
    """Changes that it has delivered since it started."""
    conflicting: int | None = None
    """Changes that OQS did not take meanwhile, as it knows their version with other content."""
    last_error: str | None = None
    """Why its last attempt failed; absent when it did not."""
    lag_seconds: tuple[LagStep, ...] = ()
    """From falling due to being delivered, in seconds on the wall, since it started."""
    lag_unknown: int | None = None
    """Changes that it delivered and of which nobody can tell when they fell due, as no worker saw
    the clock jump past them, or as they were released while it stood: they are in no step."""

    @property
    def works(self) -> bool:
        """Whether it delivers, or would if nobody had paused it."""
        at_work = self.state in {WorkerState.WORKING, WorkerState.PAUSED}
        return at_work and self.last_error is None


class SyncStatus(Element):
    """How the delivery to OQS stands."""

    backlog: int
    """Changes that OQS does not have yet, due or not, without those that are held."""
    held: int
    """Changes that wait for a person's release."""
    conflicts: int
    """Changes that OQS did not take, and that nobody has stated anew yet; `GET /sync/conflicts`."""
    due: int | None = None
    """Those of the backlog that OQS should have; absent while the clock does not answer."""
    oldest_due: AwareDatetime | None = None
    delivered: int
    paused_by: str | None = None
    """Who paused the delivery; absent while it goes on."""
    paused_at: AwareDatetime | None = None
    """Since when, on the wall."""
    last_error: str | None = None
    """What hinders the first worker that something hinders; absent while one of them works."""
    lag_days: tuple[LagStep, ...]
    """From filing to visibility, in days, of the ten thousand changes that were recorded last."""
    workers: tuple[WorkerStatus, ...] = ()

    @classmethod
    def of(
        cls,
        backlog: Backlog,
        delivery: DeliveryState,
        lag_days: Iterable[int],
        workers: tuple[WorkerStatus, ...],
        last_error: str | None = None,
    ) -> SyncStatus:
        """Render what was counted."""
        errors = () if any(one.works for one in workers) else (one.last_error for one in workers)
        return cls(
            backlog=backlog.waiting,
            held=backlog.held,
            conflicts=backlog.conflicts,
            due=backlog.due,
            oldest_due=backlog.oldest_due,
            delivered=backlog.delivered,
            paused_by=delivery.paused_by,
            paused_at=delivery.paused_at,
            last_error=next(filter(None, errors), last_error),
            lag_days=in_steps(Counter(lag_days), DAYS),
            workers=workers,
        )
