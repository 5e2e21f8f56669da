"""The slots of the virtual reader, each a resource that holds a card or none."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from testbed.readers.inserted_card import IDEAL, CardConditions, InsertedCard
from testbed.readers.private_pcscd import PcscStackError
from testbed.readers.returning_plug import ReturningPlug
from virtual_card.plugs.vpcd import ANSWER_LIMIT
from virtual_card.wrappers.trace import TraceError
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from testbed.readers.private_pcscd import PcscStack
    from virtual_card.card import VirtualCard
    from virtual_card.plug import Card
    from virtual_card.wrappers.fault import Fault


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
        self._reader_faults: tuple[Fault, ...] = ()
        self._inserted: InsertedCard | None = None
        self._plug: ReturningPlug | None = None

    @property
    def inserted(self) -> InsertedCard | None:
        """The card that is in, if any; in again as soon as the service is, while that is down."""
        plug = self._plug
        return self._inserted if plug is not None and (plug.inserted or plug.waiting) else None

    @property
    def waiting(self) -> bool:
        """Whether there is a card that waits for its service to come back."""
        return self._plug is not None and self._plug.waiting

    @property
    def card(self) -> str | None:
        """The name of the card that is in, if any."""
        return self.inserted.name if self.inserted else None

    def require_card(self) -> InsertedCard:
        """Return the card that is in.

        Raises:
            Problem: SLOT_EMPTY.
        """
        card = self.inserted
        if card is None:
            raise Problem(Catalogue.SLOT_EMPTY, f"Slot {self.number} is empty.")
        return card

    def insert(self, name: str, chip: Card, conditions: CardConditions = IDEAL) -> None:
        """Put a card in; one that is there is taken out first.

        Raises:
            Problem: PCSC_UNAVAILABLE; INVALID_REQUEST for a trace that cannot be written.
        """
        self.remove()
        self._stack.wait_until_empty(self.number)
        with _trace_errors_told():
            inserted = InsertedCard(
                name,
                chip,
                conditions,
                dead=name in self._dead,
                on_death=lambda: self._dead.add(name),
            )
        inserted.at_reader.set_faults(self._reader_faults)
        plug = ReturningPlug(
            inserted.card,
            lambda: self._stack.connect(self.number),
            answer_limit=self._answer_limit,
            on_gone=inserted.leave,
        )
        try:
            plug.insert()
        except PcscStackError as error:
            inserted.leave()
            raise Problem(Catalogue.PCSC_UNAVAILABLE, str(error)) from None
        self._inserted, self._plug = inserted, plug

    def wait_until_seen(self) -> None:
        """Wait until programs see the card that is in; not for a service that is down."""
        if self.inserted is not None and not self.waiting:
            self._stack.wait_until_card(self.number)

    def put_through(self, conditions: CardConditions) -> None:
        """Have the card that is in go through this from now on.

        Raises:
            Problem: SLOT_EMPTY; INVALID_REQUEST for a trace that cannot be written.
        """
        with _trace_errors_told():
            self.require_card().put_through(conditions)

    def set_reader_faults(self, faults: tuple[Fault, ...]) -> None:
        """Have the reader do this to the card that is in, and to all that are put in later."""
        self._reader_faults = faults
        if self._inserted is not None:
            self._inserted.at_reader.set_faults(faults)

    def reset(self, *, cold: bool) -> None:
        """Reset the card where it lies, beneath the programs that use it.

        Raises:
            Problem: SLOT_EMPTY, PCSC_UNAVAILABLE.
        """
        self.require_card()
        assert self._plug is not None
        if self.waiting:
            raise Problem(Catalogue.PCSC_UNAVAILABLE, "The PC/SC service is down.")
        self._plug.reset(cold=cold)

    def remove(self) -> None:
        """Take the card out, if there is one, in the middle of a command if need be."""
        if self._plug is not None and self._inserted is not None:
            self._plug.remove()
            self._inserted.leave()
        self._inserted, self._plug = None, None


class Slots:
    """All slots of one PC/SC stack; one caller at a time."""

    def __init__(self, stack: PcscStack, answer_limit: float = ANSWER_LIMIT) -> None:
        """Take the stack, and for how long its readers wait for a mute card, in seconds."""
        self._dead: set[str] = set()
        self.service = stack.socket
        """The address of the PC/SC service, for ``PCSCLITE_CSOCK_NAME``."""
        self._slots = [Slot(n, stack, self._dead, answer_limit) for n in range(stack.slots)]
        self.lock = threading.Lock()
        self._reader_faults: tuple[Fault, ...] = ()

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

    @property
    def reader_faults(self) -> tuple[Fault, ...]:
        """What the reader does to every card that is laid on it, as if it were the card."""
        return self._reader_faults

    def set_reader_faults(self, faults: Iterable[Fault]) -> None:
        """Have the reader do this to every card, and nothing else; a mute card answers again."""
        self._reader_faults = tuple(faults)
        for slot in self._slots:
            slot.set_reader_faults(self._reader_faults)

    def move(
        self, name: str, number: int, chip: Callable[[], Card], conditions: CardConditions = IDEAL
    ) -> Slot:
        """Put a card into a slot; it is taken out of the other one first, if it is there.

        ``chip`` makes the card ready when it is not in the slot already; one that is stays in,
        and goes through ``conditions`` from now on.

        Raises:
            Problem: SLOT_UNKNOWN, PCSC_UNAVAILABLE, INVALID_REQUEST, or what ``chip`` raises.
        """
        slot = self.slot(number)
        if slot.card == name:
            slot.put_through(conditions)
            return slot
        made = chip()
        for other in self._slots:
            if other.card == name:
                other.remove()
        slot.insert(name, made, conditions)
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
            if slot.inserted is not None and slot.inserted.name == name:
                slot.inserted.repair()
                return
        chip().repair()

    @property
    def dead(self) -> frozenset[str]:
        """The names of the cards that have died by a fault."""
        return frozenset(self._dead)

    def set_dead(self, dead: Iterable[str]) -> None:
        """Have these cards be dead, and no others; a card that is in is not touched."""
        self._dead.clear()
        self._dead.update(dead)

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
