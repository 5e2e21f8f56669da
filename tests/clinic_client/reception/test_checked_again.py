"""Waiting visits are checked again by themselves: when it is due, once, over restarts."""

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from clinic_client.intermediate_client import IntermediateView
from clinic_client.reception import rechecking
from clinic_client.store import open_store
from clinic_client.store.schema import metadata
from clinic_client.store.visit_store import MIGRATIONS
from clinic_client.visits.catch_up import following_check
from eligibility.days.dates import TOKYO
from eligibility.reception.rechecks import OPEN_DAYS_BETWEEN, next_check
from oqs_sim.qualification.checks import Checks
from testbed.cards.personas import personas
from wire.clock import wall_clock

Open = Callable[..., Any]
HANAKO = personas()["hanako"]
QUICK = {"line_timeout_seconds": 2.0, "line_probe_seconds": 0.2}
NUMBER = {
    "InsurerNumber": "990010",
    "InsuredCardSymbol": "最上",
    "InsuredIdentificationNumber": "7654321",
    "InsuredBranchNumber": "01",
    "Birthdate": "19800217",
}


def at(day: int, hour: int = 9, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=TOKYO)


def by_number(clinic: Any, **changes: Any) -> Any:
    answer = clinic.http.post("/api/visits/number", json={**NUMBER, **changes})
    return answer.raise_for_status().json()


def waiting(clinic: Any) -> Any:
    return clinic.get("/api/catch-up")["Waiting"]


def news(clinic: Any) -> Any:
    return clinic.get("/api/catch-up")["News"]


def wait_for_attempts(clinic: Any, attempts: int) -> Any:
    clinic.wait_until(lambda _: waiting(clinic)[0]["Attempts"] == attempts)
    return waiting(clinic)[0]


@pytest.mark.rules("P-026", "P-092")
def test_a_number_that_is_registered_later_is_found_by_itself(
    open_clinic: Open, oqs: Any, world: Any
) -> None:
    clinic = open_clinic(**QUICK)
    first = by_number(clinic)
    assert first["Validity"] == "4"
    (entry,) = waiting(clinic)
    assert (entry["Automatic"], entry["CheckFrom"]) == (True, "20261124")
    oqs.insure(
        world.hanako, HANAKO, Version=2, InsuredIdentificationNumber="7654321",
        VisibleFrom="2026-11-23T15:00:00+00:00",
    )  # fmt: skip
    oqs.set_clock(at(23))
    clinic.wait_until(lambda state: state["Clock"]["Today"] == "20261123")
    assert waiting(clinic), "a holiday: the data cannot have arrived"
    oqs.set_clock(at(24))
    clinic.wait_until(lambda _: waiting(clinic) == [])
    (told,) = news(clinic)
    assert (told["EarlierId"], told["Word"], told["Name"]) == (
        first["VisitId"], "VALID", HANAKO.name,
    )  # fmt: skip
    found = clinic.get(f"/api/visits/{told['VisitId']}")
    assert (found["Channel"], found["Validity"]) == ("catch_up", "1")
    assert clinic.get("/api/visits") == [], "nobody came today"
    listed = clinic.get("/api/visit-list")
    assert [one["VisitId"] for one in listed["Visits"]] == [first["VisitId"]]
    (claim,) = clinic.get("/api/claims?month=202611")["Claims"]
    assert (claim["VisitId"], claim["ConfirmedBy"]) == (first["VisitId"], told["VisitId"])
    assert oqs.asked_by_number() == ["4", "1"]
    (asked,) = oqs.asked_for(found)
    assert asked["Milliseconds"] <= found["Timings"]["InquiryMs"] <= found["Timings"]["TotalMs"]


def test_a_visit_without_a_result_is_asked_at_growing_distance(open_clinic: Open, oqs: Any) -> None:
    clinic = open_clinic(**QUICK)
    by_number(clinic)
    oqs.set_clock(at(24))
    assert wait_for_attempts(clinic, 1)["CheckFrom"] == "20261124"
    assert waiting(clinic)[0]["NextAt"] == at(25, 0).isoformat()
    for attempts, day in ((2, 25), (3, 26)):
        oqs.set_clock(at(day))
        wait_for_attempts(clinic, attempts)
    assert waiting(clinic)[0]["NextAt"] == at(30, 0).isoformat(), "two open days, over a weekend"
    assert news(clinic) == [], "still not there is no news"
    assert oqs.asked_by_number() == ["4"] * 4


@pytest.mark.rules("P-025")
def test_the_days_between_two_checks_grow_and_count_open_days() -> None:
    friday = date(2026, 12, 25)
    assert next_check(friday, 0) == date(2026, 12, 28)
    assert next_check(date(2026, 12, 28), 1) == date(2027, 1, 4), "over the turn of the year"
    on = date(2026, 5, 7)
    days = [(next_check(on, attempts) - on).days for attempts in range(12)]
    assert days == sorted(days)
    assert next_check(on, 500) == next_check(on, len(OPEN_DAYS_BETWEEN) - 1)
    assert following_check(at(20, 23), 0) == at(24, 0)


@pytest.mark.rules("P-026")
def test_a_new_eligibility_is_told_and_the_old_number_is_asked_no_more(
    with_card: Open, oqs: Any, world: Any
) -> None:
    clinic = with_card(**QUICK)
    oqs.insure(world.hanako, HANAKO, Version=2, DisqualificationDate="20261111")
    visit = clinic.visit()
    assert visit["Cause"] == "LAG"
    oqs.insure(
        world.hanako, HANAKO, Version=3, InsurerNumber="06990014", InsurerName="北村型（模擬）",
        InsuredIdentificationNumber="55", QualificationDate="20261111",
        VisibleFrom="2026-11-23T15:00:00+00:00",
    )  # fmt: skip
    oqs.set_clock(at(24))
    clinic.wait_until(lambda _: news(clinic))
    (entry,) = waiting(clinic)
    assert (entry["Reason"], entry["Automatic"]) == ("new_exists", False)
    assert entry["Since"] == "20261120"
    page = clinic.page()
    assert "再確認の結果" in page
    told = news(clinic)[0]
    assert "佐藤" in told["Name"]
    seen = f"/api/catch-up/news/{told['VisitId']}/seen"
    assert clinic.http.put(seen).status_code == 204
    assert news(clinic) == []
    assert "再確認の結果" not in clinic.page()
    assert clinic.http.put("/api/catch-up/news/unknown/seen").status_code == 404


@pytest.mark.rules("P-087", "P-080")
def test_what_could_not_be_asked_goes_out_once_when_oqs_is_back(with_card: Open, oqs: Any) -> None:
    """Case 11 of the public ones: the line is lost for a while; nothing typed is lost."""
    clinic = with_card(**QUICK)
    clinic.visit()
    oqs.stop()
    known = clinic.visit()
    typed = by_number(clinic, InsuredIdentificationNumber="1234567")
    assert [one["Cause"] for one in (known, typed)] == ["NETWORK", "NETWORK"]
    decisions = [
        (one["Decision"]["Ratio"], one["Decision"]["RatioSource"]) for one in (known, typed)
    ]
    assert decisions == [(3, "declared")] * 2, "her card has told that number"
    prefilled = clinic.get(f"/api/visits/{typed['VisitId']}/declaration")["Content"]
    assert prefilled["Birthdate"] == "19800217", "what was typed need not be typed again"
    assert [one["Automatic"] for one in waiting(clinic)] == [True, True]
    assert "オンライン資格確認が不通です" in clinic.page()
    oqs.come_back()
    clinic.wait_until(lambda _: waiting(clinic) == [])
    (told,) = news(clinic)
    assert told["Word"] == "VALID"
    assert oqs.asked_by_number() == ["1"], "once for both visits of her day"
    claims = clinic.get("/api/claims?Month=202611")["Claims"]
    confirmed = {one["VisitId"]: one["ConfirmedBy"] for one in claims}
    assert {confirmed[one["VisitId"]] for one in (known, typed)} == {told["VisitId"]}
    settled = clinic.page(f"/visits/{known['VisitId']}")
    assert "番号の再確認" in settled
    assert 'data-word="valid"' in settled
    assert "受付のときの割合（3割）と同じです" in settled
    assert 'id="offers"' not in settled


def test_who_was_here_before_is_checked_without_card_or_pin(with_card: Open, oqs: Any) -> None:
    clinic = with_card(**QUICK)
    clinic.visit()
    forgotten = clinic.unchecked("authentication")
    clinic.wait_until(lambda _: news(clinic))
    assert news(clinic)[0]["EarlierId"] == forgotten["VisitId"]
    assert waiting(clinic) == []


def test_a_line_that_is_known_to_be_down_is_not_waited_for(open_clinic: Open, oqs: Any) -> None:
    clinic = open_clinic(line_timeout_seconds=30.0, line_probe_seconds=0.2)
    oqs.stop()
    clinic.wait_until(lambda state: not state["Line"]["Up"])
    began = wall_clock()
    assert by_number(clinic)["Cause"] == "NETWORK"
    assert wall_clock() - began < timedelta(seconds=10)
    stranger = clinic.unchecked("network")["VisitId"]
    automatic = {one["VisitId"]: one["Automatic"] for one in waiting(clinic)}
    assert automatic.pop(stranger) is False, "no number is known; the desk has to ask for one"
    assert list(automatic.values()) == [True]


def test_one_request_that_comes_to_nothing_is_no_outage_and_goes_out_again(
    with_card: Open, oqs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = with_card(line_timeout_seconds=0.5, line_probe_seconds=5.0)
    whole = Checks.by_number

    async def never(*_: Any) -> Any:
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(Checks, "by_number", never)
        lost = by_number(clinic, InsuredIdentificationNumber="1234567")
        assert lost["Cause"] == "NETWORK"
        assert clinic.state()["Line"]["Up"], "OQS answers everybody else"
    assert Checks.by_number is whole
    clinic.wait_until(lambda _: news(clinic))
    assert news(clinic)[0]["EarlierId"] == lost["VisitId"]
    assert waiting(clinic) == []


def test_checks_go_on_after_a_kill_and_are_made_once_by_two_desks(
    open_clinic: Open, oqs: Any, new_database: Callable[..., str]
) -> None:
    url = new_database(metadata, MIGRATIONS)
    clinic = open_clinic(database_url=url, **QUICK)
    oqs.stop()
    lost = by_number(clinic, InsuredIdentificationNumber="1234567")
    # A desk that was killed in the middle of this check: nobody gives its claim back.
    dead = open_store(url)
    (check,) = dead.automatic.due(at(30), wall_clock())
    assert dead.automatic.claim(check, wall_clock(), wall_clock() + timedelta(seconds=3))
    assert dead.automatic.due(at(30), wall_clock()) == []
    assert not dead.automatic.claim(check, wall_clock(), wall_clock() + timedelta(seconds=3))
    dead.close()
    oqs.come_back()
    other = open_clinic(database_url=url, **QUICK)
    while not news(other):  # whichever of the two desks makes the check tells its own pages only
        other.state()
    assert [one["EarlierId"] for one in news(other)] == [lost["VisitId"]]
    assert waiting(other) == []
    assert oqs.asked_by_number() == ["1"]


@pytest.mark.rules("R-159")
def test_arrears_that_turn_out_after_an_outage_are_told_until_they_are_settled(
    with_card: Open, oqs: Any, world: Any
) -> None:
    clinic = with_card(**QUICK)
    clinic.visit()
    oqs.insure(world.hanako, HANAKO, Version=2, SpecialMedicalExpense="1")
    oqs.stop()
    taken = clinic.visit()
    assert (taken["Decision"]["Ratio"], taken["Decision"]["Claim"]["Mode"]) == (3, "normal")
    oqs.come_back()
    clinic.wait_until(lambda _: news(clinic) != [])
    (told,) = news(clinic)
    (sentence,) = told["ToSettle"]
    assert "3割で受け取りましたが、確認では10割（特別療養費の対象）" in sentence["Japanese"]
    assert "差額を患者さんから受け取ります" in sentence["Japanese"]
    visit = f"/api/visits/{taken['VisitId']}"

    def line() -> Any:
        claims = clinic.get("/api/claims?month=202611")["Claims"]
        return next(one for one in claims if one["VisitId"] == taken["VisitId"])

    assert (line()["Mode"], line()["Open"]) == ("no_claim", ["charge"])
    assert line()["ToSettle"] == [sentence]
    page = f"/visits/{taken['VisitId']}"
    for shown in (page, f"/visits/{told['VisitId']}", "/claims?Month=2026-11", "/"):
        assert sentence["Japanese"] in clinic.page(shown), shown
    assert clinic.http.put(f"{visit}/settled").status_code == 204
    assert (line()["Open"], line()["ToSettle"]) == ([], [])
    assert sentence["Japanese"] not in clinic.page(page)
    assert clinic.http.put(f"{visit}/settled").status_code == 404
    assert clinic.visit()["Decision"]["Ratio"] == 10
    oqs.stop()
    again = clinic.visit()["Decision"]
    assert (again["Ratio"], again["RatioSource"]) == (10, "special_expenses")
    assert again["Claim"]["Mode"] == "no_claim"


@pytest.mark.rules("R-140")
def test_on_the_promised_day_the_check_waits_for_the_delivery(
    with_card: Open, oqs: Any, world: Any, intermediate: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rechecking, "_FIRST_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(rechecking, "LOOK_SECONDS", 0.05)
    clinic = with_card(**QUICK, intermediate_console_url=intermediate.url)
    left = {"DisqualificationDate": "20261111"}
    oqs.insure(world.hanako, HANAKO, Version=2, **left)
    intermediate.file(
        "06990014", HANAKO, Kind="join", QualificationDate="20261111", FiledOn="20261116"
    )
    assert clinic.visit()["Decision"]["CheckFrom"] == "20261125"
    looks: list[bool] = []
    delivers = IntermediateView.delivers

    async def delivered_late(self: IntermediateView, reference: str | None, now: datetime) -> bool:
        """Have it be delivered at the third look, as the real worker is a moment late."""
        looks.append(await delivers(self, reference, now))
        if len(looks) == 3:
            insured = {"InsurerNumber": "06990014", "QualificationDate": "20261111"}
            await asyncio.to_thread(
                lambda: oqs.insure(
                    world.hanako, HANAKO, Version=3, **insured, VisibleFrom="2026-11-24T15:00:00Z"
                )
            )
            return False
        return looks[-1]

    monkeypatch.setattr(IntermediateView, "delivers", delivered_late)
    oqs.set_clock(at(25))
    clinic.wait_until(lambda _: news(clinic) != [])
    assert looks == [True] * 3, "due, and nowhere delivered by the worker that there is not"
    assert len(oqs.asked_by_number()) == 1, "nobody asked in vain"


def test_a_delivery_that_is_held_up_is_not_waited_for(
    with_card: Open, oqs: Any, world: Any, intermediate: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rechecking, "_FIRST_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(rechecking, "_LONGEST_DELIVERY_SECONDS", 0.1)
    monkeypatch.setattr(rechecking, "LOOK_SECONDS", 0.05)
    clinic = with_card(**QUICK, intermediate_console_url=intermediate.url)
    oqs.insure(world.hanako, HANAKO, Version=2, DisqualificationDate="20261111")
    intermediate.file(
        "06990014", HANAKO, Kind="join", QualificationDate="20261111", FiledOn="20261116"
    )
    clinic.visit()
    oqs.set_clock(at(25))
    assert wait_for_attempts(clinic, 1)["CheckFrom"] == "20261125"


@pytest.mark.rules("P-080", "P-092")
def test_a_visit_waits_for_its_own_day_whatever_is_confirmed_of_a_later_one(
    with_card: Open, oqs: Any, world: Any
) -> None:
    """An outage in November; by the 75th birthday in December the insurance is another one."""
    clinic = with_card(**QUICK)
    oqs.stop()
    november = clinic.visit()
    oqs.come_back()
    oqs.insure(world.hanako, HANAKO, Version=2, DisqualificationDate="20261205")
    since = {"InsurerNumber": "06990014", "QualificationDate": "20261205"}
    oqs.insure(world.hanako, HANAKO, Version=3, InsuredIdentificationNumber="55", **since)
    oqs.set_clock(at(8, month=12))
    clinic.wait_until(lambda state: state["Clock"]["Today"] == "20261208")
    assert clinic.visit()["Word"] == "VALID"
    (entry,) = waiting(clinic)
    assert (entry["VisitId"], entry["Since"]) == (november["VisitId"], "20261120")

    def line() -> Any:
        (found,) = clinic.get("/api/claims?Month=202611")["Claims"]
        return found

    assert line()["ConfirmedBy"] is None
    assert {"unconfirmed", "check_again"} <= set(line()["Open"])
    asked = {"InsuredIdentificationNumber": "1234567", "ForVisit": november["VisitId"]}
    key = {"Idempotency-Key": "once"}
    post = clinic.http.post
    found = post("/api/visits/number", json={**NUMBER, **asked}, headers=key).json()
    assert (found["Channel"], found["Word"]) == ("catch_up", "VALID"), "it has ended only since"
    assert post("/api/visits/number", json={**NUMBER, **asked}, headers=key).json() == found
    assert (line()["Mode"], line()["InsurerNumber"]) == ("normal", "990010")
    assert line()["ConfirmedBy"] == found["VisitId"]
    assert waiting(clinic) == []
    assert news(clinic) == found["News"], "no share was known, and the rule is one for all checks"
    (december,) = clinic.get("/api/claims?Month=202612")["Claims"]
    assert december["InsurerNumber"] == "06990014", "nobody came for the number of before"
    withdrawal = f"/api/visits/{november['VisitId']}/withdrawal"
    clinic.http.put(withdrawal, json={"Reason": "trial", "Staff": "山田"}).raise_for_status()
    assert clinic.get(f"/api/visits/{found['VisitId']}")["Withdrawal"], "it goes with its visit"


def test_who_cannot_be_confirmed_any_more_is_taken_off_the_list_and_put_back(
    open_clinic: Open, oqs: Any
) -> None:
    clinic = open_clinic(**QUICK)
    stranger = clinic.unchecked("device")["VisitId"]
    page = f"/visits/{stranger}"
    path = f"/api/catch-up/{stranger}/given-up"
    assert "再確認待ちから外す" not in clinic.page(page), "on the day it is too early"
    early = clinic.http.put(path)
    assert early.status_code == 422
    assert "次の日から外せます" in early.json()["japanese"]
    assert [one["VisitId"] for one in waiting(clinic)] == [stranger]
    oqs.set_clock(at(24))
    clinic.wait_until(lambda state: state["Clock"]["Today"] == "20261124")
    assert f'data-put="{path}"' in clinic.page(page)
    assert clinic.http.put(path).status_code == 204
    assert waiting(clinic) == []
    (claim,) = clinic.get("/api/claims?Month=202611")["Claims"]
    assert "unconfirmed" in claim["Open"]
    assert "check_again" not in claim["Open"]
    again = clinic.http.put(path)
    assert again.status_code == 404
    assert "画面を開きなおしてください" in again.json()["japanese"]
    assert f'data-delete="{path}"' in clinic.page(page)
    assert clinic.http.delete(path).status_code == 204
    assert [one["VisitId"] for one in waiting(clinic)] == [stranger]
    assert clinic.http.delete(path).status_code == 404


@pytest.mark.rules("P-092")
def test_every_check_by_itself_asks_for_the_day_on_which_the_patient_was_here(
    open_clinic: Open, oqs: Any, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = open_clinic(line_timeout_seconds=0.5, line_probe_seconds=5.0)

    async def never(*_: Any) -> Any:
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(Checks, "by_number", never)
        first = by_number(clinic)
        oqs.set_clock(at(24))
        clinic.wait_until(lambda state: state["Clock"]["Today"] == "20261124")
    clinic.wait_until(lambda _: news(clinic))
    assert waiting(clinic)[0]["Since"] == "20261120"
    later = {"InsuredIdentificationNumber": "7654321", "QualificationDate": "20261122"}
    oqs.insure(world.hanako, HANAKO, Version=2, **later)
    oqs.set_clock(at(25))
    assert wait_for_attempts(clinic, 1)["Since"] == "20261120"
    assert oqs.asked_by_number() == ["4", "4"], "of the 20th nothing is known yet"
    oqs.insure(world.hanako, HANAKO, Version=3, **{**later, "QualificationDate": "20261119"})
    oqs.set_clock(at(26))
    clinic.wait_until(lambda _: waiting(clinic) == [])
    assert {one["EarlierId"] for one in news(clinic)} == {first["VisitId"]}
    (claim,) = clinic.get("/api/claims?Month=202611")["Claims"]
    assert claim["ConfirmedBy"] == news(clinic)[0]["VisitId"]
    page = clinic.page(f"/visits/{first['VisitId']}")
    assert 'data-word="valid"' in page
    assert "該当資格なし" not in page


@pytest.mark.rules("P-092", "R-159")
def test_every_visit_that_one_check_confirms_is_told_with_what_is_to_be_settled(
    open_clinic: Open, oqs: Any
) -> None:
    clinic = open_clinic(**QUICK)
    oqs.stop()
    whole = by_number(clinic, InsuredIdentificationNumber="1234567")
    paper = {"Document": "certificate", "ExpiresOn": "20270731", "SpecialExpenses": True}
    shown = {"Presented": [{**paper, "InsurerNumber": "990010"}]}
    clinic.http.put(f"/api/visits/{whole['VisitId']}/shown", json=shown).raise_for_status()
    share = by_number(clinic, InsuredIdentificationNumber="1234567")
    shown = {"Presented": [{**paper, "InsurerNumber": "990010", "SpecialExpenses": False}]}
    clinic.http.put(f"/api/visits/{share['VisitId']}/shown", json=shown).raise_for_status()
    oqs.come_back()
    clinic.wait_until(lambda _: news(clinic) != [])
    (own, other) = news(clinic)
    found = f"/visits/{own['VisitId']}"
    assert [own["EarlierId"], other["EarlierId"]] == [share["VisitId"], whole["VisitId"]]
    assert (own["ToSettle"], other["VisitId"]) == ([], own["VisitId"])
    (sentence,) = other["ToSettle"]
    assert "差額を患者さんに返します" in sentence["Japanese"]
    page = clinic.page(found)
    assert page.count(sentence["Japanese"]) == 2, "beside the answer, and in the list"
    assert "会計はそのままです" not in page
    settle = f"/api/visits/{whole['VisitId']}/settled"
    assert f'data-put="{settle}"' in page
    assert clinic.page("/").count("▲</i> 精算") == 1
    assert clinic.http.put(settle).status_code == 204
    assert [one["EarlierId"] for one in news(clinic)] == [share["VisitId"]]
    assert sentence["Japanese"] not in clinic.page(found)


@pytest.mark.rules("P-092", "R-159")
@pytest.mark.parametrize("by", ["card", "number", "number on a later day"])
def test_what_the_desk_confirms_tells_of_every_earlier_visit_what_is_to_be_settled(
    with_card: Open, oqs: Any, by: str
) -> None:
    clinic = with_card(**QUICK)
    oqs.stop()
    paid = []
    for special in (True, False, True):
        one = clinic.visit()["VisitId"]
        paper = {"Document": "certificate", "ExpiresOn": "20270731", "InsurerNumber": "990010"}
        shown = {"Presented": [{**paper, "SpecialExpenses": special, "Ratio": 3}]}
        clinic.http.put(f"/api/visits/{one}/shown", json=shown).raise_for_status()
        paid.append(one)
    oqs.come_back()
    clinic.wait_until(lambda state: state["Line"]["Up"])
    assert news(clinic) == [], "nobody knows a number to ask for"
    if by == "number on a later day":
        oqs.set_clock(at(24))
        clinic.wait_until(lambda state: state["Clock"]["Today"] == "20261124")
    hers = {"InsuredIdentificationNumber": "1234567", "ForVisit": paid[1]}
    found = clinic.visit() if by == "card" else by_number(clinic, **hers)
    assert found["Word"] == "VALID"
    assert waiting(clinic) == []
    owed = [one for one in news(clinic) if one["ToSettle"]]
    assert {one["EarlierId"] for one in owed} == {paid[0], paid[2]}
    assert found["News"] == owed, "the answer says it at once"
    assert clinic.get(f"/api/visits/{found['VisitId']}")["News"] == owed
    listed = [one["News"] for one in clinic.get("/api/visits?Since=20261120") if one["News"]]
    assert listed == ([] if found["Channel"] == "catch_up" else [owed])
    (sentence,) = owed[0]["ToSettle"]
    assert "差額を患者さんに返します" in sentence["Japanese"]
    page = clinic.page(f"/visits/{found['VisitId']}")
    for one in (paid[0], paid[2]):
        assert f'data-put="/api/visits/{one}/settled"' in page
    assert clinic.page("/").count("▲</i> 精算") == 2
    # The earlier visit is withdrawn by itself; what the desk has asked since stands.
    gone = f"/api/visits/{paid[0]}/withdrawal"
    clinic.http.put(gone, json={"Reason": "trial", "Staff": "山田"}).raise_for_status()
    assert clinic.get(f"/api/visits/{found['VisitId']}")["Withdrawal"] is None
    assert [one["EarlierId"] for one in news(clinic) if one["ToSettle"]] == [paid[2]]
    clinic.http.put(f"/api/visits/{paid[2]}/settled").raise_for_status()
    assert clinic.get(f"/api/visits/{found['VisitId']}")["News"] == []
    assert [one for one in news(clinic) if one["ToSettle"]] == []
    assert clinic.page("/").count("▲</i> 精算") == 0


@pytest.mark.rules("P-082", "P-092")
def test_a_visit_of_which_a_check_finds_the_former_eligibility_is_claimed_under_that(
    open_clinic: Open, oqs: Any, world: Any
) -> None:
    clinic = open_clinic(**QUICK)
    oqs.insure(world.hanako, HANAKO, Version=2, DisqualificationDate="20261111")
    oqs.stop()
    lost = by_number(clinic, InsuredIdentificationNumber="1234567")
    page = f"/visits/{lost['VisitId']}"

    def line() -> Any:
        (found,) = clinic.get("/api/claims?month=202611")["Claims"]
        return found

    assert (line()["Mode"], line()["InsurerNumber"]) == ("unknown", "77777777")
    oqs.come_back()
    clinic.wait_until(lambda _: news(clinic) != [])
    assert news(clinic)[0]["Word"] != "VALID"
    assert (line()["Mode"], line()["InsurerNumber"]) == ("old_eligibility", "990010")
    assert (line()["Name"], line()["Remarks"]) == (HANAKO.name, "旧資格")
    assert line()["ConfirmedBy"] is None
    assert {"unconfirmed", "check_again"} <= set(line()["Open"])
    shown = clinic.page(page)
    assert HANAKO.name in shown
    assert "旧資格" in shown
    assert "不詳" not in shown
    listed = clinic.http.get("/claims.csv?Month=2026-11").text
    assert "旧資格,990010,最上,1234567," in listed
