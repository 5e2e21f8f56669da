"""Ctrl-C and SIGTERM as an exception that a command catches where it ends quietly."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import FrameType

    Handler = Callable[[int, FrameType | None], object] | int | None

SIGNALS = (signal.SIGINT, signal.SIGTERM)
_AGAIN_SECONDS = 0.01
"""After how long an interruption that was lost comes again."""


class Interrupted(Exception):
    """Ctrl-C, or the request to end; that is no error."""


def _interrupt(_: int, __: object) -> None:
    raise Interrupted


def _come_again(lost: sys.UnraisableHookArgs) -> None:
    """Interrupt once more where nobody could catch it: in a finaliser, or a hook around a fork."""
    if lost.exc_type is Interrupted:
        signal.signal(signal.SIGALRM, _interrupt)
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)
    else:
        sys.__unraisablehook__(lost)


@contextmanager
def put_off() -> Iterator[None]:
    """Have both signals come after the block, which nothing interrupts half way."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def raise_interrupted() -> Mapping[signal.Signals, Handler]:
    """Have both signals raise `Interrupted` from now on; return what they did before."""
    sys.unraisablehook = _come_again
    return {number: signal.signal(number, _interrupt) for number in SIGNALS}
