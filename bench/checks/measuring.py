"""The measurements of checks: what they cost, how long they take, how they grow."""

from __future__ import annotations

import statistics
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.checks.stub import canned_requests, stub
from bench.checks.trial import Line, Spent, oqs
from bench.load import request, seconds_for
from bench.service import family_seconds
from bench.sync import server_for
from bench.table import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bench.checks.trial import Measured

PEOPLE = 1_000_000
FEW, VERY_MANY = 10_000, 10_000_000
REQUESTS = 4_000
"""Requests in a measurement."""
ROUNDS = 5
COST_TARGETS = {"card": 2.0, "number": 1.2}
"""Times the processor time of a bare route."""
P99_TARGET = 0.050
"""Seconds, at half of the most that one core answers."""
PROCESSES_TARGET = 1.7
STUB_TARGETS = {"card": 2.0, "number": 3.5}
"""Times what a stub answers in a second."""
GROWTH_TARGET = 1.3
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL 15"}


@contextmanager
def _database(engine: str) -> Iterator[tuple[Path, str, int | None]]:
    """Give a directory, the address of an empty database, and the process of its server."""
    with tempfile.TemporaryDirectory() as place, server_for(engine) as server:
        directory = Path(place)
        if server is None:
            yield directory, f"sqlite:///{directory}/oqs.sqlite", None
        else:
            yield directory, server.create("checks"), server.pid


def _median(found: list[Spent]) -> Spent:
    return Spent(
        statistics.median(one.microseconds for one in found),
        statistics.median(one.per_second for one in found),
    )


def _costs(services: dict[str, tuple[Measured, Callable[[int], list[bytes]]]]) -> dict[str, Spent]:
    """Measure kinds of requests in turns; return what one of each costs."""
    found: dict[str, list[Spent]] = {kind: [] for kind in services}
    for service, make in services.values():
        service.spent(make(REQUESTS // 4))  # what is only slow the first time
    for _ in range(ROUNDS):
        for kind, (service, make) in services.items():
            found[kind].append(service.spent(make(REQUESTS)))
    return {kind: _median(each) for kind, each in found.items()}


def _bare(count: int) -> list[bytes]:
    return [request("/")] * count


def _said(spent: Spent) -> str:
    return f"{spent.microseconds:,.0f} µs, {spent.per_second:,.0f}/s"


def measure() -> list[Row]:
    """Measure both checks and the bare route in turns, on either engine."""
    return [row for engine in NAMES for row in _of_engine(engine)]


def _of_engine(engine: str) -> list[Row]:
    with _database(engine) as (directory, url, _):
        line = Line(directory)
        with line.bare() as bare, oqs(line, url, PEOPLE) as system:
            (service,) = system.services
            costs = _costs(
                {"bare": (bare, _bare)}
                | {kind: (service, make) for kind, make in system.kinds.items()}
            )
            slowest = {
                kind: _p99(service.latencies(make(REQUESTS), costs[kind].per_second / 2))
                for kind, make in system.kinds.items()
            }
    rows = []
    for kind, target in COST_TARGETS.items():
        what = f"check by {kind}, {PEOPLE:,} people, {NAMES[engine]}"
        ratio = costs[kind].microseconds / costs["bare"].microseconds
        rows += [
            Row(
                f"processor time of a {what}",
                _said(costs[kind]),
                f"{_said(costs['bare'])} bare FastAPI route",
                f"{ratio:.2f}",
                f"≤ {target}",
                ratio <= target,
            ),
            Row(
                f"p99 of a {what}, at half load",
                f"{slowest[kind] * 1e3:.1f} ms",
                f"{costs[kind].per_second / 2:,.0f}/s",
                "",
                f"≤ {P99_TARGET * 1e3:.0f} ms",
                slowest[kind] <= P99_TARGET,
            ),
        ]
    return rows


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


def measure_processes() -> list[Row]:
    """Measure one process and two over one database, each on a core of its own.

    There are no more cores here: what the load generator and the database's server had of them is
    subtracted, as both are elsewhere in earnest.
    """
    rows = []
    for engine, name in NAMES.items():
        with _database(engine) as (directory, url, server):
            line = Line(directory)
            with oqs(line, url, PEOPLE, processes=2) as system:
                make = system.kinds["number"]
                for service in system.services:
                    service.spent(make(REQUESTS // 4))
                rates = [
                    statistics.median(
                        _rate_on_own_cores(system.services[:count], make, server)
                        for _ in range(ROUNDS)
                    )
                    for count in (1, 2)
                ]
        ratio = rates[1] / rates[0]
        rows.append(
            Row(
                f"checks by number at two processes, {PEOPLE:,} people, {name}",
                f"{rates[1]:,.0f}/s",
                f"{rates[0]:,.0f}/s at one",
                f"{ratio:.2f}",
                f"≥ {PROCESSES_TARGET}",
                ratio >= PROCESSES_TARGET,
            )
        )
    return rows


def _rate_on_own_cores(
    services: Sequence[Measured], make: Callable[[int], list[bytes]], server: int | None
) -> float:
    """Return how many checks these processes answer in a second that is all theirs."""
    requests = [make(REQUESTS) for _ in services]

    def elsewhere() -> float:
        return time.process_time() + (family_seconds(server) if server else 0.0)

    before = elsewhere()
    seconds = seconds_for([service.target for service in services], requests)
    taken = elsewhere() - before
    # One process has a core to itself; two share theirs with what would be elsewhere.
    own = 1.0 if len(services) == 1 else 1.0 - taken / seconds / len(services)
    return len(services) * REQUESTS / (seconds * own)


def measure_stub() -> list[Row]:
    """Measure a stub server that answers one canned body, beside both checks."""
    with _database("sqlite") as (directory, url, _):
        line = Line(directory)
        with stub(line, directory) as canned, oqs(line, url, PEOPLE) as system:
            (service,) = system.services
            costs = _costs(
                {"stub": (canned, canned_requests)}
                | {kind: (service, make) for kind, make in system.kinds.items()}
            )
    rows = []
    for kind, target in STUB_TARGETS.items():
        ratio = costs[kind].per_second / costs["stub"].per_second
        rows.append(
            Row(
                f"checks by {kind}, {PEOPLE:,} people, SQLite",
                _said(costs[kind]),
                f"{_said(costs['stub'])} a stub's canned answer (Mockoon)",
                f"{ratio:.2f}",
                f"≥ {target}",
                ratio >= target,
            )
        )
    return rows


def measure_growth() -> list[Row]:
    """Measure checks by number among few people and among very many."""
    rows = []
    for engine, name in NAMES.items():
        found = {}
        for people in (FEW, VERY_MANY):
            with _database(engine) as (directory, url, _):
                line = Line(directory)
                with oqs(line, url, people) as system:
                    (service,) = system.services
                    found[people] = _costs({"number": (service, system.kinds["number"])})["number"]
        ratio = found[VERY_MANY].microseconds / found[FEW].microseconds
        rows.append(
            Row(
                f"processor time of a check by number, {VERY_MANY:,} people, {name}",
                _said(found[VERY_MANY]),
                f"{_said(found[FEW])}, {FEW:,} people",
                f"{ratio:.2f}",
                f"≤ {GROWTH_TARGET}",
                ratio <= GROWTH_TARGET,
            )
        )
    return rows
