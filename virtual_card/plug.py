"""What a plug needs of a card."""

from typing import Protocol


class CardPulled(Exception):
    """The card is taken out of the reader at this moment: no answer leaves it any more."""


class CardMute(Exception):
    """The card stays in the reader, but no answer leaves it any more."""


class Card(Protocol):
    """Something that a plug can put into a reader."""

    @property
    def atr(self) -> bytes:
        """Answer to reset; asked for at any time, with and without power."""

    def power_on(self) -> bytes:
        """Give it power; returns the ATR."""

    def power_off(self) -> None:
        """Take the power away; everything verified or selected is forgotten."""

    def reset(self) -> bytes:
        """Reset it under power; returns the ATR."""

    def process(self, apdu: bytes, /) -> bytes:
        """Answer a command with at least the two bytes of a status word.

        Raises `CardPulled`, and nothing else, when it is pulled out instead of answering.
        """
