"""Taking the seed of the cards, and going back to it."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING

from wire.catalogue import Catalogue
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.consoles.seeds import SeedOrder, SeedReceipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from testbed.cards.card_seed import CardSeed


def router(seed: CardSeed, on_reset: Callable[[], None]) -> Routes:
    """Return the routes of the seed; they work in threads, as laying a card on may wait.

    ``on_reset`` is told, in the event loop, that the cards have gone back.
    """
    routes = Routes(CONSOLE, prefix="/sim/operation", tags=["カード"])

    @routes.post("/seed", summary="Have a reset go back to the cards as they are", status_code=201)
    def take_seed(order: SeedOrder | None = None) -> SeedReceipt:
        """Take it alone only to try something: `oqs reset` takes those of the whole system."""
        began = perf_counter()
        seed.take((order or SeedOrder()).identity or "")
        return _receipt(began)

    @routes.post(
        "/reset",
        summary="Go back to the seed: cards, tries and PINs as they were, each in its slot again",
        responses=problem_responses(
            Catalogue.NO_SEED, Catalogue.SEED_OF_ANOTHER_MOMENT, Catalogue.PCSC_UNAVAILABLE
        ),
    )
    async def reset(order: SeedOrder | None = None) -> SeedReceipt:
        """End the traces that are taken of cards in slots; faults and timing are as they were."""
        began = perf_counter()
        await asyncio.to_thread(seed.go_back, (order or SeedOrder()).identity)
        on_reset()
        return _receipt(began)

    return routes


def _receipt(began: float) -> SeedReceipt:
    return SeedReceipt(milliseconds=round((perf_counter() - began) * 1_000, 1))
