"""What an insurer has marked on a membership, and how the checks answer then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.oqs_sim.conftest import HANAKO, ICHIRO

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs


def body_of(response: Any) -> Any:
    assert response.status_code == 200, response.text
    return response.json()["MessageBody"]


def result_of(response: Any) -> Any:
    (item,) = body_of(response)["ResultList"]
    return item["ResultOfQualificationConfirmation"]


@pytest.mark.rules("P-030")
def test_while_the_view_is_stopped_the_checks_answer_as_if_nothing_were_there(member: Oqs) -> None:
    member.report(2, ViewStopped="1")
    assert body_of(member.check())["QualificationValidity"] == "4"
    assert body_of(member.check_number())["QualificationValidity"] == "4"
    member.report(3)
    assert body_of(member.check())["QualificationValidity"] == "1"


@pytest.mark.rules("P-031")
def test_self_information_blocked_bars_the_card_but_not_the_number(member: Oqs) -> None:
    member.report(2, SelfInformationBlocked="1", Address="模擬県")
    refused = member.check()
    assert (refused.status_code, refused.json()["code"]) == (403, "SIM-CARD-USE-BLOCKED")
    assert "DV" not in refused.json()["japanese"], "the sentence gives no reason at the desk"
    result = result_of(member.check_number())
    assert "Address" not in result
    assert "PostNumber" not in result


@pytest.mark.rules("P-031")
def test_self_information_blocked_bars_use_registration(oqs: Oqs) -> None:
    oqs.report(1, SelfInformationBlocked="1")
    assert oqs.check().json()["code"] == "SIM-CARD-USE-BLOCKED", "before any attempt to register"
    assert oqs.register().json()["code"] == "SIM-CARD-USE-BLOCKED"
    oqs.report(2)
    assert oqs.register().status_code == 201


@pytest.mark.rules("P-031")
def test_undisclosed_hides_the_address_and_leaves_the_card_usable(member: Oqs) -> None:
    member.report(2, Address="模擬県", PostNumber="990-0001")
    assert result_of(member.check())["Address"] == "模擬県"
    member.report(3, Address="模擬県", PostNumber="990-0001", Undisclosed="1")
    assert "Address" not in result_of(member.check())


@pytest.mark.rules("R-153", "P-028", "P-034")
def test_the_limit_is_told_by_card_and_by_number_only_on_consent(member: Oqs) -> None:
    member.report(2, LimitClassificationFlag="A03", LimitValidStartDate="20261101")
    by_card = result_of(member.check())
    assert by_card["LimitApplicationCertificateRelatedInfo"] == {
        "LimitApplicationCertificateClassification": "01",
        "LimitApplicationCertificateClassificationFlag": "A03",
        "LimitApplicationCertificateValidStartDate": "20261101",
    }
    assert by_card["LimitApplicationCertificateRelatedConsFlg"] == "1"
    assert "LimitApplicationCertificateRelatedInfo" not in result_of(member.check_number())
    consented = member.check_number(LimitApplicationCertificateRelatedConsFlg="1")
    assert "LimitApplicationCertificateRelatedInfo" in result_of(consented)


@pytest.mark.rules("P-028")
def test_who_pays_no_tax_has_the_certificate_that_also_reduces_meals(member: Oqs) -> None:
    member.report(2, LimitClassificationFlag="A05")
    limit = result_of(member.check())["LimitApplicationCertificateRelatedInfo"]
    assert limit["LimitApplicationCertificateClassification"] == "02"


@pytest.mark.rules("R-154", "R-159")
def test_who_is_in_arrears_has_the_classification_of_it_and_no_limit(member: Oqs) -> None:
    member.report(2, SpecialMedicalExpense="1", LimitClassificationFlag="A03")
    result = result_of(member.check())
    assert result["InsuredCardClassification"] == "05"
    assert "LimitApplicationCertificateRelatedInfo" not in result


RELEASE = {"RegistrationOrder": "release", "VisibleFrom": "2026-12-31T00:00:00+09:00"}


@pytest.mark.rules("R-030")
def test_a_released_card_is_no_longer_registered_and_can_be_again(member: Oqs) -> None:
    member.set_clock("2026-12-31T00:00:00+09:00")
    member.report(2, **RELEASE)
    assert member.check().json()["code"] == "SIM-NOT-REGISTERED"
    assert member.register().status_code == 201
    assert body_of(member.check())["QualificationValidity"] == "1"


def test_a_release_that_comes_twice_does_not_end_the_registration_that_followed(
    member: Oqs,
) -> None:
    member.set_clock("2026-12-31T09:00:00+09:00")
    member.report(2, **RELEASE)
    member.register()
    assert member.report(2, **RELEASE) == {"Applied": 0, "Superseded": 1}
    assert member.check().status_code == 200


def test_a_release_takes_effect_though_a_newer_change_was_seen_before_it(member: Oqs) -> None:
    member.report(3, Address="模擬県")
    member.set_clock("2026-12-31T00:00:00+09:00")
    assert member.report(2, **RELEASE)["Superseded"] == 1
    assert member.check().json()["code"] == "SIM-NOT-REGISTERED"


def test_a_release_that_was_withdrawn_takes_no_effect(member: Oqs) -> None:
    member.report(3, RegistrationOrder="keep")
    member.set_clock("2026-12-31T00:00:00+09:00")
    member.report(2, **RELEASE)
    assert member.check().status_code == 200


def test_many_are_matched_in_the_order_of_the_question(member: Oqs) -> None:
    ichiro = member.resident(ICHIRO, "佐藤　一郎", "19800217")
    asked = {"IndividualNumbers": [ICHIRO, "990000000035", HANAKO]}
    found = member.intermediate.post("/intermediate/persons/matches", json=asked).json()["Persons"]
    assert [one and one["PersonReference"] for one in found] == [ichiro, None, member.hanako]
    assert [one and one["Registered"] for one in found] == [False, None, True]
    assert "CertificateExpiresOn" not in found[0]
    assert found[2]["CertificateExpiresOn"] == member.issued["Authentication"]["ExpiresOn"]


def test_only_the_intermediate_server_matches_many(member: Oqs) -> None:
    asked = {"IndividualNumbers": [HANAKO]}
    refused = member.terminal.post("/intermediate/persons/matches", json=asked)
    assert refused.json()["code"] == "SIM-WRONG-CALLER"
