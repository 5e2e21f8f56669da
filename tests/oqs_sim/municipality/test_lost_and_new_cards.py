"""Losing a card, finding it, and getting a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from oqs_sim.store.municipality.schema import counter_procedure
from tests.oqs_sim.conftest import HANAKO, ICHIRO, TestCard
from tests.oqs_sim.municipality.at_counter import Counter

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

SUSPENDED, REVOKED = "SIM-CERTIFICATE-SUSPENDED", "SIM-CERTIFICATE-REVOKED"


@pytest.mark.rules("R-115", "R-116", "P-013")
def test_a_loss_stops_the_card_at_once_at_any_hour(member: Oqs) -> None:
    counter = Counter(member)
    assert counter.check("2027-01-01", "03:00:00") == "ok"
    receipt = counter.file("report_loss", LossChannel="hotline")
    assert "0120-95-0178" in receipt["Sentence"]
    assert counter.check("2027-01-01", "03:00:00") == SUSPENDED
    assert counter.card()["StopCause"] == "lost"
    assert "もう一時停止" in counter.refused("report_loss")


@pytest.mark.rules("R-115")
def test_a_card_that_is_found_again_works_again(member: Oqs) -> None:
    counter = Counter(member)
    assert "一時停止していません" in counter.refused("report_found")
    counter.file("report_loss")
    counter.file("report_found")
    assert counter.check("2026-11-10") == "ok"


@pytest.mark.rules("R-112", "R-115")
def test_finding_a_card_does_not_let_it_out_of_a_move(member: Oqs) -> None:
    counter = Counter(member)
    counter.file("report_loss")
    counter.file("move_out", PlannedOn="20261120")
    assert counter.check("2026-11-10") == SUSPENDED
    counter.file("report_found")
    assert counter.check("2026-11-19") == "ok"
    assert counter.check("2026-11-20") == "SIM-CARD-MOVED-OUT"


def test_a_suspension_that_j_lis_was_told_of_is_lifted_by_finding_only(member: Oqs) -> None:
    card = f"/sim/jlis/cards/{member.issued['SerialNumber']}"
    assert member.console.put(f"{card}/suspension").status_code == 204
    counter = Counter(member)
    counter.file("move_out", PlannedOn="20261210")
    assert counter.check("2026-11-10") == SUSPENDED
    counter.file("report_found")
    assert counter.check("2026-11-11") == "ok"
    assert counter.check("2026-12-10") == "SIM-CARD-MOVED-OUT"


def test_a_card_that_is_to_rest_is_not_told_as_suspended_before(member: Oqs) -> None:
    Counter(member).file("move_out", PlannedOn="20261120")
    card = f"/sim/jlis/cards/{member.issued['SerialNumber']}"
    assert not any(one["Suspended"] for one in member.console.get(card).json()["Certificates"])
    member.set_clock("2026-11-20T00:00:00+09:00")
    assert all(one["Suspended"] for one in member.console.get(card).json()["Certificates"])


@pytest.mark.rules("R-117", "R-120", "P-012")
def test_a_lost_card_is_made_anew_in_five_days_and_takes_the_place_of_the_old(
    member: Oqs,
) -> None:
    counter = Counter(member)
    express = {"Reason": "lost", "Channel": "counter", "OwnFault": True}
    assert "一時停止" in counter.refused("apply", **express)
    counter.file("report_loss")
    receipt = counter.file("apply", **express)
    # The fifth day is a Saturday, on which no counter is open.
    for said in ("令和8年11月16日（月）", "令和8年11月16日（月）", "2,000円"):
        assert said in receipt["Sentence"]
    member.set_clock("2026-11-15T10:00:00+09:00")
    assert "まだ届いていません" in counter.refused("hand_over")
    member.set_clock("2026-11-16T10:00:00+09:00")
    handed = counter.file("hand_over")
    old, new = member.issued["SerialNumber"], handed["Card"]
    carriers = {one["SerialNumber"]: one for one in counter.shown()["Carriers"]}
    assert carriers[new]["Works"]
    assert not carriers[old]["Works"]
    assert counter.check("2026-11-16", "11:00:00") == REVOKED, "the old card"


@pytest.mark.rules("P-012")
def test_express_is_for_thirty_days_and_not_for_an_expiry(member: Oqs) -> None:
    counter = Counter(member)
    day_31 = counter.refused("apply", Reason="damaged", Channel="counter", MovedOn="20261010")
    assert "30日以内（令和8年11月8日（日）まで）" in day_31
    assert "から" in counter.refused("apply", Reason="expired", Channel="counter")
    counter.file("apply", Reason="damaged", Channel="counter", MovedOn="20261011")
    again = counter.refused("apply", Reason="damaged", Channel="mail")
    assert "申請中です" in again


@pytest.mark.rules("R-110", "R-120", "P-008", "P-009")
@pytest.mark.parametrize("channel", ["online", "mail", "photo_booth"])
def test_a_first_card_comes_by_three_ways_and_runs_by_the_birthday(oqs: Oqs, channel: str) -> None:
    """Someone of 17 at the issue has until the 5th birthday after it."""
    counter = Counter(oqs, oqs.resident(ICHIRO, "田中　一郎", "20081220"))
    stay = {"StayEndsOn": "20280331"} if channel == "mail" else {}
    counter.file("apply", Reason="first", Channel=channel, **stay)
    oqs.set_clock("2026-12-09T10:00:00+09:00")
    counter.file("hand_over")
    expiry = "20280331" if stay else "20301220"
    assert counter.card()["ExpiresOn"] == expiry


@pytest.mark.rules("P-010", "P-011")
def test_an_infant_gets_no_card_without_a_pin(oqs: Oqs) -> None:
    counter = Counter(oqs, oqs.resident(ICHIRO, "鈴木　さくら", "20260501"))
    kind = {"Kind": "face_authentication_card"}
    said = counter.refused("apply", Reason="infant", Channel="counter", **kind)
    assert "顔写真がない" in said
    counter.file("apply", Reason="infant", Channel="counter")


@pytest.mark.rules("P-011")
def test_a_card_without_a_pin_has_none_to_reset(oqs: Oqs) -> None:
    person = oqs.resident(ICHIRO, "田中　一郎", "19520603")
    oqs.issue(ICHIRO, Kind="face_authentication_card")
    path = f"/sim/municipality/persons/{person}/pin"
    done = oqs.console.put(path, json={"Pin": "1234"})
    assert done.status_code == 409
    assert "暗証番号がありません" in done.json()["japanese"]


def test_what_needs_the_card_itself_says_so_where_there_is_no_machine(member: Oqs) -> None:
    path = f"/sim/municipality/persons/{member.hanako}/pin"
    empty = member.console.put(path, json={"Pin": ""})
    assert (empty.status_code, empty.json()["code"]) == (409, "SIM-COUNTER-REFUSED")
    assert "新しい暗証番号を入れて" in empty.json()["japanese"]
    done = member.console.put(path, json={"Pin": "1234"})
    assert (done.status_code, done.json()["code"]) == (409, "SIM-CARD-NOT-AT-COUNTER")
    assert not Counter(member).shown()["Receipts"]


@pytest.mark.rules("P-013")
def test_a_card_that_was_given_back_does_not_come_back(member: Oqs) -> None:
    counter = Counter(member)
    counter.file("give_back")
    assert counter.check("2026-11-10") == REVOKED
    assert counter.card()["Sentence"].startswith("令和8年11月9日（月）に失効しました")
    assert "カードがありません" in counter.refused("report_loss").replace("止める", "")
    assert counter.possible().isdisjoint({"renew", "reset_pin", "report_found", "give_back"})


@pytest.mark.rules("P-014", "P-015")
def test_a_phone_is_lost_by_itself_and_rests_with_its_card(member: Oqs) -> None:
    phone = member.issue(HANAKO, Kind="iphone")
    counter = Counter(member)
    counter.file("report_loss", Card=phone["SerialNumber"])
    carriers = {one["Kind"]: one["Works"] for one in counter.shown()["Carriers"]}
    assert carriers == {"card": True, "iphone": False}
    counter.file("report_found", Card=phone["SerialNumber"])
    counter.file("move_out", PlannedOn="20261110")
    member.card = TestCard.of(phone["Authentication"])
    assert counter.check("2026-11-10") == "SIM-CARD-MOVED-OUT"


def test_the_procedures_are_kept_as_they_were_told(member: Oqs) -> None:
    counter = Counter(member)
    counter.file("report_loss")
    counter.file("report_found")
    told = [one["Sentence"] for one in counter.shown()["Receipts"]]
    with member.engine.connect() as connection:
        kept = list(
            connection.scalars(
                select(counter_procedure.c.sentence).order_by(counter_procedure.c.number.desc())
            )
        )
    assert told == kept
    assert [one["Number"] for one in counter.shown()["Receipts"]] == [2, 1]


@pytest.mark.parametrize(
    "sought", ["佐藤", "さとう", "サトウ ハナ", "ｻﾄｳﾊﾅｺ", HANAKO, "card", "reference"]
)
def test_a_person_is_found_as_a_clerk_knows_them(member: Oqs, sought: str) -> None:
    by = {"card": member.issued["SerialNumber"], "reference": member.hanako}
    path = "/sim/municipality/residents"
    found = member.console.get(path, params={"Sought": by.get(sought, sought)}).json()["Residents"]
    assert [one["PersonReference"] for one in found] == [member.hanako]


@pytest.mark.parametrize("sought", ["%", "_", "", "123", "hanako", "無い人"])
def test_who_is_not_there_is_not_found(member: Oqs, sought: str) -> None:
    found = member.console.get("/sim/municipality/residents", params={"Sought": sought})
    assert found.json() == {"Residents": []}
