"""A file by the page: its progress, stopping it, and what became of its lines."""

from __future__ import annotations

import csv
import io
import re
import threading
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from intermediate_server.filing import file_intake
from intermediate_server.filing.fields import read_procedure
from intermediate_server.procedures.kinds import FILED_KINDS, ProcedureKind
from intermediate_server.store.bulk_recorder import BulkRecorder
from intermediate_server.web.uploading import upload_jobs
from intermediate_server.web.uploading.result_rows import ROWS_SHOWN
from intermediate_server.web.uploading.sample_files import columns
from tests.intermediate_server.conftest import MOGAMI, individual_number
from wire.forms.spreadsheet import as_typed

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER = "届出種別,保険者番号,個人番号,届出日,記号,番号,枝番,資格取得日,整理番号\r\n"


def file_of(lines: int, day: str = "20261101") -> str:
    return HEADER + "".join(
        f"加入,{MOGAMI},{individual_number(1 + line % 3)},20261116,最上,{line},01,{day},L{line}\r\n"
        for line in range(lines)
    )


def hand_in(deployment: Any, text: str) -> str:
    """Hand a file in; return the address of its page."""
    files = {"File": ("届出.csv", text)}
    answer = deployment.pages.post("/upload", data={"InsurerNumber": MOGAMI}, files=files)
    assert answer.status_code == 303, answer.text
    place: str = answer.headers["location"]
    return place


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Sets of ten lines, each of which waits before it is recorded, until the event is set."""
    go_on = threading.Event()
    record = BulkRecorder.record

    def waiting(self: Any, *arguments: Any) -> Any:
        assert go_on.wait(30)
        return record(self, *arguments)

    monkeypatch.setattr(BulkRecorder, "record", waiting)
    monkeypatch.setattr(file_intake, "LINES_AT_ONCE", 10)
    monkeypatch.setattr(upload_jobs, "PIECE", 1_000)
    yield go_on
    go_on.set()


def ended(deployment: Any, place: str) -> str:
    """Return the page of a file when it has been taken."""
    name = place.partition("Result=")[2]
    until = monotonic() + 30
    while deployment.pages.get(f"/upload/{name}/progress").headers["X-Running"] == "1":
        assert monotonic() < until, "the file was never taken"
    text: str = deployment.pages.get(place).text
    return text


@pytest.fixture
def members(deployment: Any) -> Any:
    for person in (1, 2, 3):
        deployment.register(person)
    return deployment


def test_a_file_shows_how_far_it_is(members: Any, held: threading.Event) -> None:
    place = hand_in(members, file_of(200))
    page = members.pages.get(place).text
    assert "0 / 200 行" in page
    assert "中止する" in page
    assert '<progress value="0" max="200"' in page
    held.set()
    page = ended(members, place)
    assert "受付 3行" in page, "a person is insured once; the others are refused"
    assert "不受理 197行" in page


def test_a_file_that_is_stopped_says_what_was_recorded(members: Any, held: threading.Event) -> None:
    place = hand_in(members, file_of(2_000))
    name = place.partition("Result=")[2]
    assert members.pages.post(f"/upload/{name}/cancel").status_code == 303
    assert "中止しています" in members.pages.get(place).text
    held.set()
    page = ended(members, place)
    assert "入力者が取り込みを中止しました。" in page
    assert "受け付けた3行は記録されています" in page
    report = members.pages.get(f"/upload/{name}.csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(report)))
    assert rows[-1]["結果"] == "中断"
    assert len(rows) < 200, "what was at hand, and no more"
    assert int(rows[-1]["行"]) == len(rows) + 1
    assert "行で止まりました" in members.pages.get("/todo").text
    # Handed in once more, the rest follows, and nothing is there twice.
    again = ended(members, hand_in(members, file_of(2_000)))
    assert "受付済み 3行" in again


def test_many_faulty_lines_are_read_in_pages(members: Any) -> None:
    place = hand_in(members, file_of(2 * ROWS_SHOWN + 1, day="20261131"))
    first = ended(members, place)
    assert "1 / 3 ページ" in first
    assert "<td>2</td>" in first
    last = members.pages.get(f"{place}&Page=3").text
    assert f"<td>{2 * ROWS_SHOWN + 2}</td>" in last
    assert "3 / 3 ページ" in members.pages.get(f"{place}&Page=99").text
    todo = members.pages.get("/todo").text
    assert f"不受理 {2 * ROWS_SHOWN + 1}行" in todo


def test_a_file_without_its_header_is_refused_at_once(members: Any) -> None:
    files = {"File": ("届出.csv", "だめ\r\n")}
    answer = members.pages.post("/upload", data={"InsurerNumber": MOGAMI}, files=files)
    assert answer.status_code == 422
    assert "1行目" in answer.text
    assert members.pages.post("/upload", data={}, files={}).status_code == 422
    assert members.pages.get("/upload/nothing/progress").status_code == 404


@pytest.mark.parametrize("kind", FILED_KINDS)
def test_the_example_of_each_kind_can_be_read(kind: ProcedureKind, sample: Any) -> None:
    header, line = sample(f"/upload/examples/{kind}.csv?InsurerNumber={MOGAMI}")
    by_name = {one.japanese: one.element for one in columns(kind)}
    texts = {by_name[name]: text for name, text in zip(header, line, strict=True)}
    procedure = read_procedure(texts)
    assert procedure.kind is kind
    assert str(procedure.insurer_number) == MOGAMI
    (empty,) = sample(f"/upload/templates/{kind}.csv")
    assert set(header) <= set(empty)


def test_what_only_a_run_records_has_no_example(deployment: Any) -> None:
    assert deployment.pages.get("/upload/examples/use_lapsed.csv").status_code == 404
    assert "use_lapsed" not in deployment.pages.get("/upload").text


@pytest.fixture
def sample(prepare: Any) -> Any:
    deployment = prepare()
    deployment.start_oqs()
    deployment.start_service()

    def rows(path: str) -> list[list[str]]:
        content = deployment.pages.get(path).content.decode("utf-8-sig")
        return [list(map(as_typed, row)) for row in csv.reader(io.StringIO(content))]

    return rows


@pytest.mark.parametrize(
    ("good", "bad", "frame"), [(2, 0, "receipt"), (2, 1, "receipt partly"), (0, 1, "receipt none")]
)
def test_the_frame_of_a_result_says_whether_lines_were_refused(
    deployment: Any, good: int, bad: int, frame: str
) -> None:
    for person in (1, 2, 3):
        deployment.register(person)
    text = file_of(good) + f"加入,{MOGAMI},1,20261116,最上,9,01,20261101,B\r\n" * bad
    page = deployment.pages.get(hand_in(deployment, text)).text
    assert f'<section class="{frame}" role="status"' in page
    assert ("✔" in page[page.index("<main") :]) is bool(good)


def test_a_file_stays_to_be_done_until_the_clerk_says_that_it_is_settled(deployment: Any) -> None:
    deployment.register(1)
    faulty = f"加入,{MOGAMI},1,20261116,最上,9,01,20261101,B\r\n"
    place = hand_in(deployment, file_of(0) + faulty)
    mended = {"File": ("mended.csv", file_of(1))}
    deployment.pages.post("/upload", data={"InsurerNumber": MOGAMI}, files=mended)
    assert "届出.csv" in deployment.pages.get("/todo").text
    action = re.search(r'action="(/upload/[\w-]+/settled)"', deployment.pages.get(place).text)
    assert action
    done = deployment.pages.post(action[1], follow_redirects=True)
    assert "済みにしました" in done.text
    assert "届出.csv" not in deployment.pages.get("/todo").text


def test_lines_of_a_report_that_are_not_taken_again_are_counted(deployment: Any) -> None:
    deployment.register(1)
    place = hand_in(deployment, file_of(1))
    report = re.search(r'href="(/upload/[\w-]+\.csv)"', deployment.pages.get(place).text)
    assert report
    again = deployment.pages.get(report[1]).content.decode("utf-8-sig")
    page = deployment.pages.get(hand_in(deployment, again)).text
    assert "1行は、「結果」が不受理でも空欄でもないので、取り込んでいません" in page
    answer = deployment.client(deployment.line.url, f"insurer-{MOGAMI}").post(
        "/procedures/file", content=again.encode(), headers={"Content-Type": "text/csv"}
    )
    assert answer.headers["X-Lines-Skipped"] == "1"
    assert ",読み飛ばし," in answer.text
    assert "「結果」を空欄にしてください" in answer.text
