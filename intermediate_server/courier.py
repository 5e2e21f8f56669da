"""The courier: delivers by itself what falls due, and at once when the clock is advanced."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx2

from intermediate_server.oqs import DeliveryFailed

if TYPE_CHECKING:
    from datetime import datetime

    from intermediate_server.change import Change
    from intermediate_server.sync import Sync
    from wire.clock import ClockReading, ClockSource

FIRST_RETRY_SECONDS = 0.1
"""The pause after a first failure; it doubles with each further one."""
log = logging.getLogger(__name__)


@dataclass
class Courier:
    """Runs in the background of a worker.

    ``pause_seconds`` bounds each pause: between two looks at the clock, and between two attempts.
    """

    sync: Sync
    clock: ClockSource
    pause_seconds: float = 5.0
    last_error: str | None = None
    """Why the last round failed, for a person; None when it did not."""
    seen: datetime | None = None
    """The latest business instant for which a round was begun."""
    _failures: int = 0
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Have it look at once."""
        self._woken.set()

    async def follow(self, now: datetime) -> tuple[Change, ...]:
        """Deliver everything that is due at ``now``, to which the clock has just been advanced.

        Returns what was delivered since the clock shows ``now`` or later, in the order of
        visibility: also what the courier delivered by itself between the advance and this call.

        Raises:
            DeliveryFailed: not everything could be delivered; the courier goes on trying.
        """
        try:
            await self._round(now)
        except DeliveryFailed:
            self.wake()
            raise
        return await asyncio.to_thread(self.sync.outbox.delivered_since, now)

    async def run(self) -> None:
        """Deliver until cancelled; no failure ends it."""
        while True:
            self._woken.clear()
            try:
                reading = await self._read_clock()
                await self._round(reading.now)
                pause = await self._until_next_due(reading)
            except DeliveryFailed:
                pause = self._retry_pause()
            except Exception as error:  # whatever it is, later changes must still go out
                log.exception("A round of the sync worker failed")
                self._failed(f"The sync worker failed ({error!r}); its log has the cause.")
                pause = self._retry_pause()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._woken.wait()

    async def _round(self, now: datetime) -> None:
        self.seen = now if self.seen is None else max(self.seen, now)
        try:
            await self.sync.deliver_due(now)
        except DeliveryFailed as error:
            self._failed(str(error))
            raise
        self.last_error = None
        self._failures = 0

    async def _read_clock(self) -> ClockReading:
        try:
            return await self.clock.read()
        except httpx2.HTTPError as error:
            message = (
                f"The clock does not answer ({type(error).__name__}). Check that OQS runs; "
                "the delivery goes on as soon as it does."
            )
            self._failed(message)
            raise DeliveryFailed(message) from None

    def _failed(self, message: str) -> None:
        if message != self.last_error:
            log.warning("%s", message)
        self.last_error = message
        self._failures += 1

    def _retry_pause(self) -> float:
        doubled = FIRST_RETRY_SECONDS * 2.0 ** min(self._failures - 1, 16)
        return min(doubled, self.pause_seconds)

    async def _until_next_due(self, reading: ClockReading) -> float:
        """Return the wall seconds until something falls due, as the clock goes now."""
        next_due = await asyncio.to_thread(self.sync.outbox.next_due)
        if next_due is None or reading.rate <= 0:
            return self.pause_seconds
        ahead = (next_due - reading.now).total_seconds() / reading.rate
        return min(max(ahead, 0.0), self.pause_seconds)
