from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.days.dates import TOKYO
from wire.dates import read_day, write_day, write_day_or_none, write_moment


@given(st.dates())
def test_a_day_is_read_as_it_was_written(day: date) -> None:
    assert len(write_day(day)) == 8
    assert read_day(write_day(day)) == day


def test_years_before_1000_keep_their_zeros() -> None:
    assert write_day(date(33, 4, 3)) == "00330403"


def test_no_day_is_written_as_nothing() -> None:
    assert write_day_or_none(None) is None
    assert write_day_or_none(date(2026, 11, 9)) == "20261109"


@pytest.mark.parametrize(
    "text",
    [
        "20260229",
        "20261301",
        "",
        "2026-1-1",
        "abcdefgh",
        "１９８００２１７",
        "+9800217",
        "1980 217",
        "198002 7",
        "1_980217",
        "-0010101",
        "19800217000000000000",
        "19800217\n",
    ],
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_day(text)


def test_a_moment_is_that_of_its_own_zone() -> None:
    at = datetime(2026, 11, 8, 23, 59, 58, tzinfo=UTC)
    assert write_moment(at) == "20261108235958"
    assert write_moment(at.astimezone(TOKYO)) == "20261109085958"
