"""What the clock's host and the service ask of a sync worker."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from intermediate_server.oqs_client import DeliveryFailed
from intermediate_server.store.rows import for_delivery
from intermediate_server.sync.worker_status import SyncStatus, WorkerState, WorkerStatus
from wire.catalogue import Catalogue, Problem
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.consoles.simulation import FollowOrder, FollowReceipt

if TYPE_CHECKING:
    from intermediate_server.sync.worker_loop import WorkerLoop


def router(loop: WorkerLoop) -> Routes:
    """Return the routes of a worker."""
    routes = Routes(CONSOLE, tags=["連携"])
    sync = loop.sync

    @routes.post(
        "/follow",
        summary="Answer when everything that is due at an instant has been applied",
        response_model_exclude_none=True,
        responses=problem_responses(Catalogue.FOLLOWER_FAILED, Catalogue.INVALID_REQUEST),
    )
    async def follow(order: FollowOrder) -> FollowReceipt:
        try:
            visible = await loop.follow(order.now)
        except DeliveryFailed as error:
            raise Problem(Catalogue.FOLLOWER_FAILED, str(error)) from None
        changes = await asyncio.to_thread(lambda: tuple(map(for_delivery, visible)))
        return FollowReceipt(became_visible=changes)

    @routes.post("/wake", summary="Look at once whether something is due", status_code=204)
    async def wake() -> None:
        loop.wake()

    @routes.get(
        "/status",
        summary="Tell how much waits for its delivery, and what hinders it",
        response_model_exclude_none=True,
    )
    async def show_status() -> SyncStatus:
        store = sync.store
        backlog, delivery, lag_days = await asyncio.gather(
            asyncio.to_thread(store.outbox.backlog, loop.seen),
            asyncio.to_thread(store.control.state),
            asyncio.to_thread(store.outbox.lag_days),
        )
        state = WorkerState.WORKING if sync.lock.acquire() else WorkerState.STANDING_BY
        myself = WorkerStatus(
            worker=sync.leases.worker,
            state=WorkerState.PAUSED if delivery.paused_by is not None else state,
            batch_size=sync.pace.size,
            delivered=sync.delivered,
            conflicting=sync.conflicting,
            last_error=loop.last_error,
            lag_seconds=sync.wall_lag.steps,
            lag_unknown=sync.wall_lag.unknown,
        )
        return SyncStatus.of(backlog, delivery, lag_days, (myself,))

    return routes
