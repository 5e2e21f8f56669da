"""The loop of a worker: it delivers what falls due, and at once when the clock is advanced."""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx2

from intermediate_server.oqs_client import DeliveryFailed
from storage import outages
from wire.client import cause_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from intermediate_server.procedures.change import Change
    from intermediate_server.sync.delivery import Sync
    from wire.clock import ClockReading, ClockSource

FIRST_RETRY_SECONDS = 0.1
"""The pause after a first failure; it doubles with each further one."""
LEAST_PAUSE_SECONDS = 0.1
"""The pause after a round that left something due, which another worker has under way."""
TOLD = 1_000
"""Of how many changes at most it is told that they became visible."""
log = logging.getLogger(__name__)


@dataclass
class WorkerLoop:
    """Runs in the background of a worker.

    ``pause_seconds`` bounds each pause: between two looks at the clock, and between two attempts.
    """

    sync: Sync
    clock: ClockSource
    pause_seconds: float = 5.0
    last_error: str | None = None
    """Why the last round failed, for a person; None when it did not."""
    seen: datetime | None = None
    """The latest business instant that it saw on the clock."""
    _revision: int = -1
    """Of the clock, when it was read last."""
    _failures: int = 0
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Have it look at once."""
        self._woken.set()

    async def follow(self, now: datetime) -> tuple[Change, ...]:
        """Return when everything due at ``now`` is delivered, by this worker or by others.

        The clock has just been advanced to ``now``. Returns what was delivered since it shows that
        or later, in the order of visibility: also what a worker delivered by itself between the
        advance and this call. Of very many changes, a thousand.

        Raises:
            DeliveryFailed: not everything could be delivered; the loop goes on trying.
        """
        try:
            with self._told():
                self.seen = max(now, self.seen or now)
                self._look(await self._read_clock())
                await self.sync.finish(now)
                return await asyncio.to_thread(self.sync.store.outbox.delivered_since, now, TOLD)
        except DeliveryFailed:
            self.wake()
            raise

    async def run(self) -> None:
        """Deliver until cancelled; no failure ends it."""
        while True:
            self._woken.clear()
            try:
                with self._told():
                    known = self.seen
                    reading = await self._read_clock()
                    if self.seen == known and reading.revision != self._revision:
                        self._begin_anew_after(reading.now)
                    self._revision = reading.revision
                    self._look(reading)
                    await self.sync.deliver_due(reading.now)
                    pause = await self._until_next_round(reading)
            except DeliveryFailed:
                pause = self._retry_pause()
            except Exception as error:  # whatever it is, later changes must still go out
                log.exception("A round of the sync worker failed")
                self._failed(f"The sync worker failed ({error!r}); its log has the cause.")
                pause = self._retry_pause()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._woken.wait()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Keep why a round failed, for those who ask.

        Raises:
            DeliveryFailed: also for a database that failed.
        """
        try:
            yield
        except DeliveryFailed as error:
            self._failed(str(error))
            raise
        except outages(self.sync.store.engine) as error:
            reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            message = (
                f"The database does not answer as it should ({reason}). Check that it runs; "
                "nothing is lost, and the delivery goes on as soon as it does."
            )
            self._failed(message)
            raise DeliveryFailed(message) from error
        self.last_error = None
        self._failures = 0

    def _begin_anew_after(self, now: datetime) -> None:
        """Go by a clock that was set back, as it is when the system goes back to its seed."""
        if self.seen is not None and now < self.seen:
            self.seen = None
            self.sync.wall_lag.begin_anew()

    def _look(self, reading: ClockReading) -> None:
        self.seen = max(reading.now, self.seen or reading.now)
        self.sync.wall_lag.look(reading)

    async def _read_clock(self) -> ClockReading:
        try:
            return await self.clock.read()
        except httpx2.HTTPError as error:
            raise DeliveryFailed(
                f"The clock does not answer ({cause_of(error)}). Check that OQS runs; "
                "the delivery goes on as soon as it does."
            ) from None

    def _failed(self, message: str) -> None:
        if message != self.last_error:
            log.warning("%s", message)
        self.last_error = message
        self._failures += 1

    def _retry_pause(self) -> float:
        doubled = FIRST_RETRY_SECONDS * 2.0 ** min(self._failures - 1, 16)
        return min(doubled, self.pause_seconds)

    async def _until_next_round(self, reading: ClockReading) -> float:
        """Return the wall seconds until there is something to do, as the clock goes now."""
        next_round = await self.sync.next_round(reading.now)
        if next_round is None:
            return self.pause_seconds
        ahead = (next_round - reading.now).total_seconds()
        if ahead > 0:
            if reading.rate <= 0:
                return self.pause_seconds
            ahead /= reading.rate
        return min(max(ahead, LEAST_PAUSE_SECONDS), self.pause_seconds)
