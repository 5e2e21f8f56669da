"""Eras (元号): dates as Japanese documents write them."""

from dataclasses import dataclass
from datetime import date, datetime

from eligibility.days.dates import TOKYO, english_date, english_day, weekday
from eligibility.days.office_calendar import add_months
from eligibility.sentence import Sentence


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


def era_day(on: date) -> str:
    """Return the date with its weekday, as people read it: 令和8年11月22日（日）."""
    return f"{era_date(on)}（{weekday(on).ja}）"


def plain_day(on: date) -> Sentence:
    """Return a day as documents print it: 令和8年11月22日, 22 Nov 2026."""
    return Sentence(era_date(on), english_day(on))


def long_day(on: date) -> Sentence:
    """Return a day with its weekday: 令和8年11月22日（日）, Sun 22 Nov 2026."""
    return Sentence(era_day(on), english_date(on))


def long_moment(at: datetime) -> Sentence:
    """Return an instant by the clock of Japan: 令和8年11月20日（金） 9:12, Fri 20 Nov 2026 9:12."""
    local = at.astimezone(TOKYO)
    day, time = long_day(local.date()), f"{local.hour}:{local.minute:02}"
    return Sentence(f"{day.ja} {time}", f"{day.en} {time}")


def day_in_words(on: date, seen_from: date) -> Sentence:
    """Return a day as it is read back: 令和8年11月20日（金）, and how far ahead it lies.

    That is told, in whole years and months, from a month after ``seen_from`` on.
    """
    name = weekday(on)
    ja, en = era_day(on), f"{name.en} {on.isoformat()}"
    months = (on.year - seen_from.year) * 12 + on.month - seen_from.month
    months -= add_months(seen_from, months) > on
    if months < 1:
        return Sentence(ja, en)
    years, months = divmod(months, 12)
    far_ja = (f"{years}年" if years else "") + (f"{months}か月" if months else "")
    far_en = " ".join(
        f"{count} {unit}{'s' if count > 1 else ''}"
        for count, unit in ((years, "year"), (months, "month"))
        if count
    )
    return Sentence(f"{ja}、{far_ja}先", f"{en}, {far_en} ahead")
