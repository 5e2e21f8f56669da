"""What has to be mended in a file stays until it is: over other files, and over a restart."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from intermediate_server.filing import report as report_module
from intermediate_server.store import MIGRATIONS
from intermediate_server.store.incoming import unsettled_files
from intermediate_server.store.schema import metadata
from intermediate_server.web.uploading.upload_jobs import KEPT
from tests.intermediate_server.conftest import MOGAMI
from tests.intermediate_server.web.test_upload_page import ended, file_of, hand_in, held

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

__all__ = ["held"]  # a fixture
FAULTY = f"加入,{MOGAMI},1,20261116,最上,9,01,20261101,B\r\n"
GONE = "このファイルの結果は、もう残っていません"


@pytest.fixture
def start(prepare: Any, new_database: Callable[..., str]) -> Callable[[], Any]:
    """Start the service on the one database of the test, each time as after a restart."""
    url = new_database(metadata, MIGRATIONS)

    def started() -> Any:
        deployment = prepare(database_url=url)
        deployment.start_oqs()
        deployment.start_service()
        deployment.register()
        return deployment

    return started


def send(deployment: Any, name: str, text: str) -> Any:
    files = {"File": (name, text)}
    return deployment.pages.post("/upload", data={"InsurerNumber": MOGAMI}, files=files)


def to_do(deployment: Any) -> str:
    return unescape(deployment.pages.get("/todo").text)


def test_refused_lines_stay_to_be_done_over_other_files_and_a_restart(
    start: Callable[[], Any],
) -> None:
    office = start()
    place = hand_in(office, file_of(1) + FAULTY)
    for number in range(KEPT + 1):
        assert send(office, f"{number}.csv", file_of(0)).status_code == 303
    assert send(office, "届出.csv", "だめ").status_code == 422, "as a whole: it mends nothing"
    for one in (office, start()):
        assert "届出.csv" in to_do(one)
        assert "不受理 1行" in to_do(one)
        page = unescape(one.pages.get(place).text)
        assert "受付 1行" in page
        assert '<td>3</td><td class="bad" lang="ja">不受理</td>' in page
        report = re.search(r'href="(/upload/[\w-]+\.csv)"', page)
        assert report
        lines = one.pages.get(report[1]).content.decode("utf-8-sig").splitlines()
        assert [line.split(",")[1] for line in lines][-1] == "不受理"
        assert lines[0].startswith("行,結果,")
    settled = one.pages.post(f"{report[1].removesuffix('.csv')}/settled", follow_redirects=True)
    assert "済みにしました" in settled.text
    assert "届出.csv" not in to_do(one)


def test_the_mended_file_of_the_same_name_takes_the_place_of_the_first(
    start: Callable[[], Any],
) -> None:
    office = start()
    hand_in(office, file_of(0) + FAULTY)
    hand_in(office, file_of(1) + FAULTY)
    assert to_do(office).count("届出.csv") == 1
    hand_in(office, file_of(1))
    assert "届出.csv" not in to_do(office)


def test_a_file_that_was_being_taken_when_the_service_ended_is_not_lost(
    start: Callable[[], Any], held: threading.Event
) -> None:
    office = start()
    place = hand_in(office, file_of(30))
    assert "届出.csv" not in to_do(office), "it is being taken"
    after = start()  # of which the other one knows nothing, as if it had been killed
    assert "取り込みの途中で止まりました" in to_do(after)
    page = after.pages.get(place).text
    assert "取り込みの途中で中間サーバーが止まりました" in page
    assert "0行は記録されています" not in page, "nobody knows"
    held.set()
    ended(office, place)


def test_a_file_of_which_nothing_was_taken_is_said_so(start: Callable[[], Any]) -> None:
    office = start()
    assert send(office, "whole.csv", "だめ").status_code == 422
    page = office.pages.get(hand_in(office, file_of(0))).text
    assert "▲ このファイルには届出の行がありません" in page
    assert re.search(r'whole\.csv</a> <small><span class="bad">✖ 取り込んでいません', page)


def test_a_result_that_is_gone_says_so_and_why(start: Callable[[], Any]) -> None:
    office = start()
    for path in ("/upload?Result=OLD", "/upload/OLD.csv"):
        answer = office.pages.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 404, path
        assert GONE in answer.text, path


def test_of_very_many_refused_lines_the_first_are_kept_and_the_others_counted(
    start: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_module, "KEPT_OF_REPORT", 10_000)
    office = start()
    place = hand_in(office, file_of(300, day="20261131"))
    ended(office, place)
    page = start().pages.get(f"{place}&Page=9").text
    assert "不受理 300行" in page
    left_out = re.search(r"あとの(\d+)行は", page)
    assert left_out
    shown = re.findall(r"<tr><td>(\d+)</td>", page)
    assert int(shown[-1]) == 301 - int(left_out[1]), "the last that is kept"


def test_an_insurer_leaves_only_so_many_files_unsettled(
    start: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unsettled_files, "MOST_OF_INSURER", 1)
    office = start()
    assert send(office, "1.csv", file_of(0) + FAULTY).status_code == 303
    refused = send(office, "2.csv", file_of(1))
    assert refused.status_code == 409
    assert "取り込んでいません" in refused.text
    assert "1.csv" in to_do(office)
    assert "2.csv" not in to_do(office)
    assert send(office, "1.csv", file_of(1)).status_code == 303, "which mends it"
    assert "1.csv" not in to_do(office)
