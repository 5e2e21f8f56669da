"""Sentences for people, in Japanese and in English."""

from dataclasses import dataclass
from datetime import date

_WEEKDAYS = "月火水木金土日"


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a person reads: `ja` on the pages, `en` one touch away.

    `easy` is やさしい日本語 for patients, empty where `ja` is not for them.
    """

    ja: str
    en: str
    easy: str = ""


def japanese_date(on: date) -> str:
    """Write a date as a receptionist reads it, with its weekday: 2026年11月26日（木）."""
    return f"{on.year}年{on.month}月{on.day}日（{_WEEKDAYS[on.weekday()]}）"
