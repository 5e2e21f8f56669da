"""Cards put in and taken out, over and over, through the real pcscd, to see what leaks or hangs.

pcscd looks at a slot every 0.4 s, so that one cycle takes 0.8 s whatever anybody does. Many
slots of many private services go round side by side instead, each service in a process of its
own, as the PC/SC library of a process speaks to one service only.

``python -m bench.insertions CYCLES SERVICES`` prints what it counted as JSON.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Self

from bench.presence import Presence
from reader.apdu import select_application
from reader.description.layout import Application
from reader.pcsc.pcsc_connection import PcscConnection
from testbed.readers.private_pcscd import SLOTS, PcscStack
from virtual_card.card import VirtualCard
from virtual_card.image.card_image import CardImage
from virtual_card.plugs.vpcd import VpcdPlug

WARM_UP = 2
"""Cycles of each slot before anything is counted: what is made once is no leak."""


@dataclass(frozen=True)
class Usage:
    """What processes hold on to."""

    descriptors: int
    threads: int
    kibibytes: int
    """Resident memory."""

    @classmethod
    def of(cls, *pids: int) -> Self:
        """Look at processes."""
        lines = [
            line.split()
            for pid in pids
            for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        ]

        def total(name: str) -> int:
            return sum(int(line[1]) for line in lines if line[0] == name)

        open_files = sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids)
        return cls(open_files, total("Threads:"), total("VmRSS:"))

    def since(self, before: Usage) -> Usage:
        """Return how much more this is than before."""
        return Usage(
            self.descriptors - before.descriptors,
            self.threads - before.threads,
            self.kibibytes - before.kibibytes,
        )


@dataclass(frozen=True)
class Insertions:
    """What came of the cycles."""

    cycles: int
    services: int
    median_ms: float
    """From the insertion until PC/SC has shown the card, answered a command and shown it gone."""
    seconds: float
    leaked: Usage
    """What the card's process and pcscd hold more than after the first cycles, all together."""


def through_pcscd(cycles: int, services: int, image: CardImage) -> Insertions:
    """Go round at least so many times, on both slots of so many services at once.

    Runs in a new interpreter, whose processes can be forked before there is any thread.

    Raises:
        RuntimeError: a card was not seen to come or go; the message has the reason.
    """
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "card.toml"
        image.save(path)
        done = subprocess.run(
            [sys.executable, "-m", "bench.insertions", str(cycles), str(services), str(path)],
            cwd=Path(__file__).parents[1],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(done.stderr)
    counted = json.loads(done.stdout)
    return Insertions(**{**counted, "leaked": Usage(**counted["leaked"])})


@dataclass(frozen=True)
class _Round:
    """What one service saw."""

    durations: list[float]
    leaked: Usage


def _go_round(image: CardImage, cycles: int, place: str) -> _Round:
    """Go round on both slots of one service."""
    with PcscStack(Path(place)) as stack:
        os.environ.update(stack.environment())
        card_side = _Slots(stack, image)
        with card_side:
            card_side.go_round(WARM_UP)
            before = _at_rest(os.getpid(), *_pcscd(stack))
            durations = card_side.go_round(cycles)
            leaked = _at_rest(os.getpid(), *_pcscd(stack)).since(before)
    return _Round(durations, leaked)


class _Slots:
    """Both slots of a service, each with a card and with somebody who watches the reader."""

    def __init__(self, stack: PcscStack, image: CardImage) -> None:
        self._watched = [
            (VpcdPlug(VirtualCard(image), partial(stack.connect, slot)), Presence(reader))
            for slot, reader in enumerate(stack.readers)
        ]

    def __enter__(self) -> Self:
        for _, presence in self._watched:
            presence.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        for plug, presence in self._watched:
            plug.remove()
            presence.__exit__()

    def go_round(self, cycles: int) -> list[float]:
        """Put the cards in and take them out; return how many seconds each time took."""
        durations: list[float] = []
        failures: list[Exception] = []

        def go(plug: VpcdPlug, presence: Presence) -> None:
            try:
                durations.extend(_cycle(plug, presence) for _ in range(cycles))
            except Exception as error:  # noqa: BLE001 - told by the other thread
                failures.append(error)

        threads = [threading.Thread(target=go, args=each) for each in self._watched]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
        return durations


def _cycle(plug: VpcdPlug, presence: Presence) -> float:
    begun = time.perf_counter()
    plug.insert()
    presence.wait(present=True)
    with PcscConnection(presence.reader) as connection:
        connection.send(select_application(Application.JPKI))
    plug.remove()
    presence.wait(present=False)
    return time.perf_counter() - begun


def _at_rest(*pids: int) -> Usage:
    """Look at processes when what was let go has gone: pcscd ends a thread for each program."""
    nothing = threading.Event()
    looks = [Usage.of(*pids)]
    for _ in range(100):
        nothing.wait(0.02)
        looks.append(Usage.of(*pids))
        if len({(look.descriptors, look.threads) for look in looks[-5:]}) == 1 and len(looks) > 5:
            break
    return looks[-1]


def _pcscd(stack: PcscStack) -> list[int]:
    children = Path(f"/proc/{stack.pid}/task/{stack.pid}/children").read_text().split()
    return [int(child) for child in children]


def main(cycles: int, services: int, image: Path) -> None:
    """Go round, and print what was counted."""
    each = -(-cycles // (services * SLOTS))
    card = CardImage.load(image)
    begun = time.perf_counter()
    with (
        tempfile.TemporaryDirectory(prefix="oqs-") as place,
        ProcessPoolExecutor(services, multiprocessing.get_context("fork")) as pool,
    ):
        places = [f"{place}/{number}" for number in range(services)]
        rounds = list(pool.map(partial(_go_round, card, each), places))
    durations = [duration for each_round in rounds for duration in each_round.durations]
    leaks = [each_round.leaked for each_round in rounds]
    counted = Insertions(
        cycles=len(durations),
        services=services,
        median_ms=statistics.median(durations) * 1000,
        seconds=time.perf_counter() - begun,
        leaked=Usage(
            sum(leak.descriptors for leak in leaks),
            sum(leak.threads for leak in leaks),
            sum(leak.kibibytes for leak in leaks),
        ),
    )
    print(json.dumps(asdict(counted)))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
