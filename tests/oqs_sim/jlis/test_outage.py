"""J-LIS is out (case 1 of the public ones): what OQS knows goes on, what J-LIS knows does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.exc import OperationalError

from tests.oqs_sim.conftest import HANAKO, TestCard
from tests.oqs_sim.municipality.at_counter import Counter

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

OUTAGE = "/sim/jlis/outage"


def out(oqs: Oqs, **window: str) -> None:
    done = oqs.console.put(OUTAGE, json=window)
    assert done.status_code == 200, done.text


def back(oqs: Oqs) -> None:
    assert oqs.console.delete(OUTAGE).status_code == 204


def code_of(response: Any) -> str:
    code: str = response.json()["code"]
    return code


def check_with(oqs: Oqs, issued: dict[str, Any]) -> Any:
    return oqs.check(TestCard.of(issued["Authentication"]).sign(oqs.challenge()))


def renew(oqs: Oqs) -> dict[str, Any]:
    path = f"/sim/jlis/cards/{oqs.issued['SerialNumber']}/certificates"
    done = oqs.console.post(path, json={})
    assert done.status_code == 201, done.text
    renewed: dict[str, Any] = done.json()
    return renewed


def test_a_registered_card_that_is_as_it_was_works_as_ever(member: Oqs) -> None:
    out(member)
    answer = member.check()
    assert answer.json()["MessageBody"]["QualificationValidity"] == "1"
    assert member.register().status_code == 201, "who is registered already changes nothing"
    assert member.check_number().status_code == 200


def test_nobody_is_registered_on_the_spot_until_it_is_back(oqs: Oqs) -> None:
    oqs.report(1)
    out(oqs)
    path = "/qualification/registrations"
    refused = oqs.terminal.post(path, json=oqs.card.sign(oqs.challenge("registration")))
    assert (refused.status_code, code_of(refused)) == (424, "SIM-REGISTRATION-NOT-POSSIBLE")
    assert "J-LIS" in refused.json()["japanese"]
    assert code_of(oqs.register()) == "SIM-REGISTRATION-NOT-POSSIBLE", "at the portal neither"
    back(oqs)
    done = oqs.terminal.post(path, json=oqs.card.sign(oqs.challenge("registration")))
    assert done.status_code == 204
    assert oqs.check().status_code == 200


def test_the_first_check_after_a_renewal_has_to_wait_for_it(member: Oqs) -> None:
    renewed = renew(member)
    out(member)
    refused = check_with(member, renewed)
    assert (refused.status_code, code_of(refused)) == (424, "SIM-CERTIFICATE-NOT-CONFIRMABLE")
    assert "更新" in refused.json()["japanese"]
    back(member)
    assert check_with(member, renewed).status_code == 200
    out(member)
    assert check_with(member, renewed).status_code == 200, "confirmed once, and known from then on"


def test_the_first_check_of_a_new_card_has_to_wait_as_well(member: Oqs) -> None:
    new = member.issue(HANAKO)
    phone = member.issue(HANAKO, Kind="iphone")
    out(member)
    for issued in (new, phone):
        assert code_of(check_with(member, issued)) == "SIM-CERTIFICATE-NOT-CONFIRMABLE"
    back(member)
    for issued in (new, phone):
        assert check_with(member, issued).status_code == 200


def test_a_refusal_does_not_count_as_the_first_check(oqs: Oqs) -> None:
    oqs.report(1)
    renewed = renew(oqs)
    assert code_of(check_with(oqs, renewed)) == "SIM-NOT-REGISTERED"
    out(oqs)
    assert code_of(check_with(oqs, renewed)) == "SIM-CERTIFICATE-NOT-CONFIRMABLE"


def test_a_confirmation_that_cannot_be_noted_is_asked_for_with_the_next_check(
    member: Oqs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    renewed = renew(member)
    with monkeypatch.context() as patched:
        patched.setattr("oqs_sim.qualification.checks.link", fail)
        assert check_with(member, renewed).status_code == 200, "it is answered all the same"
    out(member)
    assert code_of(check_with(member, renewed)) == "SIM-CERTIFICATE-NOT-CONFIRMABLE"
    back(member)
    assert check_with(member, renewed).status_code == 200
    out(member)
    assert check_with(member, renewed).status_code == 200


def test_a_window_begins_and_ends_by_business_time(member: Oqs) -> None:
    renewed = renew(member)
    window = {"BeginsAt": "2026-12-15T00:00:00+09:00", "EndsAt": "2026-12-15T06:00:00+09:00"}
    out(member, **window)
    assert member.console.get(OUTAGE).json()["Out"] is False, "not yet"
    for now, is_out in (
        ("2026-12-14T23:59:59+09:00", False),
        ("2026-12-15T00:00:00+09:00", True),
        ("2026-12-15T05:59:59+09:00", True),
        ("2026-12-15T06:00:00+09:00", False),
    ):
        member.set_clock(now)
        state = member.console.get(OUTAGE).json()
        assert (state["Out"], state["EndsAt"]) == (is_out, "2026-12-14T21:00:00Z")
        issuing = member.console.get("/sim/jlis/authorities/authentication/crl")
        assert issuing.status_code == (503 if is_out else 200)
        if is_out:
            refused = check_with(member, renewed).json()
            assert refused["code"] == "SIM-CERTIFICATE-NOT-CONFIRMABLE"
            assert "令和8年12月15日6時00分" in refused["japanese"]
    assert check_with(member, renewed).status_code == 200


def test_all_processes_know_of_it(member: Oqs) -> None:
    renewed = renew(member)
    with member.another() as other:
        out(other)
        assert code_of(check_with(member, renewed)) == "SIM-CERTIFICATE-NOT-CONFIRMABLE"
        back(member)
        assert other.console.get(OUTAGE).json() == {"Out": False}
        assert check_with(other, renewed).status_code == 200


def test_nobody_is_matched_for_insurers_until_it_is_back(member: Oqs) -> None:
    one, known = {"IndividualNumber": HANAKO}, {"PersonReference": member.hanako}
    several = {"IndividualNumbers": [HANAKO]}
    asked = [("", one), ("", known), ("/matches", several)]
    out(member, BeginsAt="2026-11-09T00:00:00+09:00", EndsAt="2026-12-15T06:00:00+09:00")
    for path, body in asked:
        refused = member.intermediate.post(f"/intermediate/persons{path}", json=body)
        assert (refused.status_code, code_of(refused)) == (503, "SIM-MATCHING-NOT-POSSIBLE")
        assert "再開の予定は令和8年12月15日6時00分です。" in refused.json()["japanese"]
    cards = {"PersonReferences": [member.hanako]}
    standing = member.intermediate.post("/intermediate/persons/cards", json=cards)
    assert standing.json()["Standings"][0]["Registered"], "OQS knows that itself"
    back(member)
    for path, body in asked:
        assert member.intermediate.post(f"/intermediate/persons{path}", json=body).is_success


ROUTES = [
    ("POST", "/cards", {"IndividualNumber": HANAKO}),
    ("GET", "/cards/{card}", None),
    ("GET", "/residents/{person}/cards", None),
    ("POST", "/cards/{card}/certificates", {}),
    ("PUT", "/cards/{card}/suspension", None),
    ("DELETE", "/cards/{card}/suspension", None),
    ("POST", "/cards/{card}/revocation", {}),
    ("POST", "/certificates/{serial}/revocation", None),
    ("POST", "/reissues", {
        "IndividualNumber": HANAKO, "Reason": "lost", "ReasonOn": "20261109", "Express": True}),
    ("GET", "/reissues/1", None),
    ("POST", "/reissues/1/card", {}),
    ("GET", "/authorities/authentication/certificate", None),
    ("GET", "/authorities/signature/crl", None),
    ("GET", "/crls?DistributionPoint=C=JP", None),
    ("GET", "/authorities/authentication/generations", None),
    ("POST", "/authorities/authentication/generations", None),
    ("GET", "/authorities/authentication/generations/1/certificate", None),
    ("GET", "/authorities/authentication/generations/1/crl", None),
]  # fmt: skip


def test_j_lis_does_nothing_while_it_is_out_not_even_for_the_hotline(member: Oqs) -> None:
    out(member)
    for method, path, body in ROUTES:
        where = path.format(
            card=member.issued["SerialNumber"],
            serial=member.issued["Authentication"]["Serial"],
            person=member.hanako,
        )
        refused = member.console.request(method, f"/sim/jlis{where}", json=body)
        assert (refused.status_code, code_of(refused)) == (503, "SIM-JLIS-OUT"), path
        assert "停止しています" in refused.json()["japanese"]
    assert member.check().status_code == 200, "nothing came of any of them"
    back(member)
    stood = member.console.get(f"/sim/jlis/cards/{member.issued['SerialNumber']}").json()
    assert not any(one["Suspended"] or one["Revoked"] for one in stood["Certificates"])


def test_the_counter_and_the_hotline_stop_issue_and_end_nothing_meanwhile(member: Oqs) -> None:
    counter = f"/sim/municipality/persons/{member.hanako}"
    out(member, BeginsAt="2026-11-09T00:00:00+09:00", EndsAt="2026-12-15T06:00:00+09:00")
    before = member.console.get(counter).json()["Carriers"]
    acts = [
        {"Act": "report_loss"},
        {"Act": "report_loss", "LossChannel": "hotline"},
        {"Act": "report_found"},
        {"Act": "give_back"},
        {"Act": "renew"},
        {"Act": "hand_over"},
    ]
    for act in acts:
        refused = member.console.post(f"{counter}/acts", json=act)
        assert (refused.status_code, code_of(refused)) == (503, "SIM-JLIS-OUT"), act
        assert (
            "カードは前のままです。再開の予定は令和8年12月15日6時00分です。"
            in (refused.json()["japanese"])
        )
    page = member.console.post(f"/municipality/persons/{member.hanako}/acts/report_loss", data={})
    assert page.status_code == 503
    assert "「紛失・一時停止」は受け付けていません。" in page.text
    who = {"Name": "佐藤　花子", "Birthdate": "19800217"}
    call = member.console.post("/portal/hotline/stops", json=who)
    assert (call.status_code, code_of(call)) == (503, "SIM-JLIS-OUT")
    assert "まだカードは止まっていません。再開の予定は" in call.json()["japanese"]
    page = member.console.post("/portal/hotline", data=who)
    assert page.status_code == 503
    assert "まだカードは止まっていません。" in page.text
    assert 'value="佐藤　花子"' in page.text, "what was typed stays"
    stood = member.console.get(counter).json()
    assert stood["Carriers"] == before
    possible = {one["Act"] for one in stood["Acts"] if one["Possible"]}
    assert not possible & {"renew", "report_loss", "report_found", "hand_over", "give_back"}
    back(member)
    assert member.console.post("/portal/hotline/stops", json=who).status_code == 201


def test_a_form_that_only_moves_a_person_does_not_wait_for_j_lis(member: Oqs) -> None:
    out(member)
    counter = Counter(member)
    counter.file("move_out", PlannedOn="20261109")
    counter.file("move_in", Address="模擬県最上市模擬町9", Continued=True)
    counter.file("leave_country", PlannedOn="20261120")
    counter.file("continue_abroad")
    counter.file("come_back", Address="模擬県最上市模擬町9")
    counter.file("apply", Reason="damaged", Channel="counter")


@pytest.mark.parametrize(
    "window",
    [
        {"BeginsAt": "2026-12-15T06:00:00+09:00", "EndsAt": "2026-12-15T06:00:00+09:00"},
        {"EndsAt": "2026-11-08T06:00:00+09:00"},
        {"BeginsAt": "2026-12-15T06:00:00"},
        {"BeginsAt": "soon"},
    ],
)
def test_a_window_that_cannot_be_is_refused(oqs: Oqs, window: dict[str, str]) -> None:
    refused = oqs.console.put(OUTAGE, json=window)
    assert (refused.status_code, code_of(refused)) == (422, "SIM-INVALID-REQUEST")
    assert oqs.console.get(OUTAGE).json() == {"Out": False}
