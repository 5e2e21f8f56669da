from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.cost.burden import (
    ToldShare,
    base_ratio,
    elderly_certificate_period,
    elderly_from,
    late_elderly_from,
    may_be_late_elderly,
    possible_ratios,
    preschool_until,
    ratio_on,
    refund,
    share_begins,
    share_of_day,
    window_charge,
)


@pytest.mark.rules("P-070")
@pytest.mark.parametrize(
    ("born", "last"),
    [
        (date(2020, 4, 1), date(2026, 3, 31)),
        (date(2020, 4, 2), date(2027, 3, 31)),
        (date(2020, 3, 31), date(2026, 3, 31)),
        (date(2020, 2, 29), date(2026, 3, 31)),
    ],
)
def test_preschool_ends_with_the_school_year_in_which_six_is_reached(born, last):
    assert preschool_until(born) == last


@pytest.mark.rules("P-070", "T-039")
def test_children_pay_two_tenths_until_school():
    assert base_ratio(date(2020, 4, 1), date(2026, 3, 31)) == 2
    assert base_ratio(date(2020, 4, 1), date(2026, 4, 1)) == 3
    assert base_ratio(date(2020, 4, 2), date(2026, 4, 1)) == 2


@pytest.mark.rules("P-071", "R-151")
@pytest.mark.parametrize(
    ("born", "first"),
    [
        (date(1956, 11, 1), date(2026, 11, 1)),
        (date(1956, 11, 2), date(2026, 12, 1)),
        (date(1956, 11, 22), date(2026, 12, 1)),
        (date(1956, 12, 1), date(2026, 12, 1)),
        (date(1956, 12, 2), date(2027, 1, 1)),
        (date(1956, 2, 29), date(2026, 3, 1)),
    ],
)
def test_the_ratio_of_seventy_starts_on_the_first_of_the_following_month(born, first):
    assert elderly_from(born) == first


@pytest.mark.rules("P-062", "P-071", "R-075")
@pytest.mark.parametrize(
    ("on", "period"),
    [
        (date(2026, 11, 30), None),
        (date(2026, 12, 1), (date(2026, 12, 1), date(2027, 7, 31))),
        (date(2027, 7, 31), (date(2026, 12, 1), date(2027, 7, 31))),
        (date(2027, 8, 1), (date(2027, 8, 1), date(2028, 7, 31))),
        (date(2031, 11, 21), (date(2031, 8, 1), date(2031, 11, 21))),
        (date(2031, 11, 22), None),
    ],
)
def test_the_elderly_certificate_goes_from_august_to_july_between_seventy_and_75(on, period):
    assert elderly_certificate_period(date(1956, 11, 22), on) == period


@pytest.mark.rules("P-070", "P-071", "R-150", "T-037")
def test_at_seventy_the_ratio_falls_unless_the_income_is_a_workers():
    born = date(1956, 12, 1)
    assert base_ratio(born, date(2026, 11, 30)) == 3
    assert base_ratio(born, date(2026, 12, 1)) == 2
    assert base_ratio(born, date(2026, 12, 1), working_income=True) == 3
    assert base_ratio(born, date(2026, 12, 1), certain_income=True) == 2


@pytest.mark.rules("P-053", "P-070")
def test_at_seventy_five_the_ratio_falls_on_the_birthday():
    born = date(1951, 11, 22)
    assert late_elderly_from(born) == date(2026, 11, 22)
    assert base_ratio(born, date(2026, 11, 21)) == 2
    assert base_ratio(born, date(2026, 11, 22)) == 1
    assert base_ratio(born, date(2026, 11, 22), certain_income=True) == 2
    assert base_ratio(born, date(2026, 11, 22), working_income=True) == 3


def test_nobody_pays_before_birth():
    with pytest.raises(ValueError, match="before the birth"):
        base_ratio(date(2026, 1, 2), date(2026, 1, 1))


@pytest.mark.rules("P-074")
@pytest.mark.parametrize(
    ("points", "charges"),
    [
        (291, {1: 290, 2: 580, 3: 870, 10: 2910}),
        (1045, {1: 1050, 2: 2090, 3: 3140}),
        (333, {1: 330, 2: 670, 3: 1000}),
        (167, {1: 170, 2: 330, 3: 500}),
    ],
)
def test_the_charge_is_rounded_to_ten_yen_five_upwards(points, charges):
    assert {ratio: window_charge(points, ratio) for ratio in charges} == charges


@pytest.mark.rules("P-074")
@given(st.integers(0, 1_000_000), st.integers(0, 10))
def test_the_charge_is_a_multiple_of_ten_within_five_yen_of_the_share(points, ratio):
    charge = window_charge(points, ratio)
    assert charge % 10 == 0
    assert -5 < charge - points * ratio <= 5


@pytest.mark.parametrize(("points", "ratio"), [(-1, 3), (100, 11), (100, -1)])
def test_an_impossible_charge_is_refused(points, ratio):
    with pytest.raises(ValueError, match="no charge"):
        window_charge(points, ratio)


@pytest.mark.rules("R-096")
@pytest.mark.parametrize(
    ("total", "ratio", "back"), [(2910, 3, 2037), (10_455, 3, 7318), (10_000, 2, 8000)]
)
def test_the_insurer_pays_back_what_is_not_the_patients_share(total, ratio, back):
    assert refund(total, ratio) == back


@pytest.mark.parametrize(("total", "ratio"), [(-1, 3), (100, 11)])
def test_an_impossible_refund_is_refused(total, ratio):
    with pytest.raises(ValueError, match="paid back"):
        refund(total, ratio)


@pytest.mark.rules("P-053", "P-070", "P-071", "P-072")
@pytest.mark.parametrize(
    ("born", "told", "told_of", "on", "ratio"),
    [
        (date(1980, 2, 17), 3, date(2020, 1, 1), date(2026, 11, 25), 3),
        (date(1956, 11, 22), 3, date(2026, 11, 25), date(2026, 11, 30), 3),
        # At 70 the month after the birthday, at 75 the birthday: incomes are to be asked for.
        (date(1956, 11, 22), 3, date(2026, 11, 25), date(2026, 12, 1), None),
        (date(1951, 11, 30), 3, date(2026, 11, 29), date(2026, 11, 30), None),
        # School: the age alone says it.
        (date(2021, 10, 3), 2, date(2028, 3, 31), date(2028, 4, 3), 3),
        (date(2021, 10, 3), 3, date(2028, 4, 3), date(2028, 3, 31), 2),
        # 1 August, from 70 on only.
        (date(1954, 5, 10), 3, date(2026, 7, 31), date(2026, 8, 1), None),
        (date(1954, 5, 10), 3, date(2026, 8, 1), date(2027, 7, 31), 3),
        (date(1940, 5, 10), 1, date(2026, 7, 31), date(2026, 8, 1), None),
        (date(1962, 5, 10), 3, date(2026, 7, 31), date(2026, 8, 1), 3),
        # Of an earlier day than the one that is told of.
        (date(1956, 11, 22), 2, date(2026, 12, 1), date(2026, 11, 25), 3),
    ],
)
def test_a_share_holds_on_another_day_while_age_and_year_agree(born, told, told_of, on, ratio):
    assert ratio_on(on, told, told_of, born) == ratio


@pytest.mark.rules("P-070", "R-150")
@pytest.mark.parametrize(
    ("born", "possible"),
    [
        (date(2023, 1, 1), (2,)),
        (date(1985, 4, 1), (3,)),
        (date(1962, 4, 1), (3,)),
        (date(1952, 4, 1), (2, 3)),
        (date(1950, 4, 1), (1, 2, 3)),
    ],
)
def test_the_age_says_which_shares_there_can_be(born, possible):
    assert possible_ratios(born, date(2026, 11, 30)) == possible


@pytest.mark.rules("P-053", "P-070", "P-072")
def test_in_late_elderly_insurance_the_ratios_are_those_of_75_from_65_on():
    born, on = date(1961, 12, 1), date(2026, 11, 30)
    assert not may_be_late_elderly(born, on)
    assert may_be_late_elderly(born, date(2026, 12, 1))
    assert possible_ratios(born, on, late_elderly=True) == (1, 2, 3)
    assert base_ratio(born, on, late_elderly=True) == 1
    assert base_ratio(born, on, late_elderly=True, certain_income=True) == 2
    assert base_ratio(born, on, late_elderly=True, working_income=True) == 3
    seventy = date(1956, 11, 22)
    assert ratio_on(date(2026, 12, 1), 1, date(2026, 11, 25), seventy, late_elderly=True) == 1
    assert ratio_on(date(2026, 8, 1), 1, date(2026, 7, 31), born, late_elderly=True) is None


BORN_IN_NOVEMBER = date(1956, 11, 22)
TO_SCHOOL_IN_2027 = date(2020, 9, 1)
JOINED_AND_70 = (ToldShare(2, date(2026, 12, 1)), ToldShare(3, date(2010, 4, 1)))


@pytest.mark.rules("P-070", "P-071")
@pytest.mark.parametrize(
    ("born", "told", "on", "ratio"),
    [
        # What was told for a day holds until the next, however late it came.
        (BORN_IN_NOVEMBER, JOINED_AND_70, date(2026, 11, 30), 3),
        (BORN_IN_NOVEMBER, JOINED_AND_70, date(2026, 12, 1), 2),
        # Nobody has told of 70 yet: of a day to come the age says it, of today what was told.
        (date(1957, 1, 5), JOINED_AND_70[1:], date(2027, 1, 10), 3),
        (date(1957, 1, 5), JOINED_AND_70[1:], date(2027, 2, 1), 2),
        (date(1956, 11, 1), JOINED_AND_70[1:], date(2027, 1, 10), 3),
        # 現役並み stays, and holds for no day before 70.
        (date(1955, 3, 5), (ToldShare(3, date(2025, 4, 1)),), date(2027, 7, 1), 3),
        (date(1955, 3, 5), (ToldShare(2, date(2026, 2, 1)),), date(2025, 12, 1), 2),
        (date(1955, 3, 5), (ToldShare(2, date(2026, 2, 1)),), date(2025, 3, 31), 3),
        # School.
        (TO_SCHOOL_IN_2027, (ToldShare(2, date(2020, 9, 1)),), date(2027, 3, 31), 2),
        (TO_SCHOOL_IN_2027, (ToldShare(2, date(2020, 9, 1)),), date(2027, 4, 1), 3),
        # No day was told.
        (BORN_IN_NOVEMBER, (ToldShare(2, None),), date(2026, 11, 30), 3),
        (BORN_IN_NOVEMBER, (ToldShare(3, None),), date(2026, 12, 31), 3),
    ],
)
def test_the_share_is_that_of_the_day(born, told, on, ratio):
    assert share_of_day(on, told, born, date(2027, 1, 10)) == ratio


@pytest.mark.rules("P-070")
def test_in_late_elderly_insurance_the_share_of_a_day_is_the_told_one():
    told = (ToldShare(3, date(2027, 1, 1)), ToldShare(1, date(2025, 4, 1)))
    for on, ratio in ((date(2026, 12, 31), 1), (date(2027, 1, 1), 3), (date(2030, 1, 1), 3)):
        assert (
            share_of_day(on, told, date(1961, 1, 5), date(2027, 1, 5), late_elderly=True) == ratio
        )


@pytest.mark.rules("P-070", "P-071")
@pytest.mark.parametrize(
    ("ratio", "born", "since", "told_on", "shown_on", "begins"),
    [
        (3, date(1980, 2, 17), date(2024, 4, 1), date(2024, 4, 5), None, date(2024, 4, 1)),
        # Joined before 70 and told after it: the share is that of 70.
        (2, date(1955, 3, 5), date(2010, 4, 1), date(2026, 4, 5), None, date(2025, 4, 1)),
        (3, date(1955, 3, 5), date(2010, 4, 1), date(2026, 4, 5), None, date(2025, 4, 1)),
        (3, date(1955, 3, 5), date(2010, 4, 1), date(2010, 4, 5), None, date(2010, 4, 1)),
        # Told just before, for the age that comes.
        (2, date(1956, 11, 22), date(2026, 11, 27), date(2026, 11, 27), date(2026, 12, 3),
         date(2026, 12, 1)),
        (3, date(1956, 11, 22), date(2010, 4, 1), date(2026, 11, 27), date(2026, 12, 3),
         date(2010, 4, 1)),
        # Joined for a day to come.
        (2, date(1956, 11, 22), date(2026, 12, 10), date(2026, 11, 20), None, date(2026, 12, 10)),
    ],
)  # fmt: skip
def test_a_share_begins_with_the_age_that_it_is_told_of(
    ratio, born, since, told_on, shown_on, begins
):
    assert share_begins(ratio, born, since, told_on, shown_on) == begins


@pytest.mark.rules("P-070", "P-071")
@given(
    st.dates(date(1945, 1, 1), date(2026, 1, 1)),
    st.lists(st.dates(date(2024, 1, 1), date(2028, 12, 31)), min_size=1, max_size=4),
    st.dates(date(2023, 1, 1), date(2029, 12, 31)),
    st.lists(st.dates(date(2023, 1, 1), date(2031, 1, 1)), min_size=2, max_size=2),
)
def test_the_share_of_a_day_stays_once_all_for_it_was_told(born, days, on, clocks):
    # The steps by age are told as the runs tell them.
    steps = (preschool_until(born) + timedelta(days=1), elderly_from(born))
    began = min(days)
    days += [step for step in steps if began < step < date(2032, 1, 1)]
    told = [
        ToldShare(possible_ratios(born, max(day, born))[number % 2 - 1], day)
        for number, day in enumerate(sorted(days, reverse=True))
    ]
    assert len({share_of_day(on, told, born, clock) for clock in clocks}) == 1
