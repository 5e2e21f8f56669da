"""Looks at what the service rests on: one at a time, for all who ask, who never wait for long.

A look that hangs goes on by itself. Whoever comes meanwhile is told at once that it is overdue, so
that one part that does not answer makes no page slow.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Generic, TypeVar

import httpx2

from wire.clock import RemoteClock, wall_clock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from wire.clock import ClockReading

Value = TypeVar("Value")

WAITS_SECONDS = 0.4
"""How long somebody waits for a look."""
WAITS_AGAIN_SECONDS = 0.1
"""How long somebody waits for a look while the one before had no answer."""


class Overdue(httpx2.ReadTimeout):
    """There is no answer yet; the look goes on."""

    def __init__(self, seconds: float, since: datetime) -> None:
        super().__init__(f"no answer for {seconds:.1f} s")
        self.seconds = seconds
        """For how long there has been none."""
        self.since = since
        """Since when, on the wall."""


@dataclass
class Look(Generic[Value]):
    """A question to a part of the deployment, of which one is under way at a time."""

    ask: Callable[[], Awaitable[Value]]
    gives_up_seconds: float
    """After how long another one is asked, whatever became of the first."""
    _asked: asyncio.Task[Value] | None = None
    _asked_at: float = 0.0
    _silent_since: float | None = None
    """When the first of the questions was asked that have had no answer, good or bad, in time."""

    async def answer(self, waits_seconds: float = WAITS_SECONDS) -> Value:
        """Return what is answered, at the latest after some moments.

        Raises:
            Overdue: there is no answer yet.
            Exception: whatever the question raises.
        """
        now = monotonic()
        given_up = now - self._asked_at > self.gives_up_seconds
        if self._asked is None or self._asked.done() or given_up:
            self._begin(now)
        assert self._asked is not None
        silent = self._silent_since is not None and self._silent_since < self._asked_at
        waits = min(waits_seconds, WAITS_AGAIN_SECONDS) if silent else waits_seconds
        asked = self._asked
        await asyncio.wait({asked}, timeout=max(0.0, self._asked_at + waits - monotonic()))
        if asked.done():
            return asked.result()
        raise self._overdue()

    @property
    def hangs(self) -> bool:
        """Whether what was asked last had no answer in time, good or bad."""
        return self._silent_since is not None and monotonic() - self._silent_since > WAITS_SECONDS

    def _overdue(self) -> Overdue:
        seconds = monotonic() - (self._silent_since or self._asked_at)
        return Overdue(seconds, wall_clock() - timedelta(seconds=seconds))

    def _begin(self, now: float) -> None:
        if self._asked is not None:
            self._asked.cancel()
        self._asked_at = now
        if self._silent_since is None:
            self._silent_since = now
        self._asked = asyncio.ensure_future(self.ask())
        self._asked.add_done_callback(self._ended)

    def _ended(self, asked: asyncio.Task[Value]) -> None:
        if asked.cancelled():
            return
        if not isinstance(asked.exception(), httpx2.TimeoutException):
            self._silent_since = None


@dataclass(frozen=True)
class WatchedClock(RemoteClock):
    """The clock, for which nobody waits who can know that it does not answer."""

    seen: Look[ClockReading] = field(init=False)
    """What it shows, for pages: read by one of them for all who look at the same moment."""

    def __post_init__(self) -> None:
        """Begin with no look."""
        seconds = float(self.client.timeout.read or 0.0)
        object.__setattr__(self, "seen", Look(super().read, seconds * 2))

    async def read(self) -> ClockReading:
        """Ask the host for a reading: a question of one's own, as somebody decides by it.

        Raises:
            Overdue: others have been waiting for an answer.
            httpx2.HTTPError: it does not answer.
        """
        if self.seen.hangs:
            await self.seen.answer()
        return await super().read()
