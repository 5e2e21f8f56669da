"""Reading for many requests in one go.

To have a thread read, and to come back from it, takes a loop as long as a query does. What requests
ask for in one turn of the loop, and while threads are reading already, is therefore read by one
thread, one after the other. On SQLite nobody waits for a reader, and none is needed.
"""

from __future__ import annotations

import asyncio
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from storage.aside import READ_SECONDS
from storage.locking import DatabaseOverdue

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

_Result = TypeVar("_Result")
THREADS = 2
"""That read at the same time; more of them would only take the interpreter from one another."""
TOGETHER = 32
"""What one thread reads before it comes back."""


@dataclass(eq=False)
class _Wanted:
    """Something to be read, and who waits for it."""

    look: Callable[[], Any]
    context: Context
    waiting: list[asyncio.Future[Any]]

    def read(self) -> tuple[Any, Exception | None]:
        """Read it, in the context of who asked first."""
        try:
            return self.context.run(self.look), None
        except Exception as error:  # noqa: BLE001 # whatever it is, it is for who asked
            return None, error


@dataclass(eq=False)
class _Batch:
    """What one thread reads."""

    wanted: list[_Wanted]
    is_over: bool = False

    def read(self) -> list[tuple[Any, Exception | None]]:
        """Read all of it, one after the other; each gives a value or an error."""
        return [one.read() for one in self.wanted]

    def tell(self, found: list[tuple[Any, Exception | None]]) -> None:
        """Tell all who wait for it."""
        for one, (value, error) in zip(self.wanted, found, strict=True):
            for waiting in one.waiting:
                if waiting.done():
                    continue  # who asked has gone away
                if error is None:
                    waiting.set_result(value)
                else:
                    waiting.set_exception(error)


@dataclass(eq=False)
class _Gathered:
    """What is to be read for the requests of one loop."""

    loop: asyncio.AbstractEventLoop
    wanted: dict[Callable[[], Any], _Wanted] = field(default_factory=dict)
    reading: int = 0
    """Threads that have not come back."""
    is_due: bool = False
    """Whether what is wanted goes to a thread in the next turn."""


class ReadingTogether:
    """Reads what requests ask for; what several ask for by the same function, once for all."""

    def __init__(self, engine: Engine, seconds: float = READ_SECONDS) -> None:
        """Read from the database of ``engine``, for so many seconds at most."""
        self._waits_for_nobody = engine.dialect.name == "sqlite"
        self._seconds = seconds
        self._gathered: WeakKeyDictionary[asyncio.AbstractEventLoop, _Gathered] = (
            WeakKeyDictionary()
        )

    async def read(self, look: Callable[[], _Result]) -> _Result:
        """Return what ``look`` reads, from now on.

        Raises:
            DatabaseOverdue: the server did not answer in time.
        """
        if self._waits_for_nobody:
            return look()
        loop = asyncio.get_running_loop()
        gathered = self._gathered.get(loop)
        if gathered is None:
            gathered = self._gathered[loop] = _Gathered(loop)
        wanted = gathered.wanted.get(look)
        if wanted is None:
            wanted = gathered.wanted[look] = _Wanted(look, copy_context(), [])
            if not gathered.is_due:
                gathered.is_due = True
                loop.call_soon(self._hand_over, gathered)
        mine: asyncio.Future[_Result] = loop.create_future()
        wanted.waiting.append(mine)
        return await mine

    def _hand_over(self, gathered: _Gathered) -> None:
        gathered.is_due = False
        while gathered.wanted and gathered.reading < THREADS:
            first = list(islice(gathered.wanted, TOGETHER))
            batch = _Batch([gathered.wanted.pop(look) for look in first])
            gathered.reading += 1
            done = gathered.loop.run_in_executor(None, batch.read)
            timer = gathered.loop.call_later(self._seconds, self._give_up, gathered, batch)
            done.add_done_callback(partial(self._end, gathered, batch, timer))

    def _end(
        self,
        gathered: _Gathered,
        batch: _Batch,
        timer: asyncio.TimerHandle,
        done: asyncio.Future[list[tuple[Any, Exception | None]]],
    ) -> None:
        timer.cancel()
        if not batch.is_over and not done.cancelled():
            batch.tell(done.result())
        self._go_on(gathered, batch)

    def _give_up(self, gathered: _Gathered, batch: _Batch) -> None:
        """Tell who waits that time is up; a thread that stands still holds nobody else up."""
        batch.tell([(None, DatabaseOverdue(self._seconds))] * len(batch.wanted))
        self._go_on(gathered, batch)

    def _go_on(self, gathered: _Gathered, batch: _Batch) -> None:
        if not batch.is_over:
            batch.is_over = True
            gathered.reading -= 1
        self._hand_over(gathered)
