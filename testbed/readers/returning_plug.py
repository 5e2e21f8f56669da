"""A plug whose card is in again when the service of its slot, which died, has been started anew."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from testbed.readers.private_pcscd import PcscStackError
from virtual_card.plugs.vpcd import ANSWER_LIMIT, VpcdPlug

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from virtual_card.plug import Card

_TRIES_EVERY = 0.2
"""Seconds between two attempts to put the card in again."""


class ReturningPlug(VpcdPlug):
    """A `VpcdPlug` for a slot of a `PcscStack`, whose pcscd is started again when it dies."""

    def __init__(
        self,
        card: Card,
        connect: Callable[[], socket.socket],
        *,
        answer_limit: float = ANSWER_LIMIT,
        on_gone: Callable[[], None],
    ) -> None:
        """Take what a `VpcdPlug` takes; `on_gone` is called only for a card that was pulled."""
        super().__init__(card, connect, answer_limit=answer_limit, on_gone=self._left)
        self._on_pulled = on_gone
        self._taken_out = threading.Event()
        self._waiting = False

    @property
    def waiting(self) -> bool:
        """Whether the service is down and the card goes in when it comes back."""
        return self._waiting

    def remove(self) -> None:
        """Take the card out, and let it stay out."""
        self._taken_out.set()
        super().remove()

    def _left(self) -> None:
        if self.pulled:
            self._on_pulled()
            return
        self._waiting = True
        while not self._taken_out.wait(_TRIES_EVERY):
            with suppress(PcscStackError):
                self.insert()
                break
        self._waiting = False
        if self._taken_out.is_set():  # it was, at the very moment
            super().remove()
