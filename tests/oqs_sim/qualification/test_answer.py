"""What is answered of a qualification, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic.alias_generators import to_pascal

from tests.oqs_sim.conftest import INSTITUTION
from wire.vocabulary.answer import LATER_CONSENTS, ResultOfQualificationConfirmation
from wire.vocabulary.changes import QualificationChange
from wire.vocabulary.codes import Day

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

WRITTEN_OTHERWISE = {
    "insured_name",
    "insured_certificate_issuance_date",
    "insured_card_valid_date",
    "preschool_classification",
    "elderly_recipient_certificate_info",
    "insured_card_classification",
    "limit_application_certificate_related_cons_flg",
    "limit_application_certificate_related_info",
}
"""Elements of the answer that no field of a change has the name of."""

NOT_KNOWN = {
    "name_of_other",
    "name_of_other_kana",
    "sex2",
    "insured_card_expiration_date",
    "limit_application_certificate_related_cons_time",
    "limit_application_certificate_changed",
    "specific_diseases_certificate_related_cons_flg",
    "specific_diseases_certificate_related_cons_time",
    "specific_diseases_certificate_list",
    "public_expense_result_list",
    "arbitrary_identifier",
    "reference_number",
    "qualification_confirmation_key",
    *(
        f"{consent}_{part}"
        for consent in (
            "specific_health_checkups_info",
            "pharmacists_info",
            "diagnosis_info",
            "operation_info",
        )
        for part in ("cons_flg", "cons_time", "available_time")
    ),
    *LATER_CONSENTS,
}
"""Elements of the interface that a check of a card or number does not know of here."""


DAYS = [
    name
    for name, field in QualificationChange.model_fields.items()
    if name in ResultOfQualificationConfirmation.model_fields and field.annotation == Day | None
]
"""Days that an insurer may report, and OQS answers."""


def test_every_element_of_a_result_has_the_name_of_what_is_delivered_or_is_named_here() -> None:
    answered = ResultOfQualificationConfirmation.model_fields.keys()
    assert answered - QualificationChange.model_fields.keys() == WRITTEN_OTHERWISE | NOT_KNOWN


def test_what_an_insurer_reported_is_answered_as_it_was_reported(member: Oqs) -> None:
    reported = {
        "PersonalFamilyClassification": "2",
        "Address": "模擬県模擬市模擬町1-1",
        "PostNumber": "990-0001",
        "ReasonOfLoss": "03",
        "Householder": "佐藤　太郎",
        **{to_pascal(name): f"202612{day}" for day, name in enumerate(DAYS, start=10)},
    }
    member.report(2, **reported)
    (item,) = member.check_number().json()["MessageBody"]["ResultList"]
    result = item["ResultOfQualificationConfirmation"]
    assert result.pop("InsuredCardClassification") == "01"
    assert result.pop("LimitApplicationCertificateRelatedConsFlg") == "0"
    assert result.pop("InsuredName") == reported.pop("Householder")
    assert result.pop("InsuredCardValidDate") == "20240401"
    assert result.pop("InsuredCertificateIssuanceDate") == "20240401"
    assert result == {
        **reported,
        "InsurerNumber": "  990010",
        "InsurerName": "最上型国民健康保険（模擬）",
        "InsuredCardSymbol": "最上",
        "InsuredIdentificationNumber": "1234567",
        "InsuredBranchNumber": "01",
        "Name": "佐藤　花子",
        "NameKana": "ｻﾄｳ ﾊﾅｺ",
        "Sex1": "2",
        "Birthdate": "19800217",
        "QualificationDate": "20240401",
        "InsuredPartialContributionRatio": "030",
    }
    answered = set(ResultOfQualificationConfirmation.model_fields) - WRITTEN_OTHERWISE - NOT_KNOWN
    assert result.keys() == set(map(to_pascal, answered)), "none of them is forgotten"


def told(oqs: Oqs, on: str, **reported: str) -> dict[str, Any]:
    """Report a member, and return what a check by number says of them on a day."""
    oqs.report(1, **reported)
    if on >= "2027":  # beyond the days that are confirmed ahead
        oqs.set_clock(f"{on[:4]}-{on[4:6]}-{on[6:]}T10:00:00+09:00")
    header = {"MedicalInstitutionCode": INSTITUTION, "QualificationConfirmationDate": on}
    asked = {
        "InsurerNumber": reported.get("InsurerNumber", "990010"),
        "InsuredCardSymbol": "最上",
        "InsuredIdentificationNumber": "1234567",
        "Birthdate": reported["Birthdate"],
    }
    answer = oqs.terminal.post(
        "/qualification/number",
        json={
            "MessageHeader": header,
            "MessageBody": {"QualificationConfirmSearchInfo": asked},
        },
    )
    (item,) = answer.json()["MessageBody"]["ResultList"]
    result: dict[str, Any] = item["ResultOfQualificationConfirmation"]
    return result


@pytest.mark.rules("P-062", "P-071", "R-075")
@pytest.mark.parametrize(
    ("on", "period"),
    [
        ("20261130", None),
        ("20261201", ("20261201", "20270731")),
        ("20270801", ("20270801", "20280731")),
        ("20311121", ("20310801", "20311121")),
        ("20311122", None),
    ],
)
def test_from_the_month_after_the_70th_birthday_the_elderly_certificate_is_told(
    oqs: Oqs, on: str, period: tuple[str, str] | None
) -> None:
    result = told(oqs, on, Birthdate="19561122", InsuredPartialContributionRatio="020")
    assert "PreschoolClassification" not in result
    if period is None:
        assert "ElderlyRecipientCertificateInfo" not in result
        return
    assert result["ElderlyRecipientCertificateInfo"] == {
        "ElderlyRecipientValidStartDate": period[0],
        "ElderlyRecipientValidEndDate": period[1],
        "ElderlyRecipientContributionRatio": "020",
    }


@pytest.mark.rules("P-071")
def test_who_is_born_on_the_first_has_it_from_the_birthday(oqs: Oqs) -> None:
    result = told(oqs, "20261101", Birthdate="19561101", InsuredPartialContributionRatio="030")
    certificate = result["ElderlyRecipientCertificateInfo"]
    assert certificate["ElderlyRecipientValidStartDate"] == "20261101"
    assert certificate["ElderlyRecipientContributionRatio"] == "030"


def test_the_elderly_certificate_goes_with_the_qualification(oqs: Oqs) -> None:
    lost = {"Birthdate": "19540101", "DisqualificationDate": "20261201", "ReasonOfLoss": "03"}
    joined = {"QualificationDate": "20261015"}
    certificate = told(oqs, "20261130", **lost, **joined)["ElderlyRecipientCertificateInfo"]
    assert certificate["ElderlyRecipientValidStartDate"] == "20261015"
    assert certificate["ElderlyRecipientValidEndDate"] == "20261130"
    assert "ElderlyRecipientCertificateInfo" not in told(oqs, "20261201", **lost, **joined)


def test_of_the_late_elderly_the_ratio_alone_is_told(oqs: Oqs) -> None:
    late = {"InsurerNumber": "39990015", "InsuredPartialContributionRatio": "010"}
    result = told(oqs, "20261109", Birthdate="19541122", **late)
    assert "ElderlyRecipientCertificateInfo" not in result
    assert result["InsuredPartialContributionRatio"] == "010"


@pytest.mark.rules("P-070")
def test_a_child_is_preschool_until_the_march_in_which_six_is_reached(oqs: Oqs) -> None:
    child = {"Birthdate": "20200402", "InsuredPartialContributionRatio": "020"}
    assert told(oqs, "20270331", **child)["PreschoolClassification"] == "1"
    assert "PreschoolClassification" not in told(oqs, "20270401", **child)


@pytest.mark.rules("P-031")
def test_the_householder_of_who_is_protected_is_not_told(oqs: Oqs) -> None:
    family = {"Birthdate": "20200402", "Householder": "佐藤　太郎"}
    assert told(oqs, "20261109", **family)["InsuredName"] == "佐藤　太郎"
    for version, flag in enumerate(("Undisclosed", "SelfInformationBlocked"), start=2):
        oqs.report(version, **family, **{flag: "1"})
        assert "InsuredName" not in told(oqs, "20261109", **family)
