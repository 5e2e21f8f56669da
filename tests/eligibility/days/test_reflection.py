from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.days.office_calendar import closed, roll
from eligibility.days.reflection import (
    CountStep,
    LagMode,
    ReflectionPolicy,
    employer_deadline,
    explain,
    reflection_date,
    visible_from,
)

MODE_A = ReflectionPolicy()
MODE_B = ReflectionPolicy(mode=LagMode.SEED_LITERAL)
MODE_C = ReflectionPolicy(mode=LagMode.CALENDAR)
CHAIN = ReflectionPolicy(mode=LagMode.CHAIN, insurer_days=5, visible_days=1)

# Procedure, visible in mode A, visible in mode B: the worked tables of the rule catalogue, §8.
WORKED_TABLES = """\
2026-06-01 2026-06-04 2026-06-04
2026-06-02 2026-06-05 2026-06-05
2026-06-03 2026-06-08 2026-06-08
2026-06-04 2026-06-09 2026-06-09
2026-06-05 2026-06-10 2026-06-10
2026-06-06 2026-06-11 2026-06-11
2026-06-07 2026-06-11 2026-06-11
2026-04-23 2026-04-28 2026-04-28
2026-04-24 2026-04-30 2026-04-29
2026-04-25 2026-05-01 2026-04-30
2026-04-26 2026-05-01 2026-05-01
2026-04-27 2026-05-01 2026-05-01
2026-04-28 2026-05-07 2026-05-03
2026-04-29 2026-05-08 2026-05-04
2026-04-30 2026-05-08 2026-05-05
2026-05-01 2026-05-11 2026-05-06
2026-05-02 2026-05-12 2026-05-07
2026-05-03 2026-05-12 2026-05-08
2026-05-04 2026-05-12 2026-05-09
2026-05-05 2026-05-12 2026-05-10
2026-05-06 2026-05-12 2026-05-11
2026-05-07 2026-05-12 2026-05-12
2026-05-08 2026-05-13 2026-05-13
2026-12-21 2026-12-24 2026-12-24
2026-12-22 2026-12-25 2026-12-25
2026-12-23 2026-12-28 2026-12-28
2026-12-24 2027-01-04 2026-12-29
2026-12-25 2027-01-05 2026-12-30
2026-12-26 2027-01-06 2026-12-31
2026-12-27 2027-01-06 2027-01-01
2026-12-28 2027-01-06 2027-01-02
2026-12-29 2027-01-07 2027-01-03
2026-12-30 2027-01-07 2027-01-04
2026-12-31 2027-01-07 2027-01-05
2027-01-01 2027-01-07 2027-01-06
2027-01-02 2027-01-07 2027-01-07
2027-01-03 2027-01-07 2027-01-07
2027-01-04 2027-01-07 2027-01-07
2027-01-05 2027-01-08 2027-01-08
2027-01-06 2027-01-12 2027-01-11
2024-11-28 2024-12-03 2024-12-03
2024-11-29 2024-12-04 2024-12-04
2024-11-30 2024-12-05 2024-12-05
2024-12-01 2024-12-05 2024-12-05
2024-12-02 2024-12-05 2024-12-05
2024-12-03 2024-12-06 2024-12-06
2024-12-04 2024-12-09 2024-12-09
2024-12-05 2024-12-10 2024-12-10
2024-12-06 2024-12-11 2024-12-11
"""
ROWS = [tuple(map(date.fromisoformat, line.split())) for line in WORKED_TABLES.splitlines()]

days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
times = st.none() | st.times()
policies = st.builds(
    ReflectionPolicy,
    mode=st.sampled_from(LagMode),
    lag_days=st.integers(0, 6),
    cutoff=st.none() | st.just(time(17, 15)),
    insurer_days=st.integers(0, 7),
    visible_days=st.integers(0, 3),
)


@pytest.mark.rules("R-140", "C-004", "C-005", "X-07")
@pytest.mark.parametrize(("filed_on", "mode_a", "mode_b"), ROWS)
def test_the_worked_tables_hold(filed_on, mode_a, mode_b):
    assert reflection_date(filed_on, MODE_A) == mode_a
    assert reflection_date(filed_on, MODE_B) == mode_b


@pytest.mark.rules("C-006")
def test_the_calendar_mode_ignores_holidays():
    assert reflection_date(date(2026, 4, 28), MODE_C) == date(2026, 5, 1)
    assert reflection_date(date(2026, 5, 1), MODE_C) == date(2026, 5, 4)


@pytest.mark.rules("R-140", "C-004")
def test_a_friday_procedure_is_visible_on_wednesday():
    assert reflection_date(date(2026, 11, 13), MODE_A) == date(2026, 11, 18)


@pytest.mark.rules("C-004", "C-005", "T-013")
def test_a_friday_before_a_holiday_is_a_day_earlier_by_the_literal_reading():
    assert reflection_date(date(2026, 11, 20), MODE_A) == date(2026, 11, 26)
    assert reflection_date(date(2026, 11, 20), MODE_B) == date(2026, 11, 25)


@pytest.mark.rules("P-090", "P-091", "C-007")
def test_the_chain_rolls_the_insurers_deadline_over_closed_days():
    assert reflection_date(date(2026, 11, 16), CHAIN) == date(2026, 11, 25)


@pytest.mark.rules("P-090", "P-091", "C-007", "T-049")
@pytest.mark.parametrize(
    ("hired_on", "employer", "visible"),
    [
        (date(2026, 4, 1), date(2026, 4, 6), date(2026, 4, 14)),
        (date(2026, 4, 27), date(2026, 5, 7), date(2026, 5, 13)),
        (date(2026, 9, 16), date(2026, 9, 24), date(2026, 9, 30)),
        (date(2026, 12, 21), date(2026, 12, 28), date(2027, 1, 5)),
    ],
)
def test_the_longest_lawful_chain_from_hire_to_visibility(hired_on, employer, visible):
    assert employer_deadline(hired_on) == employer
    assert reflection_date(employer, CHAIN) == visible


@pytest.mark.rules("C-004", "T-009", "T-011")
@pytest.mark.parametrize(
    ("filed_on", "last_day_of_lag"),
    [(date(2026, 4, 28), date(2026, 5, 6)), (date(2026, 12, 28), date(2027, 1, 5))],
)
def test_what_was_filed_before_long_holidays_waits_for_their_end(filed_on, last_day_of_lag):
    assert reflection_date(filed_on, MODE_A) == last_day_of_lag + timedelta(days=1)


@pytest.mark.rules("C-009")
@given(days, st.sampled_from([MODE_A, CHAIN]))
def test_the_day_of_visibility_is_open_where_business_days_count(day, policy):
    assert not closed(reflection_date(day, policy))


@pytest.mark.rules("C-009")
@given(days)
def test_the_lag_is_at_least_three_days(day):
    assert reflection_date(day, MODE_A) >= day + timedelta(days=3)
    assert reflection_date(day, MODE_B) >= day + timedelta(days=3)


@pytest.mark.rules("C-002", "C-009")
@given(days)
def test_a_procedure_of_a_closed_day_counts_from_the_next_open_day(day):
    assert reflection_date(day, MODE_A) == reflection_date(roll(day), MODE_A)
    assert reflection_date(day, CHAIN) == reflection_date(roll(day), CHAIN)


@pytest.mark.rules("C-005", "C-009")
@given(days)
def test_the_literal_reading_is_never_later_and_never_more_than_five_days(day):
    literal = reflection_date(day, MODE_B)
    assert literal <= reflection_date(day, MODE_A)
    assert literal <= day + timedelta(days=5)


@pytest.mark.rules("C-009")
@given(days, st.integers(0, 30), times, times, policies)
def test_who_files_later_is_never_visible_earlier(day, later, first_at, second_at, policy):
    if later == 0:
        first_at, second_at = sorted((first_at, second_at), key=lambda at: at or time.min)
    first = reflection_date(day, policy, first_at)
    assert first <= reflection_date(day + timedelta(days=later), policy, second_at)


@pytest.mark.rules("C-007")
def test_what_is_filed_after_the_cutoff_counts_from_the_next_day():
    policy = ReflectionPolicy(cutoff=time(17, 15))
    monday = date(2026, 11, 16)
    assert reflection_date(monday, policy) == date(2026, 11, 19)
    assert reflection_date(monday, policy, time(17, 15)) == date(2026, 11, 19)
    assert reflection_date(monday, policy, time(17, 15, 1)) == date(2026, 11, 20)


@pytest.mark.rules("C-007")
def test_the_cutoff_of_a_closed_day_changes_nothing():
    policy = ReflectionPolicy(cutoff=time(17, 15))
    saturday = date(2026, 11, 14)
    late = reflection_date(saturday, policy, time(23))
    assert late == reflection_date(saturday, policy, time(9)) == date(2026, 11, 19)


def test_a_lag_never_runs_backwards():
    with pytest.raises(ValueError, match="lag_days"):
        ReflectionPolicy(lag_days=-1)


@pytest.mark.rules("R-140", "C-003", "C-004")
def test_the_strip_shows_counted_and_closed_days_and_the_day_of_visibility():
    strip = explain(date(2026, 11, 20), MODE_A)
    assert [(day.on.day, day.step, day.count, day.closed) for day in strip] == [
        (20, CountStep.FILED, None, None),
        (21, CountStep.WAITING, None, "土曜日"),
        (22, CountStep.WAITING, None, "日曜日"),
        (23, CountStep.WAITING, None, "勤労感謝の日"),
        (24, CountStep.WAITING, 1, None),
        (25, CountStep.WAITING, 2, None),
        (26, CountStep.VISIBLE, 3, None),
    ]


def test_the_strip_of_a_closed_day_shows_where_the_count_begins():
    strip = explain(date(2026, 11, 21), MODE_A)
    assert [day.on for day in strip if day.step is CountStep.ACCEPTED] == [date(2026, 11, 24)]


@pytest.mark.rules("P-091", "C-007")
def test_the_strip_of_the_chain_counts_calendar_days_then_open_ones():
    strip = explain(date(2026, 11, 16), CHAIN)
    assert [(day.on.day, day.count) for day in strip if day.counted] == [
        (17, 1),
        (18, 2),
        (19, 3),
        (20, 4),
        (21, 5),
        (25, 1),
    ]
    assert [day.on.day for day in strip if day.step is CountStep.REGISTERED] == [24]


@pytest.mark.rules("C-005")
def test_the_literal_strip_counts_calendar_days_where_their_ceiling_comes_first():
    strip = explain(date(2026, 4, 28), MODE_B)
    assert [day.count for day in strip] == [None, 1, 2, 3, 4, 5]
    assert strip[-1].closed == "憲法記念日"


@given(days, times, policies)
def test_the_strip_runs_day_by_day_from_filing_to_visibility(day, at, policy):
    strip = explain(day, policy, at)
    assert strip[0].on == day
    assert strip[-1].on == reflection_date(day, policy, at)
    assert strip[-1].step is CountStep.VISIBLE
    assert all(b.on - a.on == timedelta(days=1) for a, b in pairwise(strip))


@pytest.mark.rules("C-003", "C-006")
@given(days, st.integers(0, 6))
def test_the_strip_counts_exactly_the_lag(day, lag_days):
    for mode in (LagMode.BUSINESS_DAYS, LagMode.CALENDAR):
        strip = explain(day, ReflectionPolicy(mode=mode, lag_days=lag_days))
        assert sum(one.counted for one in strip) == lag_days


@pytest.mark.rules("C-004")
def test_visibility_begins_at_midnight_in_tokyo():
    assert visible_from(date(2026, 11, 26)) == datetime(2026, 11, 25, 15, tzinfo=UTC)
