"""What is answered of a qualification, field by field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic.alias_generators import to_pascal

from wire.vocabulary.answer import LATER_CONSENTS, ResultOfQualificationConfirmation
from wire.vocabulary.changes import QualificationChange
from wire.vocabulary.codes import Day

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

WRITTEN_OTHERWISE = {
    "insured_card_classification",
    "limit_application_certificate_related_cons_flg",
    "limit_application_certificate_related_info",
}
"""Elements of the answer that no field of a change has the name of."""

NOT_KNOWN = {
    "insured_name",
    "name_of_other",
    "name_of_other_kana",
    "sex2",
    "insured_certificate_issuance_date",
    "insured_card_valid_date",
    "insured_card_expiration_date",
    "preschool_classification",
    "elderly_recipient_certificate_info",
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
        **{to_pascal(name): f"202612{day}" for day, name in enumerate(DAYS, start=10)},
    }
    member.report(2, **reported)
    (item,) = member.check_number().json()["MessageBody"]["ResultList"]
    result = item["ResultOfQualificationConfirmation"]
    assert result.pop("InsuredCardClassification") == "01"
    assert result.pop("LimitApplicationCertificateRelatedConsFlg") == "0"
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
