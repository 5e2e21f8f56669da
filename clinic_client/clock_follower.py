"""The clinic's clock: business time, read from the deployment's clock and carried on."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx2
from pydantic import ValidationError

from wire.client import cause_of
from wire.clock import ClockMode, ClockReading, RemoteClock, wall_clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

log = logging.getLogger(__name__)

_WAIT_SECONDS = 20.0
"""How long one question "has the clock moved?" may stay open."""
_RETRY_SECONDS = 1.0
_READ_SECONDS = 2.0


@dataclass
class ClockFollower:
    """Business time at the clinic.

    Each decision asks the clock itself. Where its host does not answer, business time goes on from
    the last reading, so that a reception can be finished with the line down; before the first
    reading that is the computer's own time.
    """

    remote: RemoteClock
    on_change: Callable[[ClockReading], None]
    _reading: ClockReading | None = None
    _taken: float = 0.0
    _task: asyncio.Task[None] | None = field(default=None, init=False)

    @property
    def known(self) -> bool:
        """Whether the clock was read at all; before, business time is only the computer's own."""
        return self._reading is not None

    def shown(self) -> ClockReading:
        """Return the last reading, carried on to this moment."""
        if self._reading is None:
            now = wall_clock()
            return ClockReading(mode=ClockMode.REAL, now=now, rate=1.0, revision=0, began=now)
        passed = (time.monotonic() - self._taken) * self._reading.rate
        return self._reading.model_copy(
            update={"now": self._reading.now + timedelta(seconds=passed)}
        )

    async def now(self) -> datetime:
        """Return the business instant (UTC), as its host tells it at this moment."""
        try:
            async with asyncio.timeout(_READ_SECONDS):
                self._take(await self.remote.read())
        except (httpx2.HTTPError, ValidationError, TimeoutError) as error:
            log.warning(
                "The clock does not answer (%s); business time goes on by itself.", cause_of(error)
            )
        return self.shown().now

    def start(self) -> None:
        """Follow the clock until `stop`."""
        self._task = asyncio.create_task(self._follow(), name="clinic-clock")

    async def stop(self) -> None:
        """Follow it no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        while True:
            try:
                if self._reading is None:
                    self._take(await self.remote.read())
                else:
                    known = self._reading.revision
                    self._take(await self.remote.wait_for_change(known, _WAIT_SECONDS))
            except (httpx2.HTTPError, ValidationError):
                await asyncio.sleep(_RETRY_SECONDS)

    def _take(self, reading: ClockReading) -> None:
        moved = self._reading is None or reading.revision != self._reading.revision
        self._reading, self._taken = reading, time.monotonic()
        if moved:
            self.on_change(reading)
