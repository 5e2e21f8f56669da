"""Code tables (OQSCD…) and the forms of single values."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

from wire.dates import read_day


@lru_cache(maxsize=65_536)
def _day_of_calendar(text: str) -> str:
    try:
        day = read_day(text)
    except ValueError:
        raise PydanticCustomError(
            "day",
            "{day} is no day of the calendar",
            {"day": text, "japanese": "その日付はありません。年・月・日を確かめてください。"},
        ) from None
    if day.year < FIRST_YEAR:
        raise PydanticCustomError(
            "day",
            "{day} lies before {first}, when nobody was born who is insured",
            {
                "day": text,
                "first": FIRST_YEAR,
                "japanese": f"{FIRST_YEAR}年（明治元年）より前の日付です。年を確かめてください。",
            },
        )
    return text


FIRST_YEAR = 1868
"""Of Meiji (明治元年), the first era by which a date is written here."""
Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$"), AfterValidator(_day_of_calendar)]
"""A date of the calendar, ``yyyyMMdd``."""
Moment = Annotated[str, StringConstraints(pattern=r"^[0-9]{14}$")]
"""A time of Tokyo, ``yyyyMMddHHmmss``."""
Flag = Annotated[str, StringConstraints(pattern=r"^[01]$")]
"""``1`` where it is so, ``0`` where not."""
Institution = Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")]
"""A medical institution code (医療機関コード, N-004), 10 digits."""
Base64 = Annotated[
    str, StringConstraints(min_length=4, max_length=8192, pattern=r"^[A-Za-z0-9+/]+={0,2}$")
]
"""Bytes in base64."""


class ReferenceClassification(StrEnum):
    """照会区分 (OQSCD002)."""

    CARD = "1"
    NUMBER = "2"


class SegmentOfResult(StrEnum):
    """処理結果区分 (OQSCD003)."""

    NORMAL = "1"
    IN_PROGRESS = "2"
    ABNORMAL = "9"


class ProcessingResultStatus(StrEnum):
    """処理結果状況 (OQSCD004)."""

    NORMAL = "1"
    ERROR = "2"


class CharacterCodeIdentifier(StrEnum):
    """文字コード識別 (OQSCD005)."""

    UTF_8 = "0"
    SHIFT_JIS = "1"


class Sex(StrEnum):
    """性別 (OQSCD007)."""

    MALE = "1"
    FEMALE = "2"
    UNSET = "3"


class InsuredCardClassification(StrEnum):
    """被保険者証区分 (OQSCD010), the values that this simulator gives."""

    GENERAL = "01"
    SPECIAL_MEDICAL_EXPENSE = "05"
    """特別療養費の対象者 (formerly 資格証明書): pays in full at the window (R-159)."""


class PersonalFamilyClassification(StrEnum):
    """本人・家族の別 (OQSCD009)."""

    INSURED = "1"
    FAMILY = "2"
