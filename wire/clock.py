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
from wire.vocabulary.element import Element

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    import httpx2


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


@dataclass
class Clock:
    """The clock itself. It moves forward only.

    ``wall`` gives wall time as an aware instant and ``elapsed`` monotonic seconds, so that a
    correction of the machine's time never moves a running simulation back.
    """

    wall: Callable[[], datetime] = wall_clock
    elapsed: Callable[[], float] = time.monotonic
    mode: ClockMode = ClockMode.REAL
    rate: float = 1.0
    revision: int = 0
    _anchor: datetime = field(init=False)
    _anchor_elapsed: float = field(init=False)

    def __post_init__(self) -> None:
        self._anchor = self.wall()
        self._anchor_elapsed = self.elapsed()

    def now(self) -> datetime:
        """Return the business instant (UTC)."""
        passed = (self.elapsed() - self._anchor_elapsed) * self.rate
        return self._anchor + timedelta(seconds=passed)

    def reading(self) -> ClockReading:
        """Return what the clock shows, for those who read it over HTTP."""
        return ClockReading(mode=self.mode, now=self.now(), rate=self.rate, revision=self.revision)

    def set(
        self, mode: ClockMode, now: datetime | None = None, seconds_per_day: float | None = None
    ) -> None:
        """Choose the mode, and optionally a later instant to go on from.

        Raises:
            ClockMovedBackwards: ``now`` (or wall time, in real mode) lies before what the clock
                shows.
            ValueError: an accelerated clock needs ``seconds_per_day`` above 0.
        """
        shown = self.now()
        start = now or shown
        rate = 1.0
        if mode is ClockMode.REAL:
            start = self.wall()
        elif mode is ClockMode.FROZEN:
            rate = 0.0
        elif mode is ClockMode.ACCELERATED:
            if not seconds_per_day or seconds_per_day <= 0:
                raise ValueError(
                    "An accelerated clock needs the seconds that a day takes, above 0."
                )
            rate = 86_400 / seconds_per_day
        # A clock that was never set may start anywhere: nothing has happened yet.
        if start < shown and self.revision:
            raise ClockMovedBackwards(shown, start)
        self.mode, self.rate = mode, rate
        self._settle(start)

    def resume(self, mode: ClockMode, rate: float, revision: int, now: datetime) -> None:
        """Go on from where the clock stood before a restart."""
        self.mode, self.rate = mode, rate
        self._settle(self.wall() if mode is ClockMode.REAL else now)
        self.revision = revision

    def advance_to(self, instant: datetime) -> None:
        """Move to ``instant`` and go on from there in the same mode; a real clock becomes offset.

        Raises:
            ClockMovedBackwards: ``instant`` lies before what the clock shows.
        """
        shown = self.now()
        if instant < shown:
            raise ClockMovedBackwards(shown, instant)
        if self.mode is ClockMode.REAL:
            self.mode = ClockMode.OFFSET
        self._settle(instant)

    def _settle(self, instant: datetime) -> None:
        self._anchor = instant.astimezone(UTC)
        self._anchor_elapsed = self.elapsed()
        self.revision += 1


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
