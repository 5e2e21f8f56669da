"""Waiting in the middle of a command, which a loss of power or a reset ends at once."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from virtual_card.plug import CardMute

if TYPE_CHECKING:
    from virtual_card.plug import Card


class InterruptibleCard:
    """Wraps a card, and can let it take its time.

    Deadlines are absolute (`time.monotonic`), so that waiting in pieces adds nothing up.
    """

    def __init__(self, card: Card) -> None:
        self._card = card
        self._disturbed = threading.Condition()
        self._disturbances = 0
        self._powered = True

    @property
    def atr(self) -> bytes:
        """See `Card.atr`."""
        return self._card.atr

    def power_on(self) -> bytes:
        """See `Card.power_on`."""
        with self._disturbed:
            self._powered = True
        return self._card.power_on()

    def power_off(self) -> None:
        """See `Card.power_off`; ends all waiting, and any that would begin without power."""
        with self._disturbed:
            self._powered = False
        self._disturb()
        self._card.power_off()

    def reset(self) -> bytes:
        """See `Card.reset`; ends all waiting."""
        self._disturb()
        return self._card.reset()

    def process(self, apdu: bytes, /) -> bytes:
        """See `Card.process`."""
        return self._card.process(apdu)

    @property
    def disturbances(self) -> int:
        """How often the card was disturbed; to be read when a command begins."""
        return self._disturbances

    def wait_until(self, deadline: float, since: int) -> None:
        """Wait for an instant; raises `CardMute` if the card was disturbed after `since`."""
        with self._disturbed:
            while self._powered and self._disturbances == since:
                left = deadline - time.monotonic()
                if left <= 0:
                    return
                self._disturbed.wait(left)
        raise CardMute

    def _disturb(self) -> None:
        with self._disturbed:
            self._disturbances += 1
            self._disturbed.notify_all()
