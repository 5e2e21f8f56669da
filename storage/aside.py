"""Work with a database beside the event loop, which waits for no lock and no disk."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from storage.opening import in_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

_Result = TypeVar("_Result")


async def aside(engine: Engine, work: Callable[[], _Result]) -> _Result:
    """Return what ``work`` gives, done in a thread; a writer may have to wait for another one.

    A database in memory has one connection, which belongs to this thread, and nobody to wait for.
    """
    return work() if in_memory(engine) else await asyncio.to_thread(work)
