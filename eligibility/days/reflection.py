"""Reflection (反映): from when a clinic sees what an insurer's procedure changed.

A procedure (加入, 喪失, 負担割合変更, 氏名変更 …) travels from the counter through the insurer's
system and the 中間サーバー before the online check shows it. Rules R-140, C-004 to C-007, P-090
and P-091; whether "約3日" means calendar or business days is open (X-07), hence the modes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache

from eligibility.days.dates import TOKYO
from eligibility.days.office_calendar import (
    add_business_days,
    closed,
    open_deadline,
    roll,
    why_closed,
)

EMPLOYER_DAYS = 5
"""Days that an employer has to file a 資格取得届 (P-090)."""

SEED_EXTRA_DAYS = 2
"""What "祝日等の関係で更に1～2日" adds at most to the lag, in calendar days (R-140, C-005)."""

_ONE_DAY = timedelta(days=1)


class LagMode(StrEnum):
    """How an insurer's lag is counted."""

    BUSINESS_DAYS = "business_days"
    """`lag_days` open days after the first open day (C-004; the default reading of R-140)."""
    SEED_LITERAL = "seed_literal"
    """Like BUSINESS_DAYS, but at most `lag_days` + 2 calendar days (C-005)."""
    CALENDAR = "calendar"
    """`lag_days` calendar days, whatever day it is (C-006, the optimistic bound)."""
    CHAIN = "chain"
    """被用者保険: `insurer_days` calendar days rolled, then `visible_days` open days (P-091)."""
    IMMEDIATE = "immediate"
    """No lag at all; for a simulation in which time is not the matter."""
    MANUAL = "manual"
    """Held until a person releases it; the day of filing is the earliest possible one."""

    @property
    def counts_days(self) -> bool:
        """Whether days pass between filing and visibility by rule."""
        return self not in {LagMode.IMMEDIATE, LagMode.MANUAL}


@dataclass(frozen=True, slots=True)
class ReflectionPolicy:
    """An insurer's lag (PP-08).

    `lag_days` is used by all modes but CHAIN, `insurer_days` (calendar) and `visible_days`
    (open days) by CHAIN only. What is filed after `cutoff` on an open day counts as filed on the
    following day; what is filed at the cutoff itself is still in time.
    """

    mode: LagMode = LagMode.BUSINESS_DAYS
    lag_days: int = 3
    cutoff: time | None = None
    insurer_days: int = 5
    visible_days: int = 1

    def __post_init__(self) -> None:
        """Refuse a lag that would run backwards (`ValueError`)."""
        for name in ("lag_days", "insurer_days", "visible_days"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} counts days forward and cannot be {getattr(self, name)}")


class CountStep(StrEnum):
    """What a day between filing and visibility is for."""

    FILED = "filed"
    """手続きの日."""
    ACCEPTED = "accepted"
    """受付の日: the open day from which a procedure filed on a closed day or late is counted."""
    WAITING = "waiting"
    """A day on the way, counted or not."""
    REGISTERED = "registered"
    """登録の期限: the last day on which the insurer registers (CHAIN only)."""
    VISIBLE = "visible"
    """反映の日: the clinic sees it from 00:00."""


@dataclass(frozen=True, slots=True)
class CountedDay:
    """One day of the calendar strip from filing to visibility.

    `count` is the day's number within the lag and None where the day does not count; `closed` is
    why offices are closed (元日, 土曜日 …) and None on an open day. A closed day does count where
    the policy counts calendar days.
    """

    on: date
    step: CountStep
    count: int | None
    closed: str | None

    @property
    def counted(self) -> bool:
        """Whether the day brings the visibility nearer."""
        return self.count is not None


@lru_cache(maxsize=4096)
def reflection_date(filed_on: date, policy: ReflectionPolicy, filed_at: time | None = None) -> date:
    """Return the first day on which the clinic sees the change, from 00:00.

    R-140, C-004, C-005, C-006, C-007, C-009 and P-091. `filed_at` is the local time of filing;
    without it the procedure counts as in time.
    """
    day = _filing_day(filed_on, policy, filed_at)
    match policy.mode:
        case LagMode.IMMEDIATE | LagMode.MANUAL:
            return filed_on
        case LagMode.BUSINESS_DAYS:
            return add_business_days(roll(day), policy.lag_days)
        case LagMode.SEED_LITERAL:
            return min(
                add_business_days(roll(day), policy.lag_days),
                day + timedelta(days=policy.lag_days + SEED_EXTRA_DAYS),
            )
        case LagMode.CALENDAR:
            return day + timedelta(days=policy.lag_days)
        case LagMode.CHAIN:
            return add_business_days(_registered_by(roll(day), policy), policy.visible_days)


def explain(
    filed_on: date, policy: ReflectionPolicy, filed_at: time | None = None
) -> tuple[CountedDay, ...]:
    """Return every day from filing to visibility, both included, as the lag counts them.

    C-003, C-004 and P-091. The last day is `reflection_date` of the same arguments. In CHAIN mode
    the count starts anew after the day of registration.
    """
    day = _filing_day(filed_on, policy, filed_at)
    visible = reflection_date(filed_on, policy, filed_at)
    in_open_days = policy.mode.counts_days and policy.mode is not LagMode.CALENDAR
    accepted = roll(day) if in_open_days else day
    registered = _registered_by(accepted, policy) if policy.mode is LagMode.CHAIN else None
    numbers = _numbers(day, visible, policy)
    return tuple(
        CountedDay(
            on=on,
            step=_step(on, filed_on, accepted, registered, visible),
            count=numbers.get(on),
            closed=why_closed(on),
        )
        for on in _days(filed_on, visible)
    )


def visible_from(reflected_on: date) -> datetime:
    """Return the instant at which a day's data become visible: 00:00 in Tokyo (C-004)."""
    return datetime.combine(reflected_on, time.min, TOKYO)


def employer_deadline(fact_on: date, days: int = EMPLOYER_DAYS) -> date:
    """Return the last day on which an employer files the 資格取得届 (P-090).

    Counted in calendar days from the fact (hire), and rolled over closed days [interp]: whether
    the days are business days is unverified.
    """
    return open_deadline(fact_on, days)


def _filing_day(filed_on: date, policy: ReflectionPolicy, filed_at: time | None) -> date:
    late = policy.cutoff is not None and filed_at is not None and filed_at > policy.cutoff
    return filed_on + _ONE_DAY if late and not closed(filed_on) else filed_on


def _registered_by(accepted: date, policy: ReflectionPolicy) -> date:
    return open_deadline(accepted, policy.insurer_days)


def _numbers(day: date, visible: date, policy: ReflectionPolicy) -> dict[date, int]:
    """Give each day that the lag counts its number, the day it counts from being day 0."""
    accepted = roll(day)
    match policy.mode:
        case LagMode.IMMEDIATE | LagMode.MANUAL:
            return {}
        case LagMode.CALENDAR:
            return _numbered(_days(day + _ONE_DAY, visible))
        case LagMode.SEED_LITERAL if visible < add_business_days(accepted, policy.lag_days):
            # The ceiling came first, and that is counted in calendar days.
            return _numbered(_days(day + _ONE_DAY, visible))
        case LagMode.BUSINESS_DAYS | LagMode.SEED_LITERAL:
            return _numbered(_open_days(accepted + _ONE_DAY, visible))
        case LagMode.CHAIN:
            last = accepted + timedelta(days=policy.insurer_days)
            return _numbered(_days(accepted + _ONE_DAY, last)) | _numbered(
                _open_days(roll(last) + _ONE_DAY, visible)
            )


def _numbered(days: Iterable[date]) -> dict[date, int]:
    return {on: number for number, on in enumerate(days, start=1)}


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=i) for i in range((last - first).days + 1))


def _open_days(first: date, last: date) -> Iterator[date]:
    return (on for on in _days(first, last) if not closed(on))


def _step(
    on: date, filed_on: date, accepted: date, registered: date | None, visible: date
) -> CountStep:
    if on == visible:
        return CountStep.VISIBLE
    if on == registered:
        return CountStep.REGISTERED
    if on == filed_on:
        return CountStep.FILED
    if on == accepted:
        return CountStep.ACCEPTED
    return CountStep.WAITING
