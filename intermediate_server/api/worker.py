"""What the clock's host and the service ask of a sync worker."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fastapi import APIRouter

from intermediate_server.api.models import Follow, Followed, SyncStatus
from intermediate_server.oqs import DeliveryFailed
from wire.problem import Catalogue, Problem, problem_responses
from wire.vocabulary import Health

if TYPE_CHECKING:
    from intermediate_server.courier import Courier


def router(courier: Courier) -> APIRouter:
    """Return the routes of a worker."""
    routes = APIRouter(tags=["連携"])

    @routes.post(
        "/follow",
        summary="Apply everything that is due at an instant; answer when it is done",
        response_model_exclude_none=True,
        responses=problem_responses(Catalogue.FOLLOWER_FAILED, Catalogue.INVALID_REQUEST),
    )
    async def follow(order: Follow) -> Followed:
        try:
            visible = await courier.follow(order.now)
        except DeliveryFailed as error:
            raise Problem(Catalogue.FOLLOWER_FAILED, str(error)) from None
        changes = await asyncio.to_thread(
            lambda: tuple(change.for_delivery() for change in visible)
        )
        return Followed(became_visible=changes)

    @routes.post("/wake", summary="Look at once whether something is due", status_code=204)
    async def wake() -> None:
        courier.wake()

    @routes.get(
        "/status",
        summary="Tell how much waits for its delivery, and what hinders it",
        response_model_exclude_none=True,
    )
    async def show_status() -> SyncStatus:
        backlog = await asyncio.to_thread(courier.sync.outbox.backlog, courier.seen)
        return SyncStatus.of(backlog, courier.last_error)

    @routes.get("/health", summary="Tell that the worker is up")
    async def health() -> Health:
        return Health(service="sync-worker")

    return routes
