"""The one clock of a deployment: what it shows, and how a service reads it.

Business time never comes from the machine. One service hosts a :class:`Clock`; the others
read it through a :class:`RemoteClock`. Everything that decides gets an instant or a date as
an argument, taken here at the edge.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from pydantic import AwareDatetime

from eligibility.days.dates import TOKYO
from eligibility.days.office_calendar import FIRST_YEAR, LAST_YEAR
from wire.vocabulary.element import Element

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    import httpx2


MOST_RATE = 8_640_000.0
"""The fastest that business time may pass: a day in a hundredth of a second."""


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

    @property
    def today(self) -> date:
        """The business day in Tokyo."""
        return self.now.astimezone(TOKYO).date()


class ClockMovedBackwards(ValueError):
    """The clock was asked to go back; it moves forward only."""

    def __init__(self, now: datetime, asked: datetime) -> None:
        super().__init__(
            f"The clock shows {now.isoformat()} and cannot go back to {asked.isoformat()}. "
            "Choose a later instant, or start with an empty data directory."
        )


def wall_clock() -> datetime:
    """Return the machine's own time (UTC): for ``recorded_at`` columns and a real clock."""
    return datetime.now(UTC)


_LAST_SHOWN = LAST_YEAR - 1
"""Deadlines and days of reflection lie ahead of the clock, and need holidays that are known."""


class OutsideCalendar(ValueError):
    """An instant lies outside the years whose office days are known."""

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


@dataclass(frozen=True)
class ClockState:
    """How a clock goes: from which instant, how fast."""

    mode: ClockMode
    rate: float
    """Business seconds in a second of the machine."""
    revision: int
    anchor: datetime
    """What it shows (UTC) when ``elapsed`` is what the machine's monotonic clock shows."""
    elapsed: float

    def at(self, elapsed: float) -> datetime:
        """Return what the clock shows at a moment of the monotonic clock."""
        return later(self.anchor, max(0.0, elapsed - self.elapsed) * self.rate)


@dataclass
class Clock:
    """The clock itself. It moves forward only.

    A movement is prepared (`setting`, `advanced_to`), saved by whoever keeps the clock, and then
    made (`move`). Between `hold` and `release` it stands, so that nobody is told an instant that
    the movement leaves behind.

    ``wall`` gives wall time as an aware instant and ``elapsed`` monotonic seconds, so that a
    correction of the machine's time never moves a running simulation back. It shows nothing later
    than ``ceiling``, where there is one: the instant up to which it has been saved.
    """

    wall: Callable[[], datetime] = wall_clock
    elapsed: Callable[[], float] = time.monotonic
    ceiling: datetime | None = None
    state: ClockState = field(init=False)
    _held: datetime | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.state = ClockState(ClockMode.REAL, 1.0, 0, self.wall(), self.elapsed())

    @property
    def revision(self) -> int:
        """How often it was set or advanced."""
        return self.state.revision

    def now(self) -> datetime:
        """Return the business instant (UTC)."""
        if self._held is not None:
            return self._held
        running = self.state.at(self.elapsed())
        return running if self.ceiling is None else min(running, self.ceiling)

    def reading(self) -> ClockReading:
        """Return what the clock shows, for those who read it over HTTP."""
        state = self.state
        return ClockReading(
            mode=state.mode, now=self.now(), rate=state.rate, revision=state.revision
        )

    def hold(self) -> None:
        """Let the clock stand at what it shows."""
        self._held = self.now()

    def release(self) -> None:
        """Let it go on, as if it had not stood."""
        self._held = None

    def setting(
        self, mode: ClockMode, now: datetime | None = None, seconds_per_day: float | None = None
    ) -> ClockState:
        """Return the clock in a mode, and optionally at a later instant; it is not moved.

        Raises:
            ClockMovedBackwards: ``now`` (or wall time, in real mode) lies before what the clock
                shows.
            OutsideCalendar: it lies outside the years whose office days are known.
            ValueError: an accelerated clock needs ``seconds_per_day`` above 0.
        """
        shown = self.now()
        start = shown if now is None else within_calendar(now)
        rate = 1.0
        if mode is ClockMode.REAL:
            start = within_calendar(self.wall())
        elif mode is ClockMode.FROZEN:
            rate = 0.0
        elif mode is ClockMode.ACCELERATED:
            rate = _rate(seconds_per_day)
        # A clock that was never set may start anywhere: nothing has happened yet.
        if start < shown and self.revision:
            raise ClockMovedBackwards(shown, start)
        return self._next(mode, rate, start)

    def advanced_to(self, instant: datetime) -> ClockState:
        """Return the clock at ``instant``, in the same mode; a real clock becomes offset.

        Raises:
            ClockMovedBackwards: ``instant`` lies before what the clock shows.
            OutsideCalendar: it lies outside the years whose office days are known.
        """
        shown = self.now()
        start = within_calendar(instant)
        if start < shown:
            raise ClockMovedBackwards(shown, start)
        mode = self.state.mode
        return self._next(
            ClockMode.OFFSET if mode is ClockMode.REAL else mode, self.state.rate, start
        )

    def move(self, state: ClockState) -> None:
        """Go on from a state that was prepared, or kept from before a restart."""
        self.state, self.ceiling, self._held = state, None, None

    def _next(self, mode: ClockMode, rate: float, start: datetime) -> ClockState:
        return ClockState(mode, rate, self.revision + 1, start, self.elapsed())


def _rate(seconds_per_day: float | None) -> float:
    """Return the rate of an accelerated clock."""
    if seconds_per_day is not None and seconds_per_day > 0:
        rate = 86_400 / seconds_per_day
        if 0 < rate <= MOST_RATE:
            return rate
    raise ValueError(
        f"An accelerated clock needs the seconds that a day takes, at least {86_400 / MOST_RATE}."
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
