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
from wire.client import FOLLOWER_PATIENCE_SECONDS, applied_by_any, ask_while_up, cause_of
from wire.vocabulary.consoles.simulation import FollowOrder, FollowReceipt

if TYPE_CHECKING:
    from datetime import datetime

    from wire.vocabulary.changes import QualificationChange

OTHERS_SECONDS = 0.4
"""How long the others may take to say how they fare, when one that works has said it."""
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
        """Return when everything due at an instant is delivered, by whichever; with it, what.

        Raises:
            Problem: FOLLOWER_FAILED.
        """
        order = FollowOrder(now=now).model_dump(by_alias=True, mode="json")
        if not self.urls:
            return []
        return await applied_by_any(self._follow(url, order) for url in self.urls)

    async def _follow(self, url: str, order: dict[str, object]) -> list[QualificationChange]:
        try:
            response = await ask_while_up(
                self.client,
                "POST",
                f"{url}/follow",
                order,
                patience=FOLLOWER_PATIENCE_SECONDS,
                health=f"{url}/health",
            )
            response.raise_for_status()
        except httpx2.HTTPError as error:
            raise Problem(
                Catalogue.FOLLOWER_FAILED, f"The sync worker at {url}: {cause_of(error)}."
            ) from None
        return list(FollowReceipt.model_validate_json(response.content).became_visible)

    async def statuses(self) -> tuple[WorkerStatus, ...]:
        """Return how each worker fares; none is waited for long when another works."""
        asked = [asyncio.create_task(self._status(url)) for url in self.urls]
        silent: set[asyncio.Task[WorkerStatus]] = set()
        try:
            waited = asked
            while waited and not silent:
                done, _ = await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
                waited = [one for one in waited if one not in done]
                if waited and any(one.result().works for one in done):
                    _, silent = await asyncio.wait(waited, timeout=OTHERS_SECONDS)
        finally:
            for one in asked:
                one.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
        return tuple(
            _silent(url, f"no answer for {OTHERS_SECONDS} s") if one in silent else one.result()
            for url, one in zip(self.urls, asked, strict=True)
        )

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
            return _silent(url, cause_of(error))
        return status


def _silent(url: str, why: str) -> WorkerStatus:
    reason = (
        f"The sync worker at {url} does not answer ({why}). Start it; nothing is lost meanwhile."
    )
    return WorkerStatus(worker=url, state=WorkerState.SILENT, last_error=reason)
