"""The window of delivery (夜間バッチ): the hours in which changes are carried to OQS."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Self

from eligibility.days.dates import TOKYO

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """Hours of each day in Tokyo, from ``opens`` up to ``closes``; past midnight where they say so.

    Whether the real system delivers by night only is not public; without a window the worker
    delivers at any time.
    """

    opens: time
    closes: time

    def __post_init__(self) -> None:
        if self.opens == self.closes:
            raise ValueError("A window opens and closes at different times.")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``22:00-05:00`` (``ValueError`` where that is not what it says)."""
        found = re.fullmatch(r"([0-9]{2}:[0-9]{2})-([0-9]{2}:[0-9]{2})", text)
        if found is None:
            raise ValueError(f"{text!r} is no window; write it like 22:00-05:00.")
        return cls(*map(time.fromisoformat, found.groups()))

    def is_open(self, at: datetime) -> bool:
        """Tell whether changes are delivered at an instant."""
        now = at.astimezone(TOKYO).time()
        if self.opens < self.closes:
            return self.opens <= now < self.closes
        return now >= self.opens or now < self.closes

    def last_closing(self, at: datetime) -> datetime:
        """Return when it closed last, at an instant or before."""
        return self._last(self.closes, at)

    def next_opening(self, at: datetime) -> datetime:
        """Return when it is open next: the instant itself, where it is open."""
        if self.is_open(at):
            return at
        return self._last(self.opens, at) + _ONE_DAY

    def horizon(self, now: datetime, swept_until: datetime | None) -> datetime | None:
        """Return up to when due changes may be delivered at ``now``; None when none may.

        While it is open, that is now. After it has closed, it is the closing, as long as nobody
        has used this window to its end: a clock that is advanced passes windows in one go.
        """
        if self.is_open(now):
            return now
        closing = self.last_closing(now)
        return closing if swept_until is not None and swept_until < closing else None

    @staticmethod
    def _last(of_day: time, at: datetime) -> datetime:
        local = at.astimezone(TOKYO)
        today = datetime.combine(local.date(), of_day, TOKYO)
        return today if today <= local else today - _ONE_DAY
