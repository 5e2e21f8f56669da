from datetime import date, timedelta

import jpholiday
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.calendar import (
    CalendarRangeError,
    add_business_days,
    add_months,
    business_days_between,
    closed,
    end_of_month,
    roll,
    why_closed,
)

days = st.dates(date(2020, 1, 1), date(2035, 12, 31))


def test_holidays_agree_with_jpholiday_on_every_day_of_2020_to_2030():
    day = date(2020, 1, 1)
    while day <= date(2030, 12, 31):
        weekday = day.weekday() < 5
        office_closure = (day.month, day.day) in {(12, 29), (12, 30), (12, 31), (1, 2), (1, 3)}
        expected = jpholiday.is_holiday(day) or office_closure or not weekday
        assert closed(day) is expected, day
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (date(2026, 1, 1), "元日"),
        (date(2026, 5, 3), "憲法記念日"),
        (date(2026, 5, 6), "振替休日"),
        (date(2026, 9, 22), "国民の休日"),
        (date(2026, 11, 21), "土曜日"),
        (date(2026, 11, 22), "日曜日"),
        (date(2026, 11, 23), "勤労感謝の日"),
        (date(2026, 12, 28), None),
        (date(2026, 12, 29), "年末年始"),
        (date(2027, 1, 2), "年末年始"),
        (date(2027, 1, 4), None),
        (date(2027, 3, 22), "振替休日"),
    ],
)
def test_a_closed_day_says_why(day, reason):
    assert why_closed(day) == reason


@pytest.mark.parametrize("day", [date(1948, 12, 31), date(2100, 1, 4)])
def test_years_without_known_holidays_are_refused(day):
    with pytest.raises(CalendarRangeError, match=day.isoformat()):
        closed(day)


def test_an_open_day_rolls_to_itself_and_a_closed_one_to_the_next_open_day():
    assert roll(date(2026, 11, 20)) == date(2026, 11, 20)
    assert roll(date(2026, 11, 21)) == date(2026, 11, 24)
    assert roll(date(2026, 12, 29)) == date(2027, 1, 4)


@given(days)
def test_roll_is_the_first_open_day_and_idempotent(day):
    rolled = roll(day)
    assert not closed(rolled)
    assert roll(rolled) == rolled
    assert all(closed(day + timedelta(days=i)) for i in range((rolled - day).days))


@given(days, st.integers(0, 20))
def test_business_days_between_undoes_add_business_days(day, n):
    assert business_days_between(day, add_business_days(day, n)) == n


def test_business_days_run_forward_only():
    with pytest.raises(ValueError, match="forward"):
        add_business_days(date(2026, 11, 20), -1)
    with pytest.raises(ValueError, match="before"):
        business_days_between(date(2026, 11, 20), date(2026, 11, 19))


def test_months_are_clamped_to_their_last_day():
    assert add_months(date(2026, 5, 31), -3) == date(2026, 2, 28)
    assert add_months(date(2026, 11, 30), 3) == date(2027, 2, 28)
    assert end_of_month(date(2026, 11, 22), 1) == date(2026, 12, 31)
    assert end_of_month(date(2027, 11, 10), 3) == date(2028, 2, 29)
