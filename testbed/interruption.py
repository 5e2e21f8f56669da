"""Ctrl-C and SIGTERM as an exception that a command catches where it ends quietly."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType

    Handler = Callable[[int, FrameType | None], object] | int | None

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(Exception):
    """Ctrl-C, or the request to end; that is no error."""


def _interrupt(_: int, __: object) -> None:
    raise Interrupted


def raise_interrupted() -> Mapping[signal.Signals, Handler]:
    """Have both signals raise `Interrupted` from now on; return what they did before."""
    return {number: signal.signal(number, _interrupt) for number in SIGNALS}
