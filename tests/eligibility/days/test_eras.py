from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eligibility.days.eras import ERAS, MEIJI, REIWA, day_in_words, era_date, era_of
from virtual_card.image.face import era_birthdate


def test_an_era_begins_on_its_first_day() -> None:
    assert era_date(date(2019, 4, 30)) == "平成31年4月30日"
    assert era_date(date(2019, 5, 1)) == "令和元年5月1日"
    assert era_date(date(1989, 1, 7)) == "昭和64年1月7日"
    assert era_of(date(1989, 1, 8)) != era_of(date(1989, 1, 7))


@pytest.mark.parametrize(
    ("begins", "name"),
    [
        (date(2019, 5, 1), "令和"),
        (date(1989, 1, 8), "平成"),
        (date(1926, 12, 25), "昭和"),
        (date(1912, 7, 30), "大正"),
        (date(1868, 1, 25), "明治"),
    ],
)
def test_each_era_begins_on_the_day_that_the_law_says(begins: date, name: str) -> None:
    assert era_date(begins).startswith(f"{name}元年")
    assert not era_date(begins - timedelta(days=1)).startswith(name)


def test_before_the_first_era_the_plain_year_is_written() -> None:
    assert era_of(date(1868, 1, 24)) is None
    assert era_date(date(1850, 3, 1)) == "1850年3月1日"


def test_the_newest_era_stands_first() -> None:
    assert list(ERAS) == sorted(ERAS, key=lambda era: era.begins, reverse=True)
    assert (ERAS[0], ERAS[-1]) == (REIWA, MEIJI)


@given(st.dates(date(1868, 1, 25), date(2100, 12, 31)))
def test_the_card_counts_the_years_of_the_same_eras(birthdate: date) -> None:
    era = era_of(birthdate)
    assert era is not None
    year = birthdate.year - era.begins.year + 1
    assert era_birthdate(birthdate) == f"{year:02}{birthdate:%m%d}"


@pytest.mark.parametrize(
    ("on", "ja", "en"),
    [
        (date(2026, 11, 1), "令和8年11月1日（日）", "Sun 2026-11-01"),
        (date(2026, 12, 15), "令和8年12月15日（火）", "Tue 2026-12-15"),
        (date(2026, 12, 16), "令和8年12月16日（水）、1か月先", "Wed 2026-12-16, 1 month ahead"),
        (date(2028, 1, 16), "令和10年1月16日（日）、1年2か月先", "1 year 2 months ahead"),
        (date(2046, 11, 20), "令和28年11月20日（火）、20年先", "Tue 2046-11-20, 20 years ahead"),
    ],
)
def test_a_day_is_read_back_with_how_far_ahead_it_lies(on: date, ja: str, en: str) -> None:
    said = day_in_words(on, date(2026, 11, 16))
    assert said.ja == ja
    assert said.en.endswith(en)
