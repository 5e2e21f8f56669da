"""Where the processor time of a check goes: ``make flame`` draws it for the docs."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import oqs_sim.app
from bench.checks.clinic import Clinic, number_requests
from bench.checks.flame import Sampler, draw
from bench.checks.people import fill
from bench.checks.trial import FOUND, Line, Measured
from bench.load import HOST, Target, pin_to
from bench.service import port_of, served
from oqs_sim.settings import Settings
from wire.serving.serve import Listener, bind

if TYPE_CHECKING:
    from collections.abc import Callable

    from wire.serving.application import Service

PEOPLE = 100_000
REQUESTS = 8_000
PICTURES = Path("docs/explanation/flames")
TITLES = {
    "card": "A check by card (processor time in the service, µs)",
    "number": "A check by number (processor time in the service, µs)",
}


def _watched(settings: Settings, stacks: Path) -> Service:
    """Build OQS in a process that begins and ends to look at itself when it is told (SIGUSR1)."""
    sampler = Sampler()
    running = False

    def turn(*_: object) -> None:
        nonlocal running
        if running:
            sampler.stop()
            sampler.write(stacks)
        else:
            sampler.start()
        running = not running

    signal.signal(signal.SIGUSR1, turn)
    return oqs_sim.app.build_app(settings)


def draw_flames() -> None:
    """Draw where a check by card and one by number spend their time."""
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        line = Line(directory)
        settings = Settings(f"sqlite:///{directory}/oqs.sqlite", challenge_seconds=3600)
        listeners = (Listener(bind(HOST, 0), line.server), Listener(bind(HOST, 0)))
        stacks = directory / "stacks"
        build = partial(_watched, settings, stacks)
        with served("OQS", build, *listeners, core=0) as child:
            clinic = Clinic(listeners[1].url, listeners[0].url, line.terminal)
            fill(settings.database_url, PEOPLE, clinic.issue_cards())
            pin_to(1)
            target = Target(port_of(listeners[0]), line.terminal, "/health", FOUND)
            service = Measured(child.pid, target)
            kinds: dict[str, Callable[[int], list[bytes]]] = {
                "card": clinic.card_requests,
                "number": partial(number_requests, people=PEOPLE),
            }
            PICTURES.mkdir(exist_ok=True)
            for kind, make in kinds.items():
                service.spent(make(REQUESTS // 8))
                requests = make(REQUESTS)
                os.kill(child.pid, signal.SIGUSR1)
                service.spent(requests)
                os.kill(child.pid, signal.SIGUSR1)
                while not stacks.exists():
                    time.sleep(0.05)
                draw(Sampler.read(stacks), TITLES[kind], REQUESTS, PICTURES / f"{kind}.svg")
                stacks.rename(directory / kind)


if __name__ == "__main__":
    draw_flames()
