from dataclasses import replace
from datetime import date

import pytest

from eligibility.documents import (
    DocumentKind,
    PrintedCertificate,
    PrintedMember,
    PrintedMembership,
    PrintedNotice,
)
from eligibility.identifiers.numbers import InsurerKind, InsurerNumber

ISSUED = date(2026, 11, 24)
MEMBER = PrintedMember(
    name="模擬　花子",
    kana="モギ ハナコ",
    sex="女",
    birthdate=date(1980, 2, 17),
    address="模擬県模擬市1-1",
    head_of_household="模擬　太郎",
)
MEMBERSHIP = PrintedMembership(
    insurer_number=InsurerNumber("990010"),
    insurer_name="最上型国民健康保険（模擬）",
    kind=InsurerKind.KOKUHO,
    symbol="000",
    number="00000000",
    branch="00",
    qualified_on=date(2024, 4, 1),
)
OF_70 = replace(MEMBER, birthdate=date(1956, 11, 22))
FROM_70 = replace(MEMBERSHIP, ratio=2, ratio_from=date(2026, 12, 1))
ENDS = date(2027, 7, 31)


def labels(lines):
    return [line.label for line in lines]


@pytest.mark.rules("R-056")
def test_a_certificate_below_seventy_has_all_fields_but_the_ratio():
    printed = PrintedCertificate(MEMBER, MEMBERSHIP, ISSUED, ENDS)
    assert labels(printed.lines) == [
        "有効期限",
        "記号",
        "番号",
        "枝番",
        "氏名",
        "性別",
        "生年月日",
        "適用開始年月日",
        "交付年月日",
        "世帯主氏名",
        "住所",
        "保険者番号",
        "交付者名",
    ]
    assert [line.value for line in printed.lines] == [
        "令和9年7月31日",
        "000",
        "00000000",
        "00",
        "模擬　花子",
        "女",
        "昭和55年2月17日",
        "令和6年4月1日",
        "令和8年11月24日",
        "模擬　太郎",
        "模擬県模擬市1-1",
        "990010",
        "最上型国民健康保険（模擬）",
    ]
    assert any("SIMULATION" in sentence for sentence in printed.sentences)


@pytest.mark.rules("R-056", "R-150")
def test_a_certificate_from_seventy_on_has_ratio_and_effective_day():
    printed = PrintedCertificate(OF_70, FROM_70, ISSUED, ENDS)
    values = {line.label: line.value for line in printed.lines}
    assert values["負担割合"] == "2割"
    assert values["発効期日"] == "令和8年12月1日"


@pytest.mark.rules("R-081")
def test_a_notice_tells_neither_sex_nor_birth_nor_address():
    printed = PrintedNotice(MEMBER, MEMBERSHIP, ISSUED)
    assert labels(printed.lines) == [
        "記号",
        "番号",
        "枝番",
        "氏名",
        "フリガナ",
        "適用開始年月日",
        "交付年月日",
        "保険者番号",
        "交付者名",
    ]
    assert labels(printed.cut_out) == [
        "発行",
        "保険者番号",
        "交付者名",
        "記号",
        "番号",
        "枝番",
        "氏名",
    ]
    assert printed.cut_out[0].value == "令和8年11月24日発行"
    assert printed.portal


@pytest.mark.rules("R-058", "R-074", "R-077")
@pytest.mark.parametrize(
    "said", ["記号・番号が必要です", "一緒に持つと安心です", "お知らせの交付は今後も続きます"]
)
def test_a_notice_says_why_it_is_kept_and_carried(said):
    printed = PrintedNotice(MEMBER, MEMBERSHIP, ISSUED)
    assert any(said in sentence for sentence in printed.sentences)


@pytest.mark.rules("R-071", "R-081", "R-082")
def test_a_notice_says_that_it_is_not_enough_by_itself():
    printed = PrintedNotice(MEMBER, MEMBERSHIP, ISSUED)
    assert any("このお知らせのみでは受診できません" in sentence for sentence in printed.sentences)
    assert any("スマートフォンをお持ちでない方" in sentence for sentence in printed.sentences)
    assert "このお知らせのみでは受診できません" in printed.cut_out_sentences
    assert "受診の際にはマイナ保険証が必須です" in printed.cut_out_sentences
    assert any("SIMULATION" in sentence for sentence in printed.cut_out_sentences)


@pytest.mark.rules("R-075", "R-081")
def test_a_notice_from_seventy_on_has_expiry_ratio_and_effective_day_on_both_parts():
    printed = PrintedNotice(OF_70, FROM_70, ISSUED, ENDS)
    for part in (printed.lines, printed.cut_out):
        assert {"有効期限", "負担割合", "発効期日"} <= set(labels(part))


@pytest.mark.rules("R-056", "R-081", "R-159")
def test_arrears_are_printed_on_both_documents():
    arrears = replace(MEMBERSHIP, special_expenses=True)
    certificate = PrintedCertificate(MEMBER, arrears, ISSUED, ENDS)
    notice = PrintedNotice(MEMBER, arrears, ISSUED)
    for part in (certificate.lines, notice.lines, notice.cut_out):
        assert any("特別療養費" in line.value for line in part)


@pytest.mark.rules("R-055", "R-081")
def test_each_document_names_its_legal_basis():
    assert "第9条第2項" in PrintedCertificate(MEMBER, MEMBERSHIP, ISSUED, ENDS).legal_basis
    assert "第7条の3" in PrintedNotice(MEMBER, MEMBERSHIP, ISSUED).legal_basis
    assert PrintedCertificate.kind is DocumentKind.CERTIFICATE
    assert PrintedNotice.kind is DocumentKind.NOTICE


@pytest.mark.rules("R-056", "R-150")
@pytest.mark.parametrize(
    ("member", "membership"),
    [
        (MEMBER, FROM_70),
        (OF_70, replace(FROM_70, ratio=None)),
        (OF_70, replace(FROM_70, ratio_from=None)),
        (OF_70, replace(FROM_70, ratio=1)),
        (OF_70, replace(FROM_70, ratio_from=date(2026, 11, 22))),
    ],
)
def test_a_ratio_is_printed_from_seventy_on_and_only_then(member, membership):
    with pytest.raises(ValueError, match="ratio"):
        PrintedCertificate(member, membership, ISSUED, ENDS)


@pytest.mark.rules("R-056")
def test_late_elderly_may_pay_one_tenth():
    late = replace(
        FROM_70,
        kind=InsurerKind.KOUKI,
        insurer_number=InsurerNumber("39990015"),
        ratio=1,
        symbol="",
        branch="",
    )
    printed = PrintedCertificate(replace(OF_70, birthdate=date(1945, 1, 1)), late, ISSUED, ENDS)
    assert "記号" not in labels(printed.lines)
    assert "枝番" not in labels(printed.lines)


@pytest.mark.rules("R-075")
def test_days_in_disorder_are_refused():
    with pytest.raises(ValueError, match="cannot expire before"):
        PrintedCertificate(MEMBER, MEMBERSHIP, ISSUED, date(2026, 11, 23))
    with pytest.raises(ValueError, match="R-075"):
        PrintedNotice(MEMBER, MEMBERSHIP, ISSUED, ENDS)
