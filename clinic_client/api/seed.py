"""Taking the seed of the clinic's records, and going back to it."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING

from storage import SeedKeeper, SeedUnusable
from wire.catalogue import Catalogue, Problem
from wire.clock import wall_clock
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.consoles.seeds import SeedOrder, SeedReceipt

if TYPE_CHECKING:
    from clinic_client.reception.desk import Desk


def router(desk: Desk, keeper: SeedKeeper) -> Routes:
    """Return the routes of the seed."""
    routes = Routes(CONSOLE, prefix="/sim/operation", tags=["模擬の操作"])

    @routes.post(
        "/seed",
        summary="Have a reset go back to what there is now",
        status_code=201,
        responses=problem_responses(Catalogue.STORAGE_UNAVAILABLE),
    )
    async def take_seed(order: SeedOrder | None = None) -> SeedReceipt:
        """Take it alone only to try something: `oqs reset` takes those of the whole system."""
        identity, began = (order or SeedOrder()).identity or "", perf_counter()
        await asyncio.to_thread(lambda: keeper.take(identity, wall_clock()))
        return _receipt(began)

    @routes.post(
        "/reset",
        summary="Go back to the seed: the visits since then, and what waits for them, are gone",
        responses=problem_responses(
            Catalogue.NO_SEED,
            Catalogue.SEED_OUTDATED,
            Catalogue.SEED_OF_ANOTHER_MOMENT,
            Catalogue.STORAGE_UNAVAILABLE,
        ),
    )
    async def reset(order: SeedOrder | None = None) -> SeedReceipt:
        """Open pages show what there is then."""
        identity, began = (order or SeedOrder()).identity, perf_counter()

        def put_back() -> None:
            with keeper.opened() as connection:
                keeper.put_back(connection, identity)

        try:
            await asyncio.to_thread(put_back)
        except SeedUnusable as error:
            raise Problem(Catalogue[error.why.name]) from None
        desk.clear()
        await desk.oqs.forget_outage()
        await desk.clock.now()
        return _receipt(began)

    @routes.post(
        "/line/forget-outage",
        summary="Have the desk forget that the line was out, as after a start",
        status_code=204,
    )
    async def forget_outage() -> None:
        """Let a test begin that is not told of the outage of another one."""
        await desk.oqs.forget_outage()

    return routes


def _receipt(began: float) -> SeedReceipt:
    return SeedReceipt(milliseconds=round((perf_counter() - began) * 1_000, 1))
