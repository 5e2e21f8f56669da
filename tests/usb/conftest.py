"""One guest for all tests, what it said when one fails, and what everything took."""

from __future__ import annotations

import statistics
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bench.people import card_image
from tests.usb.guest import BOOTS_WITHIN, Guest
from tests.usb.guest_image import guest_image

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from virtual_card.image.card_image import CardImage

PIN = "7302"
"""Of a person who does not exist. It reaches the guest over the agent's line only."""

INSTRUCTIONS = {0xA4: "SELECT", 0xB0: "READ BINARY", 0x20: "VERIFY", 0x2A: "sign"}


class Times:
    """What the phases and the commands took."""

    def __init__(self) -> None:
        self.phases: dict[str, float] = {}
        """Seconds."""
        self.exchanges: list[dict[str, Any]] = []

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Measure the first time that something is done."""
        begun = time.monotonic()
        yield
        self.phases.setdefault(name, time.monotonic() - begun)

    def written(self) -> Iterator[str]:
        """Write the table."""
        for name, seconds in self.phases.items():
            yield f"{name:<50} {seconds:8.2f} s"
        kinds: dict[str, list[float]] = {}
        for exchange in self.exchanges:
            name = INSTRUCTIONS.get(exchange["instruction"], f"{exchange['instruction']:02X}")
            kinds.setdefault(f"{name}, {exchange['answer']} bytes", []).append(exchange["ms"])
        for name, times in kinds.items():
            what = f"in the guest: {name} (median of {len(times)})"
            yield f"{what:<50} {statistics.median(times):8.2f} ms"


_TIMES = pytest.StashKey[Times]()
_GUEST = pytest.StashKey[Guest]()


@pytest.fixture(scope="session")
def times(pytestconfig: pytest.Config) -> Times:
    return pytestconfig.stash.setdefault(_TIMES, Times())


@pytest.fixture(scope="session")
def guest(pytestconfig: pytest.Config, times: Times) -> Iterator[Guest]:
    """Boot the guest; it is there when its reader monitor has seen the reader."""
    with times.phase("image, from Debian packages or from the cache"):
        image = guest_image()
    with tempfile.TemporaryDirectory(prefix="oqs-usb-") as directory:  # short, for sockets
        guest = pytestconfig.stash[_GUEST] = Guest(image, Path(directory))
        with guest:
            with times.phase("boot, until the reader monitor sees the reader"):
                guest.wait_for("reader-attached", BOOTS_WITHIN)
            yield guest


@pytest.fixture(scope="session")
def issued() -> CardImage:
    """A card that the J-LIS simulator issued."""
    return card_image(PIN)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the console with each failure."""
    report = yield
    guest = item.config.stash.get(_GUEST, None)
    if report.failed and guest is not None:
        report.sections.append(("console of the guest", guest.console))
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what everything took."""
    times = config.stash.get(_TIMES, None)
    if times is not None:
        terminalreporter.section("what it took")
        for line in times.written():
            terminalreporter.line(line)
