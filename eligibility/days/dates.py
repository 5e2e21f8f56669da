"""Dates as people in Japan have them: the time zone, the weekday, a day as it is read."""

from datetime import date
from zoneinfo import ZoneInfo

from eligibility.sentence import Sentence

TOKYO = ZoneInfo("Asia/Tokyo")
"""The time zone in which the rules think; instants are stored in UTC."""

_WEEKDAYS = (
    Sentence("月", "Mon"),
    Sentence("火", "Tue"),
    Sentence("水", "Wed"),
    Sentence("木", "Thu"),
    Sentence("金", "Fri"),
    Sentence("土", "Sat"),
    Sentence("日", "Sun"),
)

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def weekday(on: date) -> Sentence:
    """Return the weekday in short: 金, Fri."""
    return _WEEKDAYS[on.weekday()]


def japanese_date(on: date) -> str:
    """Write a date as a receptionist reads it, with its weekday: 2026年11月26日（木）."""
    return f"{on.year}年{on.month}月{on.day}日（{weekday(on).ja}）"


def english_day(on: date, *, year: bool = True) -> str:
    """Write a day in English: 26 Nov 2026, or without its year 26 Nov."""
    return f"{on.day} {_MONTHS[on.month - 1]}" + (f" {on.year}" if year else "")


def english_date(on: date) -> str:
    """Write a day in English with its weekday: Thu 26 Nov 2026."""
    return f"{weekday(on).en} {english_day(on)}"
