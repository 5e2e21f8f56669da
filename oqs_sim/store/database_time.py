"""Database time, without asking for it each time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from oqs_sim.store.spent_challenges import standing, write_time
from storage import reading
from wire.clock import wall_clock

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from oqs_sim.store.spent_challenges import Standing

REFRESH_SECONDS = 5.0
"""How often the distance is measured."""
MICROSECONDS = 1_000_000


class DatabaseTime:
    """Keeps how far database time is from this process's monotonic clock.

    What it says is wrong by no more than half of the round trip in which it was measured, plus
    what the database's clock was set or drifted since, which is `REFRESH_SECONDS` at most while
    the database answers. It is good enough to write into a challenge until when it holds, and to
    order lines of a log; whether a challenge still holds is decided where it is spent.

    On SQLite it never goes back, as long as the process runs.
    """

    def __init__(self, engine: Engine) -> None:
        """Take the database whose time it is; `measure` has to come before the first `now`."""
        self._engine = engine
        self._never_back = engine.dialect.name == "sqlite"
        self._distance: int | None = None

    def now(self) -> int:
        """Return database time in microseconds since 1970, as far as it is known here."""
        assert self._distance is not None, "it was never measured"
        return self._distance + _elapsed()

    def measure(self) -> Standing:
        """Ask the database, and return what it said."""
        with reading(self._engine) as connection:
            asked = _elapsed()  # connecting is no part of the round trip
            found = standing(connection, _machine_clock() if self._never_back else None)
        distance = found.now - (asked + _elapsed()) // 2
        if self._never_back and self._distance is not None:
            distance = max(distance, self._distance)
        self._distance = distance
        return found._replace(now=self.now())

    def write_down(self) -> None:
        """Write down how far time has come, where the database has no clock of its own."""
        if self._never_back:
            with self._engine.begin() as connection:
                write_time(connection, self.now())


def _machine_clock() -> int:
    return int(wall_clock().timestamp() * MICROSECONDS)


def _elapsed() -> int:
    return time.monotonic_ns() // 1_000
