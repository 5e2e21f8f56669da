"""The measurements of checks: what they cost, how long they take, how they grow."""

from __future__ import annotations

import statistics
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.checks.trial import Line, Spent, oqs
from bench.load import request
from bench.sync import server_for
from bench.table import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
GROWTH_TARGET = 1.3
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL 15"}


@contextmanager
def _database(engine: str) -> Iterator[tuple[Path, str]]:
    """Give a directory, and the address of an empty database."""
    with tempfile.TemporaryDirectory() as place, server_for(engine) as server:
        directory = Path(place)
        yield directory, server.create("checks") if server else f"sqlite:///{directory}/oqs.sqlite"


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
    with _database(engine) as (directory, url):
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


def measure_growth() -> list[Row]:
    """Measure checks by number among few people and among very many."""
    rows = []
    for engine, name in NAMES.items():
        found = {}
        for people in (FEW, VERY_MANY):
            with _database(engine) as (directory, url):
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
