"""Ctrl-C while a command is loaded, and after its end: nothing is left to end in order.

What this imports is loaded before Ctrl-C has its meaning, so it is nothing that takes time: the
interpreter has both of them already.
"""

import _signal as signal  # type: ignore[import-not-found] # `signal` without its enumerations
import os

EXIT_CODE = 130
"""Of a process that Ctrl-C ended, as a shell tells it (128 and the signal's number)."""


def _leave(_: int, __: object) -> None:
    os._exit(EXIT_CODE)


def leave_at_once() -> None:
    """Have Ctrl-C end this process in silence.

    A process that was started with Ctrl-C ignored, as a shell does in the background, ignores it.
    """
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _leave)


def heed_interrupts() -> None:
    """Have Ctrl-C raise KeyboardInterrupt again, for what begins now has to be ended in order."""
    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, signal.default_int_handler)
