"""The plugs that the conformance suite runs over; a new one is one more entry of `PLUGS`."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from reader.errors import CardFault, CardRemoved
from reader.pcsc.pcsc_connection import PcscConnection
from tests.equipment.usb_reader import UsbReader
from tests.presence import wait_until
from virtual_card.plugs.ccid import CcidPlug
from virtual_card.plugs.inprocess import InProcessConnection
from virtual_card.plugs.vpcd import VpcdPlug

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reader.connection import CardConnection
    from testbed.readers.private_pcscd import PcscStack
    from virtual_card.plug import Card


class Desk(Protocol):
    """A card reader on a desk, whatever plug puts the cards into it."""

    slots: int
    longest_answer: int
    """Data bytes of the longest answer that the plug carries."""

    def insert(self, card: Card, slot: int = 0) -> None:
        """Put a card in; return when the reader has seen it."""

    def remove(self, slot: int = 0) -> None:
        """Take it out, in the middle of a command if need be; return when that was seen."""

    def reset(self, slot: int = 0, *, cold: bool) -> None:
        """Reset the card beneath the reader, in the middle of a command if need be."""

    def connect(self, slot: int = 0) -> CardConnection:
        """Connect to the card that is in.

        Its `send` raises `CardRemoved` for a card that went and `CardFault` for one that is
        mute.
        """


class InProcessDesk:
    """The plug without a reader: as many slots as one likes."""

    slots = 2
    longest_answer = 0x10000

    def __init__(self) -> None:
        self._connections: dict[int, InProcessConnection] = {}

    def insert(self, card: Card, slot: int = 0) -> None:
        self._connections[slot] = InProcessConnection(
            card, removed=CardRemoved, mute=lambda: CardFault("an exchange", reason="no answer")
        )

    def remove(self, slot: int = 0) -> None:
        self._connections[slot].remove()

    def reset(self, slot: int = 0, *, cold: bool) -> None:
        self._connections[slot].reset(cold=cold)

    def connect(self, slot: int = 0) -> CardConnection:
        return self._connections[slot]


class VpcdDesk:
    """The plug for the virtual reader of a real pcscd."""

    longest_answer = 0xFFFF - 2

    def __init__(self, stack: PcscStack) -> None:
        self.slots = stack.slots
        self._stack = stack
        self._plugs: dict[int, VpcdPlug] = {}
        self._connections: dict[int, list[PcscConnection]] = {}

    def insert(self, card: Card, slot: int = 0) -> None:
        self._plugs[slot] = VpcdPlug(card, lambda: self._stack.connect(slot), answer_limit=0.1)
        self._plugs[slot].insert()
        wait_until(self._stack.readers[slot], present=True)

    def remove(self, slot: int = 0) -> None:
        self._plugs[slot].remove()
        wait_until(self._stack.readers[slot], present=False)

    def reset(self, slot: int = 0, *, cold: bool) -> None:
        self._plugs[slot].reset(cold=cold)

    def connect(self, slot: int = 0) -> CardConnection:
        connection = PcscConnection(self._stack.readers[slot])
        self._connections.setdefault(slot, []).append(connection)
        return connection

    def close(self) -> None:
        for connections in self._connections.values():
            for connection in connections:
                connection.close()
        for slot in self._plugs:
            self.remove(slot)


class CcidDesk:
    """The plug for QEMU's USB reader, two of which stand here without QEMU."""

    slots = 2
    longest_answer = 0x10000

    def __init__(self, readers: Sequence[UsbReader]) -> None:
        self._readers = readers
        self._plugs: dict[int, CcidPlug] = {}

    def insert(self, card: Card, slot: int = 0) -> None:
        reader = self._readers[slot]
        self._plugs[slot] = CcidPlug(card, reader.connect, power=reader, answer_limit=0.1)
        self._plugs[slot].insert()

    def remove(self, slot: int = 0) -> None:
        self._plugs[slot].remove()
        self._readers[slot].wait_until(present=False)

    def reset(self, slot: int = 0, *, cold: bool) -> None:
        self._plugs[slot].reset(cold=cold)

    def connect(self, slot: int = 0) -> CardConnection:
        return self._readers[slot].open()

    def close(self) -> None:
        for slot in self._plugs:
            self.remove(slot)


@contextmanager
def in_process(_: pytest.FixtureRequest) -> Iterator[Desk]:
    yield InProcessDesk()


@contextmanager
def vpcd(request: pytest.FixtureRequest) -> Iterator[Desk]:
    desk = VpcdDesk(request.getfixturevalue("pcsc_stack"))
    yield desk
    desk.close()


@contextmanager
def ccid(_: pytest.FixtureRequest) -> Iterator[Desk]:
    with (
        tempfile.TemporaryDirectory(prefix="oqs-ccid-") as place,  # short, for sockets
        UsbReader(Path(place) / "0") as one,
        UsbReader(Path(place) / "1") as other,
    ):
        desk = CcidDesk((one, other))
        yield desk
        desk.close()


PLUGS = [
    pytest.param(in_process, id="in-process"),
    pytest.param(vpcd, id="vpcd", marks=pytest.mark.pcscd),
    pytest.param(ccid, id="ccid"),
]
"""Each opens its `Desk` for a test's request."""
