from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.days.birthdays import (
    LeapBirthday,
    age_on,
    age_reached_on,
    birthday_in,
    nth_birthday_after,
)

births = st.dates(date(1920, 1, 1), date(2025, 12, 31))


@pytest.mark.rules("P-001")
def test_a_birthday_on_the_day_itself_is_not_counted():
    assert nth_birthday_after(date(1980, 3, 22), date(2021, 3, 21), 1) == date(2021, 3, 22)
    assert nth_birthday_after(date(1980, 3, 22), date(2021, 3, 22), 1) == date(2022, 3, 22)


@pytest.mark.rules("P-001")
def test_the_leap_birthday_of_an_ordinary_year_is_a_parameter():
    born = date(2004, 2, 29)
    assert birthday_in(born, 2027) == date(2027, 2, 28)
    assert birthday_in(born, 2027, LeapBirthday.MAR01) == date(2027, 3, 1)
    assert birthday_in(born, 2028) == date(2028, 2, 29)


@pytest.mark.rules("P-070", "P-071")
def test_the_law_reaches_an_age_on_the_day_before_the_birthday():
    assert age_reached_on(date(1956, 12, 1), 70) == date(2026, 11, 30)
    assert age_reached_on(date(1956, 2, 29), 70) == date(2026, 2, 28)
    assert age_reached_on(date(1956, 2, 29), 72) == date(2028, 2, 28)


@pytest.mark.rules("P-001", "R-110")
@given(births, st.integers(0, 40_000), st.integers(1, 10), st.sampled_from(LeapBirthday))
def test_the_nth_birthday_raises_the_age_n_times(born, days, n, leap):
    day = born + timedelta(days=days)
    birthday = nth_birthday_after(born, day, n, leap)
    assert birthday > day
    assert age_on(born, birthday, leap) == age_on(born, day, leap) + n
    assert age_on(born, birthday - timedelta(days=1), leap) == age_on(born, day, leap) + n - 1


def test_nobody_has_an_age_before_birth():
    with pytest.raises(ValueError, match="before the birth"):
        age_on(date(2026, 1, 2), date(2026, 1, 1))


def test_birthdays_are_counted_from_one():
    with pytest.raises(ValueError, match="counted from 1"):
        nth_birthday_after(date(1980, 1, 1), date(2026, 1, 1), 0)
