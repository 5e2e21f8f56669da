"""The slots of the virtual reader, each a resource that holds a card or none."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from testbed.readers.inserted_card import GENTLE, Handling, Occupant
from testbed.readers.private_pcscd import PcscStackError
from virtual_card.plugs.vpcd import ANSWER_LIMIT, VpcdPlug
from virtual_card.wrappers.trace import TraceError
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from testbed.readers.private_pcscd import PcscStack
    from virtual_card.card import VirtualCard
    from virtual_card.plug import Card, Plug


class Slot:
    """One slot, and the card that is in it."""

    def __init__(
        self,
        number: int,
        stack: PcscStack,
        dead: set[str] | None = None,
        answer_limit: float = ANSWER_LIMIT,
    ) -> None:
        """Take the slot's number, its PC/SC stack, and where the names of dead cards are kept."""
        self.number = number
        self.reader = stack.readers[number]
        self._stack = stack
        self._dead = set() if dead is None else dead
        self._answer_limit = answer_limit
        self._occupant: Occupant | None = None
        self._plug: Plug | None = None

    @property
    def occupant(self) -> Occupant | None:
        """The card that is in, if any."""
        return self._occupant if self._plug is not None and self._plug.inserted else None

    @property
    def card(self) -> str | None:
        """The name of the card that is in, if any."""
        return self.occupant.name if self.occupant else None

    def occupied(self) -> Occupant:
        """Return the card that is in.

        Raises:
            Problem: SLOT_EMPTY.
        """
        occupant = self.occupant
        if occupant is None:
            raise Problem(Catalogue.SLOT_EMPTY, f"Slot {self.number} is empty.")
        return occupant

    def insert(self, name: str, chip: Card, handling: Handling = GENTLE) -> None:
        """Put a card in; one that is there is taken out first.

        Raises:
            Problem: PCSC_UNAVAILABLE; INVALID_REQUEST for a trace that cannot be written.
        """
        self.remove()
        self._stack.wait_until_empty(self.number)
        with _trace_errors_told():
            occupant = Occupant(
                name,
                chip,
                handling,
                dead=name in self._dead,
                on_death=lambda: self._dead.add(name),
            )
        plug = VpcdPlug(
            occupant.card,
            lambda: self._stack.connect(self.number),
            answer_limit=self._answer_limit,
            on_gone=occupant.leave,
        )
        try:
            plug.insert()
        except PcscStackError as error:
            occupant.leave()
            raise Problem(Catalogue.PCSC_UNAVAILABLE, str(error)) from None
        self._occupant, self._plug = occupant, plug

    def handle(self, handling: Handling) -> None:
        """Have the card that is in go through this from now on.

        Raises:
            Problem: SLOT_EMPTY; INVALID_REQUEST for a trace that cannot be written.
        """
        with _trace_errors_told():
            self.occupied().handle(handling)

    def reset(self, *, cold: bool) -> None:
        """Reset the card where it lies, beneath the programs that use it.

        Raises:
            Problem: SLOT_EMPTY.
        """
        self.occupied()
        assert self._plug is not None
        self._plug.reset(cold=cold)

    def remove(self) -> None:
        """Take the card out, if there is one, in the middle of a command if need be."""
        if self._plug is not None and self._occupant is not None:
            self._plug.remove()
            self._occupant.leave()
        self._occupant, self._plug = None, None


class Slots:
    """All slots of one PC/SC stack; one caller at a time."""

    def __init__(self, stack: PcscStack, answer_limit: float = ANSWER_LIMIT) -> None:
        """Take the stack, and for how long its readers wait for a mute card, in seconds."""
        self._dead: set[str] = set()
        self.service = stack.socket
        """The address of the PC/SC service, for ``PCSCLITE_CSOCK_NAME``."""
        self._slots = [Slot(n, stack, self._dead, answer_limit) for n in range(stack.slots)]
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

    def move(
        self, name: str, number: int, chip: Callable[[], Card], handling: Handling = GENTLE
    ) -> Slot:
        """Put a card into a slot; it is taken out of the other one first, if it is there.

        ``chip`` makes the card ready when it is not in the slot already; one that is stays in,
        and goes through ``handling`` from now on.

        Raises:
            Problem: SLOT_UNKNOWN, PCSC_UNAVAILABLE, INVALID_REQUEST, or what ``chip`` raises.
        """
        slot = self.slot(number)
        if slot.card == name:
            slot.handle(handling)
            return slot
        made = chip()
        for other in self._slots:
            if other.card == name:
                other.remove()
        slot.insert(name, made, handling)
        return slot

    def repair(self, name: str, chip: Callable[[], VirtualCard]) -> None:
        """Bring a dead card back to life, whether a fault or tampering killed it.

        It wakes up when it is put in or reset the next time. ``chip`` gives the card where it is
        in no slot; of a card that is in, there must not be a second one.

        Raises:
            Problem: what ``chip`` raises.
        """
        self._dead.discard(name)
        for slot in self._slots:
            if slot.occupant is not None and slot.occupant.name == name:
                slot.occupant.repair()
                return
        chip().repair()

    def close(self) -> None:
        """Take all cards out."""
        for slot in self._slots:
            slot.remove()


@contextmanager
def _trace_errors_told() -> Iterator[None]:
    try:
        yield
    except TraceError as error:
        raise Problem(Catalogue.INVALID_REQUEST, str(error)) from None
