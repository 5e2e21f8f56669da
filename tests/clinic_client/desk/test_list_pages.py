"""The lists over HTTP: pages, files, JSON."""

from collections.abc import Callable
from typing import Any

import pytest

Open = Callable[..., Any]


def test_a_visit_is_found_and_given_out_as_a_file(with_card: Open) -> None:
    clinic = with_card()
    visit = clinic.visit()["VisitId"]
    asked = {
        "InsurerNumber": "990010", "InsuredIdentificationNumber": "7654321",
        "Birthdate": "S30.1.1",
    }  # fmt: skip
    unknown = clinic.http.post("/api/visits/number", json=asked).json()["VisitId"]
    clinic.http.put(
        f"/api/visits/{unknown}/noted-name", json={"NotedName": '=HYPERLINK("x")'}
    ).raise_for_status()
    page = clinic.page("/visits?Name=佐藤")
    assert f'href="/visits/{visit}">佐藤' in page
    assert "1件" in page
    assert clinic.get("/api/visit-list?Name=佐藤&State=confirmed")["Visits"][0]["VisitId"] == visit
    assert clinic.get("/api/visit-list?State=waiting")["Visits"][0]["VisitId"] == unknown
    file = clinic.http.get("/visits.csv")
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert file.content.startswith("\ufeff受診日,時刻,氏名".encode())
    assert '"\'=HYPERLINK(""x"")"' in file.content.decode()


def test_who_a_visit_was_of_is_on_every_list_once_a_confirmation_has_told_it(
    open_clinic: Open,
) -> None:
    clinic = open_clinic()
    stranger = clinic.unchecked("device")["VisitId"]
    assert "（氏名未確認）" in clinic.page()
    hers = {
        "InsurerNumber": "990010", "InsuredCardSymbol": "最上", "InsuredBranchNumber": "01",
        "InsuredIdentificationNumber": "1234567", "Birthdate": "19800217",
    }  # fmt: skip
    asked = {**hers, "ForVisit": stranger}
    clinic.http.post("/api/visits/number", json=asked).raise_for_status()
    assert "（氏名未確認）" not in clinic.page()
    assert "（氏名未確認）" not in clinic.page("/visits")
    file = clinic.http.get("/visits.csv").content.decode("utf-8-sig")
    assert [line.split(",")[2] for line in file.splitlines()[1:]] == ["佐藤　花子"] * 2
    assert [line.split(",")[5] for line in file.splitlines()[1:]] == ["有効", "あとで確認"]
    for page in ("/", "/visits"):
        assert "✔ あとで確認" in clinic.page(page).replace("</i>", ""), page
        assert "要確認" not in clinic.page(page), page
    found = clinic.get("/api/visit-list?Name=佐藤")["Visits"]
    assert [one["Name"] for one in found] == ["佐藤　花子"] * 2
    by_number = found[0]["VisitId"]
    assert [(one["Word"], one["ConfirmedBy"], one["Cause"]) for one in found] == [
        ("VALID", None, "NONE"), ("VALID", by_number, "DEVICE"),
    ]  # fmt: skip
    assert clinic.get(f"/api/visits/{stranger}")["Word"] == "CHECK", "as it was said then"
    assert clinic.get("/api/visit-list?State=confirmed")["Visits"] == found
    assert clinic.get("/api/visit-list?State=unconfirmed")["Visits"] == []
    claims = clinic.get("/api/claims?Month=2026-11")["Claims"]
    assert [one["Name"] for one in claims] == ["佐藤　花子"] * 2


def test_a_paper_is_found_by_its_number_in_any_width(open_clinic: Open) -> None:
    clinic = open_clinic()
    visit = clinic.unchecked("device", Birthdate="19800217")["VisitId"]
    notice = {
        "Document": "notice", "InsurerNumber": "９９００１０", "InsuredCardSymbol": "最上",
        "InsuredIdentificationNumber": "７６５４３２１",
    }  # fmt: skip
    clinic.http.put(f"/api/visits/{visit}/shown", json={"Presented": [notice]}).raise_for_status()
    clinic.http.post("/api/visits/number", json={
        "InsurerNumber": "990010", "InsuredCardSymbol": "最上", "InsuredBranchNumber": "01",
        "InsuredIdentificationNumber": "1234567", "Birthdate": "19800217",
    }).raise_for_status()  # fmt: skip
    assert len(clinic.get("/api/visit-list?Name=最上　1234567")["Visits"]) == 1, "as its column"
    assert clinic.get("/api/visit-list?Name=北 1234567")["Visits"] == []
    for number in ("7654321", "７６５４３２１", "最上 7654321", "最上　７６５４３２１"):
        (found,) = clinic.get(f"/api/visit-list?Name={number}")["Visits"]
        assert found["VisitId"] == visit
        page = clinic.page(f"/visits?Name={number}")
        assert f'href="/visits/{visit}"' in page
        assert "<td>990010</td><td>最上 7654321</td>" in page
    assert ",990010,最上,7654321," in clinic.http.get("/visits.csv").content.decode()


def test_a_search_that_is_too_long_is_refused_on_a_page(open_clinic: Open) -> None:
    clinic, headers = open_clinic(), {"Accept": "text/html"}
    for longest in (61, 201):
        path = f"/visits?Name={'あ' * longest}"
        refused = clinic.http.get(path, headers=headers)
        assert refused.status_code == 422
        assert refused.headers["Content-Type"].startswith("text/html")
        assert "項目を直して" in refused.text


def test_the_claims_of_a_month_are_a_page_a_file_and_json(with_card: Open) -> None:
    clinic = with_card()
    clinic.visit()
    clinic.unchecked("lag", CardAtHand=True, Birthdate="19550101")
    told = clinic.get("/api/claims?Month=2026-11")
    assert told["Month"] == "202611"
    assert {one["InsurerNumber"] for one in told["Sums"]} >= {"990010"}
    page = clinic.page("/claims")
    assert "月末の請求一覧 2026-11" in page
    assert "990010" in page
    file = clinic.http.get("/claims.csv?Month=202611").content.decode("utf-8-sig")
    assert file.splitlines()[0].startswith("受診日,時刻,氏名,フリガナ,請求のしかた")
    assert "990010,最上型国民健康保険（模擬）,国保連,通常 1・旧資格 1,2,1,1" in file
    assert clinic.get("/api/claims?Month=2026年10月")["Claims"] == []
    assert "この月の受付はありません" in clinic.page("/claims?Month=2026-10")


def test_a_day_is_summed_up_in_json_and_on_a_page(with_card: Open) -> None:
    clinic = with_card()
    clinic.visit()
    clinic.unchecked("device")
    told = clinic.get("/api/day-summary")
    assert (told["Day"], told["Visits"]) == ("20261120", 2)
    assert told["Causes"] == {"NONE": 1, "DEVICE": 1}
    assert told["Ways"]["check"] == 1
    assert clinic.get("/api/day-summary?Day=令和8年11月19日")["Visits"] == 0
    assert "読取機が使えない" in clinic.page("/day")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/visits?From=きのう", "日付として読めません"),
        ("/visits?From=20261120&Until=20261119", "「いつまで」が「いつから」より前です"),
        ("/claims?Month=2026-13", "月を読めません"),
        ("/day?Day=20260230", "という日はありません"),
    ],
)
def test_what_cannot_be_read_is_said_on_the_page_and_over_http(
    open_clinic: Open, path: str, said: str
) -> None:
    clinic = open_clinic()
    assert said in clinic.page(path)
    name = {"/visits": "visit-list", "/claims": "claims", "/day": "day-summary"}
    page, _, query = path.partition("?")
    answer = clinic.http.get(f"/api/{name[page]}?{query}")
    assert answer.status_code == 422
    assert said in answer.json()["japanese"]
