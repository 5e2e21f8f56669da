"""A bar for what takes long: on the standard error, and only where that is a terminal."""

from __future__ import annotations

import signal
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eligibility.sentence import Sentence
    from testbed.terminal_output.speech import Speech

    Bar = Any
    """Click's bar; its `update` takes what has been done since the last time."""

PATIENCE = 0.5
"""Seconds after which a wait is told, and between two words about it."""


def progress(whole: int | None, speech: Speech, doing: Sentence) -> Bar:
    """Return a bar, to be used with ``with``; ``whole`` is None where the end is not known."""
    # An empty file is done at once.
    return click.progressbar(
        length=whole or 1,
        label=speech(doing),
        file=sys.stderr,
        hidden=whole is None or not sys.stderr.isatty(),
    )


@contextmanager
def waiting(speech: Speech, doing: Sentence) -> Iterator[None]:
    """Tell how long something has taken whose end is not known, for the length of the block."""
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()
    begun = time.monotonic()

    def tell() -> None:
        # Ctrl-C is for the thread that waits, whose call it has to break off.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        while not done.wait(PATIENCE):
            sys.stderr.write(f"\r{speech(doing)} {time.monotonic() - begun:.0f} s")
            sys.stderr.flush()

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()
        # Nothing is left on the line.
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
