"""How far the clock is advanced, as everybody writes it: ``2h``, ``3d``, ``5bd``, an instant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from eligibility.days.dates import TOKYO
from eligibility.days.office_calendar import add_business_days

_SECONDS = {"s": 1, "m": 60, "h": 3600}
_FORM = re.compile(r"(\d{1,9})(s|m|h|d|bd)", re.ASCII)
LONGEST_DAYS = 36_600
"""Days that one step may pass."""
LONGEST_BUSINESS_DAYS = 10_000
"""Open days that one step may pass."""


def instant(text: str) -> datetime:
    """Read an instant by ISO 8601; without an offset it is one of Japan, without a time midnight.

    Raises:
        ValueError: it is none.
    """
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is no instant; write it like 2026-11-25T09:00 (Japan's time), "
            "2026-11-25T09:00+09:00 or 2026-11-25."
        ) from None
    return read if read.tzinfo else read.replace(tzinfo=TOKYO)


@dataclass(frozen=True)
class ClockStep:
    """A step of the clock: a number of seconds, of days or of open days (C-003), or an instant."""

    text: str
    seconds: int = 0
    days: int = 0
    business_days: int = 0
    to: datetime | None = None

    @classmethod
    def parse(cls, text: str) -> ClockStep:
        """Read a step.

        Raises:
            ValueError: it is none, or longer than the clock goes at once.
        """
        form = _FORM.fullmatch(text)
        if form is None:
            try:
                to = instant(text)
            except ValueError:
                raise ValueError(
                    f"{text!r} is no step of the clock; write 90s, 5m, 2h, 3d, 5bd (business "
                    "days), or an instant such as 2026-11-25T09:00."
                ) from None
            return cls(text, to=to)
        number, unit = int(form[1]), form[2]
        if unit in _SECONDS:
            step = cls(text, seconds=number * _SECONDS[unit])
        elif unit == "d":
            step = cls(text, days=number)
        else:
            step = cls(text, business_days=number)
        if (
            step.business_days > LONGEST_BUSINESS_DAYS
            or step.days + step.seconds / 86_400 > LONGEST_DAYS
        ):
            raise ValueError(
                f"{text} is too far at once; {LONGEST_DAYS}d and {LONGEST_BUSINESS_DAYS}bd are not."
            )
        return step

    def __str__(self) -> str:
        """Return it as it was written."""
        return self.text

    def after(self, now: datetime) -> datetime:
        """Return the instant that it leads to; over days the time of day in Japan stays."""
        if self.to is not None:
            return self.to
        if self.business_days or self.text.endswith("bd"):
            local = now.astimezone(TOKYO)
            open_day: date = add_business_days(local.date(), self.business_days)
            return datetime.combine(open_day, local.timetz())
        return now + timedelta(days=self.days, seconds=self.seconds)
