"""Programs at the folder with the habits that are known of them, beside the running service."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from testbed.cli import cli
from tests.clinic_client.exchange.conftest import SECONDS, Maker, asked, message, texts

Open = Callable[..., Any]


class CarefulReader:
    """A program that believes a file of ``face`` after two equal reads, and moves it away."""

    def __init__(self, root: Path, trash: Path) -> None:
        self.face, self.trash = root / "face", trash
        self.reads: dict[str, bytes] = {}
        self.believed: list[bytes] = []
        self.conflicts: list[str] = []

    def look(self) -> None:
        """Look once; what is gone between listing and reading was another's."""
        for file in sorted(self.face.iterdir()):
            try:
                content = file.read_bytes()
            except FileNotFoundError:
                self.reads.pop(file.name, None)
                continue
            before = self.reads.get(file.name)
            if before is None:
                self.reads[file.name] = content
            elif before != content:
                self.conflicts.append(file.name)
                self.reads[file.name] = content
            else:
                try:
                    file.rename(self.trash / file.name)
                except FileNotFoundError:
                    continue
                self.believed.append(content)

    def until(self, count: int) -> None:
        until = time.monotonic() + SECONDS
        while len(self.believed) < count:
            assert time.monotonic() < until, self.reads.keys()
            self.look()


@pytest.fixture
def trash(tmp_path: Path) -> Path:
    (tmp_path / "OQS" / "trash").mkdir(parents=True)
    return tmp_path / "OQS" / "trash"


def test_two_equal_reads_and_a_trash_folder_take_each_file_of_face_once(
    with_card: Open, maker: Maker, trash: Path
) -> None:
    clinic = with_card(exchange_directory=maker.root)
    reader = CarefulReader(maker.root, trash)
    for visits in range(1, 4):
        clinic.visit()
        reader.until(visits)
    assert reader.conflicts == [], "a file never changes under its name"
    assert len({file.name for file in trash.iterdir()}) == 3, "no name comes twice"
    assert [texts(content, "Name") for content in reader.believed] == [["佐藤　花子"]] * 3
    assert maker.wait_for("face", lambda _: True) == set()


def test_two_readers_at_one_face_share_it_without_taking_one_twice(
    with_card: Open, maker: Maker, trash: Path
) -> None:
    clinic = with_card(exchange_directory=maker.root)
    readers = [CarefulReader(maker.root, trash) for _ in range(2)]
    for _ in range(4):
        clinic.visit()
    until = time.monotonic() + SECONDS
    while sum(len(reader.believed) for reader in readers) < 4:
        assert time.monotonic() < until
        with ThreadPoolExecutor(2) as turns:
            list(turns.map(CarefulReader.look, readers))
    assert len(list(trash.iterdir())) == 4
    marks = [
        mark
        for reader in readers
        for content in reader.believed
        for mark in texts(content, "ArbitraryFileIdentifier")
    ]
    assert len(set(marks)) == 4, "each has an identifier of its own"


def test_two_programs_put_requests_in_turn_in_their_encodings(
    open_clinic: Open, maker: Maker
) -> None:
    open_clinic(exchange_directory=maker.root)
    names = {}
    for turn in range(12):
        program, encoding = ("a", "UTF-8") if turn % 2 else ("b", "Shift_JIS")
        mark = f"<ArbitraryFileIdentifier>{program}-{turn}</ArbitraryFileIdentifier>"
        name = f"OQSsiquc01req_2026112000{turn:02}.xml"
        maker.put(name, message(asked(), encoding, mark))
        names[name.replace("req_", "res_")] = f"{program}-{turn}", encoding

    def fetch(name: str) -> bytes:
        return maker.fetch(name)

    with ThreadPoolExecutor(2) as programs:
        answers = dict(zip(names, programs.map(fetch, names), strict=True))
    for name, (mark, encoding) in names.items():
        assert texts(answers[name], "ArbitraryFileIdentifier") == [mark]
        assert answers[name].decode(encoding)


def test_requests_as_they_are_in_the_wild(open_clinic: Open, maker: Maker) -> None:
    open_clinic(exchange_directory=maker.root)
    document = message(asked()).decode().partition("?>")[2]
    for declaration, suffix in (
        ("<?xml version='1.0' encoding='UTF-8' standalone='no'?>", "202611200001"),
        ('<?xml version="1.0" encoding="UTF-8" standalone="no" ?>', "2021081611906"),
        ("\ufeff<?xml version='1.0' encoding='UTF-8'?>", "027_2611200910_K-7"),
    ):
        maker.put(f"OQSsiquc01req_{suffix}.xml", f"{declaration}\r\n{document}\r\n".encode())
        assert texts(maker.fetch(f"OQSsiquc01res_{suffix}.xml"), "QualificationValidity") == ["1"]


def test_who_never_fetches_holds_up_its_own_name_alone(open_clinic: Open, maker: Maker) -> None:
    open_clinic(exchange_directory=maker.root)
    maker.put("OQSsiquc01req_1.xml", message(asked()))
    maker.wait_for("res", lambda names: "OQSsiquc01res_1.xml" in names)
    maker.put("OQSsiquc01req_1.xml", message(asked("7654321")))
    maker.put("OQSsiquc01req_2.xml", message(asked("7654321")))
    assert texts(maker.fetch("OQSsiquc01res_2.xml"), "QualificationValidity") == ["4"]
    assert texts(maker.fetch("OQSsiquc01res_1.xml"), "QualificationValidity") == ["1"]
    assert texts(maker.fetch("OQSsiquc01res_1.xml"), "QualificationValidity") == ["4"]


def test_the_service_keeps_what_makers_expect(open_clinic: Open, maker: Maker) -> None:
    open_clinic(exchange_directory=maker.root)
    maker.wait_for("res", lambda _: True)
    checked = CliRunner().invoke(cli, ["exchange", "check", "--root", str(maker.root), "--json"])
    told = json.loads(checked.stdout)
    assert [one for one in told["findings"] if one["answer"] != "good"] == []
    assert (checked.exit_code, told["good"]) == (0, True)
    for folder in ("req", "res", "face"):
        assert list((maker.root / folder).iterdir()) == []
