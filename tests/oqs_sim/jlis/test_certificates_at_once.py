"""Who may get new certificates, and what comes of it where many ask at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from oqs_sim.jlis import authority
from tests.oqs_sim.conftest import HANAKO, TestCard
from tests.oqs_sim.municipality.at_counter import Counter

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs


def path_of(oqs: Oqs) -> str:
    return f"/sim/jlis/cards/{oqs.issued['SerialNumber']}"


def renew(oqs: Oqs) -> Any:
    return oqs.console.post(f"{path_of(oqs)}/certificates", json={})


def refused(oqs: Oqs) -> str:
    answer = renew(oqs)
    assert (answer.status_code, answer.json()["code"]) == (409, "SIM-CARD-NOT-RENEWABLE")
    said: str = answer.json()["japanese"]
    return said


def check(oqs: Oqs, issued: dict[str, Any]) -> str:
    answer = oqs.check(TestCard.of(issued["Authentication"]).sign(oqs.challenge()))
    return str(answer.json().get("code", "works"))


def in_force(oqs: Oqs) -> dict[str, int]:
    """Count the certificates that are not revoked, by purpose."""
    found = {"authentication": 0, "signature": 0}
    for card in oqs.console.get(f"/sim/jlis/residents/{oqs.hanako}/cards").json()["Cards"]:
        for one in card["Certificates"]:
            found[one["Purpose"]] += not one["Revoked"]
    return found


@pytest.mark.rules("P-013", "R-112", "R-115", "R-119")
def test_what_is_stopped_gets_no_new_certificates(member: Oqs) -> None:
    counter = Counter(member)
    member.console.put(f"{path_of(member)}/suspension")
    assert "一時停止中" in refused(member)
    member.console.delete(f"{path_of(member)}/suspension")
    counter.file("move_out", PlannedOn="20261109")
    assert "先に転入届" in refused(member)
    counter.file("move_in", MovedOn="20261109", Address="模擬県別市1-1", Continued=True)
    assert renew(member).status_code == 201
    member.issued = {**member.issued, **member.issue(HANAKO)}
    counter.file("leave_country", PlannedOn="20261109")
    assert "失効しています" in refused(member)


@pytest.mark.rules("P-013")
@pytest.mark.parametrize("how", ["revocation", "return", "another card"])
def test_a_card_that_is_gone_gets_no_new_certificates(member: Oqs, how: str) -> None:
    if how == "revocation":
        body = {"Reason": "keyCompromise"}
        assert member.console.post(f"{path_of(member)}/revocation", json=body).status_code == 204
    elif how == "return":
        Counter(member).file("give_back")
    else:
        member.issue(HANAKO)
    assert "新しいカードを申請してください" in refused(member)


@pytest.mark.rules("R-112")
def test_new_certificates_and_phones_rest_with_the_card_on_the_planned_day(member: Oqs) -> None:
    counter = Counter(member)
    counter.file("move_out", PlannedOn="20261110")
    renewed = renew(member).json()
    phone = member.issue(HANAKO, Kind="android")
    for issued in (renewed, phone):
        assert check(member, issued) == "works"
    member.set_clock("2026-11-10T00:00:00+09:00")
    for issued in (renewed, phone):
        assert check(member, issued) == "SIM-CARD-MOVED-OUT"


@pytest.mark.parametrize("what", ["renewals", "cards"])
def test_of_many_at_once_one_is_in_force(member: Oqs, what: str) -> None:
    def ask(_: int) -> dict[str, Any]:
        if what == "cards":
            return member.issue(HANAKO)
        answer = renew(member)
        assert answer.status_code == 201, answer.text
        issued: dict[str, Any] = answer.json()
        return issued

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(ask, range(4)))
    assert in_force(member) == {"authentication": 1, "signature": 1}
    assert sorted(check(member, issued) for issued in made) == [
        *["SIM-CERTIFICATE-REVOKED"] * 3,
        "works",
    ]


@pytest.mark.parametrize("stop", ["hotline", "revocation"])
def test_a_stop_that_falls_into_a_renewal_is_not_lost(
    member: Oqs, stop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = authority.new_key

    def stopped_meanwhile() -> Any:
        monkeypatch.setattr(authority, "new_key", made)
        if stop == "hotline":
            caller = {"Name": "佐藤　花子", "Birthdate": "19800217"}
            done = member.console.post("/portal/hotline/stops", json=caller)
        else:
            done = member.console.post(f"{path_of(member)}/revocation", json={})
        assert done.is_success, done.text
        return made()

    monkeypatch.setattr(authority, "new_key", stopped_meanwhile)
    refused(member)
    assert member.check().json()["code"] in {
        "SIM-CERTIFICATE-SUSPENDED",
        "SIM-CERTIFICATE-REVOKED",
    }


def test_a_card_is_handed_over_once_at_the_counter_and_at_j_lis(member: Oqs) -> None:
    counter = Counter(member)
    counter.file("apply", Reason="damaged", Channel="mail")
    order = {"IndividualNumber": HANAKO, "Reason": "damaged", "ReasonOn": "20261109"}
    reissue = member.console.post("/sim/jlis/reissues", json=order).json()["Number"]
    member.set_clock("2026-12-10T10:00:00+09:00")
    for path, body in (
        (f"/sim/municipality/persons/{member.hanako}/acts", {"Act": "hand_over"}),
        (f"/sim/jlis/reissues/{reissue}/card", {}),
    ):

        def hand_over(_: int, path: str = path, body: dict[str, str] = body) -> int:
            return member.console.post(path, json=body).status_code

        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(hand_over, range(4))) == [201, 409, 409, 409]
        assert in_force(member) == {"authentication": 1, "signature": 1}
