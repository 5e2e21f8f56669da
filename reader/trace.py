"""A connection that writes down what goes through it, without the secrets."""

import logging
from contextlib import AbstractContextManager

from reader import apdu as commands
from reader import connection as connections
from reader.connection import CardConnection
from reader.status import describe

logger = logging.getLogger("reader.apdu")
"""APDUs have a logger of their own, silent until somebody gives it level DEBUG."""
logger.setLevel(logging.CRITICAL)


class TracedConnection:
    """Wraps a connection; logs each command and answer to `reader.apdu` at level DEBUG.

    The data of VERIFY and of a PIN change is written as `***`, its length too is not told.
    Answers are told by their length only: certificates and attributes are personal data.
    """

    def __init__(self, inner: CardConnection) -> None:
        self._inner = inner

    def send(self, apdu: bytes, /) -> tuple[bytes, int]:
        """Send one command, see `CardConnection.send`."""
        logger.debug("> %s", masked(apdu))
        data, status = self._inner.send(apdu)
        logger.debug("< %d bytes, %s", len(data), describe(status))
        return data, status

    def transaction(self, *, reset: bool) -> AbstractContextManager[None]:
        """Hold the card alone where the inner connection can."""
        return connections.exclusive(self._inner, reset=reset)

    @property
    def longest_answer(self) -> int:
        """Data bytes of one answer, as the inner connection knows it."""
        return connections.longest_answer(self._inner)

    def close(self) -> None:
        """Close the inner connection."""
        self._inner.close()


def masked(apdu: bytes) -> str:
    """Write a command in hexadecimal, the data of a secret one as `***`."""
    if commands.is_verify(apdu):
        return f"{apdu[:4].hex(' ').upper()} ***"
    return apdu.hex(" ").upper()
