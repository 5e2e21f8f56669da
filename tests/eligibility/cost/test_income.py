from datetime import date

import pytest

from eligibility.cost.income import (
    HouseholdIncome,
    certain_income,
    increase_cap,
    judged_period,
    working_income,
)


@pytest.mark.rules("P-072")
@pytest.mark.parametrize(
    ("members", "taxable", "revenue", "works"),
    [
        (1, 1_450_000, 3_830_000, True),
        (1, 1_449_999, 9_000_000, False),
        (1, 1_450_000, 3_829_999, False),
        (2, 1_450_000, 5_199_999, False),
        (2, 1_450_000, 5_200_000, True),
    ],
)
def test_a_workers_income_has_two_thresholds(members, taxable, revenue, works):
    assert working_income(HouseholdIncome(members, taxable, revenue, 0)) is works


@pytest.mark.rules("P-073")
@pytest.mark.parametrize(
    ("members", "taxable", "pension", "certain"),
    [
        (1, 280_000, 2_000_000, True),
        (1, 279_999, 9_000_000, False),
        (1, 280_000, 1_999_999, False),
        (2, 280_000, 3_199_999, False),
        (2, 280_000, 3_200_000, True),
    ],
)
def test_a_certain_income_has_two_thresholds(members, taxable, pension, certain):
    assert certain_income(HouseholdIncome(members, taxable, 0, pension)) is certain


@pytest.mark.rules("P-072")
@pytest.mark.parametrize(
    ("on", "year"),
    [(date(2026, 7, 31), 2025), (date(2026, 8, 1), 2026), (date(2027, 1, 1), 2026)],
)
def test_incomes_are_judged_from_august_to_july(on, year):
    assert judged_period(on) == (date(year, 8, 1), date(year + 1, 7, 31))


@pytest.mark.rules("P-073")
def test_the_relief_of_the_second_tenth_ended_in_september_2025():
    assert increase_cap(date(2025, 9, 30)) == 3_000
    assert increase_cap(date(2025, 10, 1)) is None


def test_a_household_has_somebody():
    with pytest.raises(ValueError, match="at least one"):
        HouseholdIncome(0, 0, 0, 0)
