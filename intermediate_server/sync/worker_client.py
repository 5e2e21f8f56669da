"""The sync workers, as the service sees them."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx2
from pydantic import ValidationError

from intermediate_server.sync.worker_status import SyncStatus, WorkerState, WorkerStatus
from wire.catalogue import Catalogue, Problem
from wire.client import cause_of
from wire.vocabulary.consoles.simulation import FollowOrder, FollowReceipt

if TYPE_CHECKING:
    from datetime import datetime

    from wire.vocabulary.changes import QualificationChange

FOLLOW_SECONDS = 600.0
"""How long a worker may take to deliver what is due."""
WAKE_SECONDS = 0.5
"""How long a worker has to hear that it is woken: whoever wakes it is waited for as well."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WorkerClient:
    """Tells the workers that there is something to do, and asks them how they fare."""

    client: httpx2.AsyncClient
    urls: tuple[str, ...]

    async def wake(self) -> None:
        """Wake all; one that does not answer will look by itself soon enough."""
        await asyncio.gather(*(self._wake(url) for url in self.urls))

    async def follow(self, now: datetime) -> list[QualificationChange]:
        """Return when everything due at an instant is delivered; with it, what that was.

        Raises:
            Problem: FOLLOWER_FAILED.
        """
        order = FollowOrder(now=now).model_dump(by_alias=True, mode="json")
        delivered: dict[tuple[str, int], QualificationChange] = {}
        for url in self.urls:
            try:
                response = await self.client.post(
                    f"{url}/follow", json=order, timeout=FOLLOW_SECONDS
                )
                response.raise_for_status()
            except httpx2.HTTPError as error:
                raise Problem(
                    Catalogue.FOLLOWER_FAILED, f"The sync worker at {url}: {cause_of(error)}"
                ) from None
            for one in FollowReceipt.model_validate_json(response.content).became_visible:
                delivered[one.person_reference, one.version] = one
        return list(delivered.values())

    async def statuses(self) -> tuple[WorkerStatus, ...]:
        """Return how each worker fares."""
        return tuple(await asyncio.gather(*map(self._status, self.urls)))

    async def _wake(self, url: str) -> None:
        try:
            await self.client.post(f"{url}/wake", timeout=WAKE_SECONDS)
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
