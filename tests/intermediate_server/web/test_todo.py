"""What waits for a clerk: each thing is on the list until it is done, and counted on every page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from intermediate_server.runs.run_kinds import RunKind
from intermediate_server.store import MIGRATIONS, open_store
from intermediate_server.store.schema import metadata
from intermediate_server.web.tasks import of_desks
from tests.intermediate_server.conftest import (
    KITAMURA,
    MOGAMI,
    MONDAY,
    TSUCHIURA,
    individual_number,
)
from tests.intermediate_server.counter.test_discrepancies import TICKET
from tests.intermediate_server.runs.test_year import advance

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBER = {
    "InsuredCardSymbol": "最上", "InsuredIdentificationNumber": "1234561",
    "InsuredBranchNumber": "01",
}  # fmt: skip


@pytest.fixture
def office(prepare: Any, new_database: Callable[..., str]) -> Any:
    """A service that does no runs by itself, with nothing recorded, on either database."""
    deployment = prepare(database_url=new_database(metadata, MIGRATIONS))
    deployment.start_oqs()
    deployment.start_service()
    return deployment


def group(deployment: Any, key: str) -> str:
    """Return a group of the page; empty where it is not there."""
    page: str = deployment.pages.get("/todo").text
    found = re.search(rf'<section aria-labelledby="{key}">.*?</section>', page, re.DOTALL)
    return found[0] if found else ""


def counted(deployment: Any, path: str = "/file") -> str:
    """Return how much a page says there is to be done."""
    page = deployment.pages.get(path).text
    found = re.search(r'<span id="waiting"[^>]*>(?: <b>([^<]*)</b>)?', page)
    assert found, path
    return found[1] or ""


@pytest.mark.parametrize("ends", ["reissue", "expiry"])
def test_what_came_back_is_listed_as_long_as_it_is_of_use(office: Any, ends: str) -> None:
    reference = office.register()
    assert office.file().status_code == 201
    papers = f"/persons/{reference}/documents"
    for event in ("sent", "undelivered"):
        noted = office.pages.post(f"{papers}/1", data={"Event": event})
        assert noted.status_code == 303
    assert f"/persons/{reference}" in group(office, "undelivered")
    if ends == "expiry":
        office.set_clock(Mode="frozen", Now="2027-07-31T10:00:00+09:00")
        assert group(office, "undelivered")
        office.set_clock(Mode="frozen", Now="2027-08-01T10:00:00+09:00")
    else:
        asked = {"Membership": "0", "Occasion": "certificate_lost"}
        assert office.pages.post(papers, data=asked).status_code == 200
    assert group(office, "undelivered") == ""


def test_an_open_ticket_is_listed_until_it_is_answered(office: Any) -> None:
    assert (group(office, "tickets"), counted(office)) == ("", "")
    typed = {**TICKET, "Kind": "負担割合", "InsurerNumber": TSUCHIURA}
    assert office.pages.post("/discrepancies/desk", data=typed).status_code == 303
    shown = group(office, "tickets")
    assert "試験　花子" in shown
    assert counted(office) == "1"
    ticket = re.search(r'href="(/discrepancies/desk)#([0-9A-F]{16})"', shown)
    assert ticket
    assert f'id="{ticket[2]}"' in office.pages.get(ticket[1]).text, "the case leads to its line"
    answer = {"Finding": "no_difference"}
    office.pages.post(f"{ticket[1]}/{ticket[2]}", data=answer)
    assert (group(office, "tickets"), counted(office)) == ("", "")


def test_who_has_not_answered_about_the_last_four_is_listed_until_the_answer(office: Any) -> None:
    office.register(name="試験　花子")
    office.file()
    assert office.file(Kind="last_four_sent").status_code == 201
    assert "試験　花子" in group(office, "last_four")
    assert office.file(Kind="last_four", LastFour=individual_number(1)[-4:]).status_code == 201
    assert group(office, "last_four") == ""


def test_papers_wait_for_the_post_by_insurer_until_they_are_noted(office: Any) -> None:
    office.register()
    office.file()
    shown = group(office, "post")
    assert "1通" in shown
    assert f'href="/posting?InsurerNumber={MOGAMI}"' in shown
    listed = office.pages.get("/documents/posting.csv", params={"InsurerNumber": MOGAMI})
    asked = {"InsurerNumber": MOGAMI, "Listed": listed.headers["x-listed"]}
    assert office.pages.post("/documents/posted", params=asked).json()["Posted"] == 1
    assert group(office, "post") == ""


def test_of_very_many_papers_it_is_said_that_there_are_as_many_at_least(
    office: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_desks, "COUNTED", 2)
    for number in (1, 2, 3):
        office.register(number)
        office.file(
            IndividualNumber=individual_number(number),
            InsuredIdentificationNumber=f"123456{number}",
        )
    assert "2通以上" in group(office, "post")


@pytest.mark.rules("PP-09")
def test_a_letter_without_a_post_number_is_listed_until_somebody_says_it(office: Any) -> None:
    office.register(name="試験　花子")
    office.file(Address="模擬県模擬市9番地")
    shown = group(office, "unaddressed")
    assert "試験　花子" in shown
    assert "模擬県模擬市9番地" in shown
    assert office.file(Kind="address", PostNumber="9900009").status_code == 201
    assert group(office, "unaddressed") == ""


def test_a_run_that_is_due_is_listed_until_it_is_done(
    prepare: Any, new_database: Callable[..., str]
) -> None:
    deployment = prepare(database_url=new_database(metadata, MIGRATIONS), runs=True)
    deployment.start_oqs()
    deployment.start_service(runs_by_themselves=False)
    deployment.start_worker()
    deployment.advance(To=MONDAY.isoformat()).raise_for_status()
    deployment.register(birthdate="19561220")
    deployment.file(FiledOn="20261101")
    advance(deployment, "2026-12-01")
    shown = group(deployment, "runs")
    assert "70歳到達" in shown
    assert "未実施" in shown
    assert TSUCHIURA not in shown, "an insurer of whom nothing is recorded has nothing to do"
    due = {"InsurerNumber": MOGAMI, "Kind": "seventy", "DueOn": "20261201"}
    assert deployment.pages.post("/periodic-runs/start", data=due).status_code == 303
    assert "70歳到達" not in group(deployment, "runs")


def test_a_stopped_run_is_listed_until_it_is_resumed(office: Any) -> None:
    office.register()
    office.file()
    store = open_store(office.database_url)
    store.runs.begin(RunKind.RENEWAL, MOGAMI, MONDAY.date(), MONDAY, "係")
    store.runs.stop(MOGAMI, RunKind.RENEWAL, MONDAY.date())
    store.close()
    shown = group(office, "runs")
    assert "停止中" in shown
    assert "更新" in shown
    page = office.pages.get(f"/periodic-runs?Insurer={MOGAMI}").text
    assert "停止中" in page
    run = {"InsurerNumber": MOGAMI, "Kind": "renewal", "DueOn": f"{MONDAY:%Y%m%d}"}
    resumed = office.pages.post("/periodic-runs/start", data=run, follow_redirects=True)
    assert "「更新」は終了です。" in resumed.text
    assert group(office, "runs") == ""


@pytest.mark.rules("P-053")
def test_who_waits_for_a_filing_is_listed_until_it_comes(office: Any) -> None:
    reference = office.register(name="試験　高子", birthdate="19511210")
    office.file(KITAMURA)
    run = {"InsurerNumber": KITAMURA, "Kind": "late_elderly", "DueOn": ""}
    done = office.pages.post("/periodic-runs/start", data=run, follow_redirects=True)
    assert "届出待ち 1件" in done.text
    shown = group(office, "left")
    assert f'href="/persons/{reference}"' in shown
    assert "資格喪失の届出が必要です" in shown
    loss = {"DisqualificationDate": "20261210", "ReasonOfLoss": "03"}
    assert office.file(KITAMURA, Kind="leave", **loss).status_code == 201
    assert group(office, "left") == ""


def test_without_the_clock_the_list_shows_what_can_be_known(prepare: Any) -> None:
    deployment = prepare()
    deployment.put_oqs_off()
    deployment.start_service()
    page = deployment.pages.get("/todo")
    assert page.status_code == 200
    assert "いまやることはありません" not in page.text, "nobody can say that"
    assert "つながると、ここに出ます" in page.text
    assert '<li id="runs">' in page.text


def test_what_is_read_on_the_list_is_logged(office: Any) -> None:
    reference = office.register()
    office.file()
    office.file(Kind="last_four_sent")
    office.pages.get("/todo")
    log = office.pages.get("/readings", params={"Person": reference}).text
    assert "<td>やること</td>" in log


def test_a_database_that_is_away_leaves_the_count_out(
    prepare: Any, new_database: Callable[..., str], take_away: Callable[[str], None]
) -> None:
    deployment = prepare(database_url=new_database(metadata, MIGRATIONS))
    deployment.start_oqs()
    deployment.start_service()
    take_away(deployment.database_url)
    assert counted(deployment) == ""


def test_the_insurer_for_whom_a_clerk_works_is_remembered(office: Any) -> None:
    chosen = f'<option value="{TSUCHIURA}" selected>'
    assert chosen not in office.pages.get("/file").text
    office.pages.get("/posting", params={"InsurerNumber": TSUCHIURA})
    for path in ("/file", "/household", "/upload", "/posting", "/periodic-runs"):
        assert chosen in office.pages.get(path).text, path
    assert chosen in office.pages.get("/discrepancies/desk").text
    unknown = office.pages.get("/posting", params={"InsurerNumber": "999999"})
    assert 400 <= unknown.status_code < 500
    assert chosen in office.pages.get("/file").text


def test_a_day_that_is_no_day_is_refused_by_the_page_of_runs(office: Any) -> None:
    asked = {"Insurer": MOGAMI, "Kind": "renewal", "DueOn": "20261399"}
    assert office.pages.get("/periodic-runs", params=asked).status_code == 422
    asked["Kind"] = "x"
    assert office.pages.get("/periodic-runs", params=asked).status_code == 422


def test_lines_of_one_person_differ_and_say_the_day(office: Any) -> None:
    reference = office.register()
    joined = {"Address": "模擬県9", "PersonalFamilyClassification": "2"}
    assert office.file(**joined).status_code == 201
    office.set_clock(Mode="frozen", Now="2026-11-18T10:00:00+09:00")
    limit = {"Kind": "limit", "LimitClassificationFlag": "A05"}
    assert office.file(**limit).status_code == 201
    asked = {"Membership": "0", "Occasion": "limit_certificate"}
    assert office.pages.post(f"/persons/{reference}/documents", data=asked).status_code == 200
    for key in ("unaddressed", "headless"):
        lines = re.findall(r"<li><a [^>]*>(.*?)</li>", group(office, key))
        assert len(lines) == len(set(lines)) == 2, key
        assert sum("交付 2026年11月16日（月）" in one for one in lines) == 1
        assert sum("交付 2026年11月18日（水）" in one for one in lines) == 1
    assert "限度額区分　届出 2026年11月18日（水）" in group(office, "view_stopped")
    form = office.pages.get(f"/file?Kind=correct&Person={reference}&CorrectedVersion=1").text
    form = re.sub(r"<small class=\"how\".*?</small>", "", form.partition("<main")[2])
    seen = re.sub(r"<[^>]*>", " ", form)
    assert "1980年2月17日（日）生" in seen
    assert "いま 2026年11月16日（月）" in re.sub(r"\s+", " ", seen)
    assert re.findall(r"\d{4}-\d\d-\d\d", seen.partition("入力者")[0]) == []
