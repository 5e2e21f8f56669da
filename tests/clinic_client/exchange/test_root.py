"""The folders on the disk: taken when complete, answered once, whatever happens in between."""

import errno
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from clinic_client.exchange.root import MOST_BYTES, ErrorLeft, ExchangeRoot, RootBusy, Taken
from eligibility.sentence import Sentence

NAME = "OQSsiquc01req_202611200001.xml"
ANSWER = "OQSsiquc01res_202611200001.xml"
ERROR = "OQSsiquc01req_202611200001.err"
DOCUMENT = "<XmlMsg><MessageBody/></XmlMsg>"


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


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


def test_files_of_others_take_no_place_from_requests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clinic_client.exchange.root.MOST_LISTED", 3)
    exchange = opened(tmp_path)
    for number in range(20):
        (exchange.req / f"{number}.bak").write_text("")
        (exchange.req / f"~{number}.xml").write_text(DOCUMENT)
        (exchange.res / f"{number}.bak").write_text("")
    (exchange.req / NAME).write_text(DOCUMENT)
    (exchange.res / ERROR).write_text("SIM-X\r\nj\r\n")
    assert [error.name for error in exchange.errors(time.time() + 1)] == [ERROR]
    (exchange.res / ERROR).unlink()
    assert [taken.name for taken in exchange.take(8)] == [NAME]


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


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (NAME, NAME.replace("xml", "XML")),
        (NAME.replace("xml", "XML"), NAME),
        (NAME.replace("xml", "Xml"), NAME.replace("xml", "ZIP")),
        ("OQSsiquc01req_a.xml", "OQSsiquc01req_A.xml"),
        (NAME, ANSWER),
    ],
)
def test_two_that_would_leave_one_name_wait_for_each_other(
    tmp_path: Path, first: str, second: str
) -> None:
    exchange = opened(tmp_path, settle_seconds=0.0)

    def put(name: str) -> None:
        (exchange.req / name).write_text(DOCUMENT)

    put(first)
    assert [taken.name for taken in exchange.take(8)] == [first]
    put(second)
    assert exchange.take(8) == [], "the first one is under way"
    exchange.answer(first, first.replace("req_", "res_"), b"answer")
    assert exchange.take(8) == [], "its answer is not fetched"
    for left in exchange.res.iterdir():
        left.unlink()
    put(first)
    assert len(exchange.take(8)) == 1, "of two at once one waits"
    exchange.close()
    again = ExchangeRoot(tmp_path, 0.0)
    assert len(again.open()) == 1
    assert again.take(8) == [], "so it is after a restart"


def test_an_answer_that_is_shown_while_req_is_looked_into_is_not_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange = opened(tmp_path)
    (exchange.req / NAME).write_text(DOCUMENT)
    exchange.take(8)
    (exchange.req / NAME).write_text(DOCUMENT)
    look = os.listdir

    def answered_after(folder: Path) -> list[str]:
        seen = look(folder)
        if folder == exchange.res:
            exchange.answer(NAME, ANSWER, b"answer")
        return seen

    monkeypatch.setattr(os, "listdir", answered_after)
    assert exchange.take(8) == []
    assert exchange.take(8) == []


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    exchange = opened(tmp_path, settle_seconds=0.0)
    with (exchange.req / NAME).open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    assert exchange.take(8) == [Taken(NAME, None)]


def test_one_that_cannot_be_moved_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange = opened(tmp_path)
    others = [f"OQSsiquc01req_{number}.xml" for number in range(4)]
    for name in others:
        (exchange.req / name).write_text(DOCUMENT)
    move = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.name == others[1]:
            raise PermissionError(errno.EACCES, "Permission denied")
        return move(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    assert [taken.name for taken in exchange.take(8)] == [others[0], *others[2:]]
    with pytest.raises(PermissionError):
        exchange.take(8)


def test_more_is_taken_than_is_held(tmp_path: Path) -> None:
    exchange = opened(tmp_path)
    long = DOCUMENT.rjust(MOST_BYTES)
    for number in range(6):
        (exchange.req / f"OQSsiquc01req_{number}.xml").write_text(long)
    taken = exchange.take(8)
    assert [one.content is None for one in taken] == [False] * 4 + [True] * 2
    assert exchange.read(taken[-1].name) == long.encode()


def test_folders_that_were_deleted_are_made_again(tmp_path: Path) -> None:
    exchange = opened(tmp_path)
    for folder in (exchange.req, exchange.res, exchange.face):
        folder.rmdir()
    with pytest.raises(FileNotFoundError):
        exchange.take(8)
    exchange.mend()
    assert exchange.take(8) == []
    shutil.rmtree(tmp_path / ".exchange")
    (exchange.req / NAME).write_text(DOCUMENT)
    with pytest.raises(FileNotFoundError):
        exchange.take(8)
    exchange.mend()
    assert [taken.name for taken in exchange.take(8)] == [NAME]
    with pytest.raises(RootBusy):
        ExchangeRoot(tmp_path, 1.0).open()


def test_where_a_share_is_gone_nothing_is_made_in_its_place(tmp_path: Path) -> None:
    root = tmp_path / "share"
    exchange = opened(root)
    root.rename(tmp_path / "elsewhere")
    root.mkdir()
    exchange.mend()
    assert files(root) == set()
    root.rmdir()
    (tmp_path / "elsewhere").rename(root)
    (exchange.req / NAME).write_text(DOCUMENT)
    assert [taken.name for taken in exchange.take(8)] == [NAME]


def test_opened_again_after_it_failed(tmp_path: Path) -> None:
    exchange = ExchangeRoot(tmp_path, 60.0)
    (tmp_path / "res").write_text("no folder")
    with pytest.raises(FileExistsError):
        exchange.open()
    (tmp_path / "res").unlink()
    assert exchange.open() == []


def test_what_is_left_of_a_push_that_is_done_anew_is_thrown_away(tmp_path: Path) -> None:
    exchange = opened(tmp_path)
    exchange.close()
    for name in ("a.xml", "b.xml"):
        (tmp_path / ".exchange" / f"{name}.to-face").write_text(name)
    assert ExchangeRoot(tmp_path, 60.0).open({"a.xml"}) == []
    assert files(exchange.face) == {"b.xml"}
    assert files(tmp_path / ".exchange") == {"lock"}


def test_a_push_that_face_does_not_take_leaves_nothing(tmp_path: Path) -> None:
    exchange = opened(tmp_path)
    exchange.face.rmdir()
    exchange.face.write_text("no folder")
    with pytest.raises(NotADirectoryError):
        exchange.push("a.xml", b"a")
    assert files(tmp_path / ".exchange") == {"lock"}


def test_what_lies_there_as_an_error_is_told(tmp_path: Path) -> None:
    exchange = opened(tmp_path)
    (exchange.req / NAME).write_text(DOCUMENT)
    exchange.take(8)
    exchange.refuse(NAME, "SIM-X\r\n何かが違います。\r\nIt differs.\r\nMend it.\r\n")
    (exchange.res / "another's.err").write_bytes(b"\xff")
    os.utime(exchange.res / ERROR, (1_000, 1_000))
    assert exchange.errors(1_000) == []
    told = ErrorLeft(ERROR, "SIM-X", Sentence("何かが違います。", "It differs. Mend it."))
    assert exchange.errors(2_000) == [told]
    assert [error.name for error in exchange.errors(time.time() + 60)] == [ERROR, "another's.err"]
    (exchange.res / ERROR).unlink()
    assert exchange.errors(2_000) == []


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
    for name in ("hello.xml", "hello.err", "PMHsimsm01req_1.ZIP"):
        (exchange.res / name).write_text("")
        os.utime(exchange.res / name, (1_000, 1_000))
    (exchange.face / "prescription_1.xml").write_text("another program's")
    os.utime(exchange.face / "prescription_1.xml", (1_000, 1_000))
    assert exchange.forget(2_000) == 7
    assert files(exchange.res) == {"notes.txt", "OQSsiimm01res_1.xml"}
    assert files(exchange.face) == {"notes.txt", "prescription_1.xml"}


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
        assert (taken.content or again.read(taken.name)) == DOCUMENT.encode()
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

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            exchange.answer(NAME, ANSWER, b"answer")
    assert files(tmp_path / ".exchange") == {"lock", NAME}
    exchange.answer(NAME, ANSWER, b"answer")
    assert files(exchange.res) == {ANSWER}
