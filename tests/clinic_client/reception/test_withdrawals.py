"""取消 at the desk: a visit that was made by mistake is withdrawn, and brought back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from clinic_client.store.schema import metadata
from clinic_client.store.visit_store import MIGRATIONS
from oqs_sim.qualification.checks import Checks
from tests.clinic_client.discrepancies.test_tickets import tell
from tests.clinic_client.reception.test_checked_again import (
    HANAKO,
    QUICK,
    at,
    by_number,
    news,
    waiting,
)
from tests.clinic_client.reception.test_declaration import declaration, declare
from tests.clinic_client.reception.test_four_steps import reader  # noqa: F401 # a fixture

if TYPE_CHECKING:
    import pytest

    from tests.clinic_client.conftest import Clinic, Intermediate, Oqs
    from tests.clinic_client.reception.test_four_steps import Place

Open = Callable[..., Any]
TWICE = {"Reason": "duplicate", "Staff": "山本"}


def withdraw(clinic: Clinic, visit: Any, **said: Any) -> Any:
    address = f"/api/visits/{visit['VisitId']}/withdrawal"
    return clinic.http.put(address, json={**TWICE, **said})


def bring_back(clinic: Clinic, visit: Any) -> Any:
    address = f"/api/visits/{visit['VisitId']}/withdrawal"
    return clinic.http.delete(address).raise_for_status().json()


def test_it_is_struck_through_and_counts_nowhere_until_it_is_brought_back(with_card: Open) -> None:
    clinic = with_card()
    visit = clinic.visit()
    told = withdraw(clinic, visit, Note="二度押した").raise_for_status().json()["Withdrawal"]
    assert (told["Reason"], told["Note"], told["Staff"]) == ("duplicate", "二度押した", "山本")
    assert told["At"].startswith("2026-11-20T")
    assert clinic.state()["CurrentVisit"] is None, "the desk is free for the next patient"
    assert [one["Withdrawal"]["Staff"] for one in clinic.get("/api/visits")] == ["山本"]
    page = clinic.page(f"/visits/{visit['VisitId']}")
    assert "同じ受付が二重にある（二度押した）" in page
    assert "担当 山本" in page
    assert "取り消しをやめる" in page
    paper = clinic.page(f"/visits/{visit['VisitId']}?paper=en")
    assert "Withdrawn" in paper
    for office in ("二度押した", "山本", "Bring it back", 'id="give-back"'):
        assert office not in paper, "it is the office's own"
    assert 'id="next-step"' not in page
    assert '<span class="word">取消</span>' in clinic.page()
    assert clinic.get("/api/claims")["Claims"] == []
    summary = clinic.get("/api/day-summary")
    assert (summary["Visits"], summary["Withdrawn"], summary["Open"]) == (0, 1, {})
    assert "ほかに取消 1件" in clinic.page("/day")
    assert "この月の受付はありません" in clinic.page("/claims")
    assert visit["VisitId"] not in clinic.http.get("/claims.csv").text
    assert clinic.http.get("/visits.csv").text.splitlines()[1].endswith(",同じ受付が二重にある")
    assert [one["Withdrawn"] for one in clinic.get("/api/visit-list")["Visits"]] == [True]
    assert clinic.get("/api/visit-list?State=confirmed")["Count"] == 0
    assert 'class="withdrawn"' in clinic.page("/visits?State=withdrawn")

    assert bring_back(clinic, visit) == visit
    assert bring_back(clinic, visit) == visit, "once more changes nothing"
    assert clinic.get("/api/day-summary")["Visits"] == 1
    assert len(clinic.get("/api/claims")["Claims"]) == 1
    assert "取り消しをやめる" not in clinic.page(f"/visits/{visit['VisitId']}")


def given_back(answer: Any) -> tuple[int | None, str]:
    told = answer.raise_for_status().json()["Withdrawal"]
    return told["Paid"], told["GiveBack"]["Japanese"] if told["GiveBack"] else ""


def test_what_was_taken_is_told_to_be_given_back(with_card: Open) -> None:
    clinic = with_card()
    visit = clinic.visit()
    page = f"/visits/{visit['VisitId']}"
    assert 'name="Paid"' in clinic.page(page)
    paid, said = given_back(withdraw(clinic, visit))
    assert paid is None
    assert "領収書かレセコンで確かめて" in said
    assert said in clinic.page(page)
    assert given_back(withdraw(clinic, visit, Paid=870)) == (870, "受け取った 870円を返します。")
    assert "受け取った 870円を返します。" in clinic.page(page)
    assert given_back(clinic.http.get(f"/api{page}")) == (870, "受け取った 870円を返します。")
    assert given_back(withdraw(clinic, visit, Paid=0))[1].startswith("受け取ったお金はありません。")
    for impossible in (-1, "870", 1_000_000_000):
        refused = withdraw(clinic, visit, Paid=impossible)
        assert refused.status_code == 422
        assert [one["field"] for one in refused.json()["fields"]] == ["body.Paid"]
    assert bring_back(clinic, visit) == visit
    stands = clinic.page(page)
    assert 'id="give-back"' not in stands
    assert 'id="charge"' in stands, "the amount can be reckoned again"


def test_where_no_share_was_known_nothing_is_said_of_money_but_what_was_taken(
    with_card: Open,
) -> None:
    clinic = with_card()
    visit = clinic.unchecked("device")
    assert visit["Decision"]["Ratio"] is None
    assert given_back(withdraw(clinic, visit)) == (None, "")
    assert 'id="give-back"' not in clinic.page(f"/visits/{visit['VisitId']}")
    assert given_back(withdraw(clinic, visit, Paid=500)) == (500, "受け取った 500円を返します。")


def test_a_difference_that_is_open_falls_away_with_its_visit_and_comes_back_with_it(
    with_card: Open, oqs: Oqs, world: Any
) -> None:
    clinic = with_card(**QUICK)
    clinic.visit()
    oqs.insure(world.hanako, HANAKO, Version=2, InsuredPartialContributionRatio="020")
    oqs.stop()
    taken = clinic.visit()
    oqs.come_back()
    clinic.wait_until(lambda _: news(clinic) != [])
    page = f"/visits/{taken['VisitId']}"
    assert "data-settle" in clinic.page(page)
    nothing_moves = "まだ精算していない差額は、受け取りも返しもしません。"
    paid, said = given_back(withdraw(clinic, taken, Paid=870))
    assert (paid, said) == (870, f"受け取った 870円を返します。{nothing_moves}")
    assert said in clinic.page(page)
    assert "data-settle" not in clinic.page(page), "nobody settles what was withdrawn"
    bring_back(clinic, taken)
    assert "data-settle" in clinic.page(page)
    clinic.http.put(f"/api{page}/settled").raise_for_status()
    assert given_back(withdraw(clinic, taken, Paid=580))[1].endswith("差額も入れて確かめます。")


def test_who_withdraws_says_why_and_who_they_are(with_card: Open) -> None:
    clinic = with_card()
    visit = clinic.visit()
    for said, field, japanese in (
        ({"Reason": "other"}, "body.Note", "どういうことか、書いてください。"),
        ({"Staff": "　"}, "body.Staff", "担当の名前を入れてください。"),
    ):
        refused = withdraw(clinic, visit, **said)
        assert (refused.status_code, refused.json()["code"]) == (422, "SIM-INVALID-REQUEST")
        assert [one["field"] for one in refused.json()["fields"]] == [field]
        assert refused.json()["japanese"] == japanese
    assert withdraw(clinic, visit, Reason="no reason").status_code == 422
    assert withdraw(clinic, {"VisitId": "unknown"}).status_code == 404
    assert clinic.get("/api/visits")[0]["Withdrawal"] is None


def test_a_withdrawn_visit_is_not_gone_on_with(with_card: Open, intermediate: Intermediate) -> None:
    clinic = with_card(intermediate_line_url=intermediate.line_url)
    visit = clinic.visit()
    tell(clinic, visit).raise_for_status()
    withdraw(clinic, visit).raise_for_status()
    address = f"/api/visits/{visit['VisitId']}"
    asked = {
        "InsurerNumber": "990010", "InsuredIdentificationNumber": "1234567",
        "Birthdate": "19800217", "ForVisit": visit["VisitId"],
    }  # fmt: skip
    for refused in (
        clinic.http.put(address + "/shown", json={"SaysUnchanged": True}),
        clinic.http.put(address + "/noted-name", json={"NotedName": "花子"}),
        clinic.http.post("/api/visits/number", json=asked),
        clinic.http.get(f"/visits/{visit['VisitId']}/medical/medicine"),
        declare(clinic, visit),
        tell(clinic, visit),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "SIM-VISIT-WITHDRAWN")
        assert "取り消しをやめる" in refused.json()["japanese"]
    assert len(clinic.get(address + "/discrepancies")["Tickets"]) == 2, "the insurer has them"
    assert "保険者に電話で" in clinic.page(f"/visits/{visit['VisitId']}/tickets")
    assert 'id="tickets"' in clinic.page(f"/visits/{visit['VisitId']}")


def test_its_declaration_stays_until_its_day_or_until_somebody_deletes_it(with_card: Open) -> None:
    clinic = with_card()
    visit = clinic.unchecked("device")
    declare(clinic, visit, Accept=True).raise_for_status()
    withdraw(clinic, visit).raise_for_status()
    assert declaration(clinic, visit)["Kept"]
    assert "申立書の画面で削除してください" in clinic.page(f"/visits/{visit['VisitId']}")
    form = clinic.page(f"/visits/{visit['VisitId']}/declaration")
    assert "取り消されています" in form
    assert f'data-delete="/api/visits/{visit["VisitId"]}/declaration"' in form
    address = f"/api/visits/{visit['VisitId']}/declaration"
    assert clinic.http.delete(address).status_code == 204
    assert declaration(clinic, visit)["Deleted"]


def test_whose_card_lies_there_begins_anew_and_once(reader: Place) -> None:  # noqa: F811
    at_reader = reader("hanako")
    at_reader.identify("pin", Pin="1234").raise_for_status()
    visit = at_reader.post("visits", Consents={}).raise_for_status().json()
    assert at_reader.steps()["Step"] == "COMPLETED"
    clinic = at_reader.clinic
    clinic.http.post("/api/next", json={}).raise_for_status()
    assert 'data-step="left"' in clinic.page()
    withdraw(clinic, visit).raise_for_status()
    assert at_reader.steps()["Step"] == "CARD_IN"
    assert 'data-step="card"' in clinic.page()
    at_reader.identify("pin", Pin="1234").raise_for_status()
    withdraw(clinic, visit).raise_for_status()
    assert at_reader.steps()["Step"] == "IDENTIFIED", "pressed twice, nobody is interrupted"
    again = at_reader.post("visits", Consents={}).raise_for_status().json()
    assert again["Previous"] is None, "the withdrawn visit tells nothing of this one"
    assert clinic.state()["CurrentVisit"]["VisitId"] == again["VisitId"]


def test_a_visit_that_was_withdrawn_long_ago_leaves_who_lies_there_alone(
    reader: Place,  # noqa: F811
) -> None:
    at_reader = reader("hanako")
    at_reader.identify("pin", Pin="1234").raise_for_status()
    first = at_reader.post("visits", Consents={}).raise_for_status().json()
    clinic = at_reader.clinic
    second = clinic.unchecked("no_card", CardAtHand=False)
    withdraw(clinic, first).raise_for_status()
    assert clinic.state()["CurrentVisit"]["VisitId"] == second["VisitId"]


def test_a_check_by_itself_under_way_ends_with_its_visit_and_over_a_restart(
    open_clinic: Open,
    oqs: Oqs,
    new_database: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = new_database(metadata, MIGRATIONS)
    clinic = open_clinic(database_url=url, **QUICK)
    oqs.stop()
    lost = by_number(clinic, InsuredIdentificationNumber="1234567")
    assert lost["Cause"] == "NETWORK"
    whole, asked, answer = Checks.by_number, asyncio.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def late(*of: Any, **named: Any) -> Any:
        loops.append(asyncio.get_running_loop())
        asked.set()
        await answer.wait()
        return await whole(*of, **named)

    monkeypatch.setattr(Checks, "by_number", late)
    oqs.come_back()
    while not asked.is_set():
        clinic.state()
    withdraw(clinic, lost).raise_for_status()
    loops[0].call_soon_threadsafe(answer.set)
    while oqs.asked_by_number() != ["1"]:
        clinic.state()
    assert (waiting(clinic), news(clinic)) == ([], [])

    other = open_clinic(database_url=url, **QUICK)
    assert waiting(other) == []
    assert other.get("/api/visits")[0]["Withdrawal"]["Staff"] == "山本"
    bring_back(other, lost)
    other.wait_until(lambda _: news(other))
    (told,) = news(other)
    assert (told["EarlierId"], told["Word"]) == (lost["VisitId"], "VALID")
    record = {"VisitId": told["VisitId"]}
    refused = withdraw(other, record)
    assert (refused.status_code, refused.json()["code"]) == (409, "SIM-NOBODY-CAME")
    withdraw(other, lost).raise_for_status()
    assert news(other) == []
    page = other.page(f"/visits/{told['VisitId']}")
    assert "もとの受付を元に戻すと" in page
    assert 'id="bring-back"' not in page


def test_a_request_that_is_sent_again_after_the_withdrawal_makes_no_new_visit(
    with_card: Open,
) -> None:
    clinic = with_card()
    body, key = {"Cause": "device"}, {"Idempotency-Key": '"once"'}
    first = clinic.http.post("/api/visits/unchecked", json=body, headers=key).json()
    withdraw(clinic, first).raise_for_status()
    again = clinic.http.post("/api/visits/unchecked", json=body, headers=key).json()
    assert (again["VisitId"], again["Withdrawal"]["Staff"]) == (first["VisitId"], "山本")
    assert len(clinic.get("/api/visits")) == 1


def test_who_waits_since_a_visit_waits_again_when_the_later_one_is_withdrawn(
    open_clinic: Open, oqs: Oqs, world: Any
) -> None:
    clinic = open_clinic(**QUICK)
    first = by_number(clinic)
    oqs.insure(world.hanako, HANAKO, Version=2, InsuredIdentificationNumber="7654321")
    oqs.set_clock(at(21))
    clinic.wait_until(lambda state: state["Clock"]["Today"] == "20261121")
    second = by_number(clinic)
    assert (second["Word"], waiting(clinic)) == ("VALID", [])
    withdraw(clinic, second, Reason="wrong_patient").raise_for_status()
    (entry,) = waiting(clinic)
    assert (entry["VisitId"], entry["Automatic"], entry["Since"]) == (
        first["VisitId"], True, "20261120",
    )  # fmt: skip
    (claim,) = clinic.get("/api/claims")["Claims"]
    assert (claim["VisitId"], claim["ConfirmedBy"]) == (first["VisitId"], None)
