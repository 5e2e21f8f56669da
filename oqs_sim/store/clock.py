"""Where the clock stands, across restarts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from oqs_sim.store.schema import clock

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

_NAME = "business"


@dataclass(frozen=True)
class ClockState:
    """The clock as it was last set."""

    mode: str
    rate: float
    revision: int
    business_anchor: datetime
    wall_anchor: datetime


def load_clock(connection: Connection) -> ClockState | None:
    """Return the clock's state, if it was ever set."""
    row = connection.execute(select(clock).where(clock.c.name == _NAME)).one_or_none()
    return ClockState(*row[1:]) if row else None


def save_clock(connection: Connection, state: ClockState) -> None:
    """Keep the clock's state."""
    connection.execute(delete(clock).where(clock.c.name == _NAME))
    connection.execute(insert(clock), {"name": _NAME, **vars(state)})
