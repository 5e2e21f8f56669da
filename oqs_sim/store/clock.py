"""Where the clock stands, across restarts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from oqs_sim.store.schema import clock, idempotency_key
from storage import IdempotencyKeys

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

_NAME = "business"

_SAVED = select(clock).where(clock.c.name == _NAME)
"""The clock as it was last saved."""

_FORGET = delete(clock).where(clock.c.name == _NAME)
"""Makes place for a newer state of the clock."""

keys = IdempotencyKeys(idempotency_key)


@dataclass(frozen=True)
class SavedClock:
    """The clock as it was last set."""

    mode: str
    rate: float
    revision: int
    business_anchor: datetime
    wall_anchor: datetime
    shown_until: datetime | None = None
    """Nothing later than this was ever shown; None where a clock was saved before this was."""
    advanced_to: datetime | None = None
    """Where the last movement was to lead, if it was an advance."""


def load_clock(connection: Connection) -> SavedClock | None:
    """Return the clock's state, if it was ever set."""
    row = connection.execute(_SAVED).one_or_none()
    return SavedClock(*row[1:]) if row else None


def save_clock(connection: Connection, state: SavedClock) -> None:
    """Keep the clock's state."""
    connection.execute(_FORGET)
    connection.execute(insert(clock), {"name": _NAME, **vars(state)})
