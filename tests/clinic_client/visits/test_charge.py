"""The amount for given points (点数): by the share of the visit, rounded (P-074, R-096)."""

from collections.abc import Callable
from typing import Any

import pytest

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
