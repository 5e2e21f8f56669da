"""Code tables (OQSCD…) and the forms of single values."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

Day = Annotated[str, StringConstraints(pattern=r"^\d{8}$")]
"""A date, ``yyyyMMdd``."""
Moment = Annotated[str, StringConstraints(pattern=r"^\d{14}$")]
"""A time of Tokyo, ``yyyyMMddHHmmss``."""
Flag = Annotated[str, StringConstraints(pattern=r"^[01]$")]
"""``1`` where it is so, ``0`` where not."""
Institution = Annotated[str, StringConstraints(pattern=r"^\d{10}$")]
"""A medical institution code (医療機関コード, N-004), 10 digits."""
Base64 = Annotated[str, StringConstraints(min_length=4, max_length=8192)]
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
