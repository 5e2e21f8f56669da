"""Whether a reader shows a card, to be waited for."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from reader.pcsc.monitor import ReaderEventKind, ReaderMonitor

if TYPE_CHECKING:
    from typing import Self

    from reader.pcsc.monitor import ReaderEvent

SECONDS = 10.0
"""A card that is not seen to come or go by then hangs."""


class Presence:
    """Whether PC/SC shows a card in a reader."""

    def __init__(self, reader: str) -> None:
        """Take the reader's name."""
        self.reader = reader
        self._changed = threading.Condition()
        self._present = False
        self._monitor = ReaderMonitor(self._look, reader)

    def __enter__(self) -> Self:
        self._monitor.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._monitor.close()

    def _look(self, event: ReaderEvent) -> None:
        with self._changed:
            self._present = event.kind is ReaderEventKind.CARD_INSERTED
            self._changed.notify_all()

    def wait(self, *, present: bool) -> None:
        """Wait until a card is, or is not, there; raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._present is present, SECONDS):
                raise TimeoutError(f"{self.reader} did not change.")
