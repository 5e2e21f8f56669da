"""A card for which another one, a stand-in (代役のカード), lies on a real reader."""

from functools import reduce
from operator import xor

from reader.description.layout import STAND_IN_MARK
from virtual_card.card import VirtualCard

_BODY = bytes([0x80 | len(STAND_IN_MARK), 0x80, 0x01]) + STAND_IN_MARK
"""T0 with the number of historical bytes, TD1 and TD2 that offer T=0 and T=1, and these bytes."""
STAND_IN_ATR = b"\x3b" + _BODY + bytes([reduce(xor, _BODY)])


class StandInCard(VirtualCard):
    """A My Number Card that says in its ATR that another card stands in for it."""

    @property
    def atr(self) -> bytes:
        """Answer to reset, with `STAND_IN_MARK`."""
        return STAND_IN_ATR

    def power_on(self) -> bytes:
        """See `VirtualCard.power_on`."""
        super().power_on()
        return self.atr

    def reset(self) -> bytes:
        """See `VirtualCard.reset`."""
        super().reset()
        return self.atr
