"""Eras (元号): dates as Japanese documents write them."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Era:
    """An era, and how it is named in full, by a letter, and by a digit."""

    begins: date
    name: str
    letter: str
    """As forms write it: R8.11.22."""
    digit: str
    """As certificates and cards write it."""


REIWA = Era(date(2019, 5, 1), "令和", "R", "5")
HEISEI = Era(date(1989, 1, 8), "平成", "H", "4")
SHOWA = Era(date(1926, 12, 25), "昭和", "S", "3")
TAISHO = Era(date(1912, 7, 30), "大正", "T", "2")
MEIJI = Era(date(1868, 1, 25), "明治", "M", "1")

ERAS = (REIWA, HEISEI, SHOWA, TAISHO, MEIJI)
"""The newest first."""


def era_of(on: date) -> Era | None:
    """Return the era of a day; None before the first."""
    return next((era for era in ERAS if on >= era.begins), None)


def era_year(on: date) -> str:
    """Return the year of the era: 令和8年, 令和元年; the plain year before the first era."""
    era = era_of(on)
    if era is None:
        return f"{on.year}年"
    year = on.year - era.begins.year + 1
    return f"{era.name}{'元' if year == 1 else year}年"


def era_date(on: date) -> str:
    """Return the date as documents print it: 令和8年11月22日."""
    return f"{era_year(on)}{on.month}月{on.day}日"
