"""How fast changes that fell due get to OQS, next to the rate of one at a time.

The way is the real one: a clock that is advanced, workers that claim, deliver over mutual TLS and
mark, and OQS that merges. The changes are those of people who change their insurer: each leaves
one, which alters a row of OQS, and joins another, which adds one.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2

import intermediate_server.worker
import oqs_sim.app
from bench.chart import draw_growth
from bench.members import Members
from bench.table import Row
from eligibility.days.dates import TOKYO
from intermediate_server.settings import WorkerSettings
from oqs_sim.settings import Settings
from testbed.launch.line_certificates import OQS, make_line
from testbed.launch.postgres import PostgresServer
from testbed.launch.processes import Child, spawn, stop
from wire.line_credentials import credentials
from wire.serving.serve import Listener, bind, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fastapi import FastAPI

MEMBERS, CHANGES, ROUNDS = 200_000, 60_000, 3
"""Of a quick run."""
MILLION = 1_000_000
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
GROWTH_CHANGES, GROWTH_ROUNDS = 20_000, 7
"""So few changes that even the smallest table has somebody new for each."""
GROWTH_LIMIT = 1.5
AT_ONCE = 1_000
"""Changes that are delivered one at a time, for the baseline."""
WORKERS = {"postgresql": 2, "sqlite": 1}
TARGETS = {"postgresql": 20_000, "sqlite": 10_000}
NAMES = {"postgresql": "PostgreSQL 15, two workers", "sqlite": "SQLite, one worker"}
START = datetime(2026, 11, 16, 10, tzinfo=TOKYO)
MIDNIGHT = datetime(2026, 11, 18, tzinfo=TOKYO)
"""When the first changes fall due; those of a later round do so on a later day."""
HOST = "127.0.0.1"
SERVER_SETTINGS = {
    "shared_buffers": "2GB",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "30min",
    "wal_compression": "lz4",
    "max_connections": "60",
}
"""As docs/how-to/postgresql.md recommends; nothing of it gives up safety."""


@dataclass
class Fleet:
    """OQS and the sync workers of one measurement, each in a process of its own."""

    directory: Path
    oqs_url: str
    intermediate_url: str

    def __post_init__(self) -> None:
        self.line = self.directory / "line"
        make_line(self.line, [], [])
        self.oqs_line = Listener(bind(HOST, 0), credentials(self.line, OQS))
        self.oqs_console = Listener(bind(HOST, 0))
        self.workers = [Listener(bind(HOST, 0)) for _ in range(max(WORKERS.values()))]

    @contextmanager
    def oqs(self, workers: int) -> Iterator[httpx2.Client]:
        """Serve OQS, whose clock waits for so many workers; give a client of its console."""
        settings = Settings(
            self.oqs_url, clock_followers=tuple(one.url for one in self.workers[:workers])
        )
        with (
            _serving(
                "OQS", lambda: oqs_sim.app.build_app(settings), self.oqs_console, self.oqs_line
            ),
            httpx2.Client(base_url=self.oqs_console.url, timeout=3600) as console,
        ):
            yield console

    @contextmanager
    def working(self, workers: int, batch_size: int = 5_000, at_once: int = 2) -> Iterator[None]:
        """Run so many workers."""
        settings = WorkerSettings(
            self.intermediate_url, self.oqs_line.url, self.oqs_console.url, self.line,
            oqs_seconds=60, batch_size=batch_size, deliveries_at_once=at_once,
        )  # fmt: skip
        with ExitStack() as stack:
            for number in range(workers):
                stack.enter_context(
                    _serving(
                        f"worker {number}",
                        lambda: intermediate_server.worker.build_app(settings),
                        self.workers[number],
                    )
                )
            yield


@contextmanager
def _serving(name: str, build: Callable[[], FastAPI], *listeners: Listener) -> Iterator[Child]:
    def run(started: Callable[[], None]) -> None:
        serve(build(), listeners, started)

    child = spawn(name, run, (OSError,))
    try:
        child.wait_until_ready(time.monotonic() + 60)
        yield child
    finally:
        stop([child], 10)


def rate(console: httpx2.Client, to: datetime, changes: int) -> float:
    """Advance the clock and return how many changes a second were applied until it answered."""
    begun = time.perf_counter()
    console.post("/sim/clock/advance", json={"To": to.isoformat()}).raise_for_status()
    return changes / (time.perf_counter() - begun)


@dataclass(frozen=True)
class Rates:
    """Changes a second."""

    together: tuple[float, ...]
    """In batches, round by round."""
    one_at_a_time: float


@dataclass
class Trial:
    """A table of so many members, and changes that fall due round by round."""

    engine: str
    fleet: Fleet
    people: Members
    changes: int
    days: tuple[datetime, ...]

    @classmethod
    @contextmanager
    def of(
        cls, engine: str, members: int, changes: int, rounds: int, server: PostgresServer | None
    ) -> Iterator[Trial]:
        """Fill new databases; ``server`` is for those of PostgreSQL."""
        with tempfile.TemporaryDirectory() as place:
            if server is None:
                oqs, intermediate = f"sqlite:///{place}/oqs.sqlite", f"sqlite:///{place}/im.sqlite"
            else:
                oqs, intermediate = server.create(f"oqs_{members}"), server.create(f"im_{members}")
            people = Members(oqs, intermediate, members)
            people.fill()
            days = tuple(MIDNIGHT + timedelta(days=number) for number in range(rounds + 1))
            people.file_moves(AT_ONCE, days[0])
            for day in days[1:]:
                people.file_moves(changes, day)
            people.settle()
            yield cls(engine, Fleet(Path(place), oqs, intermediate), people, changes, days)
            people.check()
            people.close()

    def one_at_a_time(self) -> float:
        """Set the clock, and measure the first changes, one by one."""
        with self.fleet.oqs(1) as console:
            frozen = {"Mode": "frozen", "Now": START.isoformat()}
            console.put("/sim/clock", json=frozen).raise_for_status()
            with self.fleet.working(1, batch_size=1, at_once=1):
                return rate(console, self.days[0], AT_ONCE)

    def together(self, rounds: range) -> tuple[float, ...]:
        """Measure rounds (from 1 on), in batches."""
        workers = WORKERS[self.engine]
        with self.fleet.oqs(workers) as console, self.fleet.working(workers):
            return tuple(rate(console, self.days[number], self.changes) for number in rounds)


@contextmanager
def server_for(engine: str) -> Iterator[PostgresServer | None]:
    """Run a server, where the engine has one."""
    if engine == "sqlite":
        yield None
        return
    with PostgresServer(SERVER_SETTINGS) as server:
        yield server


def rates(engine: str, members: int, changes: int, rounds: int) -> Rates:
    """Measure over a table of so many members."""
    with (
        server_for(engine) as server,
        Trial.of(engine, members, changes, rounds, server) as trial,
    ):
        one_at_a_time = trial.one_at_a_time()
        return Rates(trial.together(range(1, rounds + 1)), one_at_a_time)


def growth(engine: str, sizes: Sequence[int]) -> dict[int, list[float]]:
    """Return the microseconds that a change takes, round by round, for tables of these sizes.

    The sizes take turns, so that what else the machine does falls on all of them alike.
    """
    costs: dict[int, list[float]] = {size: [] for size in sizes}
    with server_for(engine) as server, ExitStack() as stack:
        trials = {
            size: stack.enter_context(Trial.of(engine, size, GROWTH_CHANGES, GROWTH_ROUNDS, server))
            for size in sizes
        }
        for trial in trials.values():
            trial.one_at_a_time()
        for number in range(1, GROWTH_ROUNDS + 1):
            for size, trial in trials.items():
                (measured,) = trial.together(range(number, number + 1))
                costs[size].append(1e6 / measured)
                print(f"  {engine}, {size:,}: {costs[size][-1]:.1f} µs", file=sys.stderr)
    return costs


def measure() -> list[Row]:
    """Measure both engines, quickly."""
    return [_row(engine, MEMBERS, CHANGES, ROUNDS) for engine in WORKERS]


def measure_growth() -> list[Row]:
    """Measure how the cost of a change grows with the table, and draw it."""
    rows = []
    curves = {}
    for engine in WORKERS:
        curves[engine] = growth(engine, SIZES)
        medians = {size: statistics.median(costs) for size, costs in curves[engine].items()}
        smallest, largest = medians[min(SIZES)], medians[max(SIZES)]
        rows.append(
            Row(
                f"a change among {max(SIZES):,} members, {NAMES[engine]}",
                f"{largest:.0f} µs",
                f"{smallest:.0f} µs among {min(SIZES):,}",
                f"{largest / smallest:.2f}",
                f"≤ {GROWTH_LIMIT}",
                largest / smallest <= GROWTH_LIMIT,
            )
        )
    draw_growth(curves, NAMES)
    return rows


def measure_million() -> list[Row]:
    """Measure both engines with a million changes that are due at once."""
    return [_row(engine, MILLION, MILLION, 1) for engine in WORKERS]


def _row(engine: str, members: int, changes: int, rounds: int) -> Row:
    measured = rates(engine, members, changes, rounds)
    together = statistics.median(measured.together)
    return Row(
        f"{changes:,} due changes to OQS, {members:,} members, {NAMES[engine]}",
        f"{together:,.0f}/s",
        f"{measured.one_at_a_time:,.0f}/s one at a time",
        f"{together / measured.one_at_a_time:.0f}",
        f"≥ {TARGETS[engine]:,}/s",
        together >= TARGETS[engine],
    )
