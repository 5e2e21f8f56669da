"""Dates as a receptionist reads them: the weekday always, the year as the clinic writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clinic_client.settings import YearStyle
from clinic_client.web.texts import Language
from eligibility.days import dates
from eligibility.days.eras import era_year

if TYPE_CHECKING:
    from datetime import date, datetime


def weekday(on: date, language: Language) -> str:
    """Return the weekday in short: 金, Fri."""
    return dates.weekday(on).en if language is Language.ENGLISH else dates.weekday(on).ja


def long_day(on: date, language: Language, years: YearStyle = YearStyle.WESTERN) -> str:
    """Return a day in full: 2026-11-20 (金), 令和8年11月20日 (金), Fri 20 Nov 2026."""
    if language is Language.ENGLISH:
        return dates.english_date(on)
    if years is YearStyle.JAPANESE:
        return f"{era_year(on)}{on.month}月{on.day}日 ({weekday(on, language)})"
    return f"{on.isoformat()} ({weekday(on, language)})"


def short_day(on: date, language: Language) -> str:
    """Return a day near today: 11/26 (木), Thu 26 Nov."""
    if language is Language.ENGLISH:
        return f"{weekday(on, language)} {dates.english_day(on, year=False)}"
    return f"{on.month}/{on.day} ({weekday(on, language)})"


def birthday(on: date, language: Language) -> str:
    """Return a date of birth, which documents write in the era's year: 昭和55年2月17日."""
    if language is Language.ENGLISH:
        return dates.english_day(on)
    return f"{era_year(on)}{on.month}月{on.day}日"


def typed_birthday(on: date, language: Language) -> str:
    """Return a date of birth as it stands in a field, so that it is read again as it is."""
    return on.isoformat() if language is Language.ENGLISH else birthday(on, language)


def time_of_day(at: datetime) -> str:
    """Return hours and minutes: 09:12."""
    return f"{at:%H:%M}"
