"""What goes wrong on a real desk, as wrappers around a card."""

from collections.abc import Callable

from virtual_card.plug import Card, CardPulled


class PullAfter:
    """A card that is pulled out of the reader instead of answering.

    Once armed, it answers so many commands as usual; at the next one it is gone, before it
    carries that out. Put in again, it is a card like any other until it is armed again.
    """

    def __init__(
        self,
        card: Card,
        commands: int | None = None,
        on_pull: Callable[[], None] | None = None,
    ) -> None:
        """Wrap a card, armed at once if `commands` is given."""
        self._card = card
        self._on_pull = on_pull
        self._left = commands

    def arm(self, commands: int) -> None:
        """Have the card go after so many more commands."""
        self._left = commands

    @property
    def atr(self) -> bytes:
        """See `Card.atr`."""
        return self._card.atr

    def power_on(self) -> bytes:
        """See `Card.power_on`."""
        return self._card.power_on()

    def power_off(self) -> None:
        """See `Card.power_off`."""
        self._card.power_off()

    def reset(self) -> bytes:
        """See `Card.reset`."""
        return self._card.reset()

    def process(self, apdu: bytes, /) -> bytes:
        """Answer a command, or raise `CardPulled`."""
        if self._left == 0:
            self._left = None
            if self._on_pull is not None:
                self._on_pull()
            raise CardPulled
        if self._left is not None:
            self._left -= 1
        return self._card.process(apdu)
