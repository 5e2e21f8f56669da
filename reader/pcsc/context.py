"""A line to the PC/SC service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from smartcard import scard

from reader.errors import NoService
from reader.pcsc.patience import within
from reader.pcsc.result import PcscResult, check, unsigned

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")

_ANSWERS_WITHIN = 5.0
"""Seconds that the service may take for what waits for no card."""


def answered(ask: Callable[[], _T]) -> _T:
    """Ask the service for what waits for no card; raises `NoService` where it stands still."""
    try:
        return within(_ANSWERS_WITHIN, ask)
    except TimeoutError:
        raise NoService("it does not answer") from None


class PcscContext:
    """A line to the PC/SC service. Belongs to one thread; raises `NoService` when it is down."""

    def __init__(self) -> None:
        result, self.handle = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        check(result, "establishing the PC/SC context")

    def readers(self) -> tuple[str, ...]:
        """Return the names of the readers there are, in the order of the service."""
        result, names = scard.SCardListReaders(self.handle, [])
        if unsigned(result) == PcscResult.NO_READERS_AVAILABLE:
            return ()
        check(result, "listing the readers")
        return tuple(names)

    def state(self, reader: str) -> int:
        """Return a reader's `dwEventState` as it is now; never waits for the card.

        Its upper half counts the cards that came and went, where the system counts them.
        """
        result, states = scard.SCardGetStatusChange(
            self.handle, 0, [(reader, scard.SCARD_STATE_UNAWARE)]
        )
        check(result, "looking at the reader")
        return int(states[0][1])

    def close(self) -> None:
        """Release the context; nothing is left to say if the service is gone already."""
        scard.SCardReleaseContext(self.handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
