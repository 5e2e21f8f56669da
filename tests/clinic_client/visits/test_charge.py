"""The amount for given points (点数): by the share of the visit, rounded (P-074, R-096)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from clinic_client.visits.charge import charge_of, to_give_back
from clinic_client.visits.claims import VisitStanding
from clinic_client.visits.visit import Visit
from clinic_client.visits.withdrawal import Withdrawal, WithdrawalReason
from eligibility.reception.case import Cause
from eligibility.reception.decision import decide
from eligibility.reception.options import FallbackOptionId
from tests.clinic_client.reception.test_checked_again import HANAKO, QUICK, news
from tests.clinic_client.store.test_visit_list import ONE, confirmed, single
from tests.clinic_client.visits.test_settlement import TICKET, assisted, received

Open = Callable[..., Any]
ADULT, OF_SCHOOL_AGE_NEXT_YEAR = "19800217", "20220401"


def charge(clinic: Any, visit: Any, points: str) -> Any:
    path = f"/api/visits/{visit['VisitId']}/charge"
    return clinic.http.get(path, params={"Points": points})


def amounts(clinic: Any, visit: Any, points: str) -> tuple[int | None, int | None, int | None]:
    told = charge(clinic, visit, points).raise_for_status().json()
    return told["Ratio"], told["Charge"], told["Refund"]


@pytest.mark.rules("P-074", "R-096")
def test_the_amount_for_given_points_is_that_of_the_share_rounded(with_card: Open) -> None:
    clinic = with_card()
    adult = clinic.unchecked("network", Birthdate=ADULT)
    # The catalogue's own numbers; digits are taken as people type them.
    for typed, yen in (("291", 870), ("１０４５", 3140), ("1,045", 3140), ("333点", 1000)):
        assert amounts(clinic, adult, typed) == (3, yen, None)
    told = charge(clinic, adult, "291").json()
    assert told["Text"]["Japanese"] == "窓口の支払いは 870円（291点の3割）です。"
    child = clinic.unchecked("network", Birthdate=OF_SCHOOL_AGE_NEXT_YEAR)
    assert amounts(clinic, child, "167") == (2, 330, None)
    for points in ("0", "9999999"):
        assert charge(clinic, adult, points).status_code == 200
    assert 'id="charge"' in clinic.page()


@pytest.mark.rules("P-088", "R-096")
def test_who_pays_the_whole_cost_is_told_what_comes_back(with_card: Open) -> None:
    clinic = with_card()
    body = {"CardAtHand": False, "Birthdate": ADULT}
    visit = clinic.unchecked("no_card", **body)
    ways = [one["Way"] for one in visit["Decision"]["Ways"] if one["Way"] != "self_pay"]
    shown = {"Presented": [], "NotAtHand": ways}
    put = clinic.http.put(f"/api/visits/{visit['VisitId']}/shown", json=shown)
    assert put.raise_for_status().json()["Decision"]["Ratio"] == 10
    assert amounts(clinic, visit, "291") == (10, 2910, 2037)
    text = charge(clinic, visit, "291").json()["Text"]
    assert "2,910円" in text["Japanese"]
    assert "2,037円" in text["Japanese"]
    assert "2,037 yen" in text["English"]


def test_where_no_share_is_known_no_amount_is_told(with_card: Open) -> None:
    clinic = with_card()
    visit = clinic.unchecked("device")
    assert visit["Decision"]["Ratio"] is None
    assert amounts(clinic, visit, "291") == (None, None, None)
    assert "負担割合" in charge(clinic, visit, "291").json()["Text"]["Japanese"]
    assert 'id="charge"' not in clinic.page()


@pytest.mark.parametrize("typed", ["", "-5", "3.5", "abc", "10000000", "二百"])
def test_what_is_no_number_of_points_is_said_beside_the_field(with_card: Open, typed: str) -> None:
    clinic = with_card()
    refused = charge(clinic, clinic.unchecked("network", Birthdate=ADULT), typed)
    assert refused.status_code == 422
    (field,) = refused.json()["fields"]
    assert field["field"] == "Points"
    assert "点数" in field["japanese"]


def reckoned(visit: Visit, by: Visit | None, points: int = 291) -> tuple[Any, ...]:
    told = charge_of(VisitStanding(visit, confirmed_by=by), points)
    return told.ratio, told.yen, told.refund, told.difference


@pytest.mark.rules("P-074", "P-080")
def test_once_it_is_confirmed_a_visit_is_charged_by_that_and_the_difference_is_told() -> None:
    visit = received(ratio=3, revisit=True)
    assert reckoned(visit, None) == (3, 870, None, None)
    lower = confirmed("2", 0, replace(ONE, ratio=2))
    assert reckoned(visit, lower) == (2, 580, None, -290)
    told = charge_of(VisitStanding(visit, confirmed_by=lower), 291).text
    assert told.ja == (
        "あとで確認できた資格（最上）で計算しました。窓口の支払いは 580円（291点の2割）です。"
        "受付のときは3割で 870円でした。差額の 290円を返します。"
    )
    assert "Refund 290 yen" in told.en
    assert reckoned(visit, confirmed("2", 0)) == (3, 870, None, 0)
    same = charge_of(VisitStanding(visit, confirmed_by=confirmed("2", 0)), 291)
    assert same.text.ja.endswith("受付のときと同じ金額です。")
    unknown = received(ratio=None, birthdate=None, revisit=False)
    assert unknown.decision.ratio is None
    assert reckoned(unknown, lower) == (2, 580, None, None)
    then = charge_of(VisitStanding(unknown, confirmed_by=lower), 291).text.ja
    assert "受付のときは金額が分かりません" in then
    assert "受け取った金額" not in then, "it was confirmed by the desk on the day itself"
    day_after = confirmed("2", 1, replace(ONE, ratio=2))
    then = charge_of(VisitStanding(unknown, confirmed_by=day_after), 291).text.ja
    assert "受け取った金額を確かめ" in then


def test_what_is_settled_is_told_as_settled() -> None:
    visit, lower = received(ratio=3, revisit=True), confirmed("2", 0, replace(ONE, ratio=2))
    keys = frozenset(one.key for one in VisitStanding(visit, lower).contradictions)
    text = charge_of(VisitStanding(replace(visit, settled=keys), lower), 291).text
    assert text.ja.endswith("差額の 290円は精算済みです。")
    assert "返します" not in text.ja


@pytest.mark.rules("R-159")
def test_arrears_and_tickets_of_a_later_day_are_asked_for_before_money_moves() -> None:
    visit = received(ratio=3, revisit=True)
    behind = confirmed("2", 1, special_expenses=True)
    assert reckoned(visit, behind) == (10, 2910, 2037, 2040)
    text = charge_of(VisitStanding(visit, behind), 291).text.ja
    assert "対象になった日を確かめてから、差額の 2,040円を受け取ります" in text


@pytest.mark.rules("P-032")
def test_a_ticket_that_is_found_afterwards_says_what_is_paid() -> None:
    visit = received(ratio=3, revisit=True)
    assert reckoned(visit, assisted(500)) == (None, 500, None, -370)
    assert reckoned(visit, assisted(None)) == (None, None, None, None)
    text = charge_of(VisitStanding(visit, assisted(None)), 291).text.ja
    assert text.endswith("受付のときは3割で 870円でした。")
    by_ticket = received(presented=(TICKET,))
    assert reckoned(by_ticket, confirmed("2", 0)) == (3, 870, None, 870)


@pytest.mark.rules("P-032")
def test_what_a_ticket_said_is_known_when_its_visit_is_withdrawn() -> None:
    for amount, said in (
        (500, "受け取った 500円を返します。"),
        (0, "受け取ったお金はありません。"),
    ):
        visit = received(presented=(replace(TICKET, self_pay=amount),))
        back = to_give_back(VisitStanding(visit))
        assert back is not None
        assert back.ja.startswith(said)
    unknown = to_give_back(VisitStanding(received(presented=(replace(TICKET, self_pay=None),))))
    assert unknown is not None
    assert "領収書かレセコンで確かめて" in unknown.ja


@pytest.mark.rules("R-096")
def test_the_whole_cost_stays_and_its_refund_is_that_of_the_confirmed_share() -> None:
    case = replace(single("1", Cause.NO_CARD).case, card_at_hand=False)
    case = replace(case, ruled_out=frozenset(FallbackOptionId) - {FallbackOptionId.SELF_PAY})
    visit = replace(single("1", Cause.NO_CARD), case=case, decision=decide(case))
    assert reckoned(visit, None) == (10, 2910, 2037, None)
    lower = confirmed("2", 0, replace(ONE, ratio=2))
    assert reckoned(visit, lower) == (10, 2910, 2328, 0)
    assert reckoned(visit, assisted(0)) == (10, 2910, 2037, 0)


@pytest.mark.rules("P-074", "P-092")
def test_the_page_of_a_visit_that_was_checked_by_itself_offers_the_points(
    with_card: Open, oqs: Any, world: Any
) -> None:
    clinic = with_card(**QUICK)
    clinic.visit()
    oqs.insure(world.hanako, HANAKO, Version=2, InsuredPartialContributionRatio="020")
    oqs.stop()
    taken = clinic.visit()
    assert amounts(clinic, taken, "291") == (3, 870, None)
    assert charge(clinic, taken, "291").json()["Afterwards"] is None
    oqs.come_back()
    clinic.wait_until(lambda _: news(clinic) != [])
    (told,) = news(clinic)
    for one in (taken, told):
        assert f"/api/visits/{taken['VisitId']}/charge" in clinic.page(f"/visits/{one['VisitId']}")
        said = charge(clinic, one, "291").raise_for_status().json()
        assert (said["Ratio"], said["Charge"]) == (2, 580)
        after = said["Afterwards"]
        assert (after["ConfirmedBy"], after["Difference"]) == (told["VisitId"], -290)
        assert after["Then"] == {"Ratio": 3, "Charge": 870}
        assert after["ToSettle"] is True
        assert "差額の 290円を返します" in after["Text"]["Japanese"]
    settle = f"/api/visits/{told['VisitId']}/settled"  # the same, as on its page
    assert clinic.http.put(settle).status_code == 204
    after = charge(clinic, taken, "291").json()["Afterwards"]
    assert (after["ToSettle"], after["Text"]["Japanese"][-7:]) == (False, "精算済みです。")


def test_of_a_withdrawn_visit_no_difference_is_collected_or_refunded() -> None:
    lower = confirmed("2", 1, replace(ONE, ratio=2))
    gone = Withdrawal(WithdrawalReason.DUPLICATE, "", "Abe", lower.at)
    visit = replace(received(ratio=3, revisit=True), withdrawal=gone)
    told = charge_of(VisitStanding(visit, confirmed_by=lower), 291)
    assert told.afterwards is not None
    assert told.afterwards.to_settle is False
    assert told.text.ja.endswith("まだ精算していない差額は、受け取りも返しもしません。")
    assert "精算済み" not in told.text.ja
    unknown = received(ratio=None, birthdate=None, revisit=False)
    untold = charge_of(VisitStanding(replace(unknown, withdrawal=gone), confirmed_by=lower), 291)
    assert "確かめ" not in untold.text.ja
    keys = frozenset(one.key for one in VisitStanding(visit, lower).contradictions)
    settled = charge_of(VisitStanding(replace(visit, settled=keys), lower), 291)
    assert settled.text.ja.endswith("差額の 290円は精算済みです。")
