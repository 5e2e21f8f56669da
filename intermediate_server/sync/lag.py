"""How long changes took: in steps, each with the changes that took no longer than it says."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from wire.clock import later, wall_clock
from wire.vocabulary.element import Element

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wire.clock import ClockReading

DAYS = (0, 1, 2, 3, 4, 5, 7, 10, 14, 30)
"""Steps of the lag from filing to visibility, in days of business time."""
SECONDS = (0.1, 0.3, 1.0, 3.0, 10.0, 60.0, 600.0, 3600.0)
"""Steps of the lag from falling due to being delivered, in seconds on the wall."""


class LagStep(Element):
    """A step of a histogram."""

    at_most: float | None = None
    """The bound; absent for what took longer than all bounds."""
    changes: int
    """Those within this step, and in no smaller one."""


def in_steps(lags: Mapping[float, int], bounds: Iterable[float]) -> tuple[LagStep, ...]:
    """Sort lags, each with its number of changes, into steps."""
    limits = tuple(bounds)
    counts = [0] * (len(limits) + 1)
    for lag, changes in lags.items():
        counts[bisect_left(limits, lag)] += changes
    return tuple(
        LagStep(at_most=limit, changes=changes)
        for limit, changes in zip((*limits, None), counts, strict=True)
    )


class FellDue(NamedTuple):
    """What a change has that tells when it fell due."""

    instant: datetime
    """The business instant from which it is seen."""
    recorded_at: datetime | None
    """When it was recorded, on the wall; None where that could not be read."""
    released: bool = False
    """Whether it was held until a person released it, which the clock showed the instant at."""


@dataclass
class _Course:
    """How the clock goes between two movements, as far as it was looked at."""

    revision: int
    rate: float
    shown: datetime
    """What the first look found, and when that was on the wall."""
    first: datetime
    last: datetime
    """When it was looked at last."""
    since: datetime | None
    """When the movement was with which it began; None where that is not known."""

    def reached(self, wall: datetime) -> datetime:
        """Return what it shows at a moment on the wall."""
        return later(self.shown, (wall - self.first).total_seconds() * self.rate)

    def passed(self, instant: datetime) -> datetime | None:
        """Return when it ran past an instant, on the wall; None where it did not, or who knows."""
        if self.rate <= 0:
            return None
        moment = self.first - timedelta(seconds=(self.shown - instant).total_seconds() / self.rate)
        return moment if moment > (self.since or self.first) else None


@dataclass
class WallLag:
    """The seconds from the moment at which a change fell due to its delivery.

    It falls due when the clock passes its instant, or when it is recorded or released, if that is
    later. The clock may run, stand still, or be advanced by a year, while no worker looks at it:
    what cannot be told as exactly as the steps are is counted apart.
    """

    wall: Callable[[], datetime] = wall_clock
    unknown: int = 0
    """Deliveries of which nobody saw when they fell due."""
    _courses: deque[_Course] = field(default_factory=lambda: deque(maxlen=1024))
    _counts: list[int] = field(default_factory=lambda: [0] * (len(SECONDS) + 1))

    def look(self, reading: ClockReading) -> None:
        """Remember what the clock shows at this moment."""
        now = self.wall()
        if self._courses and self._courses[-1].revision == reading.revision:
            self._courses[-1].last = now
        else:
            self._courses.append(
                _Course(reading.revision, reading.rate, reading.now, now, now, reading.moved_at)
            )

    def begin_anew(self) -> None:
        """Forget what the clock showed, as it was set back; what was counted stays."""
        self._courses.clear()

    def delivered(self, due: Mapping[FellDue, int]) -> None:
        """Count changes that have just been delivered, by what tells when they fell due."""
        now = self.wall()
        for one, changes in due.items():
            earliest, latest = self._fell_due(one, now)
            most = math.inf if earliest is None else (now - earliest).total_seconds()
            step = bisect_left(SECONDS, (now - latest).total_seconds())
            if step == bisect_left(SECONDS, most):
                self._counts[step] += changes
            else:
                self.unknown += changes

    @property
    def steps(self) -> tuple[LagStep, ...]:
        """All deliveries of this worker, but for those that are unknown."""
        return tuple(
            LagStep(at_most=limit, changes=changes)
            for limit, changes in zip((*SECONDS, None), self._counts, strict=True)
        )

    def _fell_due(self, one: FellDue, now: datetime) -> tuple[datetime | None, datetime]:
        """Return between which moments on the wall a change fell due; None where nobody knows."""
        earliest, latest, stood = self._passed(one.instant, now)
        if one.recorded_at is None or (one.released and stood):
            latest = now
        if one.recorded_at is not None:
            earliest = max(earliest or one.recorded_at, one.recorded_at)
            latest = max(latest, one.recorded_at)
        return earliest, latest

    def _passed(self, instant: datetime, now: datetime) -> tuple[datetime | None, datetime, bool]:
        """Return between which moments the clock passed an instant, and whether it then stood."""
        before: _Course | None = None
        for course in self._courses:
            if course.reached(course.last) >= instant:
                break
            before = course
        else:
            return None, now, True
        stood = course.rate <= 0
        if (moment := course.passed(instant)) is not None:
            return moment, moment, stood
        # It was moved past the instant, with the movement that began this course or before it.
        latest = course.since or course.first
        if before is None:
            return None, latest, stood
        if course.since is None or before.revision + 1 != course.revision:
            return before.last, latest, stood
        moment = before.passed(instant)
        moved = course.since if moment is None else min(moment, course.since)
        return moved, moved, stood
