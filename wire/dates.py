"""Days, months and instants as they are written: ``yyyyMMdd``, ``yyyyMM``, ISO 8601.

What a request may say of time is bounded here, for every service: by years within which nothing
that is counted from a day, or shown of an instant, leaves the calendar.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from functools import lru_cache

from eligibility.days import office_calendar
from eligibility.days.dates import TOKYO
from eligibility.sentence import Sentence

FIRST_YEAR = 1868
"""Of Meiji (明治元年), the first era by which a date is written here."""
LAST_YEAR = 2199
"""By its end all is over that is counted from a birth, or a card, of the years that the clock
shows."""
INSTANTS_BEGIN = datetime(office_calendar.FIRST_YEAR, 1, 1, tzinfo=TOKYO).astimezone(UTC)
INSTANTS_END = datetime(office_calendar.LAST_YEAR, 12, 31, 23, 59, 59, tzinfo=TOKYO).astimezone(UTC)
"""An instant of a request lies between these: within the years whose office days are known."""


def _days(years: str, hyphen: str = "") -> str:
    """Return a pattern of the days of the calendar in years that begin like this."""
    day_of_month = (
        rf"(?:(?:0[13578]|1[02]){hyphen}(?:0[1-9]|[12][0-9]|3[01])"
        rf"|(?:0[469]|11){hyphen}(?:0[1-9]|[12][0-9]|30)|02{hyphen}(?:0[1-9]|1[0-9]|2[0-8]))"
    )
    leap_year = r"(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
    return rf"(?={years})(?:[0-9]{{4}}{hyphen}{day_of_month}|{leap_year}{hyphen}02{hyphen}29)"


DAY_FORM = _days("186[89]|18[7-9]|19|2[01]")
"""A pattern of what a day of a request looks like."""
INSTANT_FORM = (
    _days("1949|19[5-9]|20", "-")
    + r"T(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?"
    + r"(?:Z|[+-](?:0[0-9]|1[0-4])(?::[0-5][0-9])?)"
)
"""A pattern of an instant that is handed on as it is written: every database reads it alike.

PostgreSQL itself writes a zone of whole hours without minutes.
"""
_EIGHT_DIGITS = re.compile("[0-9]{8}")


class DayOutOfBounds(ValueError):
    """A day of a request is none of the calendar, or not of its years; `text` says which."""

    def __init__(self, text: Sentence) -> None:
        super().__init__(str(text))
        self.text = text


@lru_cache(maxsize=65_536)
def read_day(text: str) -> date:
    """Read ``yyyyMMdd``, written in plain digits.

    Raises:
        ValueError: there is no such day.
    """
    # The cache keeps no text that is refused, and so none that is long.
    if _EIGHT_DIGITS.fullmatch(text) is None:
        raise ValueError("a day has eight digits")
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def read_bounded_day(text: str) -> date:
    """Read ``yyyyMMdd`` of a request.

    Raises:
        DayOutOfBounds: there is no such day from `FIRST_YEAR` to `LAST_YEAR`.
    """
    try:
        day = read_day(text)
    except ValueError:
        raise DayOutOfBounds(
            Sentence(
                "その日付はありません。年・月・日を確かめてください。",
                f"{text} is no day of the calendar",
            )
        ) from None
    if day.year < FIRST_YEAR:
        raise DayOutOfBounds(
            Sentence(
                f"{FIRST_YEAR}年（明治元年）より前の日付です。年を確かめてください。",
                f"{text} lies before {FIRST_YEAR}, when nobody was born who is insured",
            )
        )
    if day.year > LAST_YEAR:
        raise DayOutOfBounds(
            Sentence(
                f"{LAST_YEAR}年より後の日付です。年を確かめてください。",
                f"{text} lies after {LAST_YEAR}, when all is over that is known today",
            )
        )
    return day


def half_width_day(text: str) -> str:
    """Return a day in plain digits that may have been typed in full width (全角), or in blanks."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()


def write_day(on: date) -> str:
    """Write a day; years before 1000 keep their zeros."""
    iso = on.isoformat()
    return iso[:4] + iso[5:7] + iso[8:10]


def write_day_or_none(on: date | None) -> str | None:
    """Write a day, or nothing where there is none."""
    return None if on is None else write_day(on)


def write_moment(at: datetime) -> str:
    """Write a moment by the clock of its own time zone, which is to be Tokyo's."""
    iso = at.isoformat()
    return iso[:4] + iso[5:7] + iso[8:10] + iso[11:13] + iso[14:16] + iso[17:19]


def read_moment(text: str) -> datetime:
    """Read a time of Tokyo as the interface writes it, ``yyyyMMddHHmmss``."""
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=TOKYO)
