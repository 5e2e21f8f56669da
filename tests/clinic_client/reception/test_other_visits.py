"""Visits without a card's PIN: by number, or without any check; and the look behind the scenes."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from eligibility.reception.case import Cause
from oqs_sim.qualification.checks import Checks
from reader.errors import CardRemoved
from testbed.cards.personas import personas
from virtual_card.card import VirtualCard
from virtual_card.plugs.inprocess import InProcessConnection

HANAKO = personas()["hanako"]
NUMBER = {
    "InsurerNumber": "990010",
    "InsuredCardSymbol": "最上",
    "InsuredIdentificationNumber": "1234567",
    "InsuredBranchNumber": "01",
    "Birthdate": "19800217",
}
LOST = {"DisqualificationDate": "20261111", "ReasonOfLoss": "03"}
Open = Callable[..., Any]


def by_number(clinic: Any, **changes: object) -> Any:
    return clinic.http.post("/api/visits/number", json={**NUMBER, **changes})


def unchecked(clinic: Any, cause: str, **more: object) -> Any:
    answer = clinic.http.post("/api/visits/unchecked", json={"Cause": cause, **more})
    return answer.raise_for_status().json()


def test_a_number_gives_the_eligibility(open_clinic: Open) -> None:
    visit = by_number(open_clinic(), InsurerNumber=" ９９００１０").raise_for_status().json()
    assert (visit["Channel"], visit["Word"], visit["Name"]) == ("number", "VALID", HANAKO.name)


def test_a_number_with_a_wrong_check_digit_is_refused_with_a_sentence(open_clinic: Open) -> None:
    problem = by_number(open_clinic(), InsurerNumber="990011").json()
    assert problem["code"] == "SIM-INVALID-NUMBER"
    assert "検査用数字" in problem["japanese"]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"InsuredBranchNumber": "aa"}, "body.InsuredBranchNumber"),
        ({"InsuredBranchNumber": "あ"}, "body.InsuredBranchNumber"),
        ({"InsuredIdentificationNumber": "　"}, "body.InsuredIdentificationNumber"),
    ],
)
def test_what_is_no_number_is_said_at_its_field_and_nobody_is_received(
    open_clinic: Open, typed: dict[str, str], field: str
) -> None:
    clinic = open_clinic()
    problem = by_number(clinic, **typed).json()
    assert [one["field"] for one in problem["fields"]] == [field]
    assert clinic.get("/api/visits") == []


def test_a_branch_of_blanks_or_in_full_width_is_read(open_clinic: Open) -> None:
    clinic = open_clinic()
    for branch in (" ", "０１", "1"):
        assert by_number(clinic, InsuredBranchNumber=branch).json()["Word"] == "VALID"


def test_a_day_that_does_not_exist_is_refused(open_clinic: Open) -> None:
    assert by_number(open_clinic(), Birthdate="19800231").status_code == 422


def test_a_failure_over_one_inquiry_is_no_outage(
    open_clinic: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = open_clinic()

    async def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patched:
        patched.setattr(Checks, "by_number", fail)
        answer = by_number(clinic)
    assert (answer.status_code, answer.json()["code"]) == (502, "SIM-OQS-FAILED")
    assert clinic.get("/api/visits") == []
    assert clinic.state()["Line"]["Up"]
    assert by_number(clinic).raise_for_status().json()["Word"] == "VALID"


def test_an_unknown_number_leads_to_the_fallback(open_clinic: Open) -> None:
    visit = by_number(open_clinic(), InsuredIdentificationNumber="9").raise_for_status().json()
    assert (visit["Validity"], visit["Word"]) == ("4", "CHECK")


def test_a_check_by_number_ends_the_waiting_of_the_person(with_card: Open, oqs: Any) -> None:
    clinic = with_card()
    waiting = unchecked(clinic, "authentication")
    assert len(clinic.get("/api/catch-up")["Waiting"]) == 1
    by_number(clinic, ForVisit=waiting["VisitId"]).raise_for_status()
    assert clinic.get("/api/catch-up")["Waiting"] == []


@pytest.mark.parametrize("cause", ["no_card", "device", "disaster"])
def test_a_check_by_number_ends_the_waiting_of_a_patient_of_whom_nothing_was_known(
    open_clinic: Open, cause: str
) -> None:
    clinic = open_clinic()
    waiting = unchecked(clinic, cause)
    path = f"/api/visits/{waiting['VisitId']}/noted-name"
    clinic.http.put(path, json={"NotedName": "診察券 0123"}).raise_for_status()
    slip = by_number(clinic, ForVisit=waiting["VisitId"], InsuredIdentificationNumber="9").json()
    (entry,) = clinic.get("/api/catch-up")["Waiting"]
    assert entry["VisitId"] == slip["VisitId"], "one patient waits once"
    assert slip["NotedName"] == "診察券 0123", "who it is has not been forgotten"
    by_number(clinic, ForVisit=slip["VisitId"]).raise_for_status()
    assert clinic.get("/api/catch-up")["Waiting"] == []
    lines = clinic.get("/api/claims?month=2026-11")["Claims"]
    assert [line["Mode"] for line in lines] == ["normal"] * 3, "confirmed afterwards for the day"


def test_a_mistyped_number_is_no_person_to_be_known_again_by(open_clinic: Open) -> None:
    clinic = open_clinic()
    first = by_number(clinic).json()
    slip = by_number(clinic, InsuredIdentificationNumber="9").json()
    mended = by_number(clinic, ForVisit=slip["VisitId"]).json()
    assert mended["Previous"]["VisitId"] == first["VisitId"]


FIRST = "この受付では初めて"


def test_who_came_by_card_is_known_when_they_come_by_number(
    with_card: Open, oqs: Any, world: Any
) -> None:
    clinic = with_card()
    first = clinic.visit()
    assert FIRST in clinic.page()
    second = by_number(clinic).json()
    assert second["Previous"]["VisitId"] == first["VisitId"]
    assert FIRST not in clinic.page()
    # Her card tells of the insurance that follows, and so the former number is hers too.
    oqs.insure(world.hanako, HANAKO, Version=2, DisqualificationDate="20261111")
    since = {"InsurerNumber": "06990014", "QualificationDate": "20261111"}
    oqs.insure(world.hanako, HANAKO, Version=3, InsuredIdentificationNumber="55", **since)
    third = clinic.visit()
    new_number = {"InsurerNumber": "06990014", "InsuredIdentificationNumber": "55"}
    fourth = by_number(clinic, **new_number).json()
    assert fourth["Previous"]["VisitId"] == third["VisitId"]
    assert by_number(clinic).json()["Previous"]["VisitId"] == fourth["VisitId"]


def test_who_came_by_number_is_known_when_they_come_by_card(with_card: Open, oqs: Any) -> None:
    clinic = with_card()
    first = by_number(clinic).json()
    assert FIRST in clinic.page()
    assert clinic.visit()["Previous"]["VisitId"] == first["VisitId"]
    assert FIRST not in clinic.page()


def test_another_person_of_the_same_day_of_birth_is_there_for_the_first_time(
    with_card: Open, oqs: Any
) -> None:
    clinic = with_card()
    clinic.visit()
    twin = {"Name": "佐藤　桃子", "NameKana": "ｻﾄｳ ﾓﾓｺ", "InsuredBranchNumber": "02"}
    oqs.insure(oqs.resident(personas()["kenta"]), HANAKO, **twin)
    his = by_number(clinic, InsuredBranchNumber="02").json()
    assert (his["Name"], his["Previous"]) == ("佐藤　桃子", None)
    assert FIRST in clinic.page()


def test_a_patient_is_known_again_without_a_pin(with_card: Open) -> None:
    clinic = with_card()
    clinic.visit()
    visit = unchecked(clinic, "authentication")
    assert visit["Name"] == HANAKO.name
    assert visit["Decision"]["Ways"][0]["Way"] == "face"
    assert "前回の受付の記録" in clinic.page()


def test_a_stranger_without_a_reader_is_asked_by_age(open_clinic: Open) -> None:
    visit = unchecked(open_clinic(), "device", Birthdate="19800217")
    assert visit["Name"] is None
    assert (visit["Decision"]["Ratio"], visit["Decision"]["RatioSource"]) == (3, "age")
    assert visit["Decision"]["Claim"]["InsurerNumber"] == "77777777"


def test_without_a_card_and_a_document_the_whole_cost_is_the_last_way(open_clinic: Open) -> None:
    visit = unchecked(open_clinic(), "device", CardAtHand=False)
    assert visit["Decision"]["Ways"][-1]["Way"] == "self_pay"


def test_a_missing_reader_says_what_to_do(open_clinic: Open) -> None:
    clinic = open_clinic()
    state = clinic.state()
    assert state["Reader"]["CardPresent"] is False
    assert state["Reader"]["Trouble"]["Kind"] in {"no-service", "no-reader"}
    page = clinic.page()
    assert "読取機が使えません" in page
    assert "番号で確認" in page
    assert clinic.receive("1234").json()["kind"] in {"no-service", "no-reader"}


def test_two_checks_at_once_send_one_pin(
    open_clinic: Open, card: Callable[[str], VirtualCard]
) -> None:
    taken = card("hanako")
    at_the_card, go_on = threading.Event(), threading.Event()

    def connect(_: str | None) -> InProcessConnection:
        at_the_card.set()
        assert go_on.wait(20)
        return InProcessConnection(taken, CardRemoved)

    clinic = open_clinic(connect)
    with ThreadPoolExecutor(1) as another:
        first = another.submit(clinic.receive, "1234")
        assert at_the_card.wait(20)
        second = clinic.receive("9999").json()
        assert 'data-step="checking"' in clinic.page()
        go_on.set()
        assert first.result().status_code == 201
    clinic.http.post("/api/next").raise_for_status()
    assert 'data-step="checking"' not in clinic.page()
    assert second["code"] == "SIM-CHECK-UNDER-WAY"


def test_the_look_behind_the_scenes_tells_the_day_of_visibility(
    with_card: Open, oqs: Any, world: Any, intermediate: Any
) -> None:
    clinic = with_card(intermediate_console_url=intermediate.url)
    oqs.insure(world.hanako, HANAKO, Version=2, **LOST)
    intermediate.file(
        "06990014", HANAKO, Kind="join", QualificationDate="20261110", FiledOn="20261116"
    )
    visit = clinic.visit()
    assert visit["Decision"]["CheckFrom"] == "20261125"
    pending = clinic.get(f"/api/visits/{visit['VisitId']}/pending")
    assert pending["VisibleFrom"] == "20261125"
    (change,) = pending["Pending"]
    assert (change["Kind"], change["CountedDays"][-1]["Visible"]) == ("join", True)
    strip = clinic.page(f"/visits/{visit['VisitId']}/pending")
    assert "2026-11-25 (水) から医療機関で見えます" in strip
    assert "勤労感謝の日" in strip


def test_what_is_filed_later_moves_the_day_in_the_list(
    with_card: Open, oqs: Any, world: Any, intermediate: Any
) -> None:
    clinic = with_card(intermediate_console_url=intermediate.url)
    oqs.insure(world.hanako, HANAKO, Version=2, **LOST)
    visit = clinic.visit()
    assert clinic.get("/api/catch-up")["Waiting"][0]["CheckFrom"] == "20261124"
    intermediate.file(
        "06990014", HANAKO, Kind="join", QualificationDate="20261110", FiledOn="20261116"
    )
    clinic.get(f"/api/visits/{visit['VisitId']}/pending")
    assert clinic.get("/api/catch-up")["Waiting"][0]["CheckFrom"] == "20261125"


def test_without_the_view_nothing_is_pending(with_card: Open) -> None:
    clinic = with_card()
    visit = clinic.visit()
    pending = clinic.get(f"/api/visits/{visit['VisitId']}/pending")
    assert pending == {"Offered": False, "Pending": [], "VisibleFrom": None}


def test_an_intermediate_server_that_is_down_hinders_nobody(
    with_card: Open, oqs: Any, world: Any
) -> None:
    clinic = with_card(intermediate_console_url="http://127.0.0.1:1")
    oqs.insure(world.hanako, HANAKO, Version=2, **LOST)
    visit = clinic.visit()
    assert visit["Cause"] == "LAG"
    page = clinic.page(f"/visits/{visit['VisitId']}/pending")
    assert "いま表示できません" in page


def test_what_the_receptionist_calls_a_patient_is_on_every_list_and_comes_back(
    with_card: Open,
) -> None:
    clinic = with_card()
    nameless = clinic.unchecked("network")
    path = f"/api/visits/{nameless['VisitId']}/noted-name"
    assert "（氏名未確認）" in clinic.page()
    noted = clinic.http.put(path, json={"NotedName": "　診察券 1024　"})
    assert noted.status_code == 204
    page = clinic.page()
    assert page.count('<span class="who">診察券 1024</span>') == 2, "today, and to be checked again"
    assert "（氏名未確認）" not in page
    again = clinic.unchecked("network")
    assert again["NotedName"] == "診察券 1024", "the card has been here before"
    assert clinic.visit()["Name"] == HANAKO.name
    assert '<span class="who">佐藤　花子</span>' in clinic.page()
    assert clinic.http.put(path, json={"NotedName": ""}).status_code == 204
    assert clinic.get(f"/api/visits/{nameless['VisitId']}")["NotedName"] is None
    assert clinic.http.put(path, json={"NotedName": "x" * 61}).status_code == 422
    assert clinic.http.put(path, json={"NotedName": "a\u0000b"}).status_code == 422
    unknown = clinic.http.put("/api/visits/unknown/noted-name", json={"NotedName": "x"})
    assert unknown.json()["code"] == "SIM-NOT-FOUND"
    injected = clinic.http.put(path, json={"NotedName": '"><script>'})
    assert injected.status_code == 204
    assert "<script>" not in clinic.page(f"/visits/{nameless['VisitId']}").split("</head>")[1]


@pytest.mark.rules("R-092", "R-093", "P-030", "P-031", "P-082", "P-087")
def test_each_cause_is_offered_and_leads_to_its_own_way(open_clinic: Open) -> None:
    clinic = open_clinic()
    page = clinic.page("/unable")
    offered = [part.split('"')[0] for part in page.split('data-unchecked="')[1:]]
    assert set(offered) == {cause.value for cause in Cause if cause is not Cause.NONE}
    for cause in offered:
        visit = clinic.unchecked(cause)
        assert visit["Decision"]["Situation"] == cause
        assert visit["Decision"]["Ways"]
        assert f'data-visit="{visit["VisitId"]}"' in clinic.page()
