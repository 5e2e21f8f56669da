"""What マイナ資格確認アプリ copies, byte for byte (oqs-interface §3.8)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from clinic_client.check_under_way import CheckUnderWay
from clinic_client.reception.case import VisitFacts, case_of
from clinic_client.reception.receiving import visit_of
from clinic_client.visits.app_text import app_text, copies_text
from clinic_client.visits.visit import CheckChannel, Visit
from eligibility.days.dates import TOKYO
from eligibility.terminal.clinic_variant import ClinicVariant
from wire.vocabulary.answer import QualificationAnswer

AT = datetime(2026, 11, 20, 9, 10, tzinfo=TOKYO)
HEADER = {
    "ProcessExecutionTime": "20261120091000",
    "QualificationConfirmationDate": "20261120",
    "MedicalInstitutionCode": "9910000018",
    "ReferenceClassification": "1",
    "SegmentOfResult": "1",
    "CharacterCodeIdentifier": "0",
}
RESULT = {
    "InsuredCardClassification": "01",
    "InsurerNumber": "  990010",
    "InsuredCardSymbol": "最上",
    "InsuredIdentificationNumber": "1234567",
    "InsuredBranchNumber": "01",
    "PersonalFamilyClassification": "2",
    "InsuredName": "佐藤　太郎",
    "Name": "佐藤　花子",
    "NameKana": "ｻﾄｳ ﾊﾅｺ",
    "Sex1": "2",
    "Birthdate": "19540217",
    "QualificationDate": "20240401",
    "InsuredCardValidDate": "20260801",
    "InsuredCardExpirationDate": "20270731",
    "InsuredPartialContributionRatio": "020",
    "InsurerName": "最上型国民健康保険（模擬）",
}


def visit(variant: ClinicVariant = ClinicVariant.GENERAL_READER, **more: Any) -> Visit:
    item = {"ResultOfQualificationConfirmation": {**RESULT, **more}}
    answer = {
        "MessageHeader": HEADER,
        "MessageBody": {"QualificationValidity": "1", "ResultList": [item]},
    }
    facts = VisitFacts(AT, variant=variant)
    case = case_of(QualificationAnswer.model_validate(answer), facts)
    return visit_of(CheckUnderWay(), CheckChannel.CARD, case, facts)


def lines(one: Visit) -> list[str]:
    return (app_text(one, "確認日") or "").split("\r\n")


@pytest.mark.rules("P-022")
def test_the_text_is_labels_and_values_with_a_tab_between_in_the_order_of_the_app() -> None:
    text = app_text(visit(), "確認日")
    assert text is not None
    assert (
        text.encode()
        == (
            "資格情報\r\n"
            "確認日\t2026/11/20\r\n"
            "保険者番号\t990010\r\n"
            "保険者名\t最上型国民健康保険（模擬）\r\n"
            "記号\t最上\r\n"
            "番号\t1234567\r\n"
            "枝番\t01\r\n"
            "フリガナ\tｻﾄｳ ﾊﾅｺ\r\n"
            "氏名\t佐藤　花子\r\n"
            "生年月日\t昭和29年2月17日\r\n"
            "性別\t女\r\n"
            "証区分\t一般\r\n"
            "有効開始日\t2026/08/01\r\n"
            "有効終了日\t2027/07/31\r\n"
            "資格取得年月日\t2024/04/01\r\n"
            "負担割合\t2割\r\n"
            "本人・家族の別\t家族\r\n"
            "被保険者氏名\t佐藤　太郎\r\n"
        ).encode()
    )


def test_the_sections_follow_each_with_its_title_and_the_reference_number_leads() -> None:
    whole = visit(
        ReferenceNumber="K-77",
        NameOfOther="佐藤　はな",
        ElderlyRecipientCertificateInfo={
            "ElderlyRecipientValidStartDate": "20260801",
            "ElderlyRecipientContributionRatio": "020",
        },
        LimitApplicationCertificateRelatedInfo={
            "LimitApplicationCertificateClassification": "02",
            "LimitApplicationCertificateClassificationFlag": "B05",
            "LimitApplicationCertificateValidStartDate": "20260801",
        },
    )
    assert lines(whole)[:2] == ["照会番号\tK-77", "資格情報"]
    rest = lines(whole)[lines(whole).index("裏面記載情報") :]
    assert rest == [
        "裏面記載情報",
        "氏名\t佐藤　はな",
        "高齢受給者証",
        "有効開始日\t2026/08/01",
        "負担割合\t2割",
        "限度額適用認定証",
        "適用区分\t低所得Ⅱ",
        "有効開始年月日\t2026/08/01",
        "",
    ]


def test_a_line_without_a_value_is_left_out() -> None:
    assert not [one for one in lines(visit(InsuredCardSymbol=None)) if one.startswith("記号")]


def test_the_name_of_the_day_can_be_that_which_a_program_knows() -> None:
    text = app_text(visit(), "確認日 : ")
    assert text is not None
    assert "\r\n確認日 : \t2026/11/20\r\n" in text


def test_only_where_the_app_is_and_only_an_answer_is_copied() -> None:
    assert copies_text(visit())
    assert not copies_text(visit(ClinicVariant.FACE_READER))
    unanswered = replace(visit(), answer=None)
    assert not copies_text(unanswered)
    assert app_text(unanswered, "確認日") is None
