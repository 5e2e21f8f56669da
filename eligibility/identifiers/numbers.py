"""Numbers that carry a check digit: of insurers, of medical institutions, of persons.

Rules N-001, N-002, N-004 and N-005. Fictional numbers come from prefecture 99, which does not
exist. 記号・番号・枝番 have no check digit and live in `eligibility.identifiers.insured_number`.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from operator import mul
from typing import Self

from eligibility.identifiers.digits import (
    InvalidNumber,
    first_non_digit,
    for_error_message,
    lost_zero,
    luhn_check_digit,
    only_digits,
    to_half_width,
    verify_check_digit,
    verify_digits,
)
from eligibility.sentence import Sentence

__all__ = [
    "FICTIONAL_PREFECTURE",
    "PADDING",
    "IndividualNumber",
    "InsurerKind",
    "InsurerNumber",
    "InvalidNumber",
    "MedicalInstitutionCode",
    "PointTable",
    "individual_check_digit",
    "luhn_check_digit",
]

FICTIONAL_PREFECTURE = "99"

_INSURER_NUMBER = Sentence("保険者番号", "insurer number")
_INSTITUTION_CODE = Sentence("医療機関コード", "medical institution code")

PADDING = "00"
"""What fills the place of the 法別番号 before a 6-digit number in an 8-digit field (N-001)."""


class InsurerKind(StrEnum):
    """Kinds of insurers (保険種別), told by the 法別番号 of the number (N-001)."""

    KYOKAI = "kyokai"
    """協会けんぽ."""
    SENIN = "senin"
    """船員保険."""
    HIYATOI = "hiyatoi"
    """日雇特例."""
    KUMIAI = "kumiai"
    """組合健保, and 特例退職 of such."""
    JIEIKAN = "jieikan"
    """自衛官."""
    KYOSAI = "kyosai"
    """共済組合, and 特例退職 of such."""
    KOUKI = "kouki"
    """後期高齢者医療."""
    KOKUHO = "kokuho"
    """市町村国保, and 退職国保 [unverified]."""
    KOKUHO_KUMIAI = "kokuho_kumiai"
    """国保組合."""

    @property
    def employees(self) -> bool:
        """Whether it is 被用者保険, whose claims go to the 支払基金 (P-083)."""
        return self not in {self.KOUKI, self.KOKUHO, self.KOKUHO_KUMIAI}

    @property
    def employer_proof(self) -> bool:
        """Whether it has 健康保険被保険者資格証明書: 健康保険 alone does (R-048) [interp]."""
        return self in {self.KYOKAI, self.KUMIAI}


_KIND_OF_LAW = {
    "01": InsurerKind.KYOKAI,
    "02": InsurerKind.SENIN,
    "03": InsurerKind.HIYATOI,
    "04": InsurerKind.HIYATOI,
    "06": InsurerKind.KUMIAI,
    "07": InsurerKind.JIEIKAN,
    "31": InsurerKind.KYOSAI,
    "32": InsurerKind.KYOSAI,
    "33": InsurerKind.KYOSAI,
    "34": InsurerKind.KYOSAI,
    "39": InsurerKind.KOUKI,
    "63": InsurerKind.KUMIAI,
    "67": InsurerKind.KOKUHO,
    "72": InsurerKind.KYOSAI,
    "73": InsurerKind.KYOSAI,
    "74": InsurerKind.KYOSAI,
    "75": InsurerKind.KYOSAI,
}


@dataclass(frozen=True, slots=True, order=True)
class InsurerNumber:
    """保険者番号: 8 digits, or 6 of 国民健康保険, the last being the check digit (N-001, N-002).

    `digits` are ASCII digits without padding. Both the constructor and `parse` raise
    `InvalidNumber`.
    """

    digits: str

    def __post_init__(self) -> None:
        """Check length and check digit."""
        verify_digits(self.digits, _INSURER_NUMBER)
        if len(self.digits) not in {6, 8}:
            entry, zero = for_error_message(self.digits), lost_zero(self.digits, 8)
            raise InvalidNumber(
                f"保険者番号「{entry}」は{len(self.digits)}桁です。"
                f"8桁（国保は6桁）で入力してください。{zero.ja}",
                f"The insurer number '{entry}' has {len(self.digits)} digits; "
                f"enter 8, or 6 of National Health Insurance.{zero.en}",
            )
        if len(self.digits) == 8 and self.law == PADDING:
            raise InvalidNumber(
                f"保険者番号「{self.digits}」の先頭の{PADDING}は国保の6桁の番号の前の埋め草です。"
                f"「{self.digits[2:]}」と入力してください。",
                f"The leading {PADDING} of the insurer number '{self.digits}' pads a 6-digit "
                f"number; enter '{self.digits[2:]}'.",
                place=1,
            )
        verify_check_digit(self.digits, _INSURER_NUMBER)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a number as people and files write it.

        Full-width digits, blanks and hyphens around or between, and the 8-character form of a
        6-digit number (padded on the left with blanks or 00) are all understood.
        """
        digits = to_half_width(text)
        if len(digits) == 8 and digits.startswith(PADDING):
            digits = digits[len(PADDING) :]
        return cls(digits)

    def __str__(self) -> str:
        return self.digits

    def padded(self) -> str:
        """Return the 8-character form of the interface, a 6-digit number led by two blanks."""
        return self.digits.rjust(8)

    @property
    def law(self) -> str | None:
        """法別番号, two digits; None of a 6-digit number."""
        return self.digits[:2] if len(self.digits) == 8 else None

    @property
    def prefecture(self) -> str:
        """都道府県番号, two digits."""
        return self.digits[-6:-4]

    @property
    def serial(self) -> str:
        """保険者別番号, three digits."""
        return self.digits[-4:-1]

    @property
    def check_digit(self) -> int:
        """検証番号."""
        return int(self.digits[-1])

    @property
    def fictional(self) -> bool:
        """Whether the number belongs to the prefecture that does not exist."""
        return self.prefecture == FICTIONAL_PREFECTURE

    @property
    def kind(self) -> InsurerKind | None:
        """保険種別 by 法別番号; None of one that the catalogue does not know.

        A 6-digit number is 国保, that of a 国保組合 when its 保険者別番号 is in the 300s.
        """
        if self.law is None:
            association = self.serial.startswith("3")
            return InsurerKind.KOKUHO_KUMIAI if association else InsurerKind.KOKUHO
        return _KIND_OF_LAW.get(self.law)


class PointTable(StrEnum):
    """点数表番号, the third digit of a medical institution code (N-004)."""

    MEDICAL = "1"
    """医科."""
    DENTAL = "3"
    """歯科."""
    PHARMACY = "4"
    """調剤."""
    HOME_NURSING = "6"
    """訪問看護."""


@dataclass(frozen=True, slots=True, order=True)
class MedicalInstitutionCode:
    """医療機関コード, 10 digits: prefecture 2, point table 1, number 6, check digit 1 (N-004).

    Both the constructor and `parse` raise `InvalidNumber`.
    """

    digits: str

    def __post_init__(self) -> None:
        """Check length and check digit."""
        verify_digits(self.digits, _INSTITUTION_CODE)
        if len(self.digits) != 10:
            entry, zero = for_error_message(self.digits), lost_zero(self.digits, 10)
            raise InvalidNumber(
                f"医療機関コード「{entry}」は{len(self.digits)}桁です。"
                f"都道府県番号から10桁で入力してください。{zero.ja}",
                f"The medical institution code '{entry}' has {len(self.digits)} "
                f"digits; enter all 10, beginning with the prefecture.{zero.en}",
            )
        verify_check_digit(self.digits, _INSTITUTION_CODE)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a code with full-width digits, blanks or hyphens."""
        return cls(to_half_width(text))

    def __str__(self) -> str:
        return self.digits

    @property
    def prefecture(self) -> str:
        """都道府県番号, two digits."""
        return self.digits[:2]

    @property
    def district(self) -> str:
        """郡市区番号, two digits."""
        return self.digits[3:5]

    @property
    def serial(self) -> str:
        """The institution's own number, four digits."""
        return self.digits[5:9]

    @property
    def check_digit(self) -> int:
        """検証番号."""
        return int(self.digits[-1])

    @property
    def fictional(self) -> bool:
        """Whether the code belongs to the prefecture that does not exist."""
        return self.prefecture == FICTIONAL_PREFECTURE

    @property
    def point_table(self) -> PointTable | None:
        """点数表番号; None of a table that the catalogue has no name for (5, 7, 8 exist)."""
        try:
            return PointTable(self.digits[2])
        except ValueError:
            return None


_TWELVE_DIGITS = re.compile(r"(?<!\d)\d{4}[\W_ー]{0,3}\d{4}[\W_ー]{0,3}\d{4}(?!\d)")
"""Twelve digits in a row, or in three groups, as a card prints them."""


def holds_individual_number(text: str) -> bool:
    """Tell whether a text holds what may be a 個人番号; its check digit may be mistyped."""
    return _TWELVE_DIGITS.search(unicodedata.normalize("NFKC", text)) is not None


@dataclass(frozen=True, slots=True, repr=False)
class IndividualNumber:
    """個人番号 (マイナンバー), 12 digits with a check digit of its own (N-005).

    Never belongs on the side of a medical institution. Only the last four digits are ever shown,
    and an error shows none. Both the constructor and `parse` raise `InvalidNumber`.
    """

    digits: str

    def __post_init__(self) -> None:
        """Check length and check digit, without ever telling the digits."""
        place = first_non_digit(self.digits)
        if place is not None:
            raise InvalidNumber(
                f"個人番号の{place}文字目が数字ではありません。12桁の数字を入力してください。",
                f"Character {place} of the individual number is no digit; enter 12 digits.",
                place=place,
            )
        if len(self.digits) != 12:
            raise InvalidNumber(
                f"個人番号は12桁の数字ですが、{len(self.digits)}桁が入力されました。"
                "桁数を確認してください。",
                f"An individual number is 12 digits, but {len(self.digits)} were entered; "
                "check what is missing or too many.",
            )
        if int(self.digits[-1]) != individual_check_digit(self.digits[:-1]):
            raise InvalidNumber(
                "個人番号の検査用数字が合いません。入力を確認してください。",
                "The check digit of the individual number does not fit; check what was entered.",
                place=12,
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a number with full-width digits, blanks or hyphens."""
        return cls(to_half_width(text))

    @property
    def last_four(self) -> str:
        """The four digits that a member compares with their card (R-190)."""
        return self.digits[-4:]

    def __str__(self) -> str:
        return f"********{self.last_four}"

    def __repr__(self) -> str:
        return f"IndividualNumber('{self}')"


_INDIVIDUAL_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
"""Qn of the 11 digits from the left; Qn is n + 1 up to the 6th from the right, then n - 5."""
_WEIGHT_OF_NOUGHTS = ord("0") * sum(_INDIVIDUAL_WEIGHTS)


def individual_check_digit(body: str) -> int:
    """Return the 検査用数字 of the first 11 digits of a 個人番号 (N-005)."""
    if not only_digits(body) or len(body) != 11:
        raise ValueError("the check digit of an individual number is computed over 11 digits")
    remainder = (sum(map(mul, body.encode(), _INDIVIDUAL_WEIGHTS)) - _WEIGHT_OF_NOUGHTS) % 11
    return 0 if remainder <= 1 else 11 - remainder
