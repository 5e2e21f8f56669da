"""The readers of this machine as they are at one moment."""

from dataclasses import dataclass

from smartcard import scard

from reader.pcsc.features import ReaderFeatures
from reader.pcsc.pcsc_connection import PcscContext, features
from reader.pcsc.result import PcscResult, check, unsigned

_NO_PROTOCOL = 0
"""For a line to the reader alone."""


@dataclass(frozen=True)
class ReaderState:
    """One reader."""

    name: str
    card_present: bool
    mute: bool
    """Whether the card that is there gave no answer to power."""
    features: ReaderFeatures | None
    """None where another program keeps the reader to itself."""


def reader_states() -> tuple[ReaderState, ...]:
    """Look at all readers, in the order of the service; raises `NoService`."""
    with PcscContext() as context:
        names = context.readers()
        if not names:
            return ()
        unaware = [(name, scard.SCARD_STATE_UNAWARE) for name in names]
        result, states = scard.SCardGetStatusChange(context.handle, 0, unaware)
        if unsigned(result) == PcscResult.UNKNOWN_READER:  # one has just gone
            return reader_states()
        check(result, "looking at the readers")
        return tuple(
            ReaderState(
                name=name,
                card_present=bool(state & scard.SCARD_STATE_PRESENT),
                mute=bool(state & scard.SCARD_STATE_MUTE),
                features=_features_of(context, name),
            )
            for name, state, _ in states
        )


def _features_of(context: PcscContext, name: str) -> ReaderFeatures | None:
    """Ask what a reader can do, whether or not there is a card in it."""
    result, card, _ = scard.SCardConnect(
        context.handle, name, scard.SCARD_SHARE_DIRECT, _NO_PROTOCOL
    )
    if unsigned(result) != PcscResult.SUCCESS:
        return None
    try:
        return features(card)
    finally:
        scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
