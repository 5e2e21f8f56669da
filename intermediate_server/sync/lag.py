"""How long changes took: in steps, each with the changes that took no longer than it says."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wire.vocabulary.element import Element

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

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


@dataclass
class WallLag:
    """The seconds from the moment at which the clock passed a change's instant to its delivery.

    The clock may run, stand still, or be advanced by a year, so the moment is told from what the
    worker saw of it: the passing lies between two looks at the clock.
    """

    elapsed: Callable[[], float] = time.monotonic
    _looks: deque[tuple[datetime, float, float]] = field(default_factory=lambda: deque(maxlen=4096))
    _lags: Counter[float] = field(default_factory=Counter)

    def look(self, now: datetime, rate: float) -> None:
        """Remember what the clock shows at this moment."""
        if not self._looks or now > self._looks[-1][0]:
            self._looks.append((now, self.elapsed(), rate))

    def begin_anew(self) -> None:
        """Forget what the clock showed, as it was set back; what was counted stays."""
        self._looks.clear()

    def delivered(self, due: Mapping[datetime, int]) -> None:
        """Count changes that have just been delivered, by the instants at which they fell due."""
        now = self.elapsed()
        for instant, changes in due.items():
            self._lags[max(0.0, now - self._passed(instant))] += changes
        if len(self._lags) > 1024:  # as exact as the steps, in less room
            steps = in_steps(self._lags, SECONDS)
            self._lags = Counter(
                {step.at_most or float("inf"): step.changes for step in steps if step.changes}
            )

    @property
    def steps(self) -> tuple[LagStep, ...]:
        """All deliveries of this worker."""
        return in_steps(self._lags, SECONDS)

    def _passed(self, instant: datetime) -> float:
        place = bisect_left(self._looks, instant, key=lambda look: look[0])
        if place == len(self._looks):
            return self.elapsed()
        seen, moment, rate = self._looks[place]
        if place == 0 or rate <= 0:
            return moment
        ran = (seen - instant).total_seconds() / rate
        return max(moment - ran, self._looks[place - 1][1])
