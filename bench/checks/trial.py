"""OQS under test, with insured people and terminals that ask about them on the real line."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from fastapi import FastAPI

import oqs_sim.app
from bench.checks.clinic import INSTITUTION, Clinic, number_requests
from bench.checks.people import fill
from bench.load import HOST, Target, latencies, pin_to, seconds_for
from bench.service import port_of, processor_seconds, served
from oqs_sim.settings import Settings
from testbed.launch.line_certificates import OQS, make_line, terminal
from wire.line_credentials import OQS as SERVER
from wire.line_credentials import credentials
from wire.serving.serve import Listener, bind

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from wire.line_credentials import LineCredentials

FOUND = b'"QualificationValidity":"1"'
"""In each answer: who is asked about is insured."""
CHALLENGES_HOLD = 3_600
"""Seconds; they are fetched and signed before the time is taken."""


def bare_app() -> FastAPI:
    """Return the baseline: one route that returns a constant."""
    app = FastAPI()

    @app.get("/")
    async def bare() -> dict[str, int]:
        return {"a": 1}

    return app


@dataclass(frozen=True)
class Spent:
    """What a request cost."""

    microseconds: float
    """Of the service on a processor."""
    per_second: float
    """Requests that were answered in a second."""


@dataclass(frozen=True)
class Measured:
    """A service that answers, on the line alone."""

    pid: int
    target: Target

    def spent(self, requests: Sequence[bytes]) -> Spent:
        """Send the requests as fast as they are answered."""
        before = processor_seconds(self.pid)
        seconds = seconds_for([self.target], [requests])
        used = processor_seconds(self.pid) - before
        return Spent(used / len(requests) * 1e6, len(requests) / seconds)

    def latencies(self, requests: Sequence[bytes], per_second: float) -> list[float]:
        """Send the requests at a rate; return how long each took, in seconds."""
        return latencies(self.target, requests, per_second)


class Line:
    """The certificates of a line with one terminal."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        make_line(directory, [INSTITUTION], [])
        self.server: LineCredentials = credentials(directory, OQS)
        self.terminal: ssl.SSLContext = credentials(
            directory, terminal(INSTITUTION)
        ).client_context(SERVER)

    @contextmanager
    def bare(self) -> Iterator[Measured]:
        """Serve the baseline."""
        listener = Listener(bind(HOST, 0), self.server)
        with served("baseline", bare_app, listener, core=0) as child:
            yield Measured(child.pid, Target(port_of(listener), self.terminal))


@dataclass(frozen=True)
class Oqs:
    """OQS in one process or several, over one database."""

    services: tuple[Measured, ...]
    clinic: Clinic
    people: int

    @property
    def kinds(self) -> dict[str, Callable[[int], list[bytes]]]:
        """How requests of each kind are made."""
        return {
            "card": self.clinic.card_requests,
            "number": partial(number_requests, people=self.people),
        }


@contextmanager
def oqs(line: Line, database_url: str, people: int, processes: int = 1) -> Iterator[Oqs]:
    """Serve OQS with so many people, each process on a core of its own."""
    settings = Settings(database_url, challenge_seconds=CHALLENGES_HOLD)
    with ExitStack() as stack:
        services, consoles = [], []
        for core in range(processes):
            listener, console = Listener(bind(HOST, 0), line.server), Listener(bind(HOST, 0))
            build = partial(oqs_sim.app.build_app, settings)
            child = stack.enter_context(served("OQS", build, listener, console, core=core))
            target = Target(port_of(listener), line.terminal, "/health", FOUND)
            services.append(Measured(child.pid, target))
            consoles.append(console.url)
        clinic = Clinic(consoles[0], f"https://{HOST}:{services[0].target.port}", line.terminal)
        fill(database_url, people, clinic.issue_cards())
        if processes == 1:
            pin_to(1)
        yield Oqs(tuple(services), clinic, people)
