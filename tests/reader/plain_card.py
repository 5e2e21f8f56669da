"""A card that is no My Number Card: a transport card, a staff badge, a bank card."""

from __future__ import annotations

from reader.pcsc.identity import GET_UID
from virtual_card.plug import CardPulled

TRANSPORT_CARD_ATR = bytes.fromhex("3B8F8001804F0CA000000306030001000000006A")
BANK_CARD_ATR = bytes.fromhex("3B6500002063CB6600")


class PlainCard:
    """Answers GET DATA for its number, as a reader does for a contactless card, and nothing else.

    Without a number it lies on contacts. Of several numbers it has the next one whenever it gets
    power; with ``pulled`` it is taken away when it is asked.
    """

    def __init__(
        self,
        *numbers: bytes,
        atr: bytes = TRANSPORT_CARD_ATR,
        pulled: bool = False,
    ) -> None:
        self._numbers = numbers
        self._powered = 0
        self._atr = atr
        self.pulled = pulled
        self.commands: list[bytes] = []

    @property
    def atr(self) -> bytes:
        return self._atr

    def power_on(self) -> bytes:
        self._powered += 1
        return self._atr

    def power_off(self) -> None:
        pass

    def reset(self) -> bytes:
        return self._atr

    def process(self, apdu: bytes, /) -> bytes:
        self.commands.append(apdu)
        if self.pulled:
            raise CardPulled
        if apdu == GET_UID and self._numbers:
            return self._numbers[self._powered % len(self._numbers)] + b"\x90\x00"
        return b"\x6e\x00" if apdu[0] == 0xFF else b"\x6a\x82"
