"""What the reader tells with a card: identity, consents, and what the answer says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient

from tests.equipment.callers import OnLine
from tests.oqs_sim.conftest import HANAKO, INSTITUTION, TestCard
from tests.oqs_sim.medical.visits import (
    ALL,
    consent_at_home,
    look,
    read_card,
    result_of,
    withdraw,
)
from wire.line_credentials import Caller, Role

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
    times = {name for name in result if name.endswith(("ConsTime", "AvailableTime"))}
    assert times == {"LimitApplicationCertificateRelatedConsTime"}


def agreed(result: Mapping[str, Any]) -> set[str]:
    return {name for name, flag in flags(result).items() if flag == "1"}


@pytest.mark.rules("P-035")
def test_a_check_that_tells_nothing_of_consent_tells_of_the_one_that_holds(member: Oqs) -> None:
    read_card(member, Consents={"Items": ["checkup"]})
    for now, seen in (
        ("2026-11-09T15:00:00+09:00", True),
        ("2026-11-10T09:00:00+09:00", True),
        ("2026-11-10T09:00:01+09:00", False),
    ):
        member.set_clock(now)
        result = result_of(member.check())
        assert (look(member, "checkups").status_code == 200) is seen
        assert agreed(result) == ({"SpecificHealthCheckupsInfo"} if seen else set())
        times = {name: told for name, told in result.items() if name.endswith("Time")}
        times.pop("LimitApplicationCertificateRelatedConsTime")
        first = {
            "SpecificHealthCheckupsInfoConsTime": "20261109090000",
            "SpecificHealthCheckupsInfoAvailableTime": "20261110090000",
        }
        assert times == (first if seen else {})


@pytest.mark.rules("P-035", "P-036")
def test_a_refusal_at_the_reader_ends_the_consent_for_the_checks_after_it(member: Oqs) -> None:
    read_card(member, Consents={"Items": ["checkup"]})
    assert agreed(result_of(read_card(member, Consents={}))) == set()
    assert agreed(result_of(member.check())) == set()
    assert look(member, "checkups").json()["code"] == "SIM-MEDICAL-NO-CONSENT"


@pytest.mark.rules("P-002", "P-037")
def test_a_consent_of_the_last_day_is_not_told_in_the_grace(member: Oqs) -> None:
    member.set_clock("2031-02-17T15:00:00+09:00")
    assert agreed(result_of(read_card(member, Consents={"Items": ["checkup"]})))
    assert agreed(result_of(member.check()))
    member.set_clock("2031-02-18T09:00:00+09:00")
    assert look(member, "checkups").json()["code"] == "SIM-MEDICAL-IN-GRACE"
    assert agreed(result_of(member.check())) == set()


@pytest.mark.rules("P-022", "P-035")
def test_asking_again_at_home_tells_of_the_consent_as_long_as_it_holds(member: Oqs) -> None:
    number = consent_at_home(member, Consents={"Items": ["checkup"]})
    inquiry = {
        "MessageHeader": {"MedicalInstitutionCode": INSTITUTION},
        "MessageBody": {"SimulationConsentNumber": number},
    }
    for now, told in (
        ("2026-11-09T15:00:00+09:00", {"SpecificHealthCheckupsInfo"}),
        ("2026-11-10T09:00:01+09:00", set()),
    ):
        member.set_clock(now)
        again = member.terminal.post("/visiting/qualification", json=inquiry)
        assert agreed(result_of(again)) == told
        assert agreed(result_of(member.check())) == told


@pytest.mark.rules("P-022", "P-035")
def test_after_a_withdrawal_no_check_tells_of_the_consent(member: Oqs) -> None:
    number = consent_at_home(member, Consents=ALL)
    assert agreed(result_of(member.check()))
    assert withdraw(member, number).status_code == 204
    assert agreed(result_of(member.check())) == set()
    assert look(member, "checkups").json()["code"] == "SIM-MEDICAL-NO-CONSENT"


@pytest.mark.rules("P-035")
def test_nobody_is_told_of_a_consent_given_elsewhere(member: Oqs) -> None:
    read_card(member, Consents=ALL)
    other = "9930000014"
    terminal = TestClient(OnLine(member.app, Caller(Role.TERMINAL, other)))
    granted = terminal.post("/qualification/challenges?Purpose=check").json()["Challenge"]
    inquiry = {
        "MessageHeader": {"MedicalInstitutionCode": other},
        "MessageBody": {"CardProof": member.card.sign(granted)},
    }
    assert agreed(result_of(terminal.post("/qualification/card", json=inquiry))) == set()


LIMIT = "LimitApplicationCertificateRelated"


@pytest.mark.rules("P-035")
def test_null_in_place_of_consents_leaves_what_was_agreed_to(member: Oqs) -> None:
    read_card(member, Consents=ALL)
    assert read_card(member, Consents=None).status_code == 200
    assert look(member).status_code == 200
    read_card(member, Consents={})
    assert look(member).json()["code"] == "SIM-MEDICAL-NO-CONSENT"


@pytest.mark.rules("P-034")
def test_who_agreed_to_tell_the_limit_is_answered_so_with_or_without_one(member: Oqs) -> None:
    by_word = {f"{LIMIT}ConsFlg": "1"}
    for answered in (
        member.check(),
        read_card(member, Consents=ALL),
        member.check_number(**by_word),
    ):
        result = result_of(answered)
        assert result[f"{LIMIT}ConsFlg"] == "1"
        assert result[f"{LIMIT}ConsTime"] == "20261109090000"
        assert f"{LIMIT}Info" not in result


@pytest.mark.rules("P-034")
def test_who_did_not_agree_to_tell_the_limit_is_answered_so(member: Oqs) -> None:
    member.report(2, LimitClassificationFlag="A03")
    for answered in (member.check_number(), member.check_number(**{f"{LIMIT}ConsFlg": "0"})):
        result = result_of(answered)
        assert result[f"{LIMIT}ConsFlg"] == "0"
        assert f"{LIMIT}ConsTime" not in result
        assert f"{LIMIT}Info" not in result


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
