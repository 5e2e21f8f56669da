"""Which card it is: from one insertion to the next removal."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from smartcard import scard

from reader.pcsc.monitor import ReaderEvent, ReaderEventKind, ReaderMonitor

if TYPE_CHECKING:
    from reader.pcsc.context import PcscContext

_NEVER_COUNTED = 0


def insertion_count(state: int) -> int:
    """Return the upper half of `dwEventState`: how often a card came or went, 16 bits, wrapping.

    Only whether two of them differ means anything. 0 where the system does not count.
    """
    return state >> 16 & 0xFFFF


class Insertion:
    """Tells whether the card in a reader is still the one that lay there at the beginning.

    By the reader's counter, which also tells of an exchange that was over before anybody looked.
    A system whose counter stands at 0 may have none: there the removals are watched for as well,
    from a thread of its own.
    """

    def __init__(self, context: PcscContext, reader: str) -> None:
        self._context, self._reader = context, reader
        self.count = insertion_count(context.state(reader))
        """The reader's counter at the beginning."""
        self.left = threading.Event()
        """Set by a removal that was watched for."""
        self._monitor: ReaderMonitor | None = None
        if self.count == _NEVER_COUNTED:
            self._monitor = ReaderMonitor(self._notice, reader).start()

    @property
    def lasts(self) -> bool:
        """Whether that card lies there, and has not left since; raises `NoService`, `NoReader`."""
        if self.left.is_set():
            return False
        state = self._context.state(self._reader)
        return bool(state & scard.SCARD_STATE_PRESENT) and insertion_count(state) == self.count

    def close(self) -> None:
        """Watch no longer."""
        if self._monitor is not None:
            self._monitor.close()

    def _notice(self, event: ReaderEvent) -> None:
        if event.kind is ReaderEventKind.CARD_REMOVED and event.reader == self._reader:
            self.left.set()
