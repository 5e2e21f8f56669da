"""Days whose holidays nobody knows: refused by every way in, and no page fails on one."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from intermediate_server.runs.run_kinds import RunKind
from intermediate_server.store import MIGRATIONS, open_store
from intermediate_server.store.schema import change, metadata
from tests.intermediate_server.conftest import MOGAMI, individual_number

if TYPE_CHECKING:
    from collections.abc import Callable

FAR = "21171231"
ONE = {
    "InsurerNumber": MOGAMI,
    "IndividualNumber": individual_number(1),
    "InsuredCardSymbol": "最上",
    "InsuredIdentificationNumber": "1234561",
    "InsuredBranchNumber": "01",
}


@pytest.fixture
def office(prepare: Any, new_database: Callable[..., str]) -> Any:
    deployment = prepare(database_url=new_database(metadata, MIGRATIONS))
    deployment.start_oqs()
    deployment.start_service()
    deployment.reference = deployment.register()
    assert deployment.file().status_code == 201
    return deployment


def pages_stand(deployment: Any) -> None:
    for page in ("/", "/procedures", f"/persons/{deployment.reference}", "/todo"):
        assert deployment.pages.get(page).status_code == 200, page


def versions(deployment: Any) -> int:
    page = deployment.pages.get("/procedures.csv").text
    return len(page.splitlines()) - 1


@pytest.mark.parametrize(
    ("element", "japanese", "procedure"),
    [
        ("EffectiveDate", "適用日", {"Kind": "address", "Address": "模擬県", "EffectiveDate": FAR}),
        (
            "EffectiveDate",
            "適用日",
            {"Kind": "ratio", "InsuredPartialContributionRatio": "020", "EffectiveDate": FAR},
        ),
        (
            "EffectiveDate",
            "適用日",
            {"Kind": "renumber", "NewInsuredIdentificationNumber": "7", "EffectiveDate": FAR},
        ),
        ("EffectiveDate", "適用日", {"Kind": "arrears", "EffectiveDate": FAR}),
        ("EffectiveDate", "適用日", {"Kind": "change", "EffectiveDate": FAR}),
        ("EffectiveDate", "適用日", {"Kind": "school_entry", "EffectiveDate": FAR}),
        ("EffectiveDate", "適用日", {"Kind": "death", "EffectiveDate": "99991231"}),
        (
            "DisqualificationDate",
            "資格喪失日",
            {"Kind": "leave", "ReasonOfLoss": "99", "DisqualificationDate": FAR},
        ),
        (
            "ValidUntil",
            "有効期限",
            {"Kind": "limit", "LimitClassificationFlag": "ア", "ValidUntil": "9999-12-31"},
        ),
        ("FiledOn", "届出日", {"Kind": "card_lost", "FiledOn": "18680908"}),
        ("FiledOn", "届出日", {"Kind": "consideration", "FiledOn": "18680908"}),
        ("Birthdate", "生年月日", {"Kind": "change", "Birthdate": "99990101"}),
    ],
)
def test_a_day_out_of_the_calendar_is_refused_with_the_name_of_its_field(
    office: Any, element: str, japanese: str, procedure: dict[str, str]
) -> None:
    answer = office.file(**procedure)
    assert answer.status_code in {409, 422}, answer.text
    said = answer.json()
    assert element in said["detail"]
    assert japanese in said["japanese"]
    assert versions(office) == 1

    household = office.client(office.line.url, f"insurer-{MOGAMI}").post(
        "/procedures/household", json={"Procedures": [{**ONE, **procedure}]}
    )
    assert household.status_code == 422
    assert japanese in household.json()["Outcomes"][0]["Japanese"]

    filed = office.pages.post("/file", data={**ONE, **procedure})
    assert filed.status_code in {409, 422}
    assert "年" in filed.text

    columns = {**ONE, "FiledOn": "20261116", **procedure}
    file = ",".join(columns) + "\r\n" + ",".join(columns.values()) + "\r\n"
    sent = office.pages.post(
        "/upload", data={"InsurerNumber": MOGAMI}, files={"File": ("f.csv", file)}
    )
    page = office.pages.get(sent.headers["location"]).text
    while "中止する" in page:
        page = office.pages.get(sent.headers["location"]).text
    assert re.search(r"不受理", page)
    assert versions(office) == 1
    pages_stand(office)


def test_what_is_typed_shows_why_there_is_no_day(office: Any) -> None:
    asked = {**ONE, "Kind": "address", "EffectiveDate": FAR}
    answer = office.pages.get("/file/preview", params=asked)
    assert answer.status_code == 200
    assert "2099年より後" in answer.text


def test_the_last_day_of_the_calendar_lies_too_far_ahead(office: Any) -> None:
    answer = office.file(Kind="school_entry", EffectiveDate="20991231")
    assert answer.status_code == 409
    assert "先すぎる日です" in answer.json()["japanese"]
    pages_stand(office)


def test_pages_show_a_row_whose_day_nobody_can_count(office: Any) -> None:
    moved = {"Kind": "address", "Address": "模擬県2", "EffectiveDate": "20270101"}
    assert office.file(**moved).status_code == 201
    store = open_store(office.database_url)
    with store.engine.begin() as connection:
        far = update(change).values(shown_on=date(2117, 12, 31))
        assert connection.execute(far.where(change.c.shown_on.is_not(None))).rowcount == 1
    store.engine.dispose()
    pages_stand(office)


@pytest.mark.parametrize("due_on", ["99991231", "21000101"])
def test_a_run_is_of_a_day_of_the_calendar(office: Any, due_on: str) -> None:
    line = office.client(office.line.url, f"insurer-{MOGAMI}")
    order = {"InsurerNumber": MOGAMI, "Kind": "renewal", "DueOn": due_on}
    for path in ("/runs/preview", "/runs", "/runs/stop"):
        answer = line.post(path, json=order)
        assert answer.status_code == 422, answer.text
        assert "DueOn" in answer.json()["detail"]
    assert office.pages.get("/periodic-runs/preview", params=order).status_code == 422
    for path in ("/periodic-runs/start", "/periodic-runs/stop"):
        assert office.pages.post(path, data=order).status_code == 422
    shown = office.pages.get("/periodic-runs", params={"Kind": "renewal", "DueOn": due_on})
    assert shown.status_code == 422


def test_a_run_is_foreseen_for_the_last_day_of_the_calendar(office: Any) -> None:
    line = office.client(office.line.url, f"insurer-{MOGAMI}")
    for kind in RunKind:
        order = {"InsurerNumber": MOGAMI, "Kind": kind, "DueOn": "20991231"}
        answer = line.post("/runs/preview", json=order)
        assert answer.status_code == 200, answer.text
