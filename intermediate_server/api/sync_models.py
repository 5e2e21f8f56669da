"""What goes in and out about the delivery to OQS."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from intermediate_server.store.control import HeldChange, Selection
from intermediate_server.sync.lag import DAYS, Step, in_steps
from wire.vocabulary.element import Element

if TYPE_CHECKING:
    from collections.abc import Iterable

    from intermediate_server.store import Backlog
    from intermediate_server.store.control import Standing

Who = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class LagStep(Element):
    """A step of a histogram."""

    at_most: float | None = None
    """The bound; absent for what took longer than all bounds."""
    changes: int
    """Those within this step, and in no smaller one."""

    @classmethod
    def all_of(cls, steps: Iterable[Step]) -> tuple[LagStep, ...]:
        """Render a histogram."""
        return tuple(cls(at_most=step.at_most, changes=step.changes) for step in steps)


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
    last_error: str | None = None
    """Why its last attempt failed; absent when it did not."""
    lag_seconds: tuple[LagStep, ...] = ()
    """From falling due to being delivered, in seconds on the wall, since it started."""


class SyncStatus(Element):
    """How the delivery to OQS stands."""

    backlog: int
    """Changes that OQS does not have yet, due or not, without those that are held."""
    held: int
    """Changes that wait for a person's release."""
    due: int | None = None
    """Those of the backlog that OQS should have; absent while the clock does not answer."""
    oldest_due: AwareDatetime | None = None
    delivered: int
    paused_by: str | None = None
    """Who paused the delivery; absent while it goes on."""
    paused_at: AwareDatetime | None = None
    """Since when, on the wall."""
    last_error: str | None = None
    """What hinders the first worker that something hinders."""
    lag_days: tuple[LagStep, ...]
    """From filing to visibility, in days, of the ten thousand changes that were recorded last."""
    workers: tuple[WorkerStatus, ...] = ()

    @classmethod
    def of(
        cls,
        backlog: Backlog,
        standing: Standing,
        lag_days: Iterable[int],
        workers: tuple[WorkerStatus, ...],
        last_error: str | None = None,
    ) -> SyncStatus:
        """Render what was counted."""
        errors = (worker.last_error for worker in workers)
        return cls(
            backlog=backlog.waiting,
            held=backlog.held,
            due=backlog.due,
            oldest_due=backlog.oldest_due,
            delivered=backlog.delivered,
            paused_by=standing.paused_by,
            paused_at=standing.paused_at,
            last_error=next(filter(None, errors), last_error),
            lag_days=LagStep.all_of(in_steps(Counter(lag_days), DAYS)),
            workers=workers,
        )


class Pausing(Element):
    """Pauses the delivery."""

    by: Who
    """Who pauses it; the status shows it."""


class HeldChangeView(Element):
    """A change that waits for a person's release."""

    person_reference: str
    version: int
    insurer_number: str
    recorded_at: AwareDatetime
    """When it was recorded, on the wall."""

    @classmethod
    def of(cls, change: HeldChange) -> HeldChangeView:
        """Render a held change."""
        return cls(**vars(change))


class HeldChanges(Element):
    """What is held."""

    held: int
    """All of them."""
    changes: tuple[HeldChangeView, ...]
    """The first thousand, in the order of recording."""


class ReleaseSelection(Element):
    """Some of the held changes: those that fit all that is said; all, where nothing is said."""

    person_reference: Annotated[str, Field(max_length=20)] | None = None
    version: int | None = None
    insurer_number: Annotated[str, Field(max_length=8)] | None = None

    @property
    def selection(self) -> Selection:
        """The same for the store."""
        return Selection(self.person_reference, self.version, self.insurer_number)


class Release(Element):
    """Releases held changes: one, a set, or all."""

    changes: Annotated[tuple[ReleaseSelection, ...], Field(min_length=1, max_length=1_000)]
    """Which; ``[{}]`` means all."""


class Released(Element):
    """What was released."""

    released: int
    visible_from: AwareDatetime
    """The business instant from which clinics see it, as far as the window of delivery is open."""
