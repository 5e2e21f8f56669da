"""The slots of the virtual reader, each a resource that holds a card or none."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from testbed.pcsc import PcscStackError
from virtual_card.faults import PullAfter
from virtual_card.vpcd import VpcdPlug
from wire.problem import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from socket import socket

    from virtual_card.card import VirtualCard


class Slot:
    """One slot, and the card that is in it."""

    def __init__(self, number: int, reader: str, connect: Callable[[int], socket]) -> None:
        """Take the slot's number, its reader's name and what opens a way into a slot."""
        self.number = number
        self.reader = reader
        self._connect = connect
        self._name: str | None = None
        self._fault: PullAfter | None = None
        self._plug: VpcdPlug | None = None

    @property
    def card(self) -> str | None:
        """The name of the card that is in, if any."""
        return self._name if self._plug is not None and self._plug.inserted else None

    def insert(self, name: str, chip: VirtualCard) -> None:
        """Put a card in; one that is in already stays, another one is taken out first.

        Raises:
            Problem: PCSC_UNAVAILABLE.
        """
        if self.card == name:
            return
        self.remove()
        fault = PullAfter(chip)
        plug = VpcdPlug(fault, lambda: self._connect(self.number))
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

    def __init__(self, readers: Sequence[str], connect: Callable[[int], socket]) -> None:
        """Take the readers' names, slot by slot, and what opens a way into a slot."""
        self._slots = [Slot(number, reader, connect) for number, reader in enumerate(readers)]
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

    def close(self) -> None:
        """Take all cards out."""
        for slot in self._slots:
            slot.remove()
