"""The shortest plug: a connection object in the same process, microseconds an exchange."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from virtual_card.plug import Card, CardPulled


class InProcessConnection:
    """A card as a connection, for a reader that lives in the same process.

    Has the members that `reader.connection` asks for. When the card is pulled out it raises
    what `removed` makes; a caller that wants its own error kind gives that.
    """

    longest_answer = 0x10000

    def __init__(self, card: Card, removed: Callable[[], Exception] = CardPulled) -> None:
        self._card = card
        self._removed = removed
        self._gone = False
        self._alone = threading.RLock()
        card.power_on()

    def send(self, apdu: bytes, /) -> tuple[bytes, int]:
        """Send one command; return the data of the answer and the status word."""
        with self._alone:
            if self._gone:
                raise self._removed()
            try:
                answer = self._card.process(apdu)
            except CardPulled:
                self._gone = True
                self._card.power_off()
                raise self._removed() from None
        return answer[:-2], int.from_bytes(answer[-2:], "big")

    @contextmanager
    def transaction(self, *, reset: bool) -> Iterator[None]:
        """Hold the card alone; with `reset`, take its power for a moment afterwards."""
        with self._alone:
            try:
                yield
            finally:
                if reset:
                    self._card.power_off()
                    self._card.power_on()

    def close(self) -> None:
        """Take the card out."""
        with self._alone:
            self._gone = True
            self._card.power_off()
