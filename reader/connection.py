"""A connection to a card: two members, and what some connections can do beyond them."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, TypeVar, runtime_checkable

from reader import apdu as commands
from reader.description.layout import PinReference
from reader.description.status import StatusWord
from reader.errors import CardInUse, PinNotSent

_T = TypeVar("_T")

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
        """Data bytes of one answer, and as many of one command."""


@runtime_checkable
class PinPadConnection(Protocol):
    """A connection whose reader may have a pad of its own (PC/SC part 10).

    Both return the status word: the card's, or one of the reader's own (64xx, 6B80). They
    raise `PinNotSent` where the reader has no pad or this PIN cannot be typed at one.
    """

    def verify_at_pad(self, reference: PinReference, header: bytes, /) -> int:
        """Have the holder type a PIN, and send it with this header (CLA, INS, P1, P2)."""

    def change_at_pad(self, reference: PinReference, header: bytes, /) -> int:
        """Have the holder type a new PIN twice, and send it with this header."""


def exclusive(connection: CardConnection, *, reset: bool) -> AbstractContextManager[None]:
    """Hold the card alone where the connection can; where it cannot, nobody else is there."""
    if isinstance(connection, ExclusiveConnection):
        return connection.transaction(reset=reset)
    return nullcontext()


def undisturbed(connection: CardConnection, use: Callable[[], _T]) -> _T:
    """Hold the card alone for something that needs no PIN, and return what it gives.

    Where another program reset the card beneath us, it is done once more from its beginning; so it
    starts with a SELECT, and has no effect. Raises `CardInUse` where that comes twice.
    """
    try:
        with exclusive(connection, reset=False):
            return use()
    except CardInUse:
        pass
    with exclusive(connection, reset=False):
        return use()


def pad_of(connection: CardConnection, reference: PinReference) -> PinPadConnection:
    """Return the connection as one with a pad for this PIN; raises `PinNotSent` for others."""
    if not isinstance(connection, PinPadConnection):
        raise PinNotSent.without_pad(reference)
    return connection


def longest_answer(connection: CardConnection) -> int:
    """Return how many data bytes one answer may carry on this connection."""
    if isinstance(connection, LongAnswerConnection):
        return connection.longest_answer
    return SHORT_ANSWER


def send_long(connection: CardConnection, command: bytes) -> tuple[bytes, int]:
    """Send a command without Le whose data may be long.

    As it is where the reader carries extended length, else in a chain, which ends early where
    the card refuses a part.
    """
    if longest_answer(connection) > SHORT_ANSWER:
        return connection.send(command)
    data, status = b"", 0
    for part in commands.chained(command):
        data, status = connection.send(part)
        if status != StatusWord.SUCCESS:
            break
    return data, status
