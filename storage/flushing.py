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
import weakref
from pathlib import Path


class LogFlusher:
    """Flushes the log of one database, for all threads of this process."""

    def __init__(self, database: Path) -> None:
        """Take the path of the database; its log lies beside it."""
        self._database, self._log = database, Path(f"{database}-wal")
        self._changed = threading.Condition()
        self._asked = 0
        self._done = 0
        self._under_way = False
        self._failure: OSError | None = None
        self._opened: _OpenLog | None = None

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
                f"({self._failure.strerror}). Mend the disk, or put the database back, and start "
                "the service again"
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
        try:
            if self._opened is None or not self._opened.is_at(self._log):
                self._opened = _OpenLog(self._log)
        except FileNotFoundError:
            # A checkpoint has put all of it into the database, and flushed that; unless somebody
            # removed both: SQLite then goes on in files that nobody finds again.
            self._database.stat()
            return
        os.fdatasync(self._opened.descriptor)
        if not self._opened.named:
            # A log that is new is found after a power cut only if its directory has its name.
            synchronise_directory(self._log.parent)
            self._opened.named = True


class _OpenLog:
    """A log that stays open from one flush to the next.

    Linux tells of a write that failed once to each who had the file open by then. SQLite flushes
    the log too, before a checkpoint, and keeps a failure to itself; whoever opens the file after
    that is told of a success.
    """

    def __init__(self, path: Path) -> None:
        self.descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.named = False
        weakref.finalize(self, os.close, self.descriptor)

    def is_at(self, path: Path) -> bool:
        """Tell whether the path still leads to this file."""
        return os.path.samestat(os.fstat(self.descriptor), path.stat())


def synchronise_directory(directory: Path) -> None:
    """Return when the names in a directory are on the disk."""
    opened = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


class FlushedConnection(sqlite3.Connection):
    """A connection whose commits return when they are on the disk."""

    flusher: LogFlusher
    relaxed = False
    """Whether the transaction at hand may be lost with the machine."""

    waits = 0.0
    """Seconds for which it waits for the lock."""

    def wait_at_most(self, seconds: float) -> None:
        """Wait so long for the lock from now on."""
        if seconds != self.waits:
            self.execute(f"PRAGMA busy_timeout = {seconds * 1_000:.0f}")
            self.waits = seconds

    def commit(self) -> None:
        """Commit and flush, but for a transaction that was relaxed."""
        super().commit()
        if not self.relaxed:
            self.flusher.flush()
