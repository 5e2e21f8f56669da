"""The report on a file is a file: what was refused is mended in it, and it is sent again."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest

from intermediate_server.filing.csv_file import SKIPPED
from intermediate_server.store import MIGRATIONS
from intermediate_server.store.schema import metadata
from tests.intermediate_server.conftest import MOGAMI, individual_number
from tests.intermediate_server.filing.test_file_intake import (
    HEADER,
    file_of,
    joining,
    results,
    rows,
    send,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def office(prepare: Any, new_database: Callable[..., str]) -> Any:
    deployment = prepare(database_url=new_database(metadata, MIGRATIONS))
    deployment.start_oqs()
    deployment.start_service()
    for person in (1, 2, 3):
        deployment.register(person)
    return deployment


def mended(answer: Any, **cells: str) -> bytes:
    """Return a report as a clerk mends it: what is said of each refused line."""
    found = rows(answer)
    for row in found:
        if row["結果"] == "不受理":
            row.update(cells)
    written = io.StringIO()
    writer = csv.DictWriter(written, list(found[0]))
    writer.writeheader()
    writer.writerows(found)
    return b"\xef\xbb\xbf" + written.getvalue().encode()


def test_what_was_refused_is_mended_in_the_report_and_taken(office: Any) -> None:
    wrong = joining(2, reference="R2").replace("20261101", "20261301")
    first = send(office, file_of(joining(1), wrong))
    assert results(first) == ["受付", "不受理"]
    refused = rows(first)[1]
    assert refused["資格取得日"] == "20261301", "what was sent stands in the report"
    assert (refused["記号"], refused["枝番"], refused["整理番号"]) == ("最上", '="01"', "R2")
    again = send(office, mended(first, 個人番号=individual_number(2), 資格取得日="20261101"))
    assert again.status_code == 200, again.text
    assert results(again) == ["受付", SKIPPED], "only the line that was refused is taken"
    whole = send(office, file_of(joining(1), joining(2, reference="R2")))
    assert results(whole) == ["受付済み", "受付済み"], "it is what the file would have said"


def test_a_line_that_the_records_refuse_is_mended_likewise(office: Any) -> None:
    taken = joining(2).replace("1234562", "1234561")
    first = send(office, file_of(joining(1), taken))
    assert rows(first)[1]["コード"] == "SIM-INSURED-NUMBER-TAKEN"
    again = send(office, mended(first, 個人番号=individual_number(2), 番号="1234562"))
    assert results(again) == ["受付", SKIPPED]


def test_a_report_of_a_mended_report_is_mended_as_well(office: Any) -> None:
    first = send(office, file_of(joining(1).replace("20261101", "だめ")))
    second = send(office, mended(first, 個人番号=individual_number(1), 資格取得日="20261301"))
    assert list(rows(second)[0]) == list(rows(first)[0]), "no column comes twice"
    third = send(office, mended(second, 個人番号=individual_number(1), 資格取得日="20261101"))
    assert results(third) == ["受付"]


def test_the_sum_of_a_streamed_report_is_no_line(office: Any) -> None:
    first = send(office, file_of(joining(1).replace("20261101", "だめ")), Streamed="true")
    assert results(first)[-1] == "合計"
    right = {"個人番号": individual_number(1), "資格取得日": "20261101"}
    assert results(send(office, mended(first, **right))) == ["受付"]


def test_a_line_that_is_not_mended_is_refused_again(office: Any) -> None:
    first = send(office, file_of(joining(1).replace("20261101", "20261301")))
    (row,) = rows(send(office, mended(first)))
    assert row["結果"] == "不受理"
    assert "個人番号が必要です" in row["内容"]


@pytest.mark.parametrize("cell", ["=1+1", "-5", "＠x", '"引用",と', "佐藤　花子"])
def test_a_cell_comes_back_as_it_was_sent(office: Any, cell: str) -> None:
    header = f"{HEADER},氏名"
    written = io.StringIO()
    wrong = joining(1).replace("20261101", "だめ").split(",")
    csv.writer(written).writerows([header.split(","), [*wrong, cell]])
    first = send(office, written.getvalue().encode())
    given = rows(first)[0]["氏名"]
    assert given in {cell, f"'{cell}"}
    again = send(office, mended(first, 個人番号=individual_number(1), 資格取得日="20261101"))
    assert results(again) == ["受付"]
    page = office.pages.get("/procedures")
    assert cell.replace('"', "&#34;") in page.text


def test_no_report_has_an_individual_number_wherever_it_was_written(office: Any) -> None:
    shifted = joining(1).replace("最上", individual_number(2))
    answer = send(office, file_of(joining(1).replace("20261101", "だめ"), shifted + ",x", shifted))
    assert individual_number(1) not in answer.text
    assert individual_number(2) not in answer.text


def test_the_lines_by_which_a_report_counts_are_none_that_were_skipped(office: Any) -> None:
    wrong = joining(2, reference="R2").replace("20261101", "20261301")
    first = office.client(office.line.url, f"insurer-{MOGAMI}").post(
        "/procedures/file", params={"Streamed": "true"}, content=file_of(joining(1), wrong)
    )
    assert rows(first)[-1]["結果"] == "合計"
    mended_file = mended(first, 個人番号=individual_number(2), 資格取得日="20261101")
    width = mended_file.splitlines()[0].count(b",")
    again = send(office, mended_file + b"," * width + b"\r\n")
    assert again.headers["X-Lines-Skipped"] == "1", "the line that was taken before"
    assert results(again) == ["受付", SKIPPED]
    once_more = send(office, mended(again))
    assert once_more.headers["X-Lines-Skipped"] == "1"
