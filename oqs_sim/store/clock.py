"""The one clock of all processes: how it goes, and who is advancing it.

Its wall time is database time: on PostgreSQL that of the server, on SQLite that of the machine,
which all who use a file are on.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, func, literal_column, null, or_, select, update

from oqs_sim.store.schema import clock, idempotency_key
from storage import DirectConnection, IdempotencyKeys, UtcDateTime, insert_into, lock_name
from wire.clock import ClockMode, ClockState

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Dialect, Engine, Insert

LEASE_SECONDS = 8.0
"""How long a process that advances the clock has it to itself, if it does not say so again."""
_NAME = "business"
_THIS = {"name": _NAME}
_STATE = (
    clock.c.mode, clock.c.rate, clock.c.revision, clock.c.business_anchor, clock.c.wall_anchor,
    clock.c.began, clock.c.shown_until, clock.c.advanced_to,
)  # fmt: skip

_IS_THIS = clock.c.name == bindparam("name")

_TIMES = {
    "sqlite": literal_column("strftime('%Y-%m-%d %H:%M:%f', 'now')", UtcDateTime),
    "postgresql": func.statement_timestamp(type_=UtcDateTime()),
}
"""Database time, by the kind of database, as the statement began."""

_LOOKS = {kind: select(time, *_STATE).where(_IS_THIS) for kind, time in _TIMES.items()}
"""Database time, and how the clock goes."""

_GLANCES = {
    kind: select(time, clock.c.revision, clock.c.wall_anchor).where(_IS_THIS)
    for kind, time in _TIMES.items()
}
"""Database time, and what tells whether the clock is as it was: each change of it moves one."""

_SAVE = (
    update(clock)
    .where(clock.c.name == _NAME)
    .values({column: bindparam(f"new_{column.name}") for column in _STATE})
)
"""Has the clock go in another way."""

_TAKE = (
    update(clock)
    .where(
        clock.c.name == _NAME,
        or_(
            clock.c.advancing_by.is_(None),
            clock.c.advancing_until <= bindparam("wall"),
        ),
    )
    .values(advancing_by=bindparam("who"), advancing_until=bindparam("until"))
)
"""Gives the clock to one process, unless another one advances it."""

_KEEP = (
    update(clock)
    .where(clock.c.name == _NAME, clock.c.advancing_by == bindparam("who"))
    .values(advancing_until=bindparam("until"))
)
"""Lets the process that has the clock have it for longer."""

_GIVE_BACK = (
    update(clock)
    .where(clock.c.name == _NAME, clock.c.advancing_by == bindparam("who"))
    .values(advancing_by=null(), advancing_until=null())
)
"""Ends what `_TAKE` began."""

keys = IdempotencyKeys(idempotency_key)


class Look(NamedTuple):
    """How the clock goes, and database time when that was read."""

    state: ClockState
    wall: datetime


def _begin(dialect: Dialect) -> Insert:
    """Begin a clock, unless there is one."""
    return insert_into(clock, dialect).on_conflict_do_nothing(index_elements=["name"])


def begin_clock(connection: Connection) -> None:
    """Begin with a clock that shows database time, where there is none."""
    wall = connection.scalar(select(_TIMES[connection.dialect.name]))
    assert wall is not None
    new = ClockState(ClockMode.REAL, 1.0, 0, wall, wall, wall)
    connection.execute(_begin(connection.dialect), {"name": _NAME, **vars(new)})


def lock_clock(connection: Connection) -> Look:
    """Read the clock; nobody else changes it until this transaction ends."""
    lock_name(connection, "clock")
    return _look(connection.execute(_LOOKS[connection.dialect.name], _THIS).one())


def save_clock(connection: Connection, state: ClockState) -> None:
    """Have the clock go in another way."""
    connection.execute(_SAVE, {f"new_{name}": value for name, value in vars(state).items()})


def take_clock(connection: Connection, who: str, wall: datetime) -> bool:
    """Have the clock to oneself for `LEASE_SECONDS`, unless somebody else has; tell which."""
    values = {"who": who, "wall": wall, "until": _lease_end(wall)}
    return connection.execute(_TAKE, values).rowcount == 1


def keep_clock(connection: Connection, who: str, wall: datetime) -> None:
    """Have the clock to oneself for `LEASE_SECONDS` from now on, if one still has it."""
    connection.execute(_KEEP, {"who": who, "until": _lease_end(wall)})


def give_back_clock(connection: Connection, who: str) -> None:
    """Let others advance the clock."""
    connection.execute(_GIVE_BACK, {"who": who})


def _lease_end(wall: datetime) -> datetime:
    return wall + timedelta(seconds=LEASE_SECONDS)


class ClockReader:
    """Reads the clock on a connection of its own, as each check does; for any thread."""

    def __init__(self, engine: Engine) -> None:
        """Write the statements for the database of ``engine``."""
        self._direct = direct = DirectConnection(engine)
        self._turn = threading.Lock()
        self._look = direct.prepare(_LOOKS[engine.dialect.name])
        self._glance = direct.prepare(_GLANCES[engine.dialect.name])
        self._state: ClockState | None = None

    def look(self) -> Look:
        """Return how the clock goes, as it was last committed by any process."""
        with self._turn:
            known = self._state
            if known is not None:
                glance = self._direct.first(self._glance, _THIS)
                assert glance is not None
                if glance[1:] == (known.revision, known.wall_anchor):
                    return Look(known, glance[0])
            row = self._direct.first(self._look, _THIS)
            assert row is not None
            look = _look(row)
            self._state = look.state
            return look

    def close(self) -> None:
        """Give the connection back."""
        self._direct.close()


def _look(row: Any) -> Look:  # of either way to the database
    wall, mode, *others = row
    return Look(ClockState(ClockMode(mode), *others), wall)
