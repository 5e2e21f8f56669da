"""Watching the readers: who comes, who goes, without asking again and again."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from smartcard import scard

from reader.errors import NoReader, ReaderError
from reader.pcsc.context import PcscContext
from reader.pcsc.result import PcscResult, check, unsigned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

logger = logging.getLogger(__name__)

_NEW_READERS = "\\\\?PnP?\\Notification"
"""The pseudo reader that changes when a reader is attached or detached; macOS has it not."""

_FOREVER = 0xFFFFFFFF
_LOOK_EVERY = 1000
"""Milliseconds between two looks for new readers, where the system does not tell of them."""

_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 1.0
"""Seconds between two attempts to reach a service that is down."""

_CANCEL_AGAIN_AFTER = 0.02
"""Seconds; a cancel that comes before the wait began is lost, so it is said again."""


class ReaderEventKind(StrEnum):
    """What happened."""

    SERVICE_UP = "service-up"
    SERVICE_DOWN = "service-down"
    READER_ATTACHED = "reader-attached"
    READER_DETACHED = "reader-detached"
    CARD_INSERTED = "card-inserted"
    CARD_REMOVED = "card-removed"


@dataclass(frozen=True)
class ReaderEvent:
    """One change at the readers."""

    kind: ReaderEventKind
    reader: str | None
    """The reader's name; None for the service."""
    at_monotonic: float
    """`time.monotonic()` when PC/SC told us."""
    count: int = 0
    """Of a card that was inserted: the reader's counter, see `reader.pcsc.insertion`."""
    atr: bytes = b""
    """Of a card that was inserted: its answer to reset, where it gave one."""


class ReaderMonitor:
    """Tells a listener of each change, from a thread of its own that sleeps in PC/SC.

    At the start, and after the service comes back, the listener hears of everything that is
    there already, so its picture is always whole: a service that goes down takes its readers
    and their cards with it, in that order. The listener is called one event at a time; an
    error in it is logged and does not end the watch.
    """

    def __init__(
        self, on_event: Callable[[ReaderEvent], None], reader_part: str | None = None
    ) -> None:
        """Watch the readers whose name has this part, whatever its case; all without one."""
        self._on_event = on_event
        self._part = (reader_part or "").lower()
        self._closing = threading.Event()
        self._context: PcscContext | None = None
        self._states: dict[str, int] = {}
        self._serving: bool | None = None
        self._thread = threading.Thread(target=self._run, name="reader-monitor", daemon=True)

    def start(self) -> Self:
        """Begin to watch; returns at once."""
        self._thread.start()
        return self

    def close(self) -> None:
        """End the watch; no event comes after it returns. May be called twice."""
        self._closing.set()
        if self._thread is threading.current_thread():
            return
        while self._thread.is_alive():
            context = self._context
            if context is not None:
                scard.SCardCancel(context.handle)
            self._thread.join(_CANCEL_AGAIN_AFTER)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while not self._closing.is_set():
            try:
                with PcscContext() as self._context:
                    self._service_is(up=True)
                    pause = _FIRST_PAUSE
                    self._watch(self._context)
            except ReaderError as error:
                logger.debug("The readers cannot be watched: %s", error)
            finally:
                self._context = None
            if not self._closing.is_set():
                self._service_is(up=False)
                self._closing.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    def _watch(self, context: PcscContext) -> None:
        """Tell of changes until the service goes or the watch is closed."""
        count = self._update_readers(context)
        told_of_readers = True
        while not self._closing.is_set():
            if told_of_readers:
                # The upper half of the pseudo reader's state is the number of readers we know.
                watched, patience = [(_NEW_READERS, count << 16), *self._states.items()], _FOREVER
            else:
                watched, patience = list(self._states.items()), _LOOK_EVERY
            result, states = _wait(context, watched, patience, self._closing)
            now = time.monotonic()
            if self._closing.is_set():
                return
            try:
                check(result, "waiting for a change at the readers")
            except NoReader:
                before = set(self._states)
                count = self._update_readers(context)
                # Where none has gone, it is the pseudo reader that this system does not know.
                told_of_readers = told_of_readers and before != set(self._states)
                continue
            new_readers = self._take(states, now)
            told_of_readers = told_of_readers and not new_readers & scard.SCARD_STATE_UNKNOWN
            if not told_of_readers or new_readers & scard.SCARD_STATE_CHANGED:
                count = self._update_readers(context)

    def _take(self, states: Iterable[tuple[str, int, Sequence[int]]], now: float) -> int:
        """Tell of what changed at the readers; return the state of the pseudo reader."""
        new_readers = 0
        for name, state, atr in states:
            if name == _NEW_READERS:
                new_readers = state
            elif name in self._states:
                self._reader_is(name, state & ~scard.SCARD_STATE_CHANGED, bytes(atr), now)
        return new_readers

    def _update_readers(self, context: PcscContext) -> int:
        """Tell of readers that came or went; return how many the service has."""
        names = context.readers()
        now = time.monotonic()
        watched = [name for name in names if self._part in name.lower()]
        for name in [known for known in self._states if known not in watched]:
            self._forget(name, now)
        for name in watched:
            if name not in self._states:
                self._states[name] = scard.SCARD_STATE_UNAWARE
                self._tell(ReaderEventKind.READER_ATTACHED, name, now)
        return len(names)

    def _reader_is(self, name: str, state: int, atr: bytes, now: float) -> None:
        before, self._states[name] = self._states[name], state
        was_there = bool(before & scard.SCARD_STATE_PRESENT)
        is_there = bool(state & scard.SCARD_STATE_PRESENT)
        # The upper half counts insertions and removals: a swift exchange changes only that.
        exchanged = was_there and is_there and before >> 16 != state >> 16
        if was_there and (exchanged or not is_there):
            self._tell(ReaderEventKind.CARD_REMOVED, name, now)
        if is_there and (exchanged or not was_there):
            self._tell(ReaderEventKind.CARD_INSERTED, name, now, state >> 16 & 0xFFFF, atr)

    def _service_is(self, *, up: bool) -> None:
        if self._serving is up:
            return
        self._serving = up
        now = time.monotonic()
        if not up:
            for name in list(self._states):
                self._forget(name, now)
        kind = ReaderEventKind.SERVICE_UP if up else ReaderEventKind.SERVICE_DOWN
        self._tell(kind, None, now)

    def _forget(self, name: str, now: float) -> None:
        if self._states.pop(name) & scard.SCARD_STATE_PRESENT:
            self._tell(ReaderEventKind.CARD_REMOVED, name, now)
        self._tell(ReaderEventKind.READER_DETACHED, name, now)

    def _tell(
        self,
        kind: ReaderEventKind,
        reader: str | None,
        now: float,
        count: int = 0,
        atr: bytes = b"",
    ) -> None:
        try:
            self._on_event(ReaderEvent(kind, reader, now, count, atr))
        except Exception:  # whatever a listener does, the watch goes on
            logger.exception("The listener failed on %s", kind)


def _wait(
    context: PcscContext, watched: list[tuple[str, int]], patience: int, closing: threading.Event
) -> tuple[int, list[tuple[str, int, Sequence[int]]]]:
    """Sleep until something changes or the patience (ms) is over, which is a success too."""
    if not watched:  # PC/SC would return at once
        closing.wait(patience / 1000)
        return PcscResult.SUCCESS, []
    result, states = scard.SCardGetStatusChange(context.handle, patience, watched)
    if unsigned(result) == PcscResult.SUCCESS:
        return PcscResult.SUCCESS, states
    # What comes with an error says nothing of the readers.
    return (PcscResult.SUCCESS if unsigned(result) == PcscResult.TIMEOUT else result), []
