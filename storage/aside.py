"""Asking a database without stopping the event loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from storage.opening import in_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

_Answer = TypeVar("_Answer")


async def aside(engine: Engine, ask: Callable[[], _Answer]) -> _Answer:
    """Ask in a thread, as an answer may take a while, and a lock too: others do not wait for it.

    A database in memory has one connection, which belongs to the event loop's thread.
    """
    return ask() if in_memory(engine) else await asyncio.to_thread(ask)
