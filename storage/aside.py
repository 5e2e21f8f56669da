"""Work with a database beside the event loop, which waits for no lock and no disk."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from storage.locking import DatabaseOverdue

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

_Result = TypeVar("_Result")
READ_SECONDS = 10.0
"""How long one reading may take."""


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
