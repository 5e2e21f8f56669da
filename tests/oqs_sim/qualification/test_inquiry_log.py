"""Each answer, each refusal has its line, which the person can read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.testclient import TestClient

from oqs_sim.qualification import registration
from oqs_sim.store.schema import inquiry_log
from tests.equipment.callers import OnLine
from tests.oqs_sim.conftest import INSTITUTION, TestCard
from wire.line_credentials import Caller, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest
    from sqlalchemy import Row

    from tests.oqs_sim.conftest import Oqs


def lines(oqs: Oqs) -> Sequence[Row[Any]]:
    with oqs.engine.connect() as connection:
        return connection.execute(inquiry_log.select().order_by(inquiry_log.c.entry)).all()


def last_line(oqs: Oqs) -> tuple[Any, ...]:
    row = lines(oqs)[-1]
    return row.person_reference, row.institution_code, row.purpose, row.validity, row.refusal


def read_by_person(oqs: Oqs) -> list[dict[str, Any]]:
    proof = oqs.card.sign(oqs.portal_challenge("inquiries"))
    answer = oqs.console.post("/portal/inquiries", json={"CardProof": proof})
    assert answer.status_code == 200, answer.text
    read: list[dict[str, Any]] = answer.json()["Inquiries"]
    return read


def test_each_answer_is_logged(member: Oqs) -> None:
    assert member.check().status_code == 200
    assert member.check_number().status_code == 200
    answered = [row for row in lines(member) if row.purpose == "check"]
    assert [(row.reference_classification, row.validity, row.refusal) for row in answered] == [
        ("1", "1", None),
        ("2", "1", None),
    ]
    assert {row.person_reference for row in answered} == {member.hanako}


def test_a_suspended_card_leaves_a_line(member: Oqs) -> None:
    card = member.issued["SerialNumber"]
    assert member.console.put(f"/sim/jlis/cards/{card}/suspension").status_code == 204
    assert member.check().status_code == 403
    assert last_line(member) == (
        member.hanako, INSTITUTION, "check", None, "SIM-CERTIFICATE-SUSPENDED",
    )  # fmt: skip


def test_a_revoked_card_leaves_a_line(member: Oqs) -> None:
    serial = member.issued["Authentication"]["Serial"]
    assert member.console.post(f"/sim/jlis/certificates/{serial}/revocation").status_code == 204
    assert member.check().status_code == 403
    assert last_line(member)[0] == member.hanako
    assert last_line(member)[-1] == "SIM-CERTIFICATE-REVOKED"


def test_a_lapsed_card_leaves_a_line(member: Oqs) -> None:
    member.set_clock("2031-06-01T00:00:00+09:00")
    assert member.check().status_code == 403
    assert last_line(member)[0] == member.hanako
    assert last_line(member)[-1] == "SIM-CERTIFICATE-LAPSED"


def test_a_blocked_person_leaves_a_line(member: Oqs) -> None:
    member.report(2, SelfInformationBlocked="1")
    assert member.check().status_code == 403
    assert last_line(member)[0] == member.hanako
    assert last_line(member)[-1] == "SIM-CARD-USE-BLOCKED"


def test_a_card_that_is_not_registered_leaves_a_line(oqs: Oqs) -> None:
    oqs.report(1)
    assert oqs.check().status_code == 409
    assert last_line(oqs) == (oqs.hanako, INSTITUTION, "check", None, "SIM-NOT-REGISTERED")


def test_an_unknown_certificate_leaves_a_line_of_the_institution(member: Oqs) -> None:
    signing = TestCard.of(member.issued["Signature"])
    assert member.check(signing.sign(member.challenge())).status_code == 403
    assert last_line(member) == (
        "", INSTITUTION, "check", None, "SIM-CERTIFICATE-NOT-AUTHENTICATION",
    )  # fmt: skip


def test_an_unknown_number_and_a_wrong_one_leave_a_line(member: Oqs) -> None:
    assert member.check_number(InsuredIdentificationNumber="0000000").status_code == 200
    assert last_line(member) == ("", INSTITUTION, "check", "4", None)
    assert member.check_number(InsurerNumber="990011").status_code == 422
    assert last_line(member) == ("", INSTITUTION, "check", None, "SIM-INVALID-NUMBER")


def test_a_challenge_used_before_leaves_a_line_of_the_person(member: Oqs) -> None:
    proof = member.card.sign(member.challenge())
    assert member.check(proof).status_code == 200
    assert member.check(proof).status_code == 409
    assert last_line(member) == (member.hanako, INSTITUTION, "check", None, "SIM-CHALLENGE-USED")


def test_an_institution_that_names_another_leaves_a_line(member: Oqs) -> None:
    assert member.check(MedicalInstitutionCode="9930000014").status_code == 403
    assert last_line(member) == ("", INSTITUTION, "check", None, "SIM-WRONG-CALLER")


def test_registrations_and_their_refusals_leave_lines(oqs: Oqs) -> None:
    path = "/qualification/registrations"
    assert oqs.register().status_code == 409
    assert last_line(oqs) == (
        oqs.hanako, "", "registration", None, "SIM-NO-ACTIVE-QUALIFICATION",
    )  # fmt: skip
    oqs.report(1)
    done = oqs.terminal.post(path, json=oqs.card.sign(oqs.challenge("registration")))
    assert done.status_code == 204
    assert last_line(oqs) == (oqs.hanako, INSTITUTION, "registration", None, None)


def test_the_person_reads_answers_and_refusals(member: Oqs) -> None:
    assert member.check().status_code == 200
    member.report(2, SelfInformationBlocked="1")
    assert member.check().status_code == 403
    member.report(3)  # while the flag is set, the portal shows nothing (P-031)
    _, refused, answered, *_ = read_by_person(member)
    assert answered["MedicalInstitutionCode"] == INSTITUTION
    assert answered["QualificationValidity"] == "1"
    assert answered["AskedAt"] == "2026-11-09T00:00:00Z"
    assert not answered["RecordedAt"].startswith("2026-11-09T00:00:00")
    assert refused["Refusal"] == "SIM-CARD-USE-BLOCKED"
    assert "使えません" in refused["Japanese"] or "できません" in refused["Japanese"]
    assert "QualificationValidity" not in refused


def test_a_stranger_reads_nothing_of_it(member: Oqs) -> None:
    signing = TestCard.of(member.issued["Signature"])
    proof = signing.sign(member.portal_challenge("inquiries"))
    refused = member.console.post("/portal/inquiries", json={"CardProof": proof})
    assert refused.json()["code"] == "SIM-CERTIFICATE-NOT-AUTHENTICATION"


def test_another_terminal_has_its_own_lines(member: Oqs) -> None:
    other = TestClient(OnLine(member.app, Caller(Role.TERMINAL, "9930000014")))
    inquiry = {
        "MessageHeader": {"MedicalInstitutionCode": "9930000014"},
        "MessageBody": {"CardProof": member.card.sign(member.challenge())},
    }
    assert other.post("/qualification/card", json=inquiry).status_code == 403
    assert last_line(member)[1] == "9930000014"


def test_the_person_reads_every_line_a_page_at_a_time(
    member: Oqs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registration, "INQUIRIES_ON_A_PAGE", 3)
    for _ in range(6):
        assert member.check_number().status_code == 200
    there = lines(member)
    read: list[dict[str, Any]] = []
    place: dict[str, str] = {}
    while True:
        proof = member.card.sign(member.portal_challenge("inquiries"))
        page = member.console.post("/portal/inquiries", json={"CardProof": proof, **place}).json()
        read += page["Inquiries"]
        if "Before" not in page:
            break
        assert len(page["Inquiries"]) == 3
        place = {"Before": page["Before"]}
    assert page["Total"] == len(lines(member))
    # Each reading is a line; those that come after the first page began are on none of its pages.
    assert [one["Purpose"] for one in read] == [
        "inquiries",
        *(row.purpose for row in reversed(there)),
    ]
