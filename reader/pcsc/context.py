"""A line to the PC/SC service."""

from __future__ import annotations

from typing import Self

from smartcard import scard

from reader.pcsc.result import PcscResult, check, unsigned


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
