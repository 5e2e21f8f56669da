"""Cards and connections that remember what went through them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reader.errors import CardRemoved
from virtual_card.plugs.inprocess import InProcessConnection

if TYPE_CHECKING:
    from virtual_card.plug import Card


class CountingCard:
    """A card that remembers the commands that reached it, for any plug."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self.commands: list[bytes] = []
        self.power_on = card.power_on
        self.power_off = card.power_off
        self.reset = card.reset

    @property
    def atr(self) -> bytes:
        return self._card.atr

    def process(self, apdu: bytes, /) -> bytes:
        self.commands.append(apdu)
        return self._card.process(apdu)

    def taken(self) -> list[bytes]:
        """Return the commands since the last time."""
        commands, self.commands = self.commands, []
        return commands


class CountingConnection:
    """A connection in this process that remembers its commands, and can be a short one."""

    def __init__(self, card: Card, longest_answer: int = 0x10000) -> None:
        self._inner = InProcessConnection(card, removed=CardRemoved)
        self.longest_answer = longest_answer
        self.transaction = self._inner.transaction
        self.close = self._inner.close
        self.sent: list[bytes] = []

    def send(self, apdu: bytes, /) -> tuple[bytes, int]:
        self.sent.append(apdu)
        return self._inner.send(apdu)

    @property
    def verifies(self) -> int:
        """How many PINs were sent."""
        return sum(len(apdu) > 5 and apdu[1] == 0x20 for apdu in self.sent)
