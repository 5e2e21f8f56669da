"""Looks at what the service rests on: one at a time, for all who ask, who never wait for long.

A look that hangs goes on by itself. Whoever comes meanwhile is told at once that it is overdue, so
that one part that does not answer makes no page slow.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
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
    waits_seconds: float
    """How long somebody waits for an answer who does not say it."""
    _asked: asyncio.Task[Value] | None = None
    _asked_at: float = 0.0
    _silent_since: float | None = None
    """When the first of the questions was asked that have had no answer, good or bad, in time."""

    async def answer(self, waits_seconds: float | None = None, known_seconds: float = 0.0) -> Value:
        """Return what is answered, at the latest so long after it was asked.

        What was asked less than ``known_seconds`` ago is not asked again.

        Raises:
            Overdue: there is no answer yet.
            Exception: whatever the question raises.
        """
        self.begin(known_seconds)
        assert self._asked is not None
        waits = self.waits_seconds if waits_seconds is None else waits_seconds
        silent = self._silent_since is not None and self._silent_since < self._asked_at
        waits = min(waits, WAITS_AGAIN_SECONDS) if silent else waits
        asked = self._asked
        await asyncio.wait({asked}, timeout=max(0.0, self._asked_at + waits - monotonic()))
        if asked.done() and not asked.cancelled() and not _timed_out(asked):
            return asked.result()
        # A question may be given up while somebody waits for it: by itself, or as another asks
        # anew. That is no more than that there is no answer yet, as the next are told too.
        raise self._overdue()

    @property
    def silent_seconds(self) -> float:
        """For how long there has been no answer, good or bad, to what was asked."""
        return 0.0 if self._silent_since is None else monotonic() - self._silent_since

    def _overdue(self) -> Overdue:
        seconds = monotonic() - (self._silent_since or self._asked_at)
        return Overdue(seconds, wall_clock() - timedelta(seconds=seconds))

    def begin(self, known_seconds: float = 0.0) -> None:
        """Ask, unless somebody is asking; whoever looks next has less to wait."""
        now = monotonic()
        passed = now - self._asked_at
        if self._asked is not None:
            ended = self._asked.done() and passed >= known_seconds
            if not ended and passed <= self.gives_up_seconds:
                return
            self._asked.cancel()
        self._asked_at = now
        if self._silent_since is None:
            self._silent_since = now
        self._asked = asyncio.ensure_future(self._ask())
        self._asked.add_done_callback(lambda asked: asked.cancelled() or asked.exception())

    async def stop(self) -> None:
        """Give up what is asked; to be called before whom it asks is let go of."""
        if self._asked is not None:
            self._asked.cancel()
            await asyncio.gather(self._asked, return_exceptions=True)

    async def _ask(self) -> Value:
        """Ask, and end the silence with the answer; who asks next may come before a callback."""
        try:
            value = await self.ask()
        except httpx2.TimeoutException:
            raise
        except Exception:
            self._silent_since = None
            raise
        self._silent_since = None
        return value


def _timed_out(asked: asyncio.Task[Value]) -> bool:
    return isinstance(asked.exception(), httpx2.TimeoutException)


@dataclass(frozen=True)
class WatchedClock(RemoteClock):
    """The clock, for which nobody waits who can know that it does not answer."""

    seen: Look[ClockReading]
    """What it shows, for pages: read by one of them for all who look at the same moment."""
    patience_seconds: float = 2.0
    """How long there may be no answer before nobody waits for one any more."""

    @classmethod
    def of(cls, client: httpx2.AsyncClient, seconds: float, glance_seconds: float) -> WatchedClock:
        """Watch the clock of a client, which waits so many seconds for an answer; a page, less."""
        return cls(client, Look(RemoteClock(client).read, seconds * 2, glance_seconds))

    @property
    def at_a_glance(self) -> WatchedClock:
        """The same for who only looks, and would rather not know than wait."""
        return replace(self, patience_seconds=self.seen.waits_seconds)

    async def read(self) -> ClockReading:
        """Ask the host for a reading: a question of one's own, as somebody decides by it.

        Raises:
            Overdue: others have been waiting for an answer.
            httpx2.HTTPError: it does not answer.
        """
        if self.seen.silent_seconds > self.seen.waits_seconds:
            await self.seen.answer(self.patience_seconds)
        return await super().read()
