"""How the delivery to OQS stands, and what people decide about it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx2

from intermediate_server.api.sync_models import (
    ConflictingChange,
    ConflictingChanges,
    HeldChanges,
    HeldChangeView,
    Pausing,
    Release,
    Released,
)
from intermediate_server.oqs_client import unreachable
from intermediate_server.store.outgoing.control import TOLD
from intermediate_server.sync.worker_status import SyncStatus
from wire.catalogue import Catalogue
from wire.client import cause_of
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses

if TYPE_CHECKING:
    from intermediate_server.store import Store
    from intermediate_server.sync.worker_client import WorkerClient
    from wire.clock import ClockSource


def router(store: Store, workers: WorkerClient, clock: ClockSource) -> Routes:
    """Return the routes of those who run the service."""
    routes = Routes(CONSOLE, tags=["運用"])

    async def status() -> SyncStatus:
        statuses = await workers.statuses()
        now = error = None
        try:
            now = (await clock.read()).now
        except httpx2.HTTPError as unread:
            error = f"The clock does not answer ({cause_of(unread)})."
        return SyncStatus.of(
            await asyncio.to_thread(store.outbox.backlog, now),
            await asyncio.to_thread(store.control.state),
            await asyncio.to_thread(store.outbox.lag_days),
            statuses,
            error,
        )

    @routes.get(
        "/sync/status",
        summary="Tell how much waits for its delivery, how long it takes, and what hinders it",
        response_model_exclude_none=True,
    )
    async def show_status() -> SyncStatus:
        return await status()

    @routes.post(
        "/sync/pause",
        summary="Have no further change delivered, until somebody resumes",
        response_model_exclude_none=True,
        responses=problem_responses(Catalogue.INVALID_REQUEST),
    )
    async def pause(pausing: Pausing) -> SyncStatus:
        await asyncio.to_thread(store.control.pause, pausing.by)
        return await status()

    @routes.post(
        "/sync/resume",
        summary="Have the delivery go on",
        response_model_exclude_none=True,
    )
    async def resume() -> SyncStatus:
        await asyncio.to_thread(store.control.resume)
        await workers.wake()
        return await status()

    @routes.get(
        "/sync/held",
        summary="List the changes that wait for a person's release",
    )
    async def list_held() -> HeldChanges:
        backlog = await asyncio.to_thread(store.outbox.backlog, None)
        held = await asyncio.to_thread(store.control.held)
        return HeldChanges(held=backlog.held, changes=tuple(map(HeldChangeView.of, held)))

    @routes.get(
        "/sync/conflicts",
        summary="List the changes that OQS did not take, as it knows their version otherwise",
    )
    async def list_conflicts() -> ConflictingChanges:
        backlog = await asyncio.to_thread(store.outbox.backlog, None)
        untaken = await asyncio.to_thread(store.conflicts.untaken, TOLD)
        return ConflictingChanges(
            conflicts=backlog.conflicts, changes=tuple(map(ConflictingChange.of, untaken))
        )

    @routes.post(
        "/sync/release",
        summary="Release held changes: one, a set, or all",
        responses=problem_responses(Catalogue.INVALID_REQUEST, Catalogue.SERVICE_UNREACHABLE),
    )
    async def release(order: Release) -> Released:
        try:
            now = (await clock.read()).now
        except httpx2.HTTPError as error:
            raise unreachable("The clock", error) from None
        selections = [change.selection for change in order.changes]
        released = await asyncio.to_thread(store.control.release, selections, now)
        await workers.wake()
        return Released(released=released, visible_from=now)

    return routes
