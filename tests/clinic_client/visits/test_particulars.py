"""What OQS answered besides the qualification, as a person reads it."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from clinic_client.visits.particulars import Paper, papers_of, viewings_of
from clinic_client.visits.visit import CheckChannel
from eligibility.days.dates import TOKYO
from eligibility.sentence import Sentence
from eligibility.terminal.medical_information import InformationKind
from wire.vocabulary.answer import ResponseBody
from wire.vocabulary.codes import Code, LimitCategory, LimitCertificate

RESULT = {
    "InsuredCardClassification": "01",
    "InsurerNumber": "  990010",
    "InsuredIdentificationNumber": "1234567",
    "Name": "佐藤　花子",
    "NameKana": "ｻﾄｳ ﾊﾅｺ",
    "Sex1": "2",
    "Birthdate": "19520217",
    "InsurerName": "最上",
}
LIMIT = {
    "LimitApplicationCertificateClassification": "02",
    "LimitApplicationCertificateClassificationFlag": "B05",
    "LimitApplicationCertificateValidStartDate": "20260801",
    "LimitApplicationCertificateValidEndDate": "20270731",
}


def body_of(**more: Any) -> ResponseBody:
    item = {"ResultOfQualificationConfirmation": {**RESULT, **more}}
    return ResponseBody.model_validate({"QualificationValidity": "1", "ResultList": [item]})


def titled(title: str, body: ResponseBody, channel: CheckChannel = CheckChannel.CARD) -> Paper:
    (found,) = [one for one in papers_of(body, channel) if one.title.ja.startswith(title)]
    return found


def told(paper: Paper) -> dict[str, Any]:
    return {row.label.ja: getattr(row.value, "ja", row.value) for row in paper.rows}


@pytest.mark.rules("P-034")
def test_the_limit_has_its_category_its_window_and_its_consent() -> None:
    body = body_of(
        LimitApplicationCertificateRelatedConsFlg="1",
        LimitApplicationCertificateRelatedConsTime="20261120091000",
        LimitApplicationCertificateRelatedInfo=LIMIT,
    )
    limit = titled("限度額", body)
    assert told(limit) == {
        "適用区分": "低所得Ⅱ",
        "認定証": "限度額適用・標準負担額減額認定証",
        "有効開始": date(2026, 8, 1),
        "有効期限": date(2027, 7, 31),
        "提供の同意": "同意",
        "同意・提供の日時": datetime(2026, 11, 20, 9, 10, tzinfo=TOKYO),
    }
    assert limit.summary is not None
    assert limit.summary.ja == "限度額 低所得Ⅱ"
    assert limit.summary.en == "Limit low income II (B05 低所得Ⅱ)"


@pytest.mark.parametrize("code", [*LimitCategory, *LimitCertificate])
def test_what_the_limit_says_is_in_english_words_beside_its_code(code: Code) -> None:
    category = isinstance(code, LimitCategory)
    member = "LimitApplicationCertificateClassification" + ("Flag" if category else "")
    info = {**LIMIT, member: code.value}
    limit = titled("限度額", body_of(LimitApplicationCertificateRelatedInfo=info))
    value = limit.rows[0 if category else 1].value
    assert isinstance(value, Sentence)
    assert value.ja == code.label
    words, kept = value.en.removesuffix(")").split(" (", 1)
    assert words.isascii()
    assert kept == f"{code.value} {code.label}"


def test_a_category_that_nobody_knows_stands_for_itself() -> None:
    member = "LimitApplicationCertificateClassificationFlag"
    info = {**LIMIT, member: "C01"}
    limit = titled("限度額", body_of(LimitApplicationCertificateRelatedInfo=info))
    assert limit.rows[0].value == Sentence("C01", "C01")


@pytest.mark.rules("P-034")
@pytest.mark.parametrize(
    ("channel", "flag", "says"),
    [
        (CheckChannel.NUMBER, "0", "口頭の同意"),
        (CheckChannel.NUMBER, "1", "登録した適用区分はありません"),
        (CheckChannel.CARD, "1", "登録した適用区分はありません"),
        (CheckChannel.CARD, "0", "提供されていません"),
        (CheckChannel.CARD, None, "提供されていません"),
    ],
)
def test_where_no_limit_is_seen_the_reason_is_said(
    channel: CheckChannel, flag: str | None, says: str
) -> None:
    body = body_of(LimitApplicationCertificateRelatedConsFlg=flag)
    limit = titled("限度額", body, channel)
    assert limit.note is not None
    assert says in limit.note.ja
    assert limit.summary is None


def test_each_certificate_of_the_answer_is_read() -> None:
    body = body_of(
        ElderlyRecipientCertificateInfo={
            "ElderlyRecipientContributionRatio": "020",
            "ElderlyRecipientValidEndDate": "20270217",
        },
        SpecificDiseasesCertificateRelatedConsFlg="1",
        SpecificDiseasesCertificateList=[
            {
                "SpecificDiseasesCertificateInfo": {
                    "SpecificDiseasesDiseaseCategory": "1",
                    "SpecificDiseasesSelfPay": "10000",
                }
            }
        ],
        PublicExpenseResultList=[
            {"MedicalTicketInfo": {"TicketType": "01", "MedicalTreatmentMonth": "202611"}}
        ],
        PreschoolClassification="1",
        InsuredName="佐藤　太郎",
        Address="最上市1-2",
    )
    assert told(titled("高齢", body)) == {"負担割合": "2割", "有効期限": date(2027, 2, 17)}
    disease = titled("特定", body)
    assert told(disease) == {"認定疾病": "人工透析が必要な慢性腎不全", "自己負担限度額": "10,000円"}
    assert told(titled("医療券", body)) == {"券別": "医療券", "診療年月": "2026年11月"}
    person = told(titled("本人", body))
    assert (person["被保険者（世帯主）"], person["住所"]) == ("佐藤　太郎", "最上市1-2")
    assert person["未就学"] == "該当"


def test_a_subsidy_and_a_notice_are_read() -> None:
    body = ResponseBody.model_validate(
        {
            **body_of().model_dump(by_alias=True),
            "ProcessingResultMessage": "更新してください",
            "PrescriptionIssueSelect": "1",
            "SimulationSubsidyCertificates": [
                {
                    "PayerNumber": "82990010",
                    "RecipientNumber": "1234567",
                    "Name": "子ども医療費助成",
                    "MunicipalityName": "最上市",
                    "ValidFrom": "20260401",
                }
            ],
        }
    )
    subsidy = told(titled("医療費助成", body))
    assert (subsidy["制度"], subsidy["公費負担者番号"]) == ("子ども医療費助成", "82990010")
    assert told(titled("通知", body)) == {
        "OQSからの通知": "更新してください",
        "処方箋の発行": "電子処方箋",
    }


def test_a_specific_disease_without_consent_says_what_to_do() -> None:
    disease = titled("特定", body_of(SpecificDiseasesCertificateRelatedConsFlg="0"))
    assert disease.note is not None
    assert "同意" in disease.note.ja


@pytest.mark.rules("P-035")
def test_what_was_consented_to_is_open_until_the_second_of_its_window() -> None:
    body = body_of(
        PharmacistsInfoConsFlg="1",
        PharmacistsInfoConsTime="20261120091000",
        PharmacistsInfoAvailableTime="20261121091000",
        OperationInfoConsFlg="0",
    )
    medicines, operations = viewings_of(body)
    until = datetime(2026, 11, 21, 9, 10, tzinfo=TOKYO)
    assert (medicines.kind, medicines.until) == (InformationKind.MEDICINE, until)
    assert medicines.open_at(until)
    assert not medicines.open_at(until + timedelta(seconds=1))
    assert not operations.open_at(until)
