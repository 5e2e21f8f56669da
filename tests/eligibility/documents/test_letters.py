from dataclasses import replace
from datetime import date

import pytest

from eligibility.cost.limits import LimitCategory
from eligibility.documents import (
    DocumentKind,
    PrintedElderlyCard,
    PrintedExpiryNotice,
    PrintedLastFourNotice,
    PrintedLimitCertificate,
)
from eligibility.documents.document_policy import LapsedIssue
from eligibility.documents.limit_certificate import limit_effective
from eligibility.identifiers.numbers import InsurerKind, InsurerNumber
from tests.eligibility.documents.test_content import FROM_70, ISSUED, MEMBER, MEMBERSHIP, OF_70


@pytest.mark.rules("R-190")
def test_the_notice_of_the_last_four_digits_shows_four_and_no_more():
    printed = PrintedLastFourNotice(MEMBER, MEMBERSHIP, ISSUED, "0019")
    assert ("マイナンバーの下4桁", "0019") in [(one.label, one.value) for one in printed.lines]
    assert any("照合して" in sentence for sentence in printed.sentences)
    for wrong in ("", "019", "990000000019", "００１９"):
        with pytest.raises(ValueError, match="four digits") as caught:
            PrintedLastFourNotice(MEMBER, MEMBERSHIP, ISSUED, wrong)
        assert not wrong or wrong not in str(caught.value)


@pytest.mark.rules("R-111", "P-002", "P-005", "PP-13")
@pytest.mark.parametrize(
    ("lapsed", "said"),
    [
        (LapsedIssue.BEFORE_GRACE_ENDS, "令和9年5月31日までに"),
        (LapsedIssue.AFTER_TWO_MONTHS, "令和9年5月1日以後に"),
        (LapsedIssue.AFTER_GRACE, "令和9年6月1日以後に"),
        (LapsedIssue.ON_APPLICATION, "申請により"),
    ],
)
def test_the_notice_of_expiry_says_until_when_the_card_works_and_what_follows(lapsed, said):
    printed = PrintedExpiryNotice(MEMBER, MEMBERSHIP, ISSUED, date(2027, 2, 16), lapsed)
    values = {one.label: one.value for one in printed.lines}
    assert values["電子証明書の有効期限"] == "令和9年2月16日"
    assert values["マイナ保険証として使える期限"] == "令和9年5月31日"
    assert any(said in sentence for sentence in printed.sentences)


@pytest.mark.rules("R-153", "R-155", "R-156")
def test_a_limit_certificate_names_class_and_effective_day():
    printed = PrintedLimitCertificate(
        MEMBER, MEMBERSHIP, LimitCategory.A05, date(2026, 11, 1), ISSUED, date(2027, 7, 31)
    )
    values = {one.label: one.value for one in printed.lines}
    assert (values["適用区分"], values["発効期日"]) == ("オ", "令和8年11月1日")
    assert printed.kind is DocumentKind.LIMIT_AND_MEALS_CERTIFICATE
    assert "標準負担額減額" in printed.title
    assert any("入院が90日を超えたとき" in sentence for sentence in printed.sentences)
    assert "長期入院該当年月日" not in values
    applied = replace(printed, long_stay_from=date(2026, 11, 5))
    assert {one.label: one.value for one in applied.lines}["長期入院該当年月日"] == "令和8年11月5日"
    assert not any("入院が90日を超えたとき" in sentence for sentence in applied.sentences)
    with pytest.raises(ValueError, match="no paper"):
        replace(printed, category=LimitCategory.B04)


@pytest.mark.rules("R-153")
@pytest.mark.parametrize(
    ("qualified", "valid_from", "effective"),
    [
        (date(2024, 4, 1), None, date(2026, 11, 1)),
        (date(2026, 11, 10), None, date(2026, 11, 10)),
        (date(2024, 4, 1), date(2026, 12, 1), date(2026, 12, 1)),
    ],
)
def test_a_limit_holds_from_the_first_of_the_month_of_the_application(
    qualified, valid_from, effective
):
    assert limit_effective(ISSUED, qualified, valid_from) == effective


@pytest.mark.rules("R-151")
@pytest.mark.parametrize(
    ("kind", "title"),
    [
        (InsurerKind.KOKUHO, "国民健康保険被保険者証兼高齢受給者証"),
        (InsurerKind.KUMIAI, "健康保険高齢受給者証"),
    ],
)
def test_in_national_insurance_the_card_of_the_elderly_is_one_with_the_old_card(kind, title):
    number = InsurerNumber("990010" if kind is InsurerKind.KOKUHO else "06990014")
    membership = replace(FROM_70, kind=kind, insurer_number=number)
    printed = PrintedElderlyCard(OF_70, membership, date(2026, 11, 24), date(2027, 7, 31))
    assert printed.title == title
    assert ("負担割合", "2割") in [(one.label, one.value) for one in printed.lines]
