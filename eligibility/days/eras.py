"""Eras (元号): dates as Japanese documents write them."""

from datetime import date

_ERAS = (
    (date(2019, 5, 1), "令和"),
    (date(1989, 1, 8), "平成"),
    (date(1926, 12, 25), "昭和"),
    (date(1912, 7, 30), "大正"),
    (date(1868, 1, 25), "明治"),
)


def era_year(on: date) -> str:
    """Return the year of the era: 令和8年, 令和元年; the plain year before the first era."""
    for begins, era in _ERAS:
        if on >= begins:
            year = on.year - begins.year + 1
            return f"{era}{'元' if year == 1 else year}年"
    return f"{on.year}年"


def era_date(on: date) -> str:
    """Return the date as documents print it: 令和8年11月22日."""
    return f"{era_year(on)}{on.month}月{on.day}日"
