"""Reading for many at once: each gets its own, nobody an answer that is older than the question."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine

from storage import ReadingTogether
from storage.opening import DatabaseOverdue
from storage.together import THREADS

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.asyncio


def reading(seconds: float = 30.0) -> ReadingTogether:
    """Read as from a server; none is asked."""
    return ReadingTogether(create_engine("postgresql+psycopg://nobody/nowhere"), seconds)


async def test_each_gets_what_it_asked_for() -> None:
    together = reading()
    asked: list[Callable[[], int]] = [lambda n=n: n * n for n in range(100)]  # type: ignore[misc]
    assert await asyncio.gather(*map(together.read, asked)) == [n * n for n in range(100)]


async def test_an_error_is_told_to_who_asked_and_to_nobody_else() -> None:
    together = reading()

    def broken() -> int:
        raise LookupError("this one")

    found = await asyncio.gather(
        *map(together.read, (lambda: 1, broken, lambda: 3)), return_exceptions=True
    )
    assert found[0] == 1
    assert isinstance(found[1], LookupError)
    assert found[2] == 3


async def test_the_same_is_read_once_for_all_at_hand_and_never_earlier_than_it_was_asked() -> None:
    together = reading()
    begun, go_on = threading.Semaphore(0), threading.Semaphore(0)
    state = ["old"]

    def look() -> str:
        found = state[0]
        begun.release()
        go_on.acquire()
        return found

    early = [asyncio.create_task(together.read(look)) for _ in range(5)]
    await asyncio.to_thread(begun.acquire)
    state[0] = "new"
    late = [asyncio.create_task(together.read(look)) for _ in range(5)]
    await asyncio.to_thread(begun.acquire)
    for _ in range(2):
        go_on.release()
    assert await asyncio.gather(*early) == ["old"] * 5
    assert await asyncio.gather(*late) == ["new"] * 5
    assert not begun.acquire(blocking=False), "ten questions were two readings"


async def test_what_stands_still_is_given_up_and_holds_nobody_else_up() -> None:
    together = reading(seconds=0.2)
    go_on = threading.Event()

    def still(which: int) -> Callable[[], Any]:
        return lambda: (which, go_on.wait(60))

    stuck = [asyncio.create_task(together.read(still(n))) for n in range(THREADS)]
    for one in stuck:
        with pytest.raises(DatabaseOverdue):
            await one
    assert await together.read(lambda: "goes on") == "goes on"
    go_on.set()


async def test_who_has_gone_away_takes_nothing_from_the_others() -> None:
    together = reading()
    go_on = threading.Event()
    gone = asyncio.create_task(together.read(lambda: go_on.wait(60)))
    stays = asyncio.create_task(together.read(lambda: "mine"))
    await asyncio.sleep(0)
    gone.cancel()
    go_on.set()
    assert await stays == "mine"
    with pytest.raises(asyncio.CancelledError):
        await gone
