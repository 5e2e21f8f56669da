"""The sync workers, as the service sees them."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

import httpx2
from pydantic import ValidationError

from intermediate_server.sync.worker_status import SyncStatus, WorkerState, WorkerStatus
from wire.client import cause_of

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WorkerClient:
    """Tells the workers that there is something to do, and asks them how they fare."""

    client: httpx2.AsyncClient
    urls: tuple[str, ...]

    async def wake(self) -> None:
        """Wake all; one that does not answer will look by itself soon enough."""
        await asyncio.gather(*(self._wake(url) for url in self.urls))

    async def statuses(self) -> tuple[WorkerStatus, ...]:
        """Return how each worker fares."""
        return tuple(await asyncio.gather(*map(self._status, self.urls)))

    async def _wake(self, url: str) -> None:
        try:
            await self.client.post(f"{url}/wake")
        except httpx2.HTTPError as error:
            log.info("The sync worker at %s was not woken (%s)", url, cause_of(error))

    async def _status(self, url: str) -> WorkerStatus:
        try:
            response = await self.client.get(f"{url}/status")
            response.raise_for_status()
            (status,) = SyncStatus.model_validate_json(response.content).workers
        except (httpx2.HTTPError, ValidationError) as error:
            reason = (
                f"The sync worker at {url} does not answer ({cause_of(error)}). Start it; "
                "nothing is lost meanwhile."
            )
            return WorkerStatus(worker=url, state=WorkerState.SILENT, last_error=reason)
        return status
