"""Waiting for PC/SC to see what happened to a card, and the process that is to see it."""

from pathlib import Path

from smartcard import scard

from testbed.readers.private_pcscd import PcscStack


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


def pcscd_of(stack: PcscStack) -> int:
    """Find the service's own process below the one that holds the stack up."""
    waiting = [stack.pid]
    while waiting:
        parent = waiting.pop()
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        for child in map(int, children):
            if Path(f"/proc/{child}/comm").read_text().strip() == "pcscd":
                return child
            waiting.append(child)
    raise AssertionError("the stack runs no pcscd")
