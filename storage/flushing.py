"""Flushing what SQLite has committed: acknowledged means flushed.

SQLite would flush its log (WAL) with each commit while the writer's lock is held
(``synchronous=FULL``); on a disk that takes 7 ms for it, that is 150 commits in a second for all
together. Here a commit gives the lock back first, and is flushed before it returns. One flush
serves all that were committed when it begins.

Until it has been flushed, others see what was committed. Who hands that on to another system
calls `storage.flush` before.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path


class LogFlusher:
    """Flushes the log of one database, for all threads of this process."""

    def __init__(self, database: Path) -> None:
        """Take the path of the database; its log lies beside it."""
        self._log = Path(f"{database}-wal")
        self._changed = threading.Condition()
        self._asked = 0
        self._done = 0
        self._under_way = False
        self._failure: OSError | None = None
        self._known: tuple[int, int] | None = None

    def flush(self) -> None:
        """Return when all that was committed before this call is on the disk.

        Raises:
            sqlite3.OperationalError: the disk failed. It does so for good, as the kernel may have
                dropped what it could not write: only the next start knows what the disk has.
        """
        with self._changed:
            self._asked += 1
            mine = self._asked
            while self._under_way and self._done < mine:
                self._changed.wait()
            if self._done < mine:
                self._under_way, covered = True, self._asked
            elif self._failure is None:
                return
        if self._done < mine:
            self._flush_up_to(covered)
        if self._failure is not None:
            raise sqlite3.OperationalError(
                f"disk I/O error: the log {self._log} could not be flushed "
                f"({self._failure.strerror}). Mend the disk and start the service again"
            ) from self._failure

    def _flush_up_to(self, covered: int) -> None:
        failure = self._failure
        try:
            if failure is None:
                self._synchronise()
        except OSError as error:
            failure = error
        finally:
            with self._changed:
                self._failure = failure
                self._done, self._under_way = covered, False
                self._changed.notify_all()

    def _synchronise(self) -> None:
        # Where there is no log, a checkpoint has put all of it into the file, and flushed that.
        with suppress(FileNotFoundError), self._log.open("rb") as log:
            os.fdatasync(log.fileno())
            status = os.fstat(log.fileno())
            if self._known != (status.st_dev, status.st_ino):
                # A log that is new is found after a power cut only if its directory has its name.
                synchronise_directory(self._log.parent)
                self._known = status.st_dev, status.st_ino


def synchronise_directory(directory: Path) -> None:
    """Return when the names in a directory are on the disk."""
    opened = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


class FlushedConnection(sqlite3.Connection):
    """A connection whose commits return when they are on the disk."""

    flusher: LogFlusher | None = None
    """None for a database in memory."""
    relaxed = False
    """Whether the transaction at hand may be lost with the machine."""

    def commit(self) -> None:
        """Commit and flush, but for a transaction that was relaxed."""
        super().commit()
        if self.flusher is not None and not self.relaxed:
            self.flusher.flush()
