"""The calendar strip: the days from filing to visibility, ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.days.reflection import CountedDay, CountStep, LagMode
from intermediate_server.procedures.kinds import Timing
from intermediate_server.web.texts import long_day, say, weekday

if TYPE_CHECKING:
    from eligibility.days.reflection import ReflectionPolicy
    from intermediate_server.procedures.timing import Filing

_STEPS = {
    CountStep.FILED: "strip.filed",
    CountStep.ACCEPTED: "strip.accepted",
    CountStep.REGISTERED: "strip.registered",
    CountStep.VISIBLE: "strip.visible",
}
_WHY = {
    Timing.DATED: "strip.dated",
    Timing.RELEASE: "strip.release",
    Timing.AT_ONCE: "strip.at_once",
    Timing.RELEASED: "strip.released",
}


@dataclass(frozen=True, slots=True)
class StripDay:
    """One day of a calendar strip."""

    number: str
    """Day of the month; with the month where it is the strip's first, or the month's."""
    weekday: str
    counted: bool
    closed: bool
    visible: bool
    label: str
    """What the day is for: 届出, 受付, 登録, 反映, or its number within the lag."""
    sentence: str
    """The whole day in words."""


@dataclass(frozen=True, slots=True)
class Strip:
    """The days from filing to visibility."""

    days: tuple[StripDay, ...]
    visible_on: str
    """The day of visibility, with its weekday, or that it is the day of a release."""
    broken: bool = False
    """Whether days between the first and the last are left out."""
    why: str = ""
    """By which reckoning, where it is not the lag."""
    held: bool = False
    """Whether no day is known before a person releases it."""

    @classmethod
    def of(cls, filing: Filing) -> Strip:
        """Draw the days of a filing."""
        if filing.awaits_release:
            return cls((), seen_on(filing), why=say("lag.manual"), held=True)
        days, late = filing.counted_days, filing.seen_on > filing.reflected_on
        if late:
            days = (days[0], CountedDay(filing.seen_on, CountStep.VISIBLE, None, None))
        broken = len(days) == 2 and (days[1].on - days[0].on).days > 1
        return cls(
            tuple(_strip_day(day, with_month=broken or day is days[0]) for day in days),
            seen_on(filing),
            broken=broken,
            why=say("strip.late") if late else _why(filing.timing),
        )


def _why(timing: Timing) -> str:
    return say(_WHY[timing]) if timing in _WHY else ""


def seen_on(filing: Filing) -> str:
    """Say on which day clinics see it first."""
    return say("strip.held") if filing.awaits_release else long_day(filing.seen_on)


def lag_sentence(lag: ReflectionPolicy) -> str:
    """Say how an insurer's lag is counted."""
    sentence = say(
        f"lag.{lag.mode.name.lower()}",
        days=lag.lag_days,
        insurer_days=lag.insurer_days,
        visible_days=lag.visible_days,
    )
    if lag.cutoff is not None and lag.mode not in {LagMode.IMMEDIATE, LagMode.MANUAL}:
        sentence += say("lag.cutoff", time=f"{lag.cutoff:%H:%M}")
    return sentence


def _strip_day(day: CountedDay, *, with_month: bool) -> StripDay:
    number = f"{day.on.month}/{day.on.day}" if with_month or day.on.day == 1 else str(day.on.day)
    step = say(_STEPS[day.step]) if day.step in _STEPS else ""
    label = step or (str(day.count) if day.count else "")
    words = [
        say("strip.day", month=day.on.month, day=day.on.day, weekday=weekday(day.on)),
        day.closed or "",
        step,
        say("strip.nth", count=day.count) if day.count else "",
    ]
    return StripDay(
        number=number,
        weekday=weekday(day.on),
        counted=day.counted,
        closed=day.closed is not None,
        visible=day.step is CountStep.VISIBLE,
        label=label,
        sentence=" ".join(filter(None, words)),
    )
