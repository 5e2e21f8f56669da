"""Looks at the machine: packages, disk, fonts, ports, and what hangs."""

from __future__ import annotations

import os
import socket
import threading
from collections import namedtuple
from pathlib import Path

import pytest

from eligibility.sentence import Sentence
from testbed.diagnosing import machine_looks, usual_ports
from testbed.diagnosing.finding import Finding, Probe, ProbeAnswer, good
from testbed.diagnosing.machine_looks import look_at_disk, look_at_fonts, look_at_python
from testbed.diagnosing.side_by_side import side_by_side
from testbed.diagnosing.usual_ports import PORTS, look_at_ports
from testbed.launch.deployment import BASE_PORT
from wire.printing import fonts

GOOD, CAUTION, BAD, OPEN = ProbeAnswer
Usage = namedtuple("Usage", "total used free")
WELL = (good(Probe.DISK, Sentence("よい", "well")),)


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_looks, "requires", lambda _: ["pytest>=1", "no-such-package"])
    (found,) = look_at_python()
    assert found.answer is BAD
    assert "no-such-package" in found.said.ja
    assert "pytest" not in found.said.ja.partition("(")[0]
    monkeypatch.setattr(machine_looks, "requires", lambda _: ["pytest", 'absent; extra == "docs"'])
    assert [one.answer for one in look_at_python()] == [GOOD]


def test_a_package_without_its_list_of_files_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        files = None

    monkeypatch.setattr(machine_looks, "requires", lambda _: ["fastapi"])
    monkeypatch.setattr(machine_looks, "distribution", lambda _: Broken)
    (found,) = look_at_python()
    assert (found.answer, "fastapi" in found.said.en) == (BAD, True)


@pytest.mark.parametrize(("free", "answer"), [(1 << 40, GOOD), (100 << 20, CAUTION), (1, BAD)])
def test_a_full_disk_is_told_before_it_is_full(
    monkeypatch: pytest.MonkeyPatch, free: int, answer: ProbeAnswer
) -> None:
    monkeypatch.setattr(machine_looks.shutil, "disk_usage", lambda _: Usage(1 << 40, 0, free))
    assert [one.answer for one in look_at_disk()] == [answer]


def test_fonts_that_are_missing_are_told_with_their_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert [one.answer for one in look_at_fonts()] == [GOOD, GOOD]
    monkeypatch.setattr(fonts, "REGISTER_FONT", Path("/nowhere"))
    papers, _ = look_at_fonts()
    assert papers.answer is CAUTION
    assert papers.advice is not None
    assert "fonts-ipamj-mincho" in papers.advice.ja
    monkeypatch.setattr(fonts, "USUAL_FONTS", (Path("/nowhere"),))
    papers, _ = look_at_fonts()
    assert papers.answer is BAD
    assert papers.advice is not None
    assert "apt-get install fonts-ipaexfont-gothic" in papers.advice.en


def test_a_port_of_another_program_is_told_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert PORTS[0] == BASE_PORT
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        monkeypatch.setattr(usual_ports, "PORTS", range(port, port + 1))
        (found,) = look_at_ports()
        assert found.answer is BAD
        assert f"{port} (" in found.said.ja
        assert str(os.getpid()) in found.said.ja
        assert [one.answer for one in look_at_ports({port})] == [GOOD], "it is the system's own"
    assert [one.answer for one in look_at_ports()] == [GOOD]


def test_a_look_that_hangs_is_told_and_not_begun_a_second_time() -> None:
    let_go, begun = threading.Event(), []

    def hang() -> tuple[Finding, ...]:
        begun.append(1)
        let_go.wait()
        return WELL

    hangs, well = side_by_side({Probe.READER: hang, Probe.DISK: lambda: WELL}, 0.2)
    assert (hangs.probe, hangs.answer, well) == (Probe.READER, BAD, WELL[0])
    (again,) = side_by_side({Probe.READER: hang}, 0.2)
    assert (again.answer, len(begun)) == (BAD, 1)
    let_go.set()
    [one.join() for one in threading.enumerate() if one.name == f"look at {Probe.READER}"]
    (well,) = side_by_side({Probe.READER: hang}, 5.0)
    assert well is WELL[0]


def test_a_busy_machine_is_no_fault_of_what_waits_for_nobody() -> None:
    let_go = threading.Event()

    def take_long() -> tuple[Finding, ...]:
        let_go.wait()
        return WELL

    (found,) = side_by_side({Probe.PYTHON: take_long}, 0.05)
    let_go.set()
    assert (found.answer, "0.05 秒では" in found.said.ja) == (OPEN, True)


def test_a_look_that_fails_is_a_line_of_the_report() -> None:
    def fail() -> tuple[Finding, ...]:
        raise RuntimeError("something nobody thought of")

    (found,) = side_by_side({Probe.FONTS: fail})
    assert found.answer is BAD
    assert "something nobody thought of" in found.said.ja
