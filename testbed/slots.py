"""The slots of the virtual reader, each a resource that holds a card or none."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from testbed.pcsc import PcscStackError
from virtual_card.faults import PullAfter
from virtual_card.vpcd import VpcdPlug
from wire.problem import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from testbed.pcsc import PcscStack
    from virtual_card.card import VirtualCard


class Slot:
    """One slot, and the card that is in it."""

    def __init__(self, number: int, stack: PcscStack) -> None:
        """Take the slot's number and the PC/SC stack that it belongs to."""
        self.number = number
        self.reader = stack.readers[number]
        self._stack = stack
        self._name: str | None = None
        self._fault: PullAfter | None = None
        self._plug: VpcdPlug | None = None

    @property
    def card(self) -> str | None:
        """The name of the card that is in, if any."""
        return self._name if self._plug is not None and self._plug.inserted else None

    def insert(self, name: str, chip: VirtualCard) -> None:
        """Put a card in; one that is there is taken out first.

        Raises:
            Problem: PCSC_UNAVAILABLE.
        """
        self.remove()
        self._stack.wait_until_empty(self.number)
        fault = PullAfter(chip)
        plug = VpcdPlug(fault, lambda: self._stack.connect(self.number))
        try:
            plug.insert()
        except PcscStackError as error:
            raise Problem(Catalogue.PCSC_UNAVAILABLE, str(error)) from None
        self._name, self._fault, self._plug = name, fault, plug

    def remove(self) -> None:
        """Take the card out, if there is one, in the middle of a command if need be."""
        if self._plug is not None:
            self._plug.remove()
        self._name, self._fault, self._plug = None, None, None

    def pull_after(self, commands: int) -> None:
        """Have the card pulled out instead of answering, after so many more commands.

        Raises:
            Problem: CARD_UNKNOWN when the slot is empty.
        """
        if self.card is None or self._fault is None:
            raise Problem(Catalogue.CARD_UNKNOWN, f"Slot {self.number} is empty.")
        self._fault.arm(commands)


class Slots:
    """All slots of one PC/SC stack; one caller at a time."""

    def __init__(self, stack: PcscStack) -> None:
        """Take the stack."""
        self._slots = [Slot(number, stack) for number in range(stack.slots)]
        self.lock = threading.Lock()

    def all(self) -> list[Slot]:
        """Return the slots."""
        return list(self._slots)

    def slot(self, number: int) -> Slot:
        """Return a slot.

        Raises:
            Problem: SLOT_UNKNOWN.
        """
        if not 0 <= number < len(self._slots):
            raise Problem(Catalogue.SLOT_UNKNOWN, f"The slots are 0 to {len(self._slots) - 1}.")
        return self._slots[number]

    def move(self, name: str, number: int, chip: Callable[[], VirtualCard]) -> Slot:
        """Put a card into a slot; it is taken out of the other one first, if it is there.

        ``chip`` makes the card ready when it is not in the slot already.

        Raises:
            Problem: SLOT_UNKNOWN, PCSC_UNAVAILABLE, or what ``chip`` raises.
        """
        slot = self.slot(number)
        if slot.card != name:
            made = chip()
            for other in self._slots:
                if other.card == name:
                    other.remove()
            slot.insert(name, made)
        return slot

    def close(self) -> None:
        """Take all cards out."""
        for slot in self._slots:
            slot.remove()
