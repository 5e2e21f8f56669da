"""The layers of the tests: those that start a real part, and the fast ones, which start none.

A test gets the marker of each part that its fixtures start, so that nobody has to think of it; a
test that starts one by itself names the marker, and one that starts none and takes many seconds is
marked ``long``. All others are ``fast``, and `make test-fast` runs them. That the markers are right
shows in every run: a test fails that starts a part without its marker.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

STARTED_BY_FIXTURE = {
    "pcsc_stack": "pcscd",
    "postgres": "postgres",
    "browser": "browser",
    "opensc_module": "opensc",
    "addresses": "deployment",
    "prepare": "deployment",
    "prepare_shared": "deployment",
    "intermediate": "deployment",
    "guest": "usb",
}
"""The marker of each part, by the fixtures that start it. pyproject.toml says what they are."""

STARTED_BY_PROGRAM = {
    "unshare": "pcscd",
    "node": "browser",
    "opensc-tool": "opensc",
    "pkcs11-tool": "opensc",
    "pkcs15-crypt": "opensc",
    "pkcs15-tool": "opensc",
}
"""The marker of each part, by the programs that show that it is started."""

TOOLS = {"fc-list", "git", "openssl", "pdffonts", "pdfinfo", "pdftoppm", "pdftotext", "zbarimg"}
"""Programs that look at a file and are done in a moment; a test of any layer may run them."""

MARKERS = set(STARTED_BY_FIXTURE.values())

_running: list[pytest.Item] = []


@pytest.hookimpl(tryfirst=True)  # before any is chosen by its markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function):
            for marker in sorted(_started_by(item.fixturenames)):
                item.add_marker(marker)
        if not _markers_of(item) and not item.get_closest_marker("long"):
            item.add_marker("fast")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _running.append(item)
    try:
        return (yield)
    finally:
        _running.remove(item)


@pytest.fixture(autouse=True)
def _in_its_layer(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that asked for a part in its course, where nothing had told so before."""
    yield
    unmarked = _started_by(request.fixturenames) - _markers_of(request.node)
    assert not unmarked, f"this test, or its parameter, has to be marked: {unmarked}"


def _started_by(fixtures: list[str]) -> set[str]:
    return {STARTED_BY_FIXTURE[name] for name in fixtures if name in STARTED_BY_FIXTURE}


def _markers_of(item: pytest.Item) -> set[str]:
    return {mark.name for mark in item.iter_markers()} & MARKERS


def _notice_a_program(event: str, arguments: tuple[object, ...]) -> None:
    if event != "subprocess.Popen" or not _running:
        return
    program, markers = Path(str(arguments[0])).name, _markers_of(_running[-1])
    if program in STARTED_BY_PROGRAM:
        marked = STARTED_BY_PROGRAM[program] in markers
    else:
        marked = program in TOOLS or bool(markers)
    if not marked:
        pytest.fail(f"a test that runs {program} has to be marked with the part that it starts")


sys.addaudithook(_notice_a_program)
