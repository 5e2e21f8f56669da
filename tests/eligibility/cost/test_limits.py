from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.cost.limits import (
    Limit,
    LimitCategory,
    capped_charge,
    limit,
    limit_on_record,
    meals_need_application,
)
from eligibility.identifiers.numbers import InsurerKind

JULY_2026 = date(2026, 7, 31)
AUGUST_2026 = date(2026, 8, 1)


def known(category, on=JULY_2026):
    found = limit(category, on)
    assert found is not None
    return found


@pytest.mark.rules("P-075")
@pytest.mark.parametrize(
    ("category", "cost", "yen"),
    [
        ("A03", 1_000_000, 87_430),
        ("A03", 267_000, 80_100),
        ("A03", 100_000, 80_100),
        ("A01", 1_000_000, 254_180),
        ("A02", 1_000_000, 171_820),
        ("A04", 1_000_000, 57_600),
        ("A05", 1_000_000, 35_400),
        ("B01", 1_000_000, 254_180),
        ("B02", 1_000_000, 171_820),
        ("B03", 1_000_000, 87_430),
        ("B04", 1_000_000, 57_600),
        ("B05", 1_000_000, 24_600),
        ("B06", 1_000_000, 15_000),
    ],
)
def test_the_limits_until_july_2026(category, cost, yen):
    assert known(LimitCategory(category)).of(cost) == yen


@pytest.mark.rules("P-075")
def test_repeated_and_outpatient_limits():
    assert known(LimitCategory.A01).repeated == 140_100
    assert known(LimitCategory.A02).repeated == 93_000
    assert known(LimitCategory.A03).repeated == 44_400
    assert known(LimitCategory.A04).repeated == 44_400
    assert known(LimitCategory.A05).repeated == 24_600
    general = known(LimitCategory.B04)
    assert (general.outpatient, general.outpatient_yearly) == (18_000, 144_000)
    assert known(LimitCategory.B05).outpatient == 8_000
    assert known(LimitCategory.B06).outpatient == 8_000


@pytest.mark.rules("P-076")
def test_from_august_2026_only_one_class_is_known():
    raised = known(LimitCategory.A03, AUGUST_2026)
    assert raised.monthly == 85_800
    assert raised.yearly == 530_000
    assert raised.repeated is None
    others = set(LimitCategory) - {LimitCategory.A03}
    assert all(limit(category, AUGUST_2026) is None for category in others)


@pytest.mark.rules("P-076")
def test_nothing_is_known_of_the_thirteen_classes():
    assert all(limit(category, date(2027, 8, 1)) is None for category in LimitCategory)


@pytest.mark.rules("P-028")
def test_the_classes_have_the_codes_of_the_interface():
    assert [category.value for category in LimitCategory] == [
        *(f"A{n:02}" for n in range(1, 7)),
        *(f"B{n:02}" for n in range(1, 11)),
    ]
    assert LimitCategory.A03.japanese == "ウ"
    assert LimitCategory.B10.japanese == "一般Ⅰ"
    assert LimitCategory.B01.from_70
    assert not LimitCategory.A06.from_70


@pytest.mark.rules("P-028", "P-075")
def test_a_class_without_published_limits_has_none():
    for category in ("A06", "B07", "B08", "B09", "B10"):
        assert limit(LimitCategory(category), JULY_2026) is None


@pytest.mark.rules("R-153")
def test_nobody_pays_more_than_the_limit_at_the_window():
    assert capped_charge(100_000, 3, known(LimitCategory.A03)) == 87_430
    assert capped_charge(1_000, 3, known(LimitCategory.A03)) == 3_000


@pytest.mark.rules("R-154")
@pytest.mark.parametrize(
    ("kind", "declared", "paid", "provided"),
    [
        (InsurerKind.KOKUHO, True, True, True),
        (InsurerKind.KOKUHO, True, False, False),
        (InsurerKind.KOKUHO, False, True, False),
        (InsurerKind.KUMIAI, False, False, True),
    ],
)
def test_national_insurance_passes_the_class_on_only_when_all_is_paid(
    kind, declared, paid, provided
):
    assert limit_on_record(kind, income_declared=declared, taxes_paid=paid) is provided


@pytest.mark.rules("R-154", "T-045")
def test_without_the_class_the_ratio_decides():
    assert capped_charge(100_000, 3, None) == 300_000


@pytest.mark.rules("R-155")
def test_meals_need_an_application_beyond_ninety_days():
    assert not meals_need_application(90, tax_exempt=True)
    assert meals_need_application(91, tax_exempt=True)
    assert not meals_need_application(91, tax_exempt=False)


@given(st.integers(0, 50_000_000))
def test_a_higher_cost_never_lowers_the_limit(cost):
    one = known(LimitCategory.A03)
    assert one.monthly <= one.of(cost) <= one.of(cost + 1)


def test_a_cost_is_not_negative():
    with pytest.raises(ValueError, match="total cost"):
        Limit(1).of(-1)
