"""Code tables (OQSCD…, specification: oqs-interface §4) and the forms of single values.

The tables of what is answered of a qualification are here, those of settings, viewing and access
in `terminal_codes`. A table, or a single code, that exactly one public source has says so by
`Sources.ONE`; none was compared with the official tables, which are not public.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints
from pydantic_core import PydanticCustomError

from eligibility.days.dates import TOKYO
from wire.dates import (
    DAY_FORM,
    FIRST_YEAR,
    INSTANT_FORM,
    INSTANTS_BEGIN,
    INSTANTS_END,
    LAST_YEAR,
    DayOutOfBounds,
    half_width_day,
    read_bounded_day,
)
from wire.vocabulary.texts import ShortLine

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Self

    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema


@lru_cache(maxsize=65_536)
def _day_of_calendar(text: str) -> str:
    try:
        read_bounded_day(text)
    except DayOutOfBounds as error:
        raise PydanticCustomError(
            "day", "{reason}", {"reason": error.text.en, "japanese": error.text.ja}
        ) from None
    return text


def _typed_day_of_calendar(text: str) -> str:
    _day_of_calendar(half_width_day(text))
    return text


def _month_of_calendar(text: str) -> str:
    _day_of_calendar(f"{text}01")
    return text


def _instant_of_calendar(instant: datetime) -> datetime:
    if not INSTANTS_BEGIN <= instant <= INSTANTS_END:
        raise _no_instant()
    return instant


def _written_instant(text: str) -> str:
    if _INSTANT.fullmatch(text) is None:
        raise _no_instant()
    return text


def _no_instant() -> PydanticCustomError:
    first, last = INSTANTS_BEGIN.astimezone(TOKYO).year, INSTANTS_END.astimezone(TOKYO).year
    return PydanticCustomError(
        "instant",
        "write an instant from {first} to {last} with its time zone, as 2026-11-25T09:00:00+09:00",
        {
            "first": first,
            "last": last,
            "japanese": f"日時は{first}年から{last}年までで、2026-11-25T09:00:00+09:00のように"
            "書いてください。",
        },
    )


_INSTANT = re.compile(INSTANT_FORM)


@dataclass(frozen=True)
class Bounds:
    """Between which a day, a month or an instant of a request lies."""

    first: str
    last: str
    form: str = ""
    """A pattern of it, by which a table of many is read."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe the bounds."""
        return {**handler(schema), "formatMinimum": self.first, "formatMaximum": self.last}


_OF_INSTANTS = INSTANTS_BEGIN.isoformat(), INSTANTS_END.isoformat()

Day = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{8}$"),
    AfterValidator(_day_of_calendar),
    Bounds(f"{FIRST_YEAR}0101", f"{LAST_YEAR}1231", DAY_FORM),
]
"""A date of the calendar, ``yyyyMMdd``."""
TypedDay = Annotated[
    ShortLine,
    AfterValidator(_typed_day_of_calendar),
    Bounds(f"{FIRST_YEAR}0101", f"{LAST_YEAR}1231"),
    # For the reader of the document alone; what is wrong with a day is told by its own sentence.
    Field(json_schema_extra={"pattern": "^[0-9０-９]{8}$"}),
]
"""The same, in full width too, and kept as it was typed; `half_width_day` reads it."""
Month = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}(0[1-9]|1[0-2])$"),
    AfterValidator(_month_of_calendar),
    Bounds(f"{FIRST_YEAR}01", f"{LAST_YEAR}12"),
]
"""A month, ``yyyyMM``."""
Instant = Annotated[AwareDatetime, AfterValidator(_instant_of_calendar), Bounds(*_OF_INSTANTS)]
"""An instant of business time (ISO 8601, with its zone)."""
WrittenInstant = Annotated[
    str,
    StringConstraints(max_length=40),
    AfterValidator(_written_instant),
    Bounds(*_OF_INSTANTS, INSTANT_FORM),
]
"""The same, kept as it is written."""
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
Count = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,7}$")]
"""How many; a text, as all values of the interface are."""


class Sources(Enum):
    """How many public sources a code is known by; all of them are second hand."""

    ONE = "exactly one"
    SEVERAL = "two or more, which agree"


class Code(StrEnum):
    """A code table: what is written, and what it means in Japanese."""

    table: ClassVar[str]
    """Its number, as ``OQSCD010``; several where tables have the same codes."""
    table_sources: ClassVar[Sources]
    label: str
    """The Japanese word of the table."""
    own_sources: Sources | None

    def __new__(cls, code: str, label: str = "", sources: Sources | None = None) -> Self:
        """Make a member: its code, its label, and its sources where they are not the table's."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.label, member.own_sources = label, sources
        return member

    def __init_subclass__(cls, *, table: str, sources: Sources) -> None:
        super().__init_subclass__()
        cls.table, cls.table_sources = table, sources

    @property
    def sources(self) -> Sources:
        """How many public sources have this code."""
        return self.own_sources or self.table_sources


class LimitConsent(Code, table="OQSCD001", sources=Sources.SEVERAL):
    """限度額適用認定証提供同意フラグ."""

    NOT_GIVEN = "0", "未同意"
    GIVEN = "1", "同意"


class ReferenceClassification(Code, table="OQSCD002", sources=Sources.SEVERAL):
    """照会区分; readers of papers write 7 and 8 into it, which OQS does not (§3.7)."""

    CARD = "1", "マイナンバーカード"
    NUMBER = "2", "被保険者証情報"


class SegmentOfResult(Code, table="OQSCD003", sources=Sources.SEVERAL):
    """処理結果区分."""

    NORMAL = "1", "正常終了"
    IN_PROGRESS = "2", "処理中"
    ABNORMAL = "9", "異常終了"


class ProcessingResultStatus(Code, table="OQSCD004", sources=Sources.SEVERAL):
    """処理結果状況."""

    NORMAL = "1", "正常終了"
    ERROR = "2", "エラー"


class CharacterCodeIdentifier(Code, table="OQSCD005", sources=Sources.SEVERAL):
    """文字コード識別."""

    UTF_8 = "0", "UTF-8"
    SHIFT_JIS = "1", "Shift_JIS"


class Sex(Code, table="OQSCD007", sources=Sources.SEVERAL):
    """性別."""

    MALE = "1", "男"
    FEMALE = "2", "女"
    UNSET = "3", "未設定"


class PersonalFamilyClassification(Code, table="OQSCD009", sources=Sources.SEVERAL):
    """本人・家族の別."""

    INSURED = "1", "本人"
    FAMILY = "2", "家族"


class InsuredCardClassification(Code, table="OQSCD010", sources=Sources.SEVERAL):
    """被保険者証区分; a 資格確認書 has no code of its own that is publicly known."""

    GENERAL = "01", "一般"
    RETIRED = "02", "退職"
    SHORT_TERM_GENERAL = "03", "短期（一般）"
    SHORT_TERM_RETIRED = "04", "短期（退職）"
    SPECIAL_MEDICAL_EXPENSE = "05", "特別療養費支給対象者"
    """Formerly 資格証明書: pays in full at the window (R-159)."""
    SPECIAL_RETIRED = "06", "特例退職"
    SELF_DEFENCE_FORCES = "07", "自衛官診療証"
    PUBLIC_ASSISTANCE = "A1", "医療扶助", Sources.ONE


class LimitCertificate(Code, table="OQSCD011", sources=Sources.SEVERAL):
    """限度額適用認定証区分."""

    LIMIT = "01", "限度額適用認定証"
    LIMIT_AND_REDUCTION = "02", "限度額適用・標準負担額減額認定証"
    REDUCTION = "03", "標準負担額減額認定証"


class LimitCategory(Code, table="OQSCD012", sources=Sources.SEVERAL):
    """限度額適用認定証適用区分."""

    A01 = "A01", "ア"
    A02 = "A02", "イ"
    A03 = "A03", "ウ"
    A04 = "A04", "エ"
    A05 = "A05", "オ"
    A06 = "A06", "オ（境界層）"
    B01 = "B01", "現役並みⅢ"
    B02 = "B02", "現役並みⅡ"
    B03 = "B03", "現役並みⅠ"
    B04 = "B04", "一般（70歳から74歳）"
    B05 = "B05", "低所得Ⅱ"
    B06 = "B06", "低所得Ⅰ"
    B07 = "B07", "低所得Ⅰ（老福）"
    B08 = "B08", "低所得Ⅰ（境界層）"
    B09 = "B09", "一般Ⅱ（後期高齢者）"
    B10 = "B10", "一般Ⅰ（後期高齢者）"


class SpecificDisease(Code, table="OQSCD013", sources=Sources.SEVERAL):
    """特定疾病療養受療証認定疾病区分."""

    KIDNEY = "1", "人工透析が必要な慢性腎不全"
    CLOTTING_FACTOR = "2", "先天性血液凝固因子障害"
    HIV = "3", "血液凝固因子製剤に起因するHIV感染症"


class LimitChange(Code, table="OQSCD014", sources=Sources.ONE):
    """限度額適用認定証の変更, of a result in bulk."""

    NONE = "0", "なし"
    CHANGED_OR_UNKNOWN = "1", "あり・判定不能"


class Preschool(Code, table="OQSCD015", sources=Sources.SEVERAL):
    """未就学区分; a comment of one source also has 2 (就学中), which is not among these."""

    YES = "1", "該当"


class ConsentState(Code, table="OQSCD016", sources=Sources.SEVERAL):
    """同意区分."""

    NONE = "0", "同意なし"
    GIVEN = "1", "同意あり"
    EXPIRED = "2", "有効期限切れ"
    NOT_OBTAINABLE = "3", "取得困難", Sources.ONE


class PrescriptionIssue(Code, table="OQSCD017", sources=Sources.SEVERAL):
    """処方箋発行形態."""

    ELECTRONIC = "1", "電子処方箋"
    PAPER = "2", "紙の処方箋"


class TicketType(Code, table="OQSCD018", sources=Sources.ONE):
    """券別."""

    MEDICAL = "01", "医療券"
    DISPENSING = "02", "調剤券"


class TreatmentType(Code, table="OQSCD019", sources=Sources.ONE):
    """診療別."""

    INPATIENT = "01", "入院"
    OUTPATIENT = "02", "入院外"
    DENTAL = "03", "歯科"
    DISPENSING = "04", "調剤"
    HOME_NURSING = "05", "訪問看護"


class SingleOrCombined(Code, table="OQSCD020", sources=Sources.ONE):
    """単独・併用."""

    SINGLE = "01", "単独"
    COMBINED = "02", "併用"


class Presence(Code, table="OQSCD021, OQSCD023, OQSCD024, OQSCD025", sources=Sources.ONE):
    """社会保険・感染症・後期高齢者医療・県費の有無."""

    YES = "01", "あり"
    NO = "02", "なし"


class Consistency(Code, table="OQSCD022", sources=Sources.ONE):
    """整合性フラグ."""

    INCONSISTENT = "1", "不整合あり"


class DesignationMatch(Code, table="OQSCD026", sources=Sources.ONE):
    """指定医療機関フラグ."""

    SAME = "0", "一致"
    DIFFERENT = "1", "不一致"
