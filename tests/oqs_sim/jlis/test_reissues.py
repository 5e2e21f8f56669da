"""再交付 and 特急発行: for whom, by when to apply, when the card comes, what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.oqs_sim.conftest import HANAKO, TestCard

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

BABY = "990000000035"


def apply(oqs: Oqs, reason: str = "lost", reason_on: str = "20261109", **order: Any) -> Any:
    return oqs.console.post(
        "/sim/jlis/reissues",
        json={"IndividualNumber": HANAKO, "Reason": reason, "ReasonOn": reason_on, **order},
    )


def hand_over(oqs: Oqs, number: str, **order: Any) -> Any:
    return oqs.console.post(f"/sim/jlis/reissues/{number}/card", json=order)


def check_with(oqs: Oqs, issued: dict[str, Any]) -> Any:
    return oqs.check(TestCard.of(issued["Authentication"]).sign(oqs.challenge()))


@pytest.mark.rules("P-012", "R-115", "R-116", "R-117")
def test_a_lost_card_is_stopped_and_an_express_one_comes_within_the_week(member: Oqs) -> None:
    card = f"/sim/jlis/cards/{member.issued['SerialNumber']}"
    member.set_clock("2026-11-22T03:00:00+09:00")  # on a Sunday, at night
    assert member.console.put(f"{card}/suspension").status_code == 204
    assert member.check().json()["code"] == "SIM-CERTIFICATE-SUSPENDED"
    member.set_clock("2026-11-24T10:00:00+09:00")
    accepted = apply(member, reason_on="20261122", OwnFault=True)
    assert accepted.status_code == 201, accepted.text
    order = accepted.json()
    assert (order["SoonestOn"], order["UsuallyOn"], order["FeeYen"]) == (
        "20261130", "20261201", 2000,
    ), "the fifth day is a Sunday"  # fmt: skip
    refused = member.check().json()
    assert (refused["code"], refused["reason"]) == ("SIM-CERTIFICATE-REVOKED", "keyCompromise")
    member.set_clock("2026-11-29T10:00:00+09:00")
    early = hand_over(member, order["Number"])
    assert (early.status_code, early.json()["code"]) == (409, "SIM-CARD-NOT-READY")
    assert "11月30日" in early.json()["japanese"]
    member.set_clock("2026-11-30T10:00:00+09:00")
    issued = hand_over(member, order["Number"])
    assert issued.status_code == 201, issued.text
    assert issued.json()["IssuedOn"] == "20261130"
    assert check_with(member, issued.json()).status_code == 200, "the registration goes on"
    told = member.console.get(f"/sim/jlis/reissues/{order['Number']}").json()
    assert told["Card"] == issued.json()["SerialNumber"]
    again = hand_over(member, order["Number"])
    assert again.json()["code"] == "SIM-CARD-NOT-READY", "one application, one card"


@pytest.mark.rules("P-012")
@pytest.mark.parametrize(
    ("applied_at", "accepted"),
    [("2026-12-21T16:00:00+09:00", True), ("2026-12-22T09:00:00+09:00", False)],
)
def test_the_day_of_the_reason_is_the_first_of_thirty(
    oqs: Oqs, applied_at: str, *, accepted: bool
) -> None:
    oqs.set_clock(applied_at)
    answer = apply(oqs, reason_on="20261122")
    if accepted:
        assert answer.status_code == 201
        return
    assert (answer.status_code, answer.json()["code"]) == (409, "SIM-EXPRESS-NOT-POSSIBLE")
    assert "12月21日" in answer.json()["japanese"]
    stands = oqs.console.get(f"/sim/jlis/cards/{oqs.issued['SerialNumber']}").json()
    assert not any(one["Revoked"] for one in stands["Certificates"]), "nothing has ended either"


@pytest.mark.rules("P-012")
def test_an_ordinary_expiry_has_no_express_and_takes_a_month(oqs: Oqs) -> None:
    refused = apply(oqs, "expired")
    assert refused.json()["code"] == "SIM-EXPRESS-NOT-POSSIBLE"
    ordinary = apply(oqs, "expired", Express=False).json()
    assert (ordinary["SoonestOn"], ordinary["Express"]) == ("20261209", False)
    assert check_with(oqs, oqs.issued).json()["code"] == "SIM-NOT-REGISTERED", "it works meanwhile"


@pytest.mark.rules("P-012", "P-010")
def test_a_baby_gets_its_first_card_at_once_and_without_a_photo(oqs: Oqs) -> None:
    oqs.resident(BABY, "鈴木　実", "20261020")
    order = apply(oqs, "infant", "20261020", IndividualNumber=BABY).json()
    assert (order["UsuallyOn"], order["FeeYen"]) == ("20261116", 0)
    oqs.set_clock("2026-11-16T10:00:00+09:00")
    card = hand_over(oqs, order["Number"]).json()
    assert card["Photo"] is False
    assert card["ExpiresOn"] == "20311020"


@pytest.mark.parametrize(
    ("reason", "changed", "told"),
    [
        ("infant", {}, "1歳未満"),
        ("lost", {"ReasonOn": "20261110"}, "理由が生じた日"),
        ("lost", {"IndividualNumber": BABY}, "交付されていません"),
    ],
)
def test_a_reason_that_cannot_be_is_refused(
    oqs: Oqs, reason: str, changed: dict[str, str], told: str
) -> None:
    oqs.resident(BABY, "鈴木　実", "20261020")
    refused = apply(oqs, reason, **changed)
    assert (refused.status_code, refused.json()["code"]) == (422, "SIM-INVALID-REQUEST")
    assert told in refused.json()["japanese"]


def test_what_is_handed_over_is_a_card(oqs: Oqs) -> None:
    order = apply(oqs, "damaged").json()
    oqs.set_clock("2026-11-16T10:00:00+09:00")
    assert hand_over(oqs, order["Number"], Kind="iphone").status_code == 422
    issued = hand_over(oqs, order["Number"], Kind="face_authentication_card")
    assert issued.json()["Kind"] == "face_authentication_card"
    assert hand_over(oqs, "000000000000").status_code == 404


@pytest.mark.rules("P-008")
def test_the_age_of_adulthood_goes_by_the_day_of_application(oqs: Oqs) -> None:
    """Who is 17 then, and 18 when the card comes, gets an adult's: the age is that at issue."""
    oqs.resident(BABY, "鈴木　実", "20081112")
    oqs.issue(BABY)
    order = apply(oqs, "damaged", IndividualNumber=BABY).json()
    oqs.set_clock("2026-11-16T10:00:00+09:00")
    assert hand_over(oqs, order["Number"]).json()["ExpiresOn"] == "20361112"
