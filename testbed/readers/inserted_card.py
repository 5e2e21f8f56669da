"""A card in a slot, with all that it is to go through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from virtual_card.card import VirtualCard
from virtual_card.wrappers.faulty_card import FaultyCard
from virtual_card.wrappers.script import ScriptedCard
from virtual_card.wrappers.timing import INSTANT, TimedCard, TimingProfile
from virtual_card.wrappers.trace import TracedCard, TraceFile
from wire.clock import wall_clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from virtual_card.plug import Card
    from virtual_card.wrappers.fault import Fault
    from virtual_card.wrappers.trace import Trace


@dataclass(frozen=True)
class CardConditions:
    """What a card in a slot is to go through."""

    timing: TimingProfile = INSTANT
    faults: tuple[Fault, ...] = ()
    trace: Path | None = None
    """A new file that takes down what happens, see `virtual_card.wrappers.trace`."""


IDEAL = CardConditions()
"""What a card goes through where nothing is said: nothing."""


class InsertedCard:
    """A card, wrapped: the trace is taken where the reader is, the time by the card itself."""

    def __init__(
        self,
        name: str,
        chip: Card,
        conditions: CardConditions = IDEAL,
        *,
        dead: bool = False,
        on_death: Callable[[], None] | None = None,
    ) -> None:
        """Wrap a card; see `FaultyCard` for its death. Raises `TraceError`."""
        self.name = name
        self._chip = chip
        self.timed = TimedCard(chip, conditions.timing)
        self.faulty = FaultyCard(self.timed, *conditions.faults, dead=dead, on_death=on_death)
        self.at_reader = FaultyCard(self.faulty)
        """What happens at the reader, to whatever card lies on it."""
        self.card = TracedCard(self.at_reader)
        """What a plug takes."""
        self.trace_into(conditions.trace)

    @property
    def trace(self) -> Path | None:
        """The file that takes down what happens."""
        return self.card.file.path if self.card.file else None

    @property
    def surprises(self) -> list[str]:
        """Commands that a replayed trace does not have; none for any other card."""
        return list(map(str, self._chip.surprises)) if isinstance(self._chip, ScriptedCard) else []

    def put_through(self, conditions: CardConditions) -> None:
        """Have the card, which stays in, go through this from now on; raises `TraceError`."""
        self.trace_into(conditions.trace)
        self.timed.profile = conditions.timing
        self.faulty.set_faults(conditions.faults)

    def trace_into(self, path: Path | None) -> None:
        """Write the trace to a new file from now on, or none; raises `TraceError`."""
        before = self.card.file
        if before is not None and before.path == path:
            return
        self.card.file = TraceFile(path, self._chip.atr, wall_clock()) if path else None
        if before is not None:
            before.close()

    @property
    def recording(self) -> Trace | None:
        """What is replayed; None for a card of the store."""
        return self._chip.trace if isinstance(self._chip, ScriptedCard) else None

    @property
    def conditions(self) -> CardConditions:
        """What it goes through, without the trace that is taken."""
        faults = tuple(one.fault for one in self.faulty.faults)
        return CardConditions(self.timed.profile, faults)

    @property
    def dead(self) -> bool:
        """Whether it answers nothing until it is repaired: by a fault, or broken by tampering."""
        return self.faulty.dead or (isinstance(self._chip, VirtualCard) and self._chip.broken)

    def repair(self) -> None:
        """Bring it back to life, whatever it died of; it wakes up at its next reset."""
        self.faulty.repair()
        if isinstance(self._chip, VirtualCard):
            self._chip.repair()

    def leave(self) -> None:
        """End what goes on as long as the card is in; called when it has left."""
        if self.card.file is not None:
            self.card.file.close()
