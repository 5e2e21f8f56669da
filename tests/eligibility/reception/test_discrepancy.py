from dataclasses import replace
from datetime import date

import pytest

from eligibility.reception.discrepancy import (
    DiscrepancyKind,
    DiscrepancyTicket,
    IncompleteTicket,
    differing_ratio,
)

TICKET = DiscrepancyTicket(
    kind=DiscrepancyKind.RATIO,
    name="模擬　花子",
    birthdate=date(1956, 12, 1),
    sex="女",
    address="模擬県模擬市1-1",
    insured_number="1234567",
    visited_on=date(2026, 12, 1),
    institution="模擬医院 模擬県模擬市2-2",
    ratio_paid=3,
)


@pytest.mark.rules("R-098")
@pytest.mark.parametrize(
    ("field", "empty", "japanese"),
    [
        ("name", "", "氏名"),
        ("birthdate", None, "生年月日"),
        ("sex", "", "性別"),
        ("address", "", "住所"),
        ("insured_number", "", "被保険者番号"),
        ("visited_on", None, "受診日"),
        ("institution", "", "医療機関等の名称・所在地"),
        ("ratio_paid", None, "支払った負担割合"),
    ],
)
def test_a_ticket_that_lacks_one_of_eight_things_is_refused(field, empty, japanese):
    with pytest.raises(IncompleteTicket) as caught:
        replace(TICKET, **{field: empty})
    assert [one.ja for one in caught.value.missing] == [japanese]
    assert japanese in str(caught.value)


@pytest.mark.rules("R-098", "R-201")
def test_ratio_and_class_are_answered_at_different_desks():
    assert DiscrepancyKind.RATIO.desk.name == "国保賦課係"
    assert DiscrepancyKind.LIMIT.desk.name == "国保給付係"


@pytest.mark.rules("R-098")
def test_only_known_ratios_differ():
    assert differing_ratio(2, 3)
    assert not differing_ratio(3, 3)
    assert not differing_ratio(None, 3)
    assert not differing_ratio(3, None)


@pytest.mark.rules("R-098")
@pytest.mark.parametrize("kind", DiscrepancyKind)
def test_what_holds_until_the_insurer_answers_is_said_of_each_element(kind):
    assert kind.meanwhile.charge.ja.endswith("。")
    assert "保険者に確認をお願いしました" in kind.meanwhile.say.ja
    assert kind.word.en


@pytest.mark.rules("R-098", "P-084", "P-085")
def test_by_another_persons_record_nobody_is_charged():
    charge = DiscrepancyKind.PERSON.meanwhile.charge.ja
    assert "使いません" in charge
    assert "申立書" in charge
    assert DiscrepancyKind.RATIO.meanwhile.charge.ja.startswith("回答までは、オンライン資格確認の")


def test_no_notice_names_a_desk_for_the_other_elements():
    assert DiscrepancyKind.NAME.desk is None
