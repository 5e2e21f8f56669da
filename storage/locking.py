"""Locks: those who would decide on the same thing decide one after the other.

How long one waits for another is bounded: by the setting `LOCK_SETTING`, and within a turn by what
is left of that.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import struct
import threading
import time
from collections import deque
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING

from sqlalchemy import ARRAY, String, bindparam, func, select
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection, Engine

LOCK_SETTING = "OQS_SIM_LOCK_SECONDS"
"""The environment variable that says how many seconds a request waits for whoever has the lock."""
LOCK_SECONDS = 5.0
"""The same where nobody says: a request that waits for the journal besides is answered, with 503,
before its client gives up."""
CLIENTS_WAIT_SECONDS = 10.0
"""After how many seconds the services' clients give up."""


class DatabaseOverdue(Exception):
    """The database did not answer in time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The database took more than {seconds:g} seconds.")


def lock_seconds() -> float:
    """Return how many seconds a request waits for whoever has the lock.

    Raises:
        ValueError: the setting is no number between 0 and `CLIENTS_WAIT_SECONDS`.
    """
    seconds = float(os.environ.get(LOCK_SETTING) or LOCK_SECONDS)
    if not 0 < seconds < CLIENTS_WAIT_SECONDS:
        raise ValueError(seconds)
    return seconds


_left: ContextVar[float | None] = ContextVar("left of the wait for a lock", default=None)


def left_to_wait(seconds: float) -> float:
    """Return how much of ``seconds`` is left to whoever waited for a turn to write."""
    left = _left.get()
    return seconds if left is None else left


@contextmanager
def waiting_at_most(seconds: float) -> Iterator[None]:
    """Have transactions that begin within wait so long for the lock of SQLite."""
    token = _left.set(seconds)
    try:
        yield
    finally:
        _left.reset(token)


_name = func.unnest(bindparam("names", type_=ARRAY(String))).column_valued("name")
_LOCK_IN_ORDER = select(func.pg_advisory_xact_lock(func.hashtextextended(_name, 0)))
"""Locks names as `lock_name` does: PostgreSQL goes through an array from its beginning."""


def lock_name(connection: Connection, name: str) -> None:
    """Lock a name until this transaction ends; wait while another transaction has it locked.

    What is read after that is still so when this transaction writes. On SQLite a transaction that
    may write has the whole database to itself from its beginning.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


@contextmanager
def work_alone(engine: Engine, name: str) -> Iterator[None]:
    """Have nobody else, in any process, work under a name meanwhile; wait for one who does.

    It may take several transactions, between which others write. On SQLite it is a lock on a file
    beside the database, which the kernel releases when the process ends.
    """
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            lock_name(connection, name)
            yield
        return
    path = f"{engine.url.database}.{name.partition(' ')[0]}"
    opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


_SHOW_PROCESS = select(func.pg_try_advisory_lock(func.hashtextextended(bindparam("name"), 0)))
"""Locks a name until the connection ends; once more where it has it already."""
_PROCESS_ENDED = select(
    func.pg_try_advisory_xact_lock(func.hashtextextended(bindparam("name"), 0)),
    func.pg_postmaster_start_time(),
)
"""Tells whether nobody has a name locked, and since when the server knows."""
_HIDE_PROCESS = select(func.pg_advisory_unlock_all())
"""Releases what `_SHOW_PROCESS` locked; a server takes its time over a closed connection."""
_SEES_PROCESSES = hasattr(fcntl, "F_OFD_SETLK")
"""Whether a file can tell of other processes: elsewhere than on Linux it does not."""
_FILE_LOCK = "hhqqi4x"
"""``struct flock`` of Linux: type, whence, start, length, process."""


class Presence:
    """Shows the other processes at a database that this one runs, until it ends, however it ends.

    On PostgreSQL it is a lock of a connection that is kept open, on SQLite one on a byte of a file
    beside the database: the server, or the kernel, releases it when the process ends.
    """

    def __init__(self, engine: Engine) -> None:
        """Choose a name; nothing is locked before `show`."""
        self._engine = engine
        self._guard = threading.Lock()
        self._connection: Connection | None = None
        self._file: int | None = None
        self.name = secrets.token_hex(7)
        """By which others know this process."""

    def show(self) -> None:
        """Take the lock, where it is not held, or not any more."""
        with self._guard:
            if self._engine.dialect.name == "postgresql":
                self._show_server()
            elif self._file is None and _SEES_PROCESSES:
                self._file = self._opened()
                fcntl.fcntl(self._file, fcntl.F_OFD_SETLK, _place(self.name))

    def ended(self, connection: Connection, name: str, since: datetime) -> bool:
        """Tell whether a process that ran at an instant has ended; False where that is not known.

        A server that started later has released the locks of those that still run.
        """
        if connection.dialect.name == "postgresql":
            free, started = connection.execute(_PROCESS_ENDED, {"name": _shown_as(name)}).one()
            return bool(free and started < since)
        if not _SEES_PROCESSES:
            return False
        opened = self._opened()
        try:
            found = fcntl.fcntl(opened, fcntl.F_OFD_GETLK, _place(name))
        finally:
            os.close(opened)
        kind: int = struct.unpack(_FILE_LOCK, found)[0]
        return kind == fcntl.F_UNLCK

    def close(self) -> None:
        """Release the lock."""
        with self._guard:
            if self._connection is not None:
                with suppress(DBAPIError):  # a connection that is gone has released it
                    self._connection.execute(_HIDE_PROCESS)
                self._connection.close()
                self._connection = None
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def _show_server(self) -> None:
        for attempt in range(2):
            if self._connection is None:
                opened = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                opened.detach()  # the pool has its connections for others
                self._connection = opened
            try:
                self._connection.execute(_SHOW_PROCESS, {"name": _shown_as(self.name)})
            except DBAPIError:
                self._connection.invalidate()
                self._connection.close()
                self._connection = None
                if attempt:
                    raise
            else:
                return

    def _opened(self) -> int:
        path = f"{self._engine.url.database}.processes"
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _shown_as(name: str) -> str:
    return f"process {name}"


def _place(name: str) -> bytes:
    """Return the byte of a process: 14 hexadecimal digits fit into the offset of a file."""
    place = int(name[:14], 16)
    return struct.pack(_FILE_LOCK, fcntl.F_WRLCK, os.SEEK_SET, place, 1, 0)


def lock_buckets(connection: Connection, buckets: Iterable[int]) -> None:
    """Lock all persons of these buckets until this transaction ends."""
    if connection.dialect.name == "postgresql":
        # In one order for all, or two might wait for each other.
        names = [f"bucket {bucket}" for bucket in sorted(buckets)]
        connection.execute(_LOCK_IN_ORDER, {"names": names})


@contextmanager
def turn_to_write(engine: Engine) -> Iterator[Callable[[], bool]]:
    """Take turns, first come first served, with the other threads that write to a file of SQLite.

    SQLite itself gives its lock to whoever asks at the right moment, so that one who writes again
    and again keeps others away. PostgreSQL needs no turns. Given is what tells whether another
    thread wants to write too: who has much to write may then end soon, and take another turn.

    Raises:
        DatabaseOverdue: those before it were not done within `lock_seconds`.
    """
    seconds, began = lock_seconds(), time.monotonic()
    mine = threading.Event()
    with _queues_guard:
        queue = _queues.setdefault(str(engine.url), deque())
        queue.append(mine)
        if queue[0] is mine or engine.dialect.name != "sqlite":
            mine.set()
    try:
        if not mine.wait(seconds):
            raise DatabaseOverdue(seconds)
        # Others may have done nothing but wait for the lock: both waits together are bounded.
        left = round(max(_LEAST_WAIT, seconds - (time.monotonic() - began)), 1)
        with waiting_at_most(left):
            yield lambda: len(queue) > 1
    finally:
        with _queues_guard:
            queue.remove(mine)
            if queue:
                queue[0].set()


_LEAST_WAIT = 0.1
_queues_guard = threading.Lock()
_queues: dict[str, deque[threading.Event]] = {}
"""Who wants to write or does, by database; of SQLite the first one is writing."""
