"""The office calendar (開庁日): which days count when an insurer or a town office works.

Rules C-001 to C-003, and how other rules count days and months. Holidays come from the `holidays`
package (国民の祝日, 振替休日, 国民の休日); the office closure from 29 December to 3 January is the
offices' own rule. Equinox days of years whose calendar the Cabinet Office has not yet announced are
astronomical forecasts.
"""

import calendar as month_lengths
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache, lru_cache
from types import MappingProxyType

import holidays

from eligibility.sentence import Sentence

FIRST_YEAR = 1949
LAST_YEAR = 2099
"""The years whose Japanese holidays are known."""

YEAR_END_CLOSURE = "年末年始"
SATURDAY = "土曜日"
SUNDAY = "日曜日"

_ONE_DAY = timedelta(days=1)


class CalendarRangeError(ValueError):
    """The date lies outside the years whose holidays are known."""

    def __init__(self, on: date) -> None:
        self.text = Sentence(
            f"{on.isoformat()} の祝日は分かりません。{FIRST_YEAR}年から{LAST_YEAR}年までの日付を"
            "指定してください。",
            f"The holidays of {on.isoformat()} are unknown; "
            f"use a date from {FIRST_YEAR} to {LAST_YEAR}.",
        )
        super().__init__(str(self.text))
        self.on = on


@cache
def _holiday_names(year: int) -> Mapping[date, str]:
    names = holidays.country_holidays("JP", years=year, language="ja")
    return MappingProxyType({day: name for day, name in names.items() if day.year == year})


@lru_cache(maxsize=4096)
def why_closed(d: date) -> str | None:
    """Say in Japanese why offices are closed on the day, or None on an open day (C-001).

    A holiday's own name comes first, then the closure at the turn of the year, then the weekday.

    Raises `CalendarRangeError` outside the years whose holidays are known.
    """
    if not FIRST_YEAR <= d.year <= LAST_YEAR:
        raise CalendarRangeError(d)
    name = _holiday_names(d.year).get(d)
    if name is not None:
        return name
    if in_year_end_closure(d):
        return YEAR_END_CLOSURE
    if d.weekday() == month_lengths.SATURDAY:
        return SATURDAY
    if d.weekday() == month_lengths.SUNDAY:
        return SUNDAY
    return None


def in_year_end_closure(d: date) -> bool:
    """Tell whether the day lies from 29 December to 3 January (年末年始; C-001)."""
    return (d.month == 12 and d.day >= 29) or (d.month == 1 and d.day <= 3)


def closed(d: date) -> bool:
    """Tell whether offices are closed: weekend, holiday, or 29 December to 3 January (C-001)."""
    return why_closed(d) is not None


def roll(d: date) -> date:
    """Return the first open day on or after the day (C-002)."""
    while closed(d):
        d += _ONE_DAY
    return d


def add_business_days(d: date, n: int) -> date:
    """Move forward by `n` open days, the start day being day 0 (C-003).

    `n` of zero returns the day itself, open or closed. A negative `n` is a `ValueError`.
    """
    if n < 0:
        raise ValueError(f"business days are counted forward only, not {n}")
    while n:
        d += _ONE_DAY
        if not closed(d):
            n -= 1
    return d


def business_days_between(start: date, end: date) -> int:
    """Count the open days after `start` up to and including `end`.

    The inverse of `add_business_days`: between an open day and the day `n` open days later lie
    `n`. An `end` before the `start` is a `ValueError`.
    """
    if end < start:
        raise ValueError(f"{end.isoformat()} lies before {start.isoformat()}")
    return sum(not closed(start + timedelta(days=i)) for i in range(1, (end - start).days + 1))


def within_days(first: date, days: int) -> date:
    """Return the last of so many days, the first day being day 1 (初日算入, as in P-012)."""
    if days < 1:
        raise ValueError(f"days from a first one are counted from 1, not {days}")
    return first + timedelta(days=days - 1)


def open_deadline(start: date, days: int) -> date:
    """Return the day so many calendar days after the start, rolled to an open day.

    The start is day 0 (初日不算入), as in R-113, R-114 and P-090.
    """
    if days < 0:
        raise ValueError(f"a deadline lies ahead, not {days} days")
    return roll(start + timedelta(days=days))


def add_months(d: date, months: int) -> date:
    """Move by whole months, backwards when negative, clamped to the last day (P-003, R-027)."""
    year, month0 = divmod(d.year * 12 + d.month - 1 + months, 12)
    last = month_lengths.monthrange(year, month0 + 1)[1]
    return date(year, month0 + 1, min(d.day, last))


def end_of_month(d: date, months: int = 0) -> date:
    """Return the last day (末日) of the month that lies `months` after the day's (P-002, R-026)."""
    first = add_months(d.replace(day=1), months)
    return first.replace(day=month_lengths.monthrange(first.year, first.month)[1])
