"""How the delivery to OQS stands, and whether the service is up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx2
from fastapi import APIRouter

from intermediate_server.api.models import SyncStatus
from wire.vocabulary import Health

if TYPE_CHECKING:
    from intermediate_server.store import Outbox
    from intermediate_server.workers import Workers
    from wire.clock import ClockSource


def router(outbox: Outbox, workers: Workers, clock: ClockSource) -> APIRouter:
    """Return the routes of those who run the service."""
    routes = APIRouter(tags=["運用"])

    @routes.get(
        "/sync/status",
        summary="Tell how much waits for its delivery, and what hinders it",
        response_model_exclude_none=True,
    )
    async def show_status() -> SyncStatus:
        last_error = await workers.last_error()
        now = None
        try:
            now = (await clock.read()).now
        except httpx2.HTTPError as error:
            last_error = last_error or f"The clock does not answer ({type(error).__name__})."
        return SyncStatus.of(await asyncio.to_thread(outbox.backlog, now), last_error)

    @routes.get("/health", summary="Tell that the service is up")
    async def health() -> Health:
        return Health(service="intermediate-server")

    return routes
