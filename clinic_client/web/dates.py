"""Dates as a receptionist reads them: the weekday always, the year as the clinic writes it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from clinic_client.settings import YearStyle
from clinic_client.web.texts import Language

if TYPE_CHECKING:
    from datetime import datetime

_WEEKDAYS = "月火水木金土日"
_ENGLISH_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ERAS = (
    (date(2019, 5, 1), "令和"),
    (date(1989, 1, 8), "平成"),
    (date(1926, 12, 25), "昭和"),
    (date(1912, 7, 30), "大正"),
    (date(1868, 1, 25), "明治"),
)


def weekday(on: date, language: Language) -> str:
    """Return the weekday in short: 金, Fri."""
    if language is Language.ENGLISH:
        return _ENGLISH_WEEKDAYS[on.weekday()]
    return _WEEKDAYS[on.weekday()]


def japanese_year(on: date) -> str:
    """Return the year of the era: 令和8年, 令和元年."""
    for begins, era in _ERAS:
        if on >= begins:
            year = on.year - begins.year + 1
            return f"{era}{'元' if year == 1 else year}年"
    return f"{on.year}年"


def long_day(on: date, language: Language, years: YearStyle = YearStyle.WESTERN) -> str:
    """Return a day in full: 2026-11-20 (金), 令和8年11月20日 (金), Fri 20 Nov 2026."""
    if language is Language.ENGLISH:
        return f"{weekday(on, language)} {on.day} {_MONTHS[on.month - 1]} {on.year}"
    if years is YearStyle.JAPANESE:
        return f"{japanese_year(on)}{on.month}月{on.day}日 ({weekday(on, language)})"
    return f"{on.isoformat()} ({weekday(on, language)})"


def short_day(on: date, language: Language) -> str:
    """Return a day near today: 11/26 (木), Thu 26 Nov."""
    if language is Language.ENGLISH:
        return f"{weekday(on, language)} {on.day} {_MONTHS[on.month - 1]}"
    return f"{on.month}/{on.day} ({weekday(on, language)})"


def birthday(on: date, language: Language) -> str:
    """Return a date of birth, which documents write in the era's year: 昭和55年2月17日."""
    if language is Language.ENGLISH:
        return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"
    return f"{japanese_year(on)}{on.month}月{on.day}日"


def time_of_day(at: datetime) -> str:
    """Return hours and minutes: 09:12."""
    return f"{at:%H:%M}"
