"""Going back to the seed: a test begins where the last one began, in all of the system.

OQS has the clock, and so has the word: while the seeds are taken or put back the clock is not
advanced. The intermediate server is asked first, and delivers nothing until the end: what is on its
way to OQS at that moment belongs to an epoch of the ledger that has ended, and is neither applied
nor marked. Then OQS goes, and after it those who only ask it: cards, which are worth nothing that
J-LIS does not know, and the clinic.

What cannot be reached, or has no seed, stays as it is; whoever asked is told.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING

from oqs_sim.operation.system_parts import PartName, PartOutcome, SystemPart, Trouble
from oqs_sim.store.clock import lock_clock, save_clock
from oqs_sim.store.operation.seed import TakenSeed, count_reset, seed_keeper, seed_taken
from storage import SeedUnusable, reading
from wire.catalogue import Catalogue, Problem
from wire.clock import ClockMode, wall_clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from sqlalchemy import Connection, Engine

    from oqs_sim.operation.control import Operation
    from oqs_sim.timekeeping import Timekeeper


@dataclass(frozen=True)
class SystemOutcome:
    """What taking the seed of the whole system, or going back to it, has led to."""

    seed: TakenSeed
    milliseconds: float
    """For all of it."""
    parts: tuple[PartOutcome, ...]
    """In the order in which they were asked."""

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """Why some part has not done it; empty where all have."""
        return tuple(one.trouble for one in self.parts if one.trouble is not None)


class Resetter:
    """Takes the seed of the whole system, and has it go back."""

    def __init__(
        self,
        engine: Engine,
        operation: Operation,
        time: Timekeeper,
        others: Sequence[SystemPart] = (),
    ) -> None:
        """Take what is set back: OQS, and the other parts of the system."""
        self._engine, self._operation, self._time = engine, operation, time
        self._before = [one for one in others if one.name is PartName.INTERMEDIATE_SERVER]
        self._after = [one for one in others if one not in self._before]
        self._keeper = seed_keeper(engine)

    async def take(self) -> SystemOutcome:
        """Keep what there is now, to go back to it.

        Raises:
            Problem: CLOCK_BUSY while the clock is being advanced.
        """
        began, identity, parts = perf_counter(), secrets.token_hex(8), list[PartOutcome]()
        async with self._time.held(), self._delivering_again(parts):
            parts += [await one.take_seed(identity) for one in self._before]
            parts.append(await self._take_own(identity))
            parts += [await one.take_seed(identity) for one in self._after]
        seed = await asyncio.to_thread(self._taken)
        return SystemOutcome(seed, _since(began), tuple(parts))

    async def go_back(self) -> SystemOutcome:
        """Go back to the seed; requests that are under way come before or after it.

        Raises:
            Problem: NO_SEED, SEED_OUTDATED; CLOCK_BUSY while the clock is being advanced. All is as
                it was then.
        """
        began, parts = perf_counter(), list[PartOutcome]()
        async with self._time.held(), self._delivering_again(parts):
            seed = await asyncio.to_thread(self._taken)
            parts += [await one.go_back(seed.identity) for one in self._before]
            parts.append(await self._go_back_alone(seed, parts))
            parts += [await one.go_back(seed.identity) for one in self._after]
        return SystemOutcome(seed, _since(began), tuple(parts))

    @asynccontextmanager
    async def _delivering_again(self, parts: list[PartOutcome]) -> AsyncIterator[None]:
        """Have the intermediate server deliver again when the block has ended, however it did."""
        try:
            yield
        finally:
            for place, outcome in enumerate(parts[: len(self._before)]):
                # Also of one that did not answer: it may have done what it was asked.
                trouble = await self._before[place].end_hold()
                parts[place] = replace(outcome, trouble=outcome.trouble or trouble)

    async def _take_own(self, identity: str) -> PartOutcome:
        began, shown = perf_counter(), await self._time.read()
        further = {"business_at": shown.now, "mode": shown.mode, "rate": shown.rate}
        await asyncio.to_thread(lambda: self._keeper.take(identity, wall_clock(), **further))
        return PartOutcome(PartName.OQS, _since(began))

    async def _go_back_alone(self, seed: TakenSeed, before: Sequence[PartOutcome]) -> PartOutcome:
        """Put OQS back; what was read of the ledger before this epoch is not applied any more."""
        began = perf_counter()
        epochs = [one.ledger_epoch for one in before if one.ledger_epoch is not None]

        def put_back() -> None:
            with _problems_told(), self._keeper.opened() as connection:
                # First: who sets the clock locks it before any table.
                lock_clock(connection)
                self._keeper.put_back(connection, seed.identity)
                count_reset(connection, min(epochs, default=None))
                _set_clock(connection, seed)

        await asyncio.to_thread(put_back)
        await asyncio.to_thread(self._operation.look)
        return PartOutcome(PartName.OQS, _since(began))

    def _taken(self) -> TakenSeed:
        with _problems_told(), reading(self._engine) as connection:
            self._keeper.check(connection)
            seed = seed_taken(connection)
        assert seed is not None
        return seed


@contextmanager
def _problems_told() -> Iterator[None]:
    try:
        yield
    except SeedUnusable as error:
        raise Problem(Catalogue[error.why.name]) from None


def _since(began: float) -> float:
    return (perf_counter() - began) * 1_000


def _set_clock(connection: Connection, seed: TakenSeed) -> None:
    """Have the clock show what it showed when the seed was taken, and all hear that it moved."""
    state, wall = lock_clock(connection)
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
