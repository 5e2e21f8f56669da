"""A connection that writes down what goes through it, without the secrets."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from reader import connection as connections
from reader.connection import CardConnection
from reader.narration import Narrator, masked
from reader.status import describe

logger = logging.getLogger("reader.apdu")
"""APDUs have a logger of their own, silent until somebody gives it level DEBUG."""
logger.setLevel(logging.CRITICAL)


class TracedConnection:
    """Wraps a connection; logs each command and answer to `reader.apdu` at level DEBUG.

    The data of VERIFY and of a PIN change is written as `***`, its length too is not told.
    Answers are told by their length only: certificates and attributes are personal data. Each
    answer comes with what it means, in the words of `reader.narration`.
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
        told = self._narrator.tell(apdu, len(data), status)
        logger.debug("< %d bytes, %s: %s", len(data), describe(status), told)
        return data, status

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
