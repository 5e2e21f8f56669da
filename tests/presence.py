"""Waiting for PC/SC to see what happened to a card."""

from smartcard import scard


def wait_until(reader: str, *, present: bool) -> None:
    """Return when PC/SC shows a card in a reader, or shows none; fails after ten seconds."""
    wanted = scard.SCARD_STATE_PRESENT if present else scard.SCARD_STATE_EMPTY
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    state = scard.SCARD_STATE_UNAWARE
    while not state & wanted:
        result, states = scard.SCardGetStatusChange(context, 10_000, [(reader, state)])
        assert result == scard.SCARD_S_SUCCESS, scard.SCardGetErrorMessage(result)
        state = states[0][1] & ~scard.SCARD_STATE_CHANGED
    scard.SCardReleaseContext(context)
