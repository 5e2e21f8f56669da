"""The sync workers, as the service sees them."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

import httpx2
from pydantic import ValidationError

from intermediate_server.api.models import SyncStatus

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Workers:
    """Tells the workers that there is something to do, and asks them how they fare."""

    client: httpx2.AsyncClient
    urls: tuple[str, ...]

    async def wake(self) -> None:
        """Wake all; one that does not answer will look by itself soon enough."""
        await asyncio.gather(*(self._wake(url) for url in self.urls))

    async def last_error(self) -> str | None:
        """Return what hinders the first worker that something hinders."""
        errors = await asyncio.gather(*(self._last_error(url) for url in self.urls))
        return next(filter(None, errors), None)

    async def _wake(self, url: str) -> None:
        try:
            await self.client.post(f"{url}/wake")
        except httpx2.HTTPError as error:
            log.info("The sync worker at %s was not woken (%s)", url, type(error).__name__)

    async def _last_error(self, url: str) -> str | None:
        try:
            response = await self.client.get(f"{url}/status")
            response.raise_for_status()
            return SyncStatus.model_validate_json(response.content).last_error
        except (httpx2.HTTPError, ValidationError) as error:
            return (
                f"The sync worker at {url} does not answer ({type(error).__name__}). Start it; "
                "nothing is lost meanwhile."
            )
