"""A connection to a card: two members, and what some connections can do beyond them."""

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, runtime_checkable

SHORT_ANSWER = 256
"""Bytes that an answer carries on every reader; more needs extended length."""


class CardConnection(Protocol):
    """A card in some reader, ready to take commands."""

    def send(self, apdu: bytes, /) -> tuple[bytes, int]:
        """Send one command; return the data of the answer and the status word.

        Raises `reader.errors.ReaderError` when no answer comes; every answer, whatever its
        status word, is a return.
        """

    def close(self) -> None:
        """Let go of the card, reset, so that nothing stays verified. May be called twice."""


@runtime_checkable
class ExclusiveConnection(Protocol):
    """A connection that can keep everybody else off the card for a while."""

    def transaction(self, *, reset: bool) -> AbstractContextManager[None]:
        """Hold the card alone; with `reset`, put it back to its power-on state afterwards."""


@runtime_checkable
class LongAnswerConnection(Protocol):
    """A connection that knows how long an answer its reader can carry."""

    @property
    def longest_answer(self) -> int:
        """Data bytes of one answer."""


def exclusive(connection: CardConnection, *, reset: bool) -> AbstractContextManager[None]:
    """Hold the card alone where the connection can; where it cannot, nobody else is there."""
    if isinstance(connection, ExclusiveConnection):
        return connection.transaction(reset=reset)
    return nullcontext()


def longest_answer(connection: CardConnection) -> int:
    """Return how many data bytes one answer may carry on this connection."""
    return (
        connection.longest_answer
        if isinstance(connection, LongAnswerConnection)
        else (SHORT_ANSWER)
    )
