"""Certificates on a phone hang on a card: they end with it, and have no grace (P-013 to P-015)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.oqs_sim.conftest import HANAKO, TestCard

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs


def code_with(oqs: Oqs, issued: dict[str, Any]) -> str:
    """Say what a check with a carrier comes to."""
    answer = oqs.check(TestCard.of(issued["Authentication"]).sign(oqs.challenge()))
    code: str = answer.json().get("code", "works")
    return code


def suspension(oqs: Oqs, method: str, issued: dict[str, Any]) -> None:
    path = f"/sim/jlis/cards/{issued['SerialNumber']}/suspension"
    assert oqs.console.request(method, path).status_code == 204


def test_a_phone_is_suspended_with_its_card_and_comes_back_with_it(member: Oqs) -> None:
    phone = member.issue(HANAKO, Kind="android")
    suspension(member, "PUT", member.issued)
    for issued in (member.issued, phone):
        assert code_with(member, issued) == "SIM-CERTIFICATE-SUSPENDED"
    suspension(member, "DELETE", member.issued)
    for issued in (member.issued, phone):
        assert code_with(member, issued) == "works"


@pytest.mark.parametrize("phone_first", [True, False])
def test_a_phone_that_was_lost_itself_stays_suspended(member: Oqs, *, phone_first: bool) -> None:
    lost, other = member.issue(HANAKO, Kind="android"), member.issue(HANAKO, Kind="iphone")
    for issued in (lost, member.issued) if phone_first else (member.issued, lost):
        suspension(member, "PUT", issued)
    suspension(member, "DELETE", member.issued)
    assert code_with(member, member.issued) == "works"
    assert code_with(member, other) == "works"
    assert code_with(member, lost) == "SIM-CERTIFICATE-SUSPENDED"
    suspension(member, "DELETE", lost)
    assert code_with(member, lost) == "works"


def test_a_lost_phone_leaves_the_card_alone(member: Oqs) -> None:
    phone = member.issue(HANAKO, Kind="android")
    suspension(member, "PUT", phone)
    assert code_with(member, member.issued) == "works"


def test_a_phone_does_not_come_back_before_its_card(member: Oqs) -> None:
    phone = member.issue(HANAKO, Kind="android")
    suspension(member, "PUT", phone)
    suspension(member, "PUT", member.issued)
    suspension(member, "DELETE", phone)
    assert code_with(member, phone) == "SIM-CERTIFICATE-SUSPENDED"
    suspension(member, "DELETE", member.issued)
    assert code_with(member, phone) == "works"


@pytest.mark.rules("P-013", "P-015")
@pytest.mark.parametrize("stop", ["card", "certificate"])
def test_a_phone_ends_with_the_revocation_of_its_card(member: Oqs, stop: str) -> None:
    phone = member.issue(HANAKO, Kind="iphone")
    serial = member.issued["Authentication"]["Serial"]
    path = f"cards/{member.issued['SerialNumber']}" if stop == "card" else f"certificates/{serial}"
    assert member.console.post(f"/sim/jlis/{path}/revocation", json={}).status_code == 204
    assert code_with(member, phone) == "SIM-CERTIFICATE-REVOKED"


def test_a_phone_that_is_given_back_leaves_the_card_alone(member: Oqs) -> None:
    phone = member.issue(HANAKO, Kind="iphone")
    path = f"/sim/jlis/cards/{phone['SerialNumber']}/revocation"
    assert member.console.post(path, json={}).status_code == 204
    assert code_with(member, phone) == "SIM-CERTIFICATE-REVOKED"
    assert code_with(member, member.issued) == "works"


@pytest.mark.rules("P-015")
def test_after_a_renewal_of_the_card_one_applies_for_the_phone_anew(member: Oqs) -> None:
    phone = member.issue(HANAKO, Kind="android")
    path = f"/sim/jlis/cards/{member.issued['SerialNumber']}/certificates"
    renewed = member.console.post(path, json={}).json()
    answer = member.check(TestCard.of(phone["Authentication"]).sign(member.challenge())).json()
    assert (answer["code"], answer["reason"]) == ("SIM-CERTIFICATE-REVOKED", "superseded")
    assert "申し込み" in answer["japanese"]
    assert code_with(member, renewed) == "works"
    again = member.issue(HANAKO, Kind="android")
    assert again["Authentication"]["ExpiresOn"] == renewed["Authentication"]["ExpiresOn"]
    assert code_with(member, again) == "works"


@pytest.mark.rules("P-015")
def test_a_phone_has_no_grace_and_says_so(member: Oqs) -> None:
    phone = member.issue(HANAKO, Kind="android")
    member.set_clock("2031-02-18T00:00:00+09:00")
    answer = member.check(TestCard.of(phone["Authentication"]).sign(member.challenge())).json()
    assert answer["code"] == "SIM-CERTIFICATE-LAPSED"
    assert "猶予期間がありません" in answer["japanese"]
    assert code_with(member, member.issued) == "works"
    refused = member.console.post(
        "/sim/jlis/cards", json={"IndividualNumber": HANAKO, "Kind": "iphone"}
    )
    assert refused.status_code == 422, "nor is one set up from a card in its grace"


def test_a_move_ends_the_phones_signature_certificate_too(member: Oqs) -> None:
    phone = member.issue(HANAKO, Kind="android")
    path = f"/sim/jlis/residents/{member.hanako}"
    assert member.console.patch(path, json={"Address": "模擬県模擬市新町9-9"}).status_code == 204
    stood = member.console.get(f"/sim/jlis/cards/{phone['SerialNumber']}").json()
    assert {one["Purpose"]: one["Revoked"] for one in stood["Certificates"]} == {
        "authentication": False,
        "signature": True,
    }
