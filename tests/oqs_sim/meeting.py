"""Two requests about one thing meet: the second comes between the look of the first and its write.

The second is asked at another process of OQS, as it were, and the first goes on when the second has
been answered, or waits for what the first holds.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, text

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
) -> Iterator[Callable[[], Any]]:
    """Have ``second`` come right after ``look``, a function by where it is called from, has looked.

    Given is what returns the answer of the second, once the first has been answered.
    """
    place, name = look
    real = getattr(place, name)
    with oqs.another() as other, ThreadPoolExecutor(1) as pool:
        asked: list[Any] = []
        writes = Event()
        listens = other.engine.dialect.name == "sqlite"

        def executes(_: Connection, __: Any, statement: str, *___: Any) -> None:
            if statement == "BEGIN IMMEDIATE":  # where a file's writer waits for another
                writes.set()

        def looked(*args: Any, **named: Any) -> Any:
            found = real(*args, **named)
            if not asked:
                asked.append(None)  # the look of the second is not interrupted
                asked[0] = pool.submit(second, other)
                _until_done_or_waiting(other.engine, asked[0].done, writes)
            return found

        if listens:
            event.listen(other.engine, "before_cursor_execute", executes)
        with monkeypatch.context() as patched:
            patched.setattr(place, name, looked)
            yield lambda: asked[0].result(SECONDS)
        if listens:
            event.remove(other.engine, "before_cursor_execute", executes)


def _until_done_or_waiting(engine: Engine, done: Callable[[], bool], writes: Event) -> None:
    until = time.monotonic() + SECONDS
    while not done() and not writes.is_set():
        assert time.monotonic() < until, "the second is neither answered nor waits"
        if engine.dialect.name == "postgresql":
            with engine.connect() as connection:
                if connection.execute(_WAITING).scalar_one():
                    return
        writes.wait(0.005)
