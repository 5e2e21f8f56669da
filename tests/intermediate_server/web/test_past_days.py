"""A 届出日 that lies far back is asked about, and what is entered late was not seen before."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from intermediate_server.store import MIGRATIONS
from intermediate_server.store.schema import metadata
from tests.intermediate_server.conftest import individual_number
from tests.intermediate_server.web.test_receipt import joining, receipt

if TYPE_CHECKING:
    from collections.abc import Callable

ASKED = "6か月以上も前の日です"
NOT_FILED = "まだ届け出ていません"
FAR_BACK = {"FiledOn": "20210915", "QualificationDate": "20210915"}


@pytest.fixture
def office(prepare: Any, new_database: Callable[..., str]) -> Any:
    deployment = prepare(database_url=new_database(metadata, MIGRATIONS))
    deployment.start_oqs()
    deployment.start_service()
    deployment.start_worker()
    return deployment


def said(answer: Any) -> str:
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def changes(office: Any, reference: str) -> Any:
    answer = office.pages.get(f"/sim/persons/{reference}")
    return answer.json()["Changes"] if answer.status_code == 200 else []


def test_a_day_that_lies_far_back_is_filed_only_when_the_clerk_says_so(office: Any) -> None:
    reference = office.register()
    form = joining(**FAR_BACK, Address="模擬県9")
    page = said(office.pages.post("/file", data=form, follow_redirects=True))
    assert f"令和3年9月15日（水）は、きょう 令和8年11月16日（月）より{ASKED}" in page
    assert NOT_FILED in page
    assert 'value="模擬県9"' in page, "what was typed is kept"
    assert changes(office, reference) == []
    for meant in ("1", "2021-09-16"):
        page = said(office.pages.post("/file", data={**form, "PastDay": meant}))
        assert NOT_FILED in page, "another day is asked about anew"
    taken = office.pages.post("/file", data={**form, "PastDay": "2021-09-15"})
    assert taken.status_code == 303, taken.text
    assert [one["FiledOn"] for one in changes(office, reference)] == ["20210915"]


@pytest.mark.parametrize(("filed_on", "asked"), [("20260516", False), ("20260515", True)])
def test_no_ordinary_delay_is_asked_about(office: Any, filed_on: str, *, asked: bool) -> None:
    office.register()
    form = joining(FiledOn=filed_on, QualificationDate="20260401")
    shown = office.pages.get("/file/preview", params=form)
    assert (ASKED in said(shown)) is asked, "it is said while it is typed"
    page = said(office.pages.post("/file", data=form, follow_redirects=True))
    assert (NOT_FILED in page) is asked


def test_a_cancellation_far_back_is_asked_about_both_ways(office: Any) -> None:
    reference = office.register()
    office.file(FiledOn="20260101", QualificationDate="20260101").raise_for_status()
    form = {
        "Kind": "cancel",
        "Person": reference,
        "CorrectedVersion": "1",
        "FiledOn": "20260102",
        "Reason": "誤り",
    }
    assert ASKED in said(office.pages.post("/file", data=form))
    form["PastDay"] = "2026-01-02"
    page = said(office.pages.post("/file", data=form))
    assert "はじめからなかったことにします" in page
    assert '<input type="hidden" name="PastDay" value="2026-01-02">' in page
    assert office.pages.post("/file", data={**form, "Confirmed": "1"}).status_code == 303
    assert [one["Kind"] for one in changes(office, reference)] == ["join", "cancel"]


def test_a_household_far_back_is_asked_about(office: Any) -> None:
    reference = office.register()
    form = {
        "Kind": "join", "InsurerNumber": "990010", "InsuredCardSymbol": "最上",
        "InsuredIdentificationNumber": "55", "Householder": "試験　一郎",
        "IndividualNumber.0": individual_number(1), "InsuredBranchNumber.0": "01", **FAR_BACK,
    }  # fmt: skip
    page = said(office.pages.post("/household", data=form))
    assert ASKED in page
    assert NOT_FILED in page
    assert changes(office, reference) == []
    page = said(office.pages.post("/household", data={**form, "PastDay": "2021-09-15"}))
    assert "2026年11月16日（月）</b> から医療機関に見えます" in page
    assert len(changes(office, reference)) == 1


@pytest.mark.parametrize("filed_on", ["20210915", "20261102"])
def test_what_is_entered_late_is_not_said_to_have_been_seen_before(
    office: Any, filed_on: str
) -> None:
    reference = office.register()
    meant = {"PastDay": "2021-09-15"} if filed_on == "20210915" else {}
    form = joining(FiledOn=filed_on, QualificationDate=filed_on)
    answer = office.pages.post("/file", data={**form, **meant}, follow_redirects=True)
    if meant:
        assert "有効期限が過ぎているため、記録だけで、送りません" in receipt(answer)
        assert "資格確認書（2027年7月31日（土）まで）" in receipt(answer), "which is not silent"
    late = "届出日から数えた反映の日より後に入力されたため"
    assert "<strong>2026年11月16日（月）</strong>" in receipt(answer)
    assert late in receipt(answer)
    assert "2026年11月16日" in said(office.pages.get("/file/preview", params=form))
    (entry,) = changes(office, reference)
    assert entry["EnteredOn"] == "20261116"
    office.advance(BusinessDays=20).raise_for_status()
    page = said(office.pages.get(f"/persons/{reference}"))
    assert "<b>2026年11月16日（月）</b>" in page, "and not when the clock came to rest"
    assert late in page
    rows = office.pages.get("/procedures.csv").content.decode("utf-8-sig").splitlines()
    assert rows[1].split(",")[8:10] == [filed_on, "20261116"]
