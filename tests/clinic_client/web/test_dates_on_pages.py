"""Dates as a receptionist reads them."""

from datetime import date

import pytest

from clinic_client.settings import YearStyle
from clinic_client.web.dates import birthday, long_day, short_day
from clinic_client.web.texts import Language
from eligibility.days.eras import era_year

JA, EN = Language.JAPANESE, Language.ENGLISH
FRIDAY = date(2026, 11, 20)


def test_the_weekday_is_always_there() -> None:
    assert long_day(FRIDAY, JA) == "2026-11-20 (金)"
    assert long_day(FRIDAY, JA, YearStyle.JAPANESE) == "令和8年11月20日 (金)"
    assert long_day(FRIDAY, EN) == "Fri 20 Nov 2026"
    assert short_day(FRIDAY, JA) == "11/20 (金)"
    assert short_day(FRIDAY, EN) == "Fri 20 Nov"


def test_a_birthday_is_written_in_the_year_of_the_era() -> None:
    assert birthday(date(1980, 2, 17), JA) == "昭和55年2月17日"
    assert birthday(date(1980, 2, 17), EN) == "17 Feb 1980"


@pytest.mark.parametrize(
    ("on", "year"),
    [
        (date(2019, 5, 1), "令和元年"),
        (date(2019, 4, 30), "平成31年"),
        (date(1989, 1, 8), "平成元年"),
        (date(1989, 1, 7), "昭和64年"),
        (date(1926, 12, 25), "昭和元年"),
        (date(1926, 12, 24), "大正15年"),
        (date(1912, 7, 29), "明治45年"),
        (date(1850, 1, 1), "1850年"),
    ],
)
def test_an_era_begins_on_its_day(on: date, year: str) -> None:
    assert era_year(on) == year
