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


def weekday(on: date) -> Sentence:
    """Return the weekday in short: 金, Fri."""
    return _WEEKDAYS[on.weekday()]


def japanese_date(on: date) -> str:
    """Write a date as a receptionist reads it, with its weekday: 2026年11月26日（木）."""
    return f"{on.year}年{on.month}月{on.day}日（{weekday(on).ja}）"
