"""The readers of this machine as they are at one moment."""

from dataclasses import dataclass, replace

from smartcard import scard

from reader.pcsc.context import PcscContext, answered
from reader.pcsc.features import ReaderFeatures
from reader.pcsc.patience import queue_is_full, within
from reader.pcsc.pcsc_connection import features
from reader.pcsc.result import PcscResult, check, unsigned

_NO_PROTOCOL = 0
"""For a line to the reader alone."""

_PATIENCE = 1.0
"""Seconds that a reader may take to tell its features; far more than it needs."""


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
    return tuple(replace(state, features=_features_of(state.name)) for state in answered(_states))


def _states() -> tuple[ReaderState, ...]:
    with PcscContext() as context:
        names = context.readers()
        if not names:
            return ()
        unaware = [(name, scard.SCARD_STATE_UNAWARE) for name in names]
        result, states = scard.SCardGetStatusChange(context.handle, 0, unaware)
        if unsigned(result) == PcscResult.UNKNOWN_READER:  # one has just gone
            return _states()
        check(result, "looking at the readers")
        return tuple(
            ReaderState(
                name=name,
                card_present=bool(state & scard.SCARD_STATE_PRESENT),
                mute=bool(state & scard.SCARD_STATE_MUTE),
                features=None,
            )
            for name, state, _ in states
        )


def _features_of(name: str) -> ReaderFeatures | None:
    """Ask what a reader can do, whether or not there is a card in it.

    None where another program keeps it to itself, at once or for longer than one likes to wait.
    """
    if queue_is_full():
        return None
    context = PcscContext()

    def ask() -> ReaderFeatures | None:
        result, card, _ = scard.SCardConnect(
            context.handle, name, scard.SCARD_SHARE_DIRECT, _NO_PROTOCOL
        )
        if unsigned(result) != PcscResult.SUCCESS:
            return None
        try:
            return features(card)
        finally:
            scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)

    try:
        found = within(_PATIENCE, ask, context.close)
    except TimeoutError:
        return None
    context.close()
    return found
