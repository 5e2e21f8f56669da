"""The lock of a worker: whether it may work, or stands by.

On PostgreSQL any number of workers share the work by their leases. A SQLite file takes one writer
at a time, and several workers would only wait for one another; so one works, and the others stand
by until its process has ended, however that ends.
"""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from sqlalchemy import Engine


class WorkerLock(Protocol):
    """Whether a worker may work."""

    def acquire(self) -> bool:
        """Tell whether this worker has the lock; take it where it is free."""
        ...

    def release(self) -> None:
        """Give it up."""
        ...


class NoWorkerLock:
    """For any number of workers, who share the work by their leases."""

    def acquire(self) -> bool:
        """Return True."""
        return True

    def release(self) -> None:
        """Do nothing."""


@dataclass
class SingleWorkerLock:
    """For one worker at a time: a lock on a file, which the kernel releases when a process ends."""

    path: Path
    _lock: TextIO | None = field(default=None, init=False)

    def acquire(self) -> bool:
        """Tell whether this worker has the lock; take it where it is free."""
        if self._lock is not None:
            return True
        opened = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        lock = os.fdopen(opened, "r+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return False
        self._lock = lock
        return True

    def release(self) -> None:
        """Give the lock up."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def worker_lock(engine: Engine) -> WorkerLock:
    """Return the lock of a worker on a database."""
    if engine.dialect.name == "postgresql":
        return NoWorkerLock()
    return SingleWorkerLock(Path(f"{engine.url.database}.worker"))
