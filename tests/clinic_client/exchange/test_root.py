"""The folders on the disk: taken when complete, answered once, whatever happens in between."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from clinic_client.exchange.root import MOST_BYTES, ExchangeRoot, RootBusy, Taken

NAME = "OQSsiquc01req_202611200001.xml"
ANSWER = "OQSsiquc01res_202611200001.xml"
ERROR = "OQSsiquc01req_202611200001.err"
DOCUMENT = "<XmlMsg><MessageBody/></XmlMsg>"


class Killed(BaseException):
    """The process ends here."""


def opened(root: Path, settle_seconds: float = 60.0) -> ExchangeRoot:
    exchange = ExchangeRoot(root, settle_seconds)
    assert exchange.open() == []
    return exchange


def files(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def test_a_complete_request_is_taken_and_its_answer_is_shown(tmp_path: Path) -> None:
    exchange = opened(tmp_path)
    (exchange.req / NAME).write_text(DOCUMENT)
    assert exchange.take(8) == [Taken(NAME, DOCUMENT.encode())]
    assert files(exchange.req) == set()
    assert exchange.take(8) == []
    exchange.answer(NAME, ANSWER, b"answer")
    assert (exchange.res / ANSWER).read_bytes() == b"answer"
    assert files(tmp_path / ".exchange") == {"lock"}


@pytest.mark.parametrize(
    "written", ["", "<XmlMsg>", "<XmlMsg><Mess", "<XmlMsg><MessageBody/>", "\0" * 40]
)
def test_what_is_still_being_written_waits(tmp_path: Path, written: str) -> None:
    exchange = opened(tmp_path)
    (exchange.req / NAME).write_text(written)
    assert exchange.take(8) == []
    (exchange.req / NAME).write_text(f"{DOCUMENT}\r\n")
    assert [taken.name for taken in exchange.take(8)] == [NAME]


def test_what_stays_incomplete_is_taken_as_it_is(tmp_path: Path) -> None:
    exchange = opened(tmp_path, settle_seconds=0.0)
    (exchange.req / NAME).write_text("<XmlMsg>")
    assert exchange.take(8) == [Taken(NAME, b"<XmlMsg>")]


def test_what_is_no_request_stays_where_it_is(tmp_path: Path) -> None:
    exchange = opened(tmp_path, settle_seconds=0.0)
    (tmp_path / "elsewhere.xml").write_text(DOCUMENT)
    (exchange.req / "OQSsiquc01req_1.xml").symlink_to(tmp_path / "elsewhere.xml")
    (exchange.req / "OQSsiquc01req_2.xml").mkdir()
    os.mkfifo(exchange.req / "OQSsiquc01req_3.xml")
    for name in (".OQSsiquc01req_4.xml", "~OQSsiquc01req_5.xml", "OQSsiquc01req_6.tmp"):
        (exchange.req / name).write_text(DOCUMENT)
    (exchange.req / f"OQSsiquc01req_{'7' * 230}.xml").write_text(DOCUMENT)
    assert exchange.take(99) == []
    assert len(files(exchange.req)) == 7


def test_a_name_that_is_no_text_is_given_back(tmp_path: Path) -> None:
    exchange = opened(tmp_path)
    name = os.fsdecode("OQSsiquc01req_照会.xml".encode("shift_jis"))
    (exchange.req / name).write_text(DOCUMENT)
    (taken,) = exchange.take(8)
    exchange.refuse(taken.name, f"wrong: {taken.name}")
    assert files(exchange.res) == {name, name.replace(".xml", ".err")}


def test_an_answer_that_nobody_fetched_is_not_written_over(tmp_path: Path) -> None:
    exchange = opened(tmp_path)
    for left in (ANSWER, ANSWER.replace("xml", "pdf"), ERROR):
        (exchange.req / NAME).write_text(DOCUMENT)
        (exchange.res / left).write_text("the earlier one")
        assert exchange.take(8) == []
        (exchange.res / left).unlink()
    assert len(exchange.take(8)) == 1
    (exchange.req / NAME.replace("xml", "zip")).write_bytes(b"PK\x05\x06")
    assert exchange.take(8) == [], "its answer would have the name of the other one's"


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    exchange = opened(tmp_path, settle_seconds=0.0)
    with (exchange.req / NAME).open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    assert exchange.take(8) == [Taken(NAME, None)]


def test_one_program_serves_a_root(tmp_path: Path) -> None:
    first = opened(tmp_path)
    second = ExchangeRoot(tmp_path, 1.0)
    with pytest.raises(RootBusy):
        second.open()
    first.close()
    second.open()
    second.close()


def test_only_old_files_of_the_exchange_are_deleted(tmp_path: Path) -> None:
    exchange = opened(tmp_path)
    for name in (ANSWER, "YZKsiquc01res_1.pdf", "notes.txt"):
        for folder in (exchange.res, exchange.face):
            (folder / name).write_text("")
            os.utime(folder / name, (1_000, 1_000))
    (exchange.res / "OQSsiimm01res_1.xml").write_text("")
    assert exchange.forget(2_000) == 4
    assert files(exchange.res) == {"notes.txt", "OQSsiimm01res_1.xml"}
    assert files(exchange.face) == {"notes.txt"}


def dies_at(step: int, patch: pytest.MonkeyPatch) -> None:
    """End the process before its n-th change of the disk."""
    steps = iter(range(99))

    def counted(change: Callable[..., object]) -> Callable[..., object]:
        def run(*given: object, **named: object) -> object:
            if next(steps) == step:
                raise Killed
            return change(*given, **named)

        return run

    for owner, name in ((Path, "rename"), (Path, "unlink"), (os, "fsync")):
        patch.setattr(owner, name, counted(getattr(owner, name)))
    real_open = Path.open

    def opened_for(path: Path, mode: str = "r", **more: object) -> object:
        if "w" in mode and next(steps) == step:
            raise Killed
        return real_open(path, mode, **more)  # type: ignore[call-overload]

    patch.setattr(Path, "open", opened_for)


@pytest.mark.parametrize("step", range(10))
@pytest.mark.parametrize("good", [True, False])
def test_ended_at_any_step_each_request_is_answered_once(
    tmp_path: Path, step: int, *, good: bool
) -> None:
    fetched: list[str] = []

    def fetch(exchange: ExchangeRoot) -> None:
        for file in exchange.res.iterdir():
            fetched.append(file.name)
            file.unlink()

    def do(exchange: ExchangeRoot, taken: Taken) -> None:
        if good:
            exchange.answer(taken.name, ANSWER, b"answer")
        else:
            exchange.refuse(taken.name, "why")

    exchange = opened(tmp_path)
    (exchange.req / NAME).write_text(DOCUMENT)
    with pytest.MonkeyPatch.context() as patch:
        dies_at(step, patch)
        try:
            for taken in exchange.take(8):
                do(exchange, taken)
        except Killed:
            pass
    exchange.close()
    fetch(exchange)
    again = ExchangeRoot(tmp_path, 60.0)
    for taken in [*again.open(), *again.take(8)]:
        assert taken.content == DOCUMENT.encode()
        do(again, taken)
    fetch(again)
    assert sorted(fetched) == ([ANSWER] if good else [ERROR, NAME])
    assert files(tmp_path / ".exchange") == {"lock"}


def test_a_full_disk_leaves_the_request_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange = opened(tmp_path)
    (exchange.req / NAME).write_text(DOCUMENT)
    exchange.take(8)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            exchange.answer(NAME, ANSWER, b"answer")
    assert files(tmp_path / ".exchange") == {"lock", NAME}
    exchange.answer(NAME, ANSWER, b"answer")
    assert files(exchange.res) == {ANSWER}
