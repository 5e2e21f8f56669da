"""Two requests about one thing meet: the second comes between the look of the first and its write.

The second is asked at another process of OQS, as it were, and the first goes on when the second has
been answered, or waits for what the first holds.
"""

from __future__ import annotations

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from threading import Event
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, text

from storage.locking import _queues

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest
    from sqlalchemy import Connection, Engine

    from tests.oqs_sim.conftest import Oqs

SECONDS = 60.0
_WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


@contextmanager
def between(
    oqs: Oqs,
    monkeypatch: pytest.MonkeyPatch,
    look: tuple[Any, str],
    second: Callable[[Oqs], Any],
    **settings: Any,
) -> Iterator[Callable[[], Any]]:
    """Have ``second`` come right after ``look``, a function by where it is called from, has looked.

    Given is what returns the answer of the second, once the first has been answered. ``settings``
    are those of its process.
    """
    place, name = look
    real = getattr(place, name)
    with oqs.another(**settings) as other, ThreadPoolExecutor(1) as pool:
        asked: list[Any] = []
        about_to_write = Event()

        def executes(_: Connection, __: Any, statement: str, *___: Any) -> None:
            if statement == "BEGIN IMMEDIATE":
                about_to_write.set()

        def looked(*args: Any, **named: Any) -> Any:
            found = real(*args, **named)
            if not asked:
                asked.append(None)  # the look of the second is not interrupted
                waits = _waits_for(other.engine, about_to_write)
                asked[0] = pool.submit(second, other)
                until = time.monotonic() + SECONDS
                while not asked[0].done() and not waits():
                    assert time.monotonic() < until, "the second is neither answered nor waits"
                    time.sleep(0.002)
            return found

        event.listen(other.engine, "before_cursor_execute", executes)
        with monkeypatch.context() as patched:
            patched.setattr(place, name, looked)
            yield lambda: asked[0].result(SECONDS)
        event.remove(other.engine, "before_cursor_execute", executes)


def _waits_for(engine: Engine, about_to_write: Event) -> Callable[[], bool]:
    """Return what tells whether another process waits for what is locked now."""
    if engine.dialect.name == "postgresql":
        return lambda: _is_waited_for(engine)
    if not _is_locked(str(engine.url.database)):
        return lambda: False
    # Whoever writes has the whole file to itself; in one program of tests they also take turns.
    return lambda: about_to_write.is_set() or len(_queues.get(str(engine.url), ())) > 1


def _is_waited_for(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.execute(_WAITING).scalar_one())


def _is_locked(file: str) -> bool:
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as probe:
        try:
            probe.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        probe.execute("ROLLBACK")
    return False
