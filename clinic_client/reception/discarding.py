"""Deleting declarations by themselves, when the clock has passed their last day (P-084)."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from wire.clock import wall_clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from clinic_client.clock_follower import ClockFollower
    from clinic_client.store import VisitStore

log = logging.getLogger(__name__)

_LOOK_SECONDS = 30.0
"""How often it is looked while the clock only runs; when it is moved, at once."""


class Discarding:
    """Deletes what has been kept long enough; `on_discarded` is told when something was."""

    def __init__(
        self, clock: ClockFollower, store: VisitStore, on_discarded: Callable[[], None]
    ) -> None:
        self._clock = clock
        self._store = store
        self._on_discarded = on_discarded
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Delete until `stop`."""
        self._task = asyncio.create_task(self._run(), name="clinic-discarding")

    async def stop(self) -> None:
        """Delete no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def wake(self) -> None:
        """Look at once: the clock has moved."""
        self._woken.set()

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self._discard()
            except self._store.outages as error:
                log.warning("No declaration can be deleted, as the database is away: %s", error)
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _discard(self) -> None:
        if not self._clock.known:
            return
        today = self._clock.shown().today
        deleted = await asyncio.to_thread(
            lambda: self._store.declarations.discard_expired(today, wall_clock()),
        )
        if deleted:
            log.info("%s declarations were deleted: they have been kept long enough.", deleted)
            self._on_discarded()
