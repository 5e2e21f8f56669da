"""Waiting for a turn at the card, for a while.

While another program holds a transaction, nearly every call of PC/SC about that reader waits until
it ends, without a limit and deaf to SCardCancel (measured with pcsc-lite 1.9.9). So such a call
runs in a thread of its own, which is left behind where it takes too long.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")

_LEFT_BEHIND_AT_MOST = 4
"""Calls that may go on without anybody; each keeps a thread here, and one of pcscd's 200."""

_left_behind: set[threading.Thread] = set()
_deciding = threading.Lock()


def queue_is_full() -> bool:
    """Whether so many calls wait for their turn already that one more is of no use."""
    return len(_left_behind) >= _LEFT_BEHIND_AT_MOST


def within(seconds: float, call: Callable[[], _T], too_late: Callable[[], object]) -> _T:
    """Return what `call` returns, or raise what it raises.

    Raises `TimeoutError` where it takes longer than that many seconds. It then goes on by itself,
    and `too_late` is called in its thread after it: until then nobody else may use the handles
    that it works with, nor afterwards.
    """
    answer: Future[_T] = Future()

    def run() -> None:
        try:
            answer.set_result(call())
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            answer.set_exception(error)
        with _deciding:
            was_left_behind = thread in _left_behind
        if was_left_behind:
            try:
                too_late()
            finally:
                _left_behind.discard(thread)

    thread = threading.Thread(target=run, name="pcsc-turn", daemon=True)
    thread.start()
    try:
        return answer.result(seconds)
    except TimeoutError:
        with _deciding:
            if not answer.done():
                _left_behind.add(thread)
                raise
        return answer.result()
