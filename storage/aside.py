"""Work with a database beside the event loop, which waits for no lock and no disk."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from storage.locking import DatabaseOverdue
from storage.opening import in_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

_Result = TypeVar("_Result")
READ_SECONDS = 10.0
"""How long one reading may take."""


async def aside(engine: Engine, work: Callable[[], _Result]) -> _Result:
    """Return what ``work`` gives, done in a thread; a writer may have to wait for another one.

    A database in memory has one connection, which belongs to this thread, and nobody to wait for.
    """
    return work() if in_memory(engine) else await asyncio.to_thread(work)


async def read_aside(engine: Engine, look: Callable[[], _Result]) -> _Result:
    """Return what ``look`` reads; on a server in a thread, as it may be slow, or stand still.

    On SQLite a reader waits for nobody.

    Raises:
        DatabaseOverdue: the server did not answer in time.
    """
    if engine.dialect.name == "sqlite":
        return look()
    try:
        async with asyncio.timeout(READ_SECONDS):
            return await asyncio.to_thread(look)
    except TimeoutError:
        raise DatabaseOverdue(READ_SECONDS) from None
