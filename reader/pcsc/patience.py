"""Waiting for an answer of PC/SC, for a while.

While another program holds a transaction, nearly every call of PC/SC about that reader waits until
it ends, without a limit and deaf to SCardCancel (measured with pcsc-lite 1.9.9). A card, or the
service itself, may not answer either. So such calls run in a thread of their own, which is left
behind where one takes too long.
"""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")

_LEFT_BEHIND_AT_MOST = 4
"""Calls that may go on without anybody; each keeps a thread here, and one of pcscd's 200."""

_left_behind: set[Caller] = set()
_deciding = threading.Lock()


def queue_is_full() -> bool:
    """Whether so many calls wait for their answer already that one more is of no use."""
    return len(_left_behind) >= _LEFT_BEHIND_AT_MOST


class Caller:
    """A thread that makes calls one after another. Belongs to one thread at a time."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[tuple[object, BaseException | None]] = queue.SimpleQueue()
        self._too_late: Callable[[], object] = _nothing
        self._thread: threading.Thread | None = None

    def within(
        self, seconds: float, call: Callable[[], _T], too_late: Callable[[], object] | None = None
    ) -> _T:
        """Return what `call` returns, or raise what it raises.

        Raises `TimeoutError` where it takes longer than that many seconds. It then goes on by
        itself, and `too_late` is called in its thread after it: until then nobody else may use the
        handles that it works with, nor afterwards. Nothing more can be called here.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="pcsc-calls", daemon=True)
            self._thread.start()
        self._calls.put(call)
        try:
            value, error = self._answers.get(timeout=seconds)
        except queue.Empty:
            with _deciding:
                if self._answers.empty():
                    self._too_late = too_late or _nothing
                    _left_behind.add(self)
                    raise TimeoutError from None
            value, error = self._answers.get()
        if error is not None:
            raise error
        return value  # type: ignore[return-value] # of this call

    @property
    def is_left_behind(self) -> bool:
        """Whether a call goes on that took too long."""
        return self in _left_behind

    def end(self) -> None:
        """Let the thread end, after what it is at."""
        self._calls.put(None)

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            value, failure = None, None
            try:
                value = call()
            except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
                failure = error
            del call
            with _deciding:
                if self not in _left_behind:
                    self._answers.put((value, failure))
                    continue
            try:
                self._too_late()
            finally:
                _left_behind.discard(self)
            return


def within(
    seconds: float, call: Callable[[], _T], too_late: Callable[[], object] | None = None
) -> _T:
    """Call once, see `Caller.within`."""
    caller = Caller()
    try:
        return caller.within(seconds, call, too_late)
    finally:
        caller.end()


def _nothing() -> None:
    pass
