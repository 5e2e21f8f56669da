"""Looks at the root of the folder exchange."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from testbed.diagnosing import exchange_folder
from testbed.diagnosing.exchange_folder import FOLDERS, look_at_exchange
from testbed.diagnosing.finding import Probe, ProbeAnswer
from testbed.diagnosing.heard import SILENT, Word
from testbed.diagnosing.subject import Subject

if TYPE_CHECKING:
    from pathlib import Path

GOOD, CAUTION, BAD, OPEN = ProbeAnswer
HERE = Subject(clinic="http://127.0.0.1:8600")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in FOLDERS:
        (tmp_path / name).mkdir()
    return tmp_path


def said(root: Path, trouble: str = "") -> Word:
    return Word({"root": str(root), "trouble": trouble, "trouble_en": trouble}, status=200)


def put(file: Path, age: float = 0.0) -> None:
    file.write_text("x")
    os.utime(file, (time.time() - age,) * 2)


def test_an_exchange_in_order_is_well_and_is_left_as_it_is(root: Path) -> None:
    put(root / "req" / "OQSsiquc01req_1.xml")
    put(root / "req" / ".being-written", 7_200)
    before = sorted(root.rglob("*"))
    found = look_at_exchange(HERE, said(root))
    assert [(one.probe, one.answer) for one in found] == [
        (Probe.EXCHANGE, GOOD),
        (Probe.EXCHANGE_FILES, GOOD),
    ]
    assert sorted(root.rglob("*")) == before


@pytest.mark.parametrize(
    ("name", "age", "told"),
    [
        ("req/OQSsiquc01req_1.xml", 61, True),
        ("req/OQSsiquc01req_1.xml", 30, False),
        ("res/OQSsiquc01res_1.xml", 3_700, True),
        ("res/OQSsiquc01res_1.xml", 600, False),
        ("face/OQSsiquc01res_face_1.xml", 3_700, True),
        ("res/OQSsiquc01req_1.err", 1, True),
    ],
)
def test_what_waits_too_long_or_was_refused_is_named(
    root: Path, name: str, age: float, *, told: bool
) -> None:
    put(root / name, age)
    _, found = look_at_exchange(HERE, said(root))
    assert found.answer is (CAUTION if told else GOOD)
    assert ((root / name).name in found.said.ja) is told
    assert (found.advice is not None) is told


def test_many_files_are_counted_and_the_first_named(root: Path) -> None:
    for number in range(5):
        put(root / "res" / f"OQSsiquc01req_{number}.err", 7_200)
    _, found = look_at_exchange(HERE, said(root))
    assert found.said.ja.startswith("断られた要求 (.err) が 5 件あります")
    assert found.said.en.endswith("(+2)")


def test_folders_that_are_missing_or_closed_are_named(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = root / "face"
    monkeypatch.setattr(exchange_folder.os, "access", lambda path, _: path != closed)
    found = look_at_exchange(HERE, said(root))[0]
    assert (found.answer, str(closed) in found.said.ja) == (BAD, True)
    (root / "req").rmdir()
    found = look_at_exchange(HERE, said(root))[0]
    assert (found.answer, str(root / "req") in found.said.en) == (BAD, True)
    gone = look_at_exchange(HERE, said(root / "nowhere"))
    assert [one.answer for one in gone] == [BAD]


def test_what_the_exchange_says_of_itself_is_told(root: Path) -> None:
    found = look_at_exchange(HERE, said(root, "書けません。"))
    (trouble,) = [one for one in found if one.answer is BAD]
    assert trouble.advice is not None
    assert trouble.advice.ja == "書けません。"


def test_without_an_exchange_of_this_machine_nothing_is_looked_at(tmp_path: Path) -> None:
    (unused,) = look_at_exchange(HERE, Word(status=404))
    assert (unused.answer, "使っていません" in unused.said.ja) == (OPEN, True)
    (silent,) = look_at_exchange(Subject(), SILENT)
    assert silent.answer is OPEN
    elsewhere = Subject(clinic="http://clinic:8600")
    (there,) = look_at_exchange(elsewhere, said(tmp_path / "nowhere"))
    assert (there.answer, "受付の機械" in there.said.ja) == (OPEN, True)
