"""A connection that writes down what goes through it, without the secrets."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reader import connection as connections
from reader.connection import CardConnection
from reader.description.layout import PinReference
from reader.description.narration import MASK, Narrator, masked
from reader.description.status import describe

logger = logging.getLogger("reader.apdu")
"""APDUs have a logger of their own, silent until somebody gives it level DEBUG."""
logger.setLevel(logging.CRITICAL)


class TracedConnection:
    """Wraps a connection; logs each command and answer to `reader.apdu` at level DEBUG.

    The data of whatever can carry a PIN is written as `***`, its length too is not told.
    Answers are told by their length only: certificates and attributes are personal data. Each
    answer comes with what it means, in the words of `reader.description.narration`.
    """

    def __init__(self, inner: CardConnection) -> None:
        self._inner = inner
        self._narrator = Narrator()

    def send(self, apdu: bytes, /) -> tuple[bytes, int]:
        """Send one command, see `CardConnection.send`."""
        if not logger.isEnabledFor(logging.DEBUG):
            return self._inner.send(apdu)
        logger.debug("> %s", masked(apdu))
        data, status = self._inner.send(apdu)
        self._log_answer(apdu, len(data), status)
        return data, status

    def verify_at_pad(self, reference: PinReference, header: bytes, /) -> int:
        """Have the holder type a PIN, where the inner connection can, see `PinPadConnection`."""
        pad = connections.pad_of(self._inner, reference)
        return self._typed(header, lambda: pad.verify_at_pad(reference, header))

    def change_at_pad(self, reference: PinReference, header: bytes, /) -> int:
        """Have the holder type a new PIN, where the inner connection can."""
        pad = connections.pad_of(self._inner, reference)
        return self._typed(header, lambda: pad.change_at_pad(reference, header))

    @contextmanager
    def transaction(self, *, reset: bool) -> Iterator[None]:
        """Hold the card alone where the inner connection can."""
        try:
            with connections.exclusive(self._inner, reset=reset):
                yield
        finally:
            if reset:
                self._narrator.lose_power()

    @property
    def longest_answer(self) -> int:
        """Data bytes of one answer, as the inner connection knows it."""
        return connections.longest_answer(self._inner)

    def close(self) -> None:
        """Close the inner connection."""
        self._inner.close()

    def _typed(self, header: bytes, type_at_pad: Callable[[], int]) -> int:
        if not logger.isEnabledFor(logging.DEBUG):
            return type_at_pad()
        logger.debug("> %s %s, typed at the reader", header.hex(" ").upper(), MASK)
        status = type_at_pad()
        # What the holder typed stays unknown; for the narrator some data went with the command.
        self._log_answer(header + bytes((1, 0)), 0, status)
        return status

    def _log_answer(self, apdu: bytes, length: int, status: int) -> None:
        told = self._narrator.tell(apdu, length, status)
        logger.debug("< %d bytes, %s: %s", length, describe(status), told.ja)
