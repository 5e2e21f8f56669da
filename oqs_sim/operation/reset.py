"""Going back to the seed: a test begins where the last one began."""

from __future__ import annotations

import secrets
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from oqs_sim.store.clock import give_back_clock, lock_clock, save_clock, take_clock
from oqs_sim.store.operation.seed import NoSeed, SeedKeeper
from storage import aside
from wire.catalogue import Catalogue, Problem
from wire.clock import ClockMode, wall_clock

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from oqs_sim.operation.control import Operation
    from oqs_sim.store.operation.seed import Seed
    from wire.clock import ClockReading


class WentBack(NamedTuple):
    """What a reset led to."""

    seed: Seed
    milliseconds: float
    """Until all of it could be read."""


class Resetter:
    """Takes the seed, and goes back to it."""

    def __init__(self, engine: Engine, operation: Operation) -> None:
        """Take what is set back."""
        self._engine, self._operation = engine, operation
        self._keeper = SeedKeeper(engine)

    async def take(self, reading: ClockReading) -> Seed:
        """Keep what there is now, to go back to it; ``reading`` is what the clock shows."""
        return await aside(self._engine, lambda: self._keeper.take(wall_clock(), reading))

    async def go_back(self) -> WentBack:
        """Go back to the seed; requests that are under way come before or after it.

        Raises:
            Problem: NO_SEED; CLOCK_BUSY while the clock is being advanced.
        """
        began = perf_counter()
        seed = await aside(self._engine, self._put_back)
        await aside(self._engine, self._operation.look)
        return WentBack(seed, (perf_counter() - began) * 1_000)

    def _put_back(self) -> Seed:
        try:
            with self._keeper.putting_back() as (connection, seed):
                _set_clock(connection, seed)
        except NoSeed:
            raise Problem(Catalogue.NO_SEED) from None
        return seed


def _set_clock(connection: Connection, seed: Seed) -> None:
    """Have the clock show what it showed when the seed was taken, and all hear that it moved.

    Raises:
        Problem: CLOCK_BUSY.
    """
    state, wall = lock_clock(connection)
    who = secrets.token_hex(16)
    if not take_clock(connection, who, wall):
        raise Problem(Catalogue.CLOCK_BUSY)
    business_at = wall if seed.mode is ClockMode.REAL else seed.business_at
    moved = replace(
        state,
        mode=seed.mode,
        rate=seed.rate,
        revision=state.revision + 1,
        business_anchor=business_at,
        wall_anchor=wall,
        shown_until=None,
        advanced_to=None,
    )
    save_clock(connection, moved)
    give_back_clock(connection, who)
