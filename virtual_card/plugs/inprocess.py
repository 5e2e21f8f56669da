"""The shortest plug: a connection object in the same process, microseconds an exchange."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from virtual_card.plug import Card, CardMute, CardPulled


class InProcessConnection:
    """A card as a connection, for a reader that lives in the same process.

    It is both the plug (`insert`, `remove`, `reset`) and what `reader.connection` asks for. The
    card is in from the start. A caller that wants error kinds of its own gives what makes them:
    `removed` for a card that is out, `mute` for a command that gets no answer, which is told at
    once.
    """

    longest_answer = 0x10000

    def __init__(
        self,
        card: Card,
        removed: Callable[[], Exception] = CardPulled,
        mute: Callable[[], Exception] = CardMute,
    ) -> None:
        self._card = card
        self._removed = removed
        self._mute = mute
        self._in = threading.Event()
        self._alone = threading.RLock()
        self.insert()

    @property
    def inserted(self) -> bool:
        """Whether the card is in."""
        return self._in.is_set()

    def insert(self) -> None:
        """Put the card in again; a card that is in already stays."""
        if not self.inserted:
            self._in.set()
            self._power_up()

    def remove(self) -> None:
        """Take the card out, in the middle of a command if need be. May be called twice."""
        # Not under the lock: whoever holds it may be waiting for this very card.
        self._in.clear()
        self._card.power_off()

    def reset(self, *, cold: bool) -> None:
        """Reset the card where it lies, with a loss of power if ``cold``; see `Plug.reset`."""
        if not self.inserted:
            return
        if cold:
            self._card.power_off()
            self._power_up()
        else:
            with contextlib.suppress(CardMute):
                self._card.reset()

    def send(self, apdu: bytes, /) -> tuple[bytes, int]:
        """Send one command; return the data of the answer and the status word."""
        with self._alone:
            if not self._in.is_set():
                raise self._removed()
            try:
                answer = self._card.process(apdu)
            except CardPulled:
                self.remove()
                raise self._removed() from None
            except CardMute:
                raise (self._mute() if self._in.is_set() else self._removed()) from None
            if not self._in.is_set():
                raise self._removed()
        return answer[:-2], int.from_bytes(answer[-2:], "big")

    @contextmanager
    def transaction(self, *, reset: bool) -> Iterator[None]:
        """Hold the card alone; with `reset`, take its power for a moment afterwards."""
        with self._alone:
            try:
                yield
            finally:
                if reset:
                    self.reset(cold=True)

    def close(self) -> None:
        """Take the card out."""
        self.remove()

    def _power_up(self) -> None:
        # A card that does not wake up lies there mute, which the first command shows.
        with contextlib.suppress(CardMute):
            self._card.power_on()
