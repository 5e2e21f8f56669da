"""Taking the seed of the intermediate server, and going back to it."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING

from fastapi import Response

from storage import SeedUnusable
from wire.catalogue import Catalogue, Problem
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.consoles.seeds import SeedOrder, SeedReceipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from intermediate_server.store.seed import LedgerSeed
    from intermediate_server.sync.worker_client import WorkerClient


def router(seed: LedgerSeed, workers: WorkerClient, went_back: Callable[[], None]) -> Routes:
    """Return the routes of the seed; ``went_back`` is called when it was put back."""
    routes = Routes(CONSOLE, prefix="/sim/operation", tags=["模擬の操作"])

    async def wake_unless(held: bool) -> None:  # noqa: FBT001 # what the order says
        if not held:
            await workers.wake()

    @routes.post(
        "/seed",
        summary="Have a reset go back to what there is now",
        status_code=201,
        responses=problem_responses(Catalogue.STORAGE_UNAVAILABLE),
    )
    async def take_seed(order: SeedOrder | None = None) -> SeedReceipt:
        """Take it alone only to try something: `oqs reset` takes those of the whole system."""
        order, began = order or SeedOrder(), perf_counter()
        identity = order.identity or ""
        epoch = await asyncio.to_thread(lambda: seed.take(identity, hold=order.hold))
        await wake_unless(order.hold)
        return _receipt(began, epoch)

    @routes.post(
        "/reset",
        summary="Go back to the seed: all that was filed, issued, sent and delivered since is gone",
        responses=problem_responses(
            Catalogue.NO_SEED,
            Catalogue.SEED_OUTDATED,
            Catalogue.SEED_OF_ANOTHER_MOMENT,
            Catalogue.STORAGE_UNAVAILABLE,
        ),
    )
    async def reset(order: SeedOrder | None = None) -> SeedReceipt:
        """Begin an epoch: what is on its way to OQS is neither applied there nor marked here."""
        order, began = order or SeedOrder(), perf_counter()
        try:
            epoch = await asyncio.to_thread(lambda: seed.go_back(order.identity, hold=order.hold))
        except SeedUnusable as error:
            raise Problem(Catalogue[error.why.name]) from None
        went_back()
        await wake_unless(order.hold)
        return _receipt(began, epoch)

    @routes.delete(
        "/hold",
        summary="Deliver again, after a seed that was taken or put back with a hold",
        status_code=204,
        responses=problem_responses(Catalogue.STORAGE_UNAVAILABLE),
    )
    async def end_hold() -> Response:
        await asyncio.to_thread(seed.end_hold)
        await workers.wake()
        return Response(status_code=204)

    return routes


def _receipt(began: float, epoch: int) -> SeedReceipt:
    took = round((perf_counter() - began) * 1_000, 1)
    return SeedReceipt(milliseconds=took, ledger_epoch=epoch)
