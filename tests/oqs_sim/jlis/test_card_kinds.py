"""Which card J-LIS issues to whom, until when it works, and what a check then answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.oqs_sim.conftest import HANAKO, ICHIRO, TestCard

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

MINORU = "990000000035"


def code_of(response: Any) -> str:
    code: str = response.json()["code"]
    return code


def end_of(card: dict[str, Any], certificate: str = "Authentication") -> str:
    end: str = card[certificate]["ExpiresOn"]
    return end


def check_with(oqs: Oqs, issued: dict[str, Any]) -> Any:
    return oqs.check(TestCard.of(issued["Authentication"]).sign(oqs.challenge()))


def test_an_adult_gets_both_certificates_a_photo_and_ten_birthdays(oqs: Oqs) -> None:
    card = oqs.issued
    assert (card["Kind"], card["Photo"]) == ("card", True)
    assert card["ExpiresOn"] == "20360217"
    assert end_of(card) == end_of(card, "Signature") == "20310217"
    assert len(card["SecurityCode"]) == 4


def test_a_child_under_15_gets_no_signature_certificate(oqs: Oqs) -> None:
    oqs.resident(MINORU, "鈴木　実", "20111110")
    card = oqs.issue(MINORU)
    assert "Signature" not in card
    assert (card["ExpiresOn"], end_of(card)) == ("20301110", "20301110")
    oqs.set_clock("2026-11-10T09:00:00+09:00")
    assert "Signature" in oqs.issue(MINORU), "from the 15th birthday on there is one"


@pytest.mark.parametrize(
    ("birthdate", "issued_on", "photo"),
    [
        ("20251110", "20261109", False),
        ("20251109", "20261109", True),
        ("20240601", "20241201", True),
        ("20240601", "20241202", False),
    ],
)
def test_an_infants_card_has_no_photo(
    oqs: Oqs, birthdate: str, issued_on: str, *, photo: bool
) -> None:
    oqs.resident(MINORU, "鈴木　実", birthdate)
    assert oqs.issue(MINORU, issued_on)["Photo"] is photo


def test_a_card_without_pins_has_an_authentication_certificate_only(oqs: Oqs) -> None:
    card = oqs.issue(HANAKO, Kind="face_authentication_card")
    assert "Signature" not in card
    assert card["Photo"] is True


def make_seen(oqs: Oqs, card: dict[str, Any]) -> Any:
    """Return what a camera sees of the card with a certificate."""
    path = f"/sim/jlis/certificates/{card['Authentication']['Serial']}/card-front"
    return oqs.console.get(path)


@pytest.mark.rules("P-010", "P-011")
def test_a_camera_sees_whether_there_is_a_photograph_also_while_jlis_is_out(oqs: Oqs) -> None:
    oqs.resident(MINORU, "鈴木　実", "20251110")
    infant = oqs.issue(MINORU, IssuedOn="20261109")
    oqs.resident(ICHIRO, "田中　一郎", "19520301")
    face = oqs.issue(ICHIRO, Kind="face_authentication_card")
    assert oqs.console.put("/sim/jlis/outage", json={}).status_code == 200
    seen = [make_seen(oqs, one).json()["Make"] for one in (oqs.issued, infant, face)]
    assert seen == ["standard", "infant", "face_only"]


def test_a_camera_sees_no_card_where_a_phone_or_nothing_lies(oqs: Oqs) -> None:
    phone = oqs.issue(HANAKO, Kind="android")
    assert make_seen(oqs, phone).status_code == 404
    assert oqs.console.get("/sim/jlis/certificates/1/card-front").status_code == 404


def test_a_period_of_stay_ends_card_and_certificate_earlier(oqs: Oqs) -> None:
    card = oqs.issue(HANAKO, StayEndsOn="20280331")
    assert (card["ExpiresOn"], end_of(card)) == ("20280331", "20280331")


def test_the_age_of_adulthood_is_that_of_the_day_of_application(oqs: Oqs) -> None:
    oqs.resident(MINORU, "鈴木　実", "20040301")
    assert oqs.issue(MINORU, "20220320")["ExpiresOn"] == "20270301"
    assert oqs.issue(MINORU, "20220401")["ExpiresOn"] == "20320301"


def test_a_phone_hangs_on_a_valid_card_and_ends_with_its_certificate(oqs: Oqs) -> None:
    phone = oqs.issue(HANAKO, Kind="android")
    assert end_of(phone) == end_of(oqs.issued)
    oqs.resident(ICHIRO, "田中　一郎", "19520603")
    refused = oqs.console.post(
        "/sim/jlis/cards", json={"IndividualNumber": ICHIRO, "Kind": "iphone"}
    )
    assert refused.status_code == 422
    assert "needs a card" in refused.json()["detail"]


def test_a_phone_does_not_count_as_the_card_that_another_phone_hangs_on(member: Oqs) -> None:
    member.issue(HANAKO, Kind="android")
    member.console.put(f"/sim/jlis/cards/{member.issued['SerialNumber']}/suspension")
    refused = member.console.post(
        "/sim/jlis/cards", json={"IndividualNumber": HANAKO, "Kind": "iphone"}
    )
    assert refused.status_code == 422


def test_card_and_phone_are_good_for_a_check_side_by_side(member: Oqs) -> None:
    android, iphone = member.issue(HANAKO, Kind="android"), member.issue(HANAKO, Kind="iphone")
    for carrier in (member.issued, android, iphone):
        assert check_with(member, carrier).status_code == 200


def test_a_new_phone_ends_the_earlier_one_of_its_kind_only(member: Oqs) -> None:
    old, other = member.issue(HANAKO, Kind="android"), member.issue(HANAKO, Kind="iphone")
    new = member.issue(HANAKO, Kind="android")
    assert code_of(check_with(member, old)) == "SIM-CERTIFICATE-REVOKED"
    for carrier in (new, other, member.issued):
        assert check_with(member, carrier).status_code == 200


def test_a_new_card_ends_the_earlier_one_and_its_phones(member: Oqs) -> None:
    phone = member.issue(HANAKO, Kind="iphone")
    card = member.issue(HANAKO)
    for carrier in (member.issued, phone):
        assert code_of(check_with(member, carrier)) == "SIM-CERTIFICATE-REVOKED"
    assert check_with(member, card).status_code == 200, "the registration stays"


def test_a_phone_has_no_grace(member: Oqs) -> None:
    phone = member.issue(HANAKO, Kind="android")
    member.set_clock("2031-02-17T23:59:00+09:00")
    assert check_with(member, phone).status_code == 200
    member.set_clock("2031-02-18T00:00:00+09:00")
    assert code_of(check_with(member, phone)) == "SIM-CERTIFICATE-LAPSED"
    assert check_with(member, member.issued).status_code == 200, "the card itself has it"


def test_a_resident_register_card_has_a_signature_certificate_only(oqs: Oqs) -> None:
    card = oqs.issue(HANAKO, "20150401", Kind="resident_register_card")
    assert "Authentication" not in card
    assert card["ExpiresOn"] == "20250401"
    refused = oqs.console.post(
        "/sim/jlis/cards", json={"IndividualNumber": HANAKO, "Kind": "resident_register_card"}
    )
    assert refused.status_code == 422
    assert "2015-12-28" in refused.json()["detail"]


def test_nobody_gets_a_card_before_birth(oqs: Oqs) -> None:
    oqs.resident(MINORU, "鈴木　実", "20261109")
    order = {"IndividualNumber": MINORU, "IssuedOn": "20261108"}
    refused = oqs.console.post("/sim/jlis/cards", json=order)
    assert refused.status_code == 422
    assert "a card is issued from 2026-11-09" in refused.json()["detail"]


# --- Renewal ----------------------------------------------------------------------------------


def renew(oqs: Oqs, **renewal: str) -> Any:
    serial = oqs.issued["SerialNumber"]
    return oqs.console.post(f"/sim/jlis/cards/{serial}/certificates", json=renewal)


@pytest.mark.parametrize(
    ("issued_on", "end"),
    [("20301116", "20350217"), ("20301117", "20360217"), ("20310217", "20360217")],
)
def test_a_renewal_in_the_last_three_months_gains_a_birthday(
    member: Oqs, issued_on: str, end: str
) -> None:
    member.set_clock(f"{issued_on[:4]}-{issued_on[4:6]}-{issued_on[6:]}T10:00:00+09:00")
    done = renew(member)
    assert done.status_code == 201, done.text
    assert end_of(done.json()) == end_of(done.json(), "Signature") == end
    assert code_of(member.check()) == "SIM-CERTIFICATE-REVOKED", "the old one"
    assert check_with(member, done.json()).status_code == 200, "the registration stays"


@pytest.mark.rules("C-008", "P-007")
def test_a_renewal_of_a_lapsed_certificate_is_known_a_day_later(member: Oqs) -> None:
    member.set_clock("2031-06-01T10:00:00+09:00")
    assert code_of(member.check()) == "SIM-CERTIFICATE-LAPSED", "17 February, and grace to May"
    renewed = renew(member).json()
    assert code_of(check_with(member, renewed)) == "SIM-CERTIFICATE-LAPSED"
    member.set_clock("2031-06-02T09:59:59+09:00")
    assert code_of(check_with(member, renewed)) == "SIM-CERTIFICATE-LAPSED"
    member.set_clock("2031-06-02T10:00:00+09:00")
    assert check_with(member, renewed).status_code == 200


def test_a_child_that_has_turned_15_gets_the_signature_certificate_at_renewal(oqs: Oqs) -> None:
    oqs.resident(MINORU, "鈴木　実", "20111110")
    card = oqs.issue(MINORU)
    oqs.set_clock("2026-11-10T09:00:00+09:00")
    path = f"/sim/jlis/cards/{card['SerialNumber']}/certificates"
    assert "Signature" in oqs.console.post(path, json={}).json()


def test_what_cannot_be_renewed_is_told(oqs: Oqs) -> None:
    phone = oqs.issue(HANAKO, Kind="android")
    path = f"/sim/jlis/cards/{phone['SerialNumber']}/certificates"
    assert oqs.console.post(path, json={}).status_code == 422
    assert oqs.console.post("/sim/jlis/cards/1/certificates", json={}).status_code == 404
    oqs.set_clock("2036-02-18T09:00:00+09:00")
    refused = renew(oqs)
    assert refused.status_code == 422
    assert "2036-02-17" in refused.json()["detail"]
