"""What the reader tells with a card: identity, consents, and what the answer says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.oqs_sim.conftest import HANAKO, TestCard
from tests.oqs_sim.medical.visits import ALL, look, read_card, result_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.oqs_sim.conftest import Oqs

FOUR = ("SpecificHealthCheckupsInfo", "PharmacistsInfo", "DiagnosisInfo", "OperationInfo")
SIX = (
    "DiagnosisName", "InfectiousInfo", "AllergyInfo", "ContraindicationInfo", "TestInfo",
    "PrescriptionInfo",
)  # fmt: skip
DISEASE = {
    "SpecificDiseasesCertificateDate": "20260401",
    "SpecificDiseasesValidStartDate": "20260401",
}


def flags(result: Mapping[str, Any]) -> dict[str, str]:
    return {
        name.removesuffix("ConsFlg"): flag
        for name, flag in result.items()
        if name.endswith("ConsFlg") and not name.startswith("Limit")
    }


@pytest.mark.rules("P-034", "P-035", "R-090")
def test_who_agrees_to_all_is_told_so_with_a_day_of_time(member: Oqs) -> None:
    result = result_of(read_card(member, Consents=ALL))
    assert flags(result) == dict.fromkeys((*FOUR, *SIX, "SpecificDiseasesCertificateRelated"), "1")
    for name in (*FOUR, *SIX):
        assert result[f"{name}ConsTime"] == "20261109090000"
        assert result[f"{name}AvailableTime"] == "20261110090000"
    assert result["SpecificDiseasesCertificateRelatedConsTime"] == "20261109090000"


@pytest.mark.rules("R-170", "P-034")
def test_one_item_agreed_to_is_one_item_told(member: Oqs) -> None:
    consents = {"Items": ["treatment_and_medicine"]}
    result = result_of(read_card(member, Consents=consents))
    assert {name for name, flag in flags(result).items() if flag == "1"} == {
        "PharmacistsInfo",
        "DiagnosisInfo",
    }
    assert "OperationInfoConsTime" not in result
    assert "OperationInfoAvailableTime" not in result


@pytest.mark.rules("P-036")
def test_who_agrees_to_nothing_is_checked_all_the_same(member: Oqs) -> None:
    answered = read_card(member, Consents={})
    assert answered.json()["MessageBody"]["QualificationValidity"] == "1"
    result = result_of(answered)
    assert set(flags(result).values()) == {"0"}
    assert not any(name.endswith("AvailableTime") for name in result)
    assert result["InsuredPartialContributionRatio"] == "030"


@pytest.mark.rules("P-034", "P-035")
def test_a_terminal_that_asks_for_no_consent_is_told_that_none_was_given(member: Oqs) -> None:
    result = result_of(member.check())
    kinds = (*FOUR, *SIX, "SpecificDiseasesCertificateRelated")
    assert flags(result) == dict.fromkeys(kinds, "0")
    assert not any(name.endswith(("ConsTime", "AvailableTime")) for name in result)


@pytest.mark.rules("P-035")
def test_null_in_place_of_consents_leaves_what_was_agreed_to(member: Oqs) -> None:
    read_card(member, Consents=ALL)
    assert read_card(member, Consents=None).status_code == 200
    assert look(member).status_code == 200
    read_card(member, Consents={})
    assert look(member).json()["code"] == "SIM-MEDICAL-NO-CONSENT"


@pytest.mark.rules("P-034")
def test_who_has_no_limit_is_answered_that_none_is_told(member: Oqs) -> None:
    for answered in (member.check(), read_card(member, Consents=ALL), member.check_number()):
        result = result_of(answered)
        assert result["LimitApplicationCertificateRelatedConsFlg"] == "0"
        assert "LimitApplicationCertificateRelatedConsTime" not in result


@pytest.mark.rules("P-002", "P-037")
def test_in_the_grace_no_consent_is_taken_and_the_eligibility_is_told(member: Oqs) -> None:
    member.report(2, LimitClassificationFlag="A03")
    member.set_clock("2031-03-01T09:00:00+09:00")
    result = result_of(read_card(member, Consents=ALL))
    assert set(flags(result).values()) == {"0"}
    limit = result["LimitApplicationCertificateRelatedInfo"]
    assert limit["LimitApplicationCertificateClassificationFlag"] == "A03"


@pytest.mark.rules("P-034")
def test_the_limit_is_told_with_its_instant_and_the_day_of_the_long_stay(member: Oqs) -> None:
    member.report(2, LimitClassificationFlag="A05", LimitLongStayDate="20261101")
    result = result_of(read_card(member, Consents={}))
    assert result["LimitApplicationCertificateRelatedConsFlg"] == "1"
    assert result["LimitApplicationCertificateRelatedConsTime"] == "20261109090000"
    limit = result["LimitApplicationCertificateRelatedInfo"]
    assert limit["LimitApplicationCertificateLongTermDate"] == "20261101"


@pytest.mark.rules("P-010", "P-011", "P-018", "P-020")
def test_a_card_without_a_pin_is_identified_by_face_or_eye_only(member: Oqs) -> None:
    issued = member.issue(HANAKO, Kind="face_authentication_card")
    card = TestCard.of(issued["Authentication"])
    refused = read_card(member, card, IdentityMethod="pin", Consents=ALL)
    assert (refused.status_code, refused.json()["code"]) == (409, "SIM-IDENTITY-METHOD-IMPOSSIBLE")
    assert "face, visual" in refused.json()["detail"]
    for method in ("face", "visual"):
        assert flags(result_of(read_card(member, card, IdentityMethod=method, Consents=ALL)))


@pytest.mark.rules("P-010", "P-019")
def test_an_infants_card_without_a_photo_needs_its_pin(oqs: Oqs) -> None:
    number = "990000000035"
    baby = oqs.resident(number, "佐藤　次郎", "20260501")
    card = TestCard.of(oqs.issue(number)["Authentication"])
    oqs.report(
        1, PersonReference=baby, InsuredIdentificationNumber="7654321", Birthdate="20260501",
        QualificationDate="20260501",
    )  # fmt: skip
    assert oqs.register(card).status_code == 201
    for method in ("face", "visual"):
        refused = read_card(oqs, card, IdentityMethod=method)
        assert refused.json()["code"] == "SIM-IDENTITY-METHOD-IMPOSSIBLE"
        assert "暗証番号" in refused.json()["japanese"]
    assert read_card(oqs, card, IdentityMethod="pin").status_code == 200


@pytest.mark.rules("P-022")
def test_by_an_operation_for_eligibility_alone_nothing_medical_is_taken(member: Oqs) -> None:
    told = {"OperatingType": "eligibility_only", "Consents": ALL}
    result = result_of(read_card(member, **told))
    assert {name for name, flag in flags(result).items() if flag == "1"} == {
        "SpecificDiseasesCertificateRelated"
    }
    face = read_card(member, OperatingType="eligibility_only", IdentityMethod="face")
    assert face.json()["code"] == "SIM-IDENTITY-METHOD-IMPOSSIBLE"


def test_specific_diseases_are_told_by_card_and_with_consent_only(member: Oqs) -> None:
    path = f"/sim/medical/persons/{member.hanako}/specific-diseases/1"
    assert member.console.put(path, json=DISEASE).status_code == 204
    without = result_of(read_card(member, Consents={"Items": ["checkup"]}))
    assert "SpecificDiseasesCertificateList" not in without
    result = result_of(read_card(member, Consents={"Items": ["specific_disease"]}))
    assert result["SpecificDiseasesCertificateRelatedConsFlg"] == "1"
    (item,) = result["SpecificDiseasesCertificateList"]
    assert item["SpecificDiseasesCertificateInfo"] == {
        "SpecificDiseasesDiseaseCategory": "1",
        "SpecificDiseasesCertificateDate": "20260401",
        "SpecificDiseasesValidStartDate": "20260401",
        "SpecificDiseasesSelfPay": "10000",
    }
    assert "SpecificDiseases" not in member.check_number().text
    assert member.console.delete(path).status_code == 204
    assert member.console.delete(path).status_code == 404
    gone = result_of(read_card(member, Consents={"Items": ["specific_disease"]}))
    assert gone["SpecificDiseasesCertificateRelatedConsFlg"] == "1"
    assert "SpecificDiseasesCertificateList" not in gone


def test_a_certificate_that_has_ended_is_not_told(member: Oqs) -> None:
    path = f"/sim/medical/persons/{member.hanako}/specific-diseases/2"
    ended = {**DISEASE, "SpecificDiseasesValidEndDate": "20261108"}
    assert member.console.put(path, json=ended).status_code == 204
    result = result_of(read_card(member, Consents=ALL))
    assert "SpecificDiseasesCertificateList" not in result
    wrong = {**DISEASE, "SpecificDiseasesValidEndDate": "20260301"}
    refused = member.console.put(path, json=wrong)
    assert (refused.status_code, refused.json()["code"]) == (422, "SIM-INVALID-REQUEST")
    stranger = path.replace(member.hanako, "SIM-NOBODY")
    assert member.console.put(stranger, json=DISEASE).json()["code"] == "SIM-UNKNOWN-PERSON"


def test_what_is_no_consent_is_refused_with_the_field(member: Oqs) -> None:
    refused = read_card(member, Consents={"Items": ["everything"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "SIM-INVALID-REQUEST")
    assert read_card(member, IdentityMethod="voice").status_code == 422
