"""A whole system of its own, and a real browser that looks at it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest
from playwright.sync_api import expect, sync_playwright

from testbed.launch.participants import Addresses
from testbed.story import Story

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

IMAGES = Path(__file__).parents[2] / "docs" / "images"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--font-render-hinting=none",
]  # fmt: skip

COMES_WITHIN = 20_000
"""Milliseconds: what is expected comes; a machine that does other things beside takes longer."""
expect.set_options(timeout=COMES_WITHIN)


def picture(page: Page, name: str) -> None:
    """Take the picture that the documents show.

    It replaces the one that is there only when SCREENSHOTS is set, so that a run of the tests
    leaves the checkout as it was.
    """
    taken = page.screenshot()
    assert taken.startswith(b"\x89PNG")
    path = IMAGES / name
    if os.environ.get("SCREENSHOTS") or not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(taken)


@pytest.fixture(scope="module")
def begins() -> str | None:
    """When the days of a module's tests begin. A module that says so has one system for all.

    The clock of a system that went back to its seed goes on from there only.
    """
    return None


@contextmanager
def running(*command: str, **environment: str) -> Iterator[dict[str, str]]:
    """Start a command that stays up, in processes of its own; give what it says of itself."""
    process = subprocess.Popen(
        [sys.executable, "-m", "testbed", *command],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, "it did not start; its words are above"
        yield json.loads(line)
    finally:
        process.terminate()
        process.stdout.close()
        process.wait()


@pytest.fixture(scope="module")
def started(begins: str) -> Iterator[dict[str, str]]:
    """Start the system of a module's tests, and keep how it begins."""
    with running("up", "--port", "0", "--json") as addresses:
        clock = {"Mode": "frozen", "Now": begins}
        httpx2.put(
            f"{addresses['oqs_console']}/sim/clock", json=clock, trust_env=False
        ).raise_for_status()
        _operate(addresses, "seed")
        yield addresses


@pytest.fixture
def addresses(begins: str | None, request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The whole system, as it begins; what a test does to it is gone after the test."""
    if begins is None:
        with running("up", "--port", "0", "--json") as addresses:
            yield addresses
    else:
        addresses = request.getfixturevalue("started")
        yield addresses
        _operate(addresses, "reset")


def _operate(addresses: dict[str, str], what: str) -> None:
    done = httpx2.post(
        f"{addresses['oqs_console']}/sim/operation/{what}", timeout=60, trust_env=False
    )
    parts = done.raise_for_status().json()["Parts"]
    assert not [one for one in parts if "Code" in one], parts


@pytest.fixture
def system(addresses: dict[str, str]) -> Addresses:
    """Where the people of the story find the parts of the system."""
    return Addresses(
        oqs_console=addresses["oqs_console"],
        intermediate_line=addresses["intermediate_line"],
        clinic=addresses["clinic"],
        testbed=addresses["testbed"],
        line_directory=Path(addresses["line_directory"]),
    )


@pytest.fixture
def story(system: Addresses) -> Iterator[Story]:
    """The people of the story, for what does not happen in the browser."""
    with Story(system, tell=lambda _: None) as story:
        yield story


@pytest.fixture(scope="module")  # its event loop must not be there for other modules' tests
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "Debian's chromium is missing; run tools/setup test"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def desk(browser: Browser, system: Addresses) -> Iterator[Page]:
    """The receptionist's screen."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="ja-JP")
    page = context.new_page()
    page.goto(system.clinic + "/")
    yield page
    context.close()


@pytest.fixture
def patient(browser: Browser, system: Addresses) -> Iterator[Page]:
    """The patient's screen."""
    context = browser.new_context(viewport={"width": 800, "height": 1000}, locale="ja-JP")
    page = context.new_page()
    page.goto(system.clinic + "/patient")
    yield page
    context.close()


def type_pin(patient: Page, pin: str = "1234") -> None:
    """What the patient does: choose the PIN, and type it."""
    patient.locator('[data-screen="ask"] [data-offer="pin"]').click()
    press_digits(patient, pin)


def press_digits(patient: Page, pin: str = "1234") -> None:
    """Type a PIN on the pad that is shown, and enter it."""
    for digit in pin:
        patient.locator(f'[data-digit="{digit}"]').click()
    patient.locator('[data-go="enter"]').click()


def agree_to_nothing(patient: Page) -> None:
    """What the patient does then: neither show records, nor use a subsidy."""
    patient.locator('[data-go="consent-none"]').click()
    patient.locator('[data-go="subsidy-no"]').click()
