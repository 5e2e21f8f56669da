"""Each check finds the program that does not keep to it, and passes the one that does."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from testbed.exchange import maker_folder
from testbed.exchange.answer_document import read_document
from testbed.exchange.broken import ExchangeBroken, NoExchange, NothingCame
from testbed.exchange.maker_folder import MakerFolder
from testbed.exchange.protocol_checks import CHECKS, CheckAnswer, Trial, findings
from wire.messages.archive import pack

INSTITUTION = "9910000018"
BY_CODE = {check.code: check for check in CHECKS}
END = b"</XmlMsg>\n"


class Program:
    """Answers in a folder as is expected, but for one fault."""

    def __init__(self, root: Path, fault: str = "") -> None:
        self.root, self.fault = root, fault
        self.req, self.res = root / "req", root / "res"
        self.ended = Event()
        self.before = b"?"
        self.password = ""
        self.answered_once: list[tuple[str, bytes]] = []

    def run(self) -> None:
        while not self.ended.wait(0.01):
            for file in sorted(self.req.glob("OQS*")):
                with suppress(FileNotFoundError):
                    self.look_at(file)
            if self.fault == "twice":
                for name, content in self.answered_once:
                    if not (self.res / name).exists():
                        self.show(name, content)

    def look_at(self, file: Path) -> None:
        content, age = file.read_bytes(), time.time() - file.stat().st_mtime
        api, suffix = file.name.partition("req_")[::2]
        suffix = suffix.removesuffix(".tmp").removesuffix(".xml")
        if self.fault == "silent" or (file.suffix == ".tmp" and self.fault != "hasty-name"):
            return
        if not content.endswith(END) and age < 1.0 and self.fault != "hasty":
            return
        name = f"{api}res_{suffix}.xml"
        shown = name.replace(".xml", ".zip") if self.password else name
        if (self.res / shown).exists() and self.fault != "overwrites":
            return
        file.unlink()
        is_wrong = api == "OQSsizzz01" or not content.endswith(END)
        if self.refuses(api, content) if self.fault != "accepts" else False:
            if self.fault != "keeps":
                shown = content[:-1] if self.fault == "cuts" else content
                self.show(f"{api}req_{suffix}.xml", shown)
            self.show(f"{api}req_{suffix}.err", b"no")
            return
        answer = b"<XmlMsg></XmlMsg>" if is_wrong else self.answer(api, content)
        if self.password:
            name, answer = name.replace(".xml", ".zip"), pack(name, answer, self.password)
        self.show(name, answer)

    def refuses(self, api: str, content: bytes) -> bool:
        return (
            api == "OQSsizzz01"
            or not content.endswith(END)
            or (self.fault == "no-sjis" and b"Shift_JIS" in content)
            or (self.fault == "no-siimm" and api == "OQSsiimm01")
        )

    def answer(self, api: str, content: bytes) -> bytes:
        asked = read_document(content)
        mark = asked.text("ArbitraryFileIdentifier") or ""
        if self.fault == "other-mark":
            mark += "x"
        if self.fault == "mixes":
            mark, self.before = str(self.before), mark.encode()
        encoding = asked.encoding.declared
        code = {"UTF-8": "0", "Shift_JIS": "1"}[encoding]
        if self.fault == "wrong-code":
            code = "7"
        number = "" if self.fault == "no-number" or api != "OQSmuquc01" else "42"
        return (
            f'<?xml version="1.0" encoding="{encoding}" standalone="no"?><XmlMsg><MessageHeader>'
            "<ProcessExecutionTime>20261120091000</ProcessExecutionTime>"
            f"<MedicalInstitutionCode>{INSTITUTION}</MedicalInstitutionCode>"
            f"<ArbitraryFileIdentifier>{mark}</ArbitraryFileIdentifier>"
            f"<CharacterCodeIdentifier>{code}</CharacterCodeIdentifier>"
            "<SegmentOfResult>1</SegmentOfResult></MessageHeader><MessageBody>"
            f"<ReceptionNumber>{number}</ReceptionNumber><Name>最上</Name></MessageBody></XmlMsg>"
        ).encode(encoding)

    def show(self, name: str, content: bytes) -> None:
        if self.fault == "in-place":
            with (self.res / name).open("wb") as file:
                file.write(content[:40])
                file.flush()
                self.ended.wait(0.1)
                file.write(content[40:])
            return
        beginning = self.root / name
        beginning.write_bytes(content)
        beginning.rename(self.res / name)
        if (name, content) not in self.answered_once and self.fault == "twice":
            self.answered_once.append((name, content))


@contextmanager
def program(root: Path, fault: str = "", password: str = "") -> Iterator[None]:
    for folder in ("req", "res"):
        (root / folder).mkdir()
    answering = Program(root, fault)
    answering.password = password
    thread = Thread(target=answering.run)
    thread.start()
    try:
        yield
    finally:
        answering.ended.set()
        thread.join()


def names(root: Path) -> set[str]:
    return {file.name for folder in ("req", "res") for file in (root / folder).iterdir()}


def test_who_does_as_is_expected_passes_all_and_keeps_its_own_files(tmp_path: Path) -> None:
    with program(tmp_path):
        for folder in ("req", "res"):
            (tmp_path / folder / "another's.txt").write_text("mine")
        with MakerFolder(tmp_path, 5.0, 60.0) as folder:
            found = list(findings(folder, INSTITUTION))
        assert [(one.check.code, one.found.en) for one in found if one.answer != "good"] == []
        assert [one.check for one in found] == list(CHECKS)
        assert names(tmp_path) == {"another's.txt"}


def test_zips_are_judged_with_their_password_and_left_open_without(tmp_path: Path) -> None:
    with program(tmp_path, password="pw"):
        with MakerFolder(tmp_path, 5.0, 60.0) as folder:
            found = list(findings(folder, INSTITUTION, "pw"))
        assert [(one.check.code, one.found.en) for one in found if one.answer != "good"] == []
        with MakerFolder(tmp_path, 2.0, 60.0) as folder:
            without = list(findings(folder, INSTITUTION))
        assert {one.answer for one in without} == {CheckAnswer.GOOD, CheckAnswer.OPEN}
        with (
            MakerFolder(tmp_path, 2.0, 60.0) as folder,
            pytest.raises(ExchangeBroken, match="not opened by the password"),
        ):
            BY_CODE["number"].run(Trial(folder, INSTITUTION, "another"))
        assert names(tmp_path) == set()


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("silent", "number"),
        ("other-mark", "echo"),
        ("wrong-code", "utf-8"),
        ("no-sjis", "shift-jis"),
        ("no-siimm", "reference"),
        ("no-number", "bulk"),
        ("accepts", "unknown"),
        ("accepts", "damaged"),
        ("cuts", "damaged"),
        ("keeps", "damaged"),
        ("hasty", "in-parts"),
        ("hasty-name", "other-name"),
        ("overwrites", "same-name"),
        ("mixes", "two-readers"),
        ("twice", "deletion"),
    ],
)
def test_who_does_otherwise_is_found_out(tmp_path: Path, fault: str, code: str) -> None:
    with program(tmp_path, fault), MakerFolder(tmp_path, 2.0, 60.0) as folder:
        with pytest.raises(ExchangeBroken) as raised:
            BY_CODE[code].run(Trial(folder, INSTITUTION))
        assert raised.value.ja != raised.value.en
        assert isinstance(raised.value, NothingCame) == (fault == "silent")


def test_an_answer_that_is_written_in_place_is_seen(tmp_path: Path) -> None:
    with program(tmp_path, "in-place"), MakerFolder(tmp_path, 2.0, 60.0) as folder:
        trial = Trial(folder, INSTITUTION)
        trial.ask("OQSsiquc01")
        with pytest.raises(ExchangeBroken, match="before they were whole"):
            BY_CODE["whole"].run(trial)


def test_the_next_answer_of_a_name_is_none_that_has_grown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maker_folder, "_LOOK_SECONDS", 0.2)  # seldom: both come between two looks
    with program(tmp_path), MakerFolder(tmp_path, 5.0, 60.0) as folder:
        trial = Trial(folder, INSTITUTION)
        BY_CODE["same-name"].run(trial)
        assert (trial.fetched, trial.grown) == (2, [])


def test_a_pipe_is_no_answer_and_holds_nothing_up(tmp_path: Path) -> None:
    for folder in ("req", "res"):
        (tmp_path / folder).mkdir()
    with MakerFolder(tmp_path, 0.2, 60.0) as folder:
        request = folder.new("OQSsiquc01")
        os.mkfifo(folder.res / request.answers[0])
        with pytest.raises(NothingCame):
            folder.fetch(request)
    assert names(tmp_path) == set()


def test_where_nobody_answers_it_ends_at_once(tmp_path: Path) -> None:
    with program(tmp_path, "silent"), MakerFolder(tmp_path, 0.2, 60.0) as folder:
        first, *others = findings(folder, INSTITUTION)
    assert first.answer is CheckAnswer.BAD
    assert {other.answer for other in others} == {CheckAnswer.OPEN}
    assert names(tmp_path) == set(), "it takes its requests back"


def test_the_time_for_all_together_is_bounded(tmp_path: Path) -> None:
    with program(tmp_path, "silent"), MakerFolder(tmp_path, 60.0, 0.2) as folder:
        found = list(findings(folder, INSTITUTION))
    assert {one.answer for one in found} == {CheckAnswer.OPEN}


def test_what_goes_wrong_is_said_in_both_languages() -> None:
    for error in (NothingCame("a.xml", 2.0), NoExchange(Path("/nowhere"))):
        assert error.ja.isascii() is False
        assert error.en.isascii()
