from datetime import date, timedelta

import jpholiday
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.days.office_calendar import (
    CalendarRangeError,
    add_business_days,
    add_months,
    business_days_between,
    closed,
    end_of_month,
    open_deadline,
    roll,
    why_closed,
    within_days,
)

days = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@pytest.mark.rules("C-001")
def test_holidays_agree_with_jpholiday_on_every_day_of_2020_to_2035():
    day = date(2020, 1, 1)
    while day <= date(2035, 12, 31):
        weekday = day.weekday() < 5
        office_closure = (day.month, day.day) in {(12, 29), (12, 30), (12, 31), (1, 2), (1, 3)}
        expected = jpholiday.is_holiday(day) or office_closure or not weekday
        assert closed(day) is expected, day
        day += timedelta(days=1)


@pytest.mark.rules("C-001")
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


# Cabinet Office list of 2026, and that of 2027 with what follows by rule (catalogue, section 7).
HOLIDAYS_2026 = """\
0101 0112 0211 0223 0320 0429 0503 0504 0505 0506 0720 0811 0921 0922 0923 1012 1103 1123"""
HOLIDAYS_2027 = """\
0101 0111 0211 0223 0321 0322 0429 0503 0504 0505 0719 0811 0920 0923 1011 1103 1123"""


@pytest.mark.rules("C-001")
@pytest.mark.parametrize(("year", "listed"), [(2026, HOLIDAYS_2026), (2027, HOLIDAYS_2027)])
def test_the_published_holidays_are_closed_days_with_a_name(year, listed):
    offices_own = {None, "土曜日", "日曜日", "年末年始"}
    named = [
        day.strftime("%m%d")
        for day in (date(year, 1, 1) + timedelta(days=i) for i in range(365))
        if why_closed(day) not in offices_own
    ]
    assert named == listed.split()


@pytest.mark.rules("C-001", "C-009")
@pytest.mark.parametrize("year", range(2020, 2036))
def test_the_holidays_of_every_year_from_2020_to_2035_are_known(year):
    year_days = [date(year, 1, 1) + timedelta(days=i) for i in range(366)]
    names = {why_closed(day) for day in year_days if day.year == year}
    assert {"元日", "春分の日", "秋分の日", "勤労感謝の日", "天皇誕生日", "年末年始"} <= names


@pytest.mark.rules("C-001")
@pytest.mark.parametrize("day", [date(1948, 12, 31), date(2100, 1, 4)])
def test_years_without_known_holidays_are_refused(day):
    with pytest.raises(CalendarRangeError, match=day.isoformat()):
        closed(day)


@pytest.mark.rules("C-002")
def test_an_open_day_rolls_to_itself_and_a_closed_one_to_the_next_open_day():
    assert roll(date(2026, 11, 20)) == date(2026, 11, 20)
    assert roll(date(2026, 11, 21)) == date(2026, 11, 24)
    assert roll(date(2026, 12, 29)) == date(2027, 1, 4)


@pytest.mark.rules("C-002", "C-009")
@given(days)
def test_roll_is_the_first_open_day_and_idempotent(day):
    rolled = roll(day)
    assert not closed(rolled)
    assert roll(rolled) == rolled
    assert all(closed(day + timedelta(days=i)) for i in range((rolled - day).days))


@pytest.mark.rules("C-003")
@given(days, st.integers(0, 20))
def test_business_days_between_undoes_add_business_days(day, n):
    assert business_days_between(day, add_business_days(day, n)) == n


@pytest.mark.rules("C-003")
def test_business_days_run_forward_only():
    with pytest.raises(ValueError, match="forward"):
        add_business_days(date(2026, 11, 20), -1)
    with pytest.raises(ValueError, match="before"):
        business_days_between(date(2026, 11, 20), date(2026, 11, 19))


@pytest.mark.rules("P-002", "P-003", "R-026", "R-027")
def test_months_are_clamped_to_their_last_day():
    assert add_months(date(2026, 5, 31), -3) == date(2026, 2, 28)
    assert add_months(date(2026, 11, 30), 3) == date(2027, 2, 28)
    assert end_of_month(date(2026, 11, 22), 1) == date(2026, 12, 31)
    assert end_of_month(date(2027, 11, 10), 3) == date(2028, 2, 29)


@pytest.mark.rules("P-012")
def test_a_first_day_can_be_day_one():
    assert within_days(date(2026, 11, 22), 30) == date(2026, 12, 21)
    assert within_days(date(2026, 11, 22), 1) == date(2026, 11, 22)
    with pytest.raises(ValueError, match="counted from 1"):
        within_days(date(2026, 11, 22), 0)


@pytest.mark.rules("R-113", "R-114", "P-090")
@pytest.mark.parametrize(
    ("start", "allowed", "last"),
    [
        (date(2026, 10, 5), 90, date(2027, 1, 4)),
        (date(2026, 11, 1), 14, date(2026, 11, 16)),
        (date(2026, 11, 1), 30, date(2026, 12, 1)),
        (date(2026, 9, 6), 14, date(2026, 9, 24)),
        (date(2026, 4, 27), 5, date(2026, 5, 7)),
    ],
)
def test_a_deadline_on_a_closed_day_rolls_to_the_next_open_day(start, allowed, last):
    assert open_deadline(start, allowed) == last


def test_a_deadline_lies_ahead():
    with pytest.raises(ValueError, match="lies ahead"):
        open_deadline(date(2026, 11, 22), -1)
