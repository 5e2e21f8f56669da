from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.registration.release import (
    ReleaseEffective,
    ReleaseMode,
    ReleasePolicy,
    release_day,
    released_from,
)

TSUCHIURA = ReleasePolicy(ReleaseMode.END_OF_NEXT_MONTH)
MOGAMI = ReleasePolicy(ReleaseMode.WITHIN_MONTHS, months=3)

days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
policies = st.builds(
    ReleasePolicy,
    st.sampled_from(ReleaseMode),
    st.integers(0, 6),
    st.sampled_from(ReleaseEffective),
)


@pytest.mark.rules("R-026", "R-141", "X-12")
@pytest.mark.parametrize(
    ("applied_on", "due_on"),
    [
        (date(2026, 11, 22), date(2026, 12, 31)),
        (date(2026, 12, 1), date(2027, 1, 31)),
        (date(2027, 1, 31), date(2027, 2, 28)),
        (date(2028, 1, 15), date(2028, 2, 29)),
        (date(2024, 12, 2), date(2025, 1, 31)),
    ],
)
def test_tsuchiura_releases_at_the_end_of_the_following_month(applied_on, due_on):
    assert release_day(applied_on, TSUCHIURA) == due_on


@pytest.mark.rules("R-027", "R-141", "X-12")
@pytest.mark.parametrize(
    ("applied_on", "due_on"),
    [
        (date(2026, 11, 22), date(2027, 2, 22)),
        (date(2026, 11, 24), date(2027, 2, 24)),
        (date(2026, 11, 30), date(2027, 2, 28)),
        (date(2024, 12, 2), date(2025, 3, 2)),
    ],
)
def test_mogami_releases_after_three_months_at_most(applied_on, due_on):
    assert release_day(applied_on, MOGAMI) == due_on


@pytest.mark.rules("R-026")
def test_a_release_shows_on_its_day_or_on_the_next_by_parameter():
    due_on = date(2026, 12, 31)
    assert released_from(due_on, TSUCHIURA) == due_on
    next_day = ReleasePolicy(effective=ReleaseEffective.NEXT_DAY)
    assert released_from(due_on, next_day) == date(2027, 1, 1)


@pytest.mark.rules("R-026", "R-027")
@given(days, days, policies)
def test_who_applies_later_is_never_released_earlier(day, other, policy):
    first, second = sorted((day, other))
    assert release_day(first, policy) <= release_day(second, policy)


@pytest.mark.rules("R-026", "R-027")
@given(days, policies)
def test_a_release_never_comes_before_its_application(day, policy):
    due_on = release_day(day, policy)
    assert day <= due_on <= released_from(due_on, policy) <= due_on + timedelta(days=1)


def test_a_release_never_runs_backwards():
    with pytest.raises(ValueError, match="months"):
        ReleasePolicy(ReleaseMode.WITHIN_MONTHS, months=-1)
