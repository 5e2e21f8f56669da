"""What the clock's host and the service ask of a sync worker."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fastapi import APIRouter

from intermediate_server.api.sync_models import (
    LagStep,
    SyncStatus,
    WorkerState,
    WorkerStatus,
)
from intermediate_server.oqs_client import DeliveryFailed
from wire.catalogue import Catalogue, Problem
from wire.serving.problem_http import problem_responses
from wire.vocabulary.simulation import FollowOrder, FollowReceipt

if TYPE_CHECKING:
    from intermediate_server.sync.worker_loop import Courier


def router(courier: Courier) -> APIRouter:
    """Return the routes of a worker."""
    routes = APIRouter(tags=["連携"])
    sync = courier.sync

    @routes.post(
        "/follow",
        summary="Answer when everything that is due at an instant has been applied",
        response_model_exclude_none=True,
        responses=problem_responses(Catalogue.FOLLOWER_FAILED, Catalogue.INVALID_REQUEST),
    )
    async def follow(order: FollowOrder) -> FollowReceipt:
        try:
            visible = await courier.follow(order.now)
        except DeliveryFailed as error:
            raise Problem(Catalogue.FOLLOWER_FAILED, str(error)) from None
        changes = await asyncio.to_thread(
            lambda: tuple(change.for_delivery() for change in visible)
        )
        return FollowReceipt(became_visible=changes)

    @routes.post("/wake", summary="Look at once whether something is due", status_code=204)
    async def wake() -> None:
        courier.wake()

    @routes.get(
        "/status",
        summary="Tell how much waits for its delivery, and what hinders it",
        response_model_exclude_none=True,
    )
    async def show_status() -> SyncStatus:
        store = sync.store
        backlog, standing, lag_days = await asyncio.gather(
            asyncio.to_thread(store.outbox.backlog, courier.seen),
            asyncio.to_thread(store.control.standing),
            asyncio.to_thread(store.outbox.lag_days),
        )
        state = WorkerState.WORKING if sync.post.taken() else WorkerState.STANDING_BY
        myself = WorkerStatus(
            worker=sync.leases.worker,
            state=WorkerState.PAUSED if standing.paused_by is not None else state,
            batch_size=sync.pace.size,
            delivered=sync.delivered,
            last_error=courier.last_error,
            lag_seconds=LagStep.all_of(sync.wall_lag.steps),
        )
        return SyncStatus.of(backlog, standing, lag_days, (myself,))

    return routes
