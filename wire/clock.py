"""The one clock of a deployment: what it shows, and how a service reads it.

Business time never comes from the machine. One service keeps the :class:`ClockState`; the others
read what it shows through a :class:`RemoteClock`. Everything that decides gets an instant or a date
as an argument, taken here at the edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from pydantic import AwareDatetime

from eligibility.days.dates import TOKYO
from eligibility.days.office_calendar import FIRST_YEAR, LAST_YEAR
from wire.vocabulary.element import Element

if TYPE_CHECKING:
    from datetime import date

    import httpx2


LEAST_SECONDS_PER_DAY = 0.01
"""The shortest time that a day of an accelerated clock may take."""
MOST_RATE = 86_400 / LEAST_SECONDS_PER_DAY
"""The fastest that business time may pass."""


class ClockMode(StrEnum):
    """How business time follows wall time."""

    REAL = "real"
    """Business time is wall time."""
    OFFSET = "offset"
    """Business time runs as wall time does, a fixed distance away."""
    ACCELERATED = "accelerated"
    """A day passes in a given number of seconds."""
    FROZEN = "frozen"
    """Business time stands still until it is advanced."""


class ClockReading(Element):
    """What the clock shows, and enough to go on reading it without asking again."""

    mode: ClockMode
    now: AwareDatetime
    """The business instant at which this reading was taken (UTC)."""
    rate: float
    """Business seconds that pass in a wall second; 0 when the clock is frozen."""
    revision: int
    """Grows by one with each setting or advance of the clock."""
    began: AwareDatetime
    """The business instant that it was first set to; of one that was never set, its first."""
    moved_at: AwareDatetime | None = None
    """When it was set or advanced last, on the wall; null where that is not kept."""

    @property
    def today(self) -> date:
        """The business day in Tokyo."""
        return self.now.astimezone(TOKYO).date()


def in_tokyo(instant: datetime) -> str:
    """Write an instant in Japan's time, in which the clock is set too."""
    return instant.astimezone(TOKYO).isoformat(timespec="seconds")


class ClockMovedBackwards(ValueError):
    """The clock was asked to go back; it moves forward only."""

    def __init__(self, now: datetime, asked: datetime) -> None:
        super().__init__(
            f"The clock shows {in_tokyo(now)} and cannot go back to {in_tokyo(asked)}. "
            "Choose a later instant, or start with an empty data directory."
        )


def wall_clock() -> datetime:
    """Return the machine's own time (UTC): for ``recorded_at`` columns and a real clock."""
    return datetime.now(UTC)


_LAST_SHOWN = LAST_YEAR - 1
"""Deadlines and days of reflection lie ahead of the clock, and need holidays that are known."""


class OutsideCalendar(ValueError):
    """An instant lies outside the years whose office days are known."""

    ja = (
        f"時計が示すのは{FIRST_YEAR}年から{_LAST_SHOWN}年の終わりまでです。その間の日時か、短い進め方を"
        "指定してください。"
    )

    def __init__(self) -> None:
        super().__init__(
            f"The clock goes from {FIRST_YEAR} to the end of {_LAST_SHOWN}, within the years whose "
            "holidays are known. Choose an instant, or a shorter way, within them."
        )


CALENDAR_BEGINS = datetime(FIRST_YEAR, 1, 1, tzinfo=TOKYO).astimezone(UTC)
CALENDAR_ENDS = datetime(_LAST_SHOWN, 12, 31, 23, 59, 59, tzinfo=TOKYO).astimezone(UTC)
"""The last instant that a clock ever shows; one that runs stands still there."""


def later(instant: datetime, seconds: float) -> datetime:
    """Return an instant so many seconds later, at most the last of the calendar.

    A clock that runs at any rate for any time comes no further; a time span that no calendar has
    (infinite, or not a number) is one that leads to its end.
    """
    if not seconds < (CALENDAR_ENDS - instant).total_seconds():
        return max(CALENDAR_ENDS, instant)
    return instant + timedelta(seconds=seconds)


def within_calendar(instant: datetime) -> datetime:
    """Return the instant (UTC).

    Raises:
        OutsideCalendar: it lies outside the calendar's years.
    """
    try:
        utc = instant.astimezone(UTC)
    except OverflowError:
        raise OutsideCalendar from None
    if not CALENDAR_BEGINS <= utc <= CALENDAR_ENDS:
        raise OutsideCalendar
    return utc


SETTLING_SECONDS = 0.1
"""How long a new setting may take to be known. A clock that is to go slower goes on from where it
comes by then, as others show the old one meanwhile."""


@dataclass(frozen=True)
class ClockState:
    """How the clock goes: from which instant on, how fast. It moves forward only.

    ``wall`` is, here and below, the wall time that all who show this clock have in common.
    """

    mode: ClockMode
    rate: float
    """Business seconds in a second of the wall."""
    revision: int
    """How often it was set or advanced."""
    business_anchor: datetime
    """What it shows (UTC) at ``wall_anchor``."""
    wall_anchor: datetime
    began: datetime
    """What it was first set to, or began with; since then it has not gone back."""
    shown_until: datetime | None = None
    """It shows nothing later than this, until more has been saved."""
    advanced_to: datetime | None = None
    """Where the last movement was to lead, if it was an advance."""

    def reached(self, wall: datetime) -> datetime:
        """Return how far it has come."""
        if self.mode is ClockMode.REAL:
            return min(max(self.business_anchor, wall), CALENDAR_ENDS)
        passed = max(0.0, (wall - self.wall_anchor).total_seconds())
        return later(self.business_anchor, passed * self.rate)

    def shown(self, wall: datetime) -> datetime:
        """Return what it shows: no more of how far it has come than was saved."""
        reached = self.reached(wall)
        return reached if self.shown_until is None else min(reached, self.shown_until)

    @property
    def moved_at(self) -> datetime | None:
        """When it was set or advanced last, on the wall; None where that is not kept.

        One that runs is saved again and again: how far it has come since tells when it began to.
        """
        if not self.rate:
            return self.wall_anchor
        start = self.began if self.revision <= 1 else self.advanced_to
        if start is None:
            return None
        ran = (self.business_anchor - start).total_seconds()
        return self.wall_anchor - timedelta(seconds=ran / self.rate)

    def setting(
        self,
        wall: datetime,
        mode: ClockMode,
        now: datetime | None = None,
        seconds_per_day: float | None = None,
    ) -> ClockState:
        """Return the clock in a mode, and optionally at a later instant.

        Raises:
            ClockMovedBackwards: ``now`` (or wall time, in real mode) lies before what the clock
                shows.
            OutsideCalendar: it lies outside the years whose office days are known.
            ValueError: an accelerated clock needs ``seconds_per_day`` above 0.
        """
        rate = 1.0
        if mode is ClockMode.FROZEN:
            rate = 0.0
        elif mode is ClockMode.ACCELERATED:
            rate = _rate(seconds_per_day)
        settled = wall + timedelta(seconds=SETTLING_SECONDS) if rate < self.rate else wall
        shown = self.shown(settled)
        start = shown if now is None else within_calendar(now)
        if mode is ClockMode.REAL:
            start = within_calendar(wall)
        # A clock that was never set may start anywhere: nothing has happened yet.
        if start < shown and self.revision:
            raise ClockMovedBackwards(shown, start)
        began = self.began if self.revision else start
        return ClockState(mode, rate, self.revision + 1, start, wall, began)

    def advanced(self, wall: datetime, to: datetime) -> ClockState:
        """Return the clock at a later instant, in the same mode; a real clock becomes offset.

        Raises:
            ClockMovedBackwards: the instant lies before what the clock shows.
            OutsideCalendar: it lies outside the years whose office days are known.
        """
        shown = self.shown(wall)
        start = within_calendar(to)
        if start < shown:
            raise ClockMovedBackwards(shown, start)
        mode = ClockMode.OFFSET if self.mode is ClockMode.REAL else self.mode
        return ClockState(
            mode, self.rate, self.revision + 1, start, wall, self.began, advanced_to=to
        )


def _rate(seconds_per_day: float | None) -> float:
    """Return the rate of an accelerated clock."""
    if seconds_per_day is not None and seconds_per_day > 0:
        rate = 86_400 / seconds_per_day
        if 0 < rate <= MOST_RATE:
            return rate
    raise ValueError(
        "An accelerated clock needs the seconds that a day takes, at least "
        f"{LEAST_SECONDS_PER_DAY}."
    )


class ClockSource(Protocol):
    """Whatever tells a service the time of the deployment."""

    async def read(self) -> ClockReading:
        """Return what the clock shows now."""
        ...


@dataclass(frozen=True)
class RemoteClock:
    """The clock as the services see it that do not host it.

    Each read asks the host, so that a service never decides by a time that has been left
    behind. Raises ``httpx2.HTTPError`` when the host does not answer.
    """

    client: httpx2.AsyncClient

    async def read(self) -> ClockReading:
        """Ask the host for a reading."""
        response = await self.client.get("/sim/clock")
        response.raise_for_status()
        return ClockReading.model_validate_json(response.content)

    async def wait_for_change(self, revision: int, seconds: float) -> ClockReading:
        """Return when the clock is no longer at ``revision``, or when time is up."""
        response = await self.client.get(
            "/sim/clock",
            params={"AfterRevision": revision, "WaitSeconds": seconds},
            timeout=seconds + 10,
        )
        response.raise_for_status()
        return ClockReading.model_validate_json(response.content)
