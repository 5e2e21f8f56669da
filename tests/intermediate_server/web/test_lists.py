"""Register and ledger as lists: filtered, in pages, as files; the address says it all."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any

import pytest

from intermediate_server.store import MIGRATIONS
from intermediate_server.store.schema import metadata
from intermediate_server.web import document_register
from intermediate_server.web.lists import filed_procedures
from intermediate_server.web.lists.asked import ROWS_SHOWN
from tests.intermediate_server.conftest import MOGAMI, TSUCHIURA, individual_number
from tests.intermediate_server.test_reading_log import lines
from wire.forms.spreadsheet import csv_lines

if TYPE_CHECKING:
    from collections.abc import Callable

PERSONS = ROWS_SHOWN + 5


@pytest.fixture(scope="module")
def names() -> list[str]:
    return [f"一覧　{person}子" for person in range(1, PERSONS + 1)]


@pytest.fixture
def own_office(prepare: Any, new_database: Callable[..., str], names: list[str]) -> Any:
    """Make an office of the test's own, as it writes there; on either database."""
    return prepared(prepare(database_url=new_database(metadata, MIGRATIONS)), names)


@pytest.fixture(scope="module")
def office(prepare_shared: Any, new_shared_database: Callable[..., str], names: list[str]) -> Any:
    """Make an office for all tests that only read; on either database."""
    return prepared(prepare_shared(database_url=new_shared_database(metadata, MIGRATIONS)), names)


def prepared(deployment: Any, names: list[str]) -> Any:
    """File more members than a page has, from a file; one of another insurer."""
    deployment.start_oqs()
    deployment.start_service()
    header = "届出種別,保険者番号,個人番号,届出日,記号,番号,枝番,資格取得日\r\n"
    rows = []
    for person, name in enumerate(names, start=1):
        deployment.register(person, name)
        insurer = TSUCHIURA if person == 1 else MOGAMI
        rows.append(
            f"加入,{insurer},{individual_number(person)},20261116,=最,{person},01,20261101\r\n"
        )
    for insurer, some in ((TSUCHIURA, rows[:1]), (MOGAMI, rows[1:])):
        files = {"File": ("届出.csv", header + "".join(some))}
        sent = deployment.pages.post("/upload", data={"InsurerNumber": insurer}, files=files)
        taken = deployment.pages.get(sent.headers["location"])
        while "progress" in taken.text and "中止する" in taken.text:
            taken = deployment.pages.get(sent.headers["location"])
    deployment.pages.post("/periodic-runs/start", data={"Kind": "changes", "InsurerNumber": MOGAMI})
    return deployment


def shown(page: str) -> int:
    return page[page.index("<tbody>") :].count("<tr>") if "<tbody>" in page else 0


@pytest.mark.parametrize("path", ["/procedures", "/documents"])
def test_pages_lead_through_all_rows_once(office: Any, path: str) -> None:
    first = office.pages.get(path).text
    assert shown(first) == ROWS_SHOWN
    start = first.index('rel="next"')
    href = first[first.rindex('href="', 0, start) + 6 : first.rindex('"', 0, start - 1)]
    second = office.pages.get(href.replace("&amp;", "&")).text
    expected = PERSONS if path == "/procedures" else PERSONS - 1
    assert shown(second) == expected - ROWS_SHOWN
    assert 'rel="next"' not in second
    assert f"{expected}件のうち、{ROWS_SHOWN}件を印刷しています。" in first
    assert f"{expected}件のうち、{expected - ROWS_SHOWN}件を印刷しています。" in second
    whole = office.pages.get(path, params={"Insurer": TSUCHIURA}).text
    assert f"{shown(whole)}件すべてを印刷しています。" in whole


@pytest.mark.parametrize(
    ("path", "query", "rows"),
    [
        ("/procedures", {"Insurer": TSUCHIURA}, 1),
        ("/procedures", {"Kind": "leave"}, 0),
        ("/procedures", {"Way": "page"}, 0),
        ("/procedures", {"Way": "file", "Insurer": TSUCHIURA, "State": "waiting"}, 1),
        ("/procedures", {"State": "delivered"}, 0),
        ("/procedures", {"State": "held"}, 0),
        ("/procedures", {"State": "conflicting"}, 0),
        ("/procedures", {"From": "20261117"}, 0),
        ("/procedures", {"Insurer": TSUCHIURA, "From": "R8.11.16", "Until": "2026-11-16"}, 1),
        ("/documents", {"Kind": "notice"}, 0),
        ("/documents", {"Insurer": TSUCHIURA}, 0),
        ("/documents", {"Way": "counter"}, 0),
        ("/documents", {"State": "undelivered"}, 0),
        ("/documents", {"State": "not_issued"}, 0),
        ("/documents", {"Until": "20261115"}, 0),
    ],
)
def test_a_filter_holds_in_page_and_file(
    office: Any, path: str, query: dict[str, str], rows: int
) -> None:
    assert shown(office.pages.get(path, params=query).text) == rows
    file = office.pages.get(f"{path}.csv", params=query)
    assert len(read(file)) == rows


@pytest.mark.parametrize("path", ["/procedures", "/documents"])
@pytest.mark.parametrize(
    "query",
    [
        {"From": "20279999"},
        {"Until": "x"},
        {"Kind": "zzz"},
        {"Way": "zzz"},
        {"From": "20261117", "Until": "20261116"},
    ],
)
def test_no_file_is_given_out_by_a_filter_that_cannot_be_read(
    office: Any, path: str, query: dict[str, str]
) -> None:
    file = office.pages.get(f"{path}.csv", params=query)
    assert file.status_code == 422
    assert "一覧　" not in file.text
    page = office.pages.get(path, params=query)
    assert page.status_code == 200
    assert "ください" in page.text[page.text.index("<main") :]


def test_days_in_the_wrong_order_are_said(office: Any) -> None:
    page = office.pages.get("/procedures?From=20261117&Until=20261116").text
    assert "終わりの日が、始めの日より前です" in page


def read(file: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("path", ["/procedures", "/documents"])
def test_the_file_has_all_rows_whatever_the_page_shows(
    office: Any, path: str, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (filed_procedures, document_register):
        monkeypatch.setattr(module, "ROWS_OF_CSV", 7)
    rows = read(office.pages.get(f"{path}.csv"))
    wanted = names if path == "/procedures" else names[1:]
    assert sorted(row["氏名"] for row in rows) == sorted(wanted)
    assert {row["記号"] for row in rows} == {"'=最"}
    newest = lines(office)[: len(wanted)]
    assert {line[2] for line in newest} <= {"list", "register"}
    assert len({line[0] for line in newest}) == len(wanted)


def test_the_oldest_may_come_first(office: Any) -> None:
    newest = [row["番号"] for row in read(office.pages.get("/procedures.csv"))]
    oldest = [row["番号"] for row in read(office.pages.get("/procedures.csv?Order=oldest"))]
    assert sorted(newest) == sorted(oldest)
    page = office.pages.get("/procedures?Order=oldest&Insurer=990010").text
    assert "新しい順にする" in page
    assert "Insurer=990010" in page


def test_a_filter_that_cannot_be_read_is_said(office: Any) -> None:
    page = office.pages.get("/procedures", params={"From": "20261340", "Kind": "x"})
    assert page.status_code == 200
    assert "カレンダーにありません" in page.text
    assert "選び直してください" in page.text
    assert office.pages.get("/procedures?After=x~y~z").status_code == 200


def test_what_became_of_a_document_is_filtered_too(own_office: Any) -> None:
    (one, *_) = read(own_office.pages.get("/documents.csv"))
    path = f"/persons/{one['個人の参照']}/documents/{one['決定の番号']}"
    own_office.pages.post(path, data={"Event": "sent"})
    noted = own_office.pages.post(path, data={"Event": "undelivered", "Note": "あて所不明"})
    assert noted.status_code == 303
    (found,) = read(own_office.pages.get("/documents.csv?State=undelivered"))
    assert found["個人の参照"] == one["個人の参照"]
    assert (found["状態"], found["状態の日"]) == ("返戻", "20261116")
    assert len(read(own_office.pages.get("/documents.csv?State=issued"))) == PERSONS - 2
    todo = own_office.pages.get("/todo").text
    assert "返戻された証類" in todo
    assert f"/persons/{one['個人の参照']}#papers" in todo


def test_no_cell_is_a_formula() -> None:
    assert csv_lines([["=1", "-1", "＝1", "ok", '",']]) == '\'=1,\'-1,\'＝1,ok,""","\r\n'.encode()


def test_a_clerk_finds_what_they_typed_today(own_office: Any) -> None:
    number = {
        "InsurerNumber": MOGAMI, "InsuredCardSymbol": "=最", "InsuredBranchNumber": "01",
        "Kind": "address",
    }  # fmt: skip
    for person, operator in ((2, "模擬係"), (3, "架空係"), (4, "模擬係")):
        typed = {
            **number, "IndividualNumber": individual_number(person), "Operator": operator,
            "InsuredIdentificationNumber": f"{person}", "Address": "模擬県9",
            "FiledOn": "20261113" if person == 4 else "",
        }  # fmt: skip
        assert own_office.pages.post("/file", data=typed).status_code == 303
    for path in ("/procedures", "/file"):
        page = own_office.pages.get(path).text
        mine = re.search(r'href="(/procedures\?[^"]*By=[^"]*)"', page)
        assert mine, path
        found = own_office.pages.get(mine[1].replace("&amp;", "&")).text
        assert shown(found) == 1
        assert "住所変更" in found
    by_anybody = {"Way": "page", "From": "20261116", "Until": "20261116"}
    assert shown(own_office.pages.get("/procedures", params=by_anybody).text) == 2
    rows = own_office.pages.get("/procedures.csv", params={"By": "架空係"}).text.splitlines()
    assert len(rows) == 2
