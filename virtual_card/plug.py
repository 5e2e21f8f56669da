"""What a plug needs of a card, and what every plug can do with one."""

from typing import Protocol


class CardPulled(Exception):
    """The card is taken out of the reader at this moment: no answer leaves it any more."""


class CardMute(Exception):
    """The card stays in the reader, but no answer leaves it any more."""


class Card(Protocol):
    """Something that a plug can put into a reader.

    Power and resets may come from another thread in the middle of a command. A card that waits
    then stops waiting and raises `CardMute`, as that command will have no answer.
    """

    @property
    def atr(self) -> bytes:
        """Answer to reset; asked for at any time, with and without power."""

    def power_on(self) -> bytes:
        """Give it power; returns the ATR. Raises `CardMute` when it does not wake up."""

    def power_off(self) -> None:
        """Take the power away; everything verified or selected is forgotten."""

    def reset(self) -> bytes:
        """Reset it under power; returns the ATR. Raises `CardMute` when it does not wake up."""

    def process(self, apdu: bytes, /) -> bytes:
        """Answer a command with at least the two bytes of a status word.

        Raises `CardPulled` when it is pulled out instead of answering, and `CardMute` when it
        stays where it is without an answer; nothing else.
        """


class Plug(Protocol):
    """A card with a place to be put in; every member may be called from any thread."""

    @property
    def inserted(self) -> bool:
        """Whether the card is in."""

    def insert(self) -> None:
        """Put the card in; a card that is in already stays."""

    def remove(self) -> None:
        """Take the card out, in the middle of a command if need be. May be called twice."""

    def reset(self, *, cold: bool) -> None:
        """Reset the card where it lies, with a loss of power if ``cold``.

        A command that is under way is answered first or gets no answer. The programs at the
        reader are not told, as with a card that slips on its antenna for a moment.
        """
