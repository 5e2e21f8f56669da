"""The seed of the cards: what each was and remembered at a moment, and which of them lay where.

It is kept in the memory of the testbed, as nobody else may read what is on a card; a testbed that
is started anew has none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from virtual_card.wrappers.script import ScriptedCard
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from testbed.cards.card_store import CardStore
    from testbed.readers.inserted_card import CardConditions
    from testbed.readers.slots import Slot, Slots
    from virtual_card.wrappers.fault import Fault
    from virtual_card.wrappers.trace import Trace


@dataclass(frozen=True)
class _Lying:
    """A card that lay in a slot."""

    slot: int
    name: str
    conditions: CardConditions
    recording: Trace | None


@dataclass(frozen=True)
class _Kept:
    identity: str
    files: Mapping[str, bytes]
    dead: frozenset[str]
    lying: tuple[_Lying, ...]
    reader_faults: tuple[Fault, ...]


@dataclass
class CardSeed:
    """Takes the seed of the cards, and puts it back."""

    store: CardStore
    slots: Slots
    _kept: _Kept | None = field(default=None, repr=False)

    def take(self, identity: str) -> None:
        """Keep the cards as they are; those that lie in a slot stay there."""
        with self.slots.lock:
            lying = tuple(
                _Lying(slot.number, card.name, card.conditions, card.recording)
                for slot in self.slots.all()
                if (card := slot.inserted) is not None
            )
            self._kept = _Kept(
                identity, self.store.files(), self.slots.dead, lying, self.slots.reader_faults
            )

    def go_back(self, identity: str | None) -> None:
        """Have the cards as they were, each laid anew into the slot in which it lay.

        ``identity`` is that of the seeds of the other services; None where the cards go back alone.

        Raises:
            Problem: NO_SEED, SEED_OF_ANOTHER_MOMENT; PCSC_UNAVAILABLE where a card cannot be laid
                on, when the cards themselves are as they were.
        """
        kept = self._kept
        if kept is None:
            raise Problem(Catalogue.NO_SEED)
        if identity not in {None, kept.identity}:
            raise Problem(Catalogue.SEED_OF_ANOTHER_MOMENT)
        with self.slots.lock:
            for slot in self.slots.all():
                slot.remove()
            self.store.put_back(kept.files)
            self.slots.set_dead(kept.dead)
            self.slots.set_reader_faults(kept.reader_faults)
            laid_on = [self._lay_on(one) for one in kept.lying]
        for slot in laid_on:
            slot.wait_until_seen()

    def _lay_on(self, one: _Lying) -> Slot:
        slot = self.slots.slot(one.slot)
        recorded = one.recording
        chip = self.store.card(one.name) if recorded is None else ScriptedCard(recorded)
        slot.insert(one.name, chip, one.conditions)
        return slot
