"""記号・番号・枝番: what an insurer calls one insured person (N-003).

They have no check digit. The branch tells the members of a family apart; cards from before 2020-10
(協会けんぽ) or 2021 (国保) do not show it. 後期高齢者医療 has a number of 8 digits and neither
symbol nor branch [unverified].
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Self

from eligibility.identifiers.digits import HYPHENS, InvalidNumber, to_half_width
from eligibility.identifiers.numbers import InsurerKind
from eligibility.sentence import Sentence

LONGEST = 20
"""Characters of a symbol or a number, as the online check takes them."""

LATE_ELDERLY_DIGITS = 8
"""Digits of the 被保険者番号 of 後期高齢者医療 [unverified]."""

BRANCH_PRINTED_FROM = {
    InsurerKind.KYOKAI: date(2020, 10, 19),
    InsurerKind.KOKUHO: date(2021, 1, 1),
}
"""From when documents show a branch; of 国保 only the year is known [interp]."""

_PRINTED = re.compile(
    r"(?:記号\s*(?P<symbol>.{0,40}?)\s*)?番号\s*(?P<number>.{0,40}?)\s*"
    r"(?:[(（]?枝番[)）]?\s*(?P<branch>.{0,8}))?"
)


@dataclass(frozen=True, slots=True, order=True)
class InsuredNumber:
    """One insured person within an insurer.

    `symbol` is "" where the insurer has none, `branch` two digits, or None where it is not known.
    Numbers that people write differently are equal once they were read by `parse`. Both it and the
    constructor raise `InvalidNumber`.
    """

    symbol: str
    number: str
    branch: str | None = None

    def __post_init__(self) -> None:
        """Check that there is a number, the lengths, and that a branch is two digits."""
        if not self.number:
            raise InvalidNumber(
                "番号がありません。記号・番号の番号を入力してください。",
                "The number is missing; enter the one that stands beside the symbol.",
            )
        _verify_text(self.symbol, Sentence("記号", "symbol"))
        _verify_text(self.number, Sentence("番号", "number"))
        if self.branch is not None and not re.fullmatch(r"[0-9]{2}", self.branch):
            raise InvalidNumber(
                "枝番は00から99までの2桁の数字です。なければ空欄にしてください。",
                "A branch is two digits from 00 to 99; leave it empty where there is none.",
            )

    @classmethod
    def parse(
        cls, symbol: str | None, number: str, branch: str | None, kind: InsurerKind | None = None
    ) -> Self:
        """Read what people and files write.

        Full width and blanks do not matter, hyphens only in a symbol. A branch of one digit is
        padded; leading noughts of a number are part of it. With a `kind`, what that insurance does
        not have is refused.
        """
        tidy = _half_width_branch(branch)
        if kind is InsurerKind.KOUKI:
            _verify_late_elderly(symbol, number, tidy)
        return cls(_half_width_symbol(symbol), to_half_width(number), tidy)

    @classmethod
    def from_print(cls, text: str) -> Self:
        """Read the line of a document: 記号 000 番号 00000000 (枝番) 00."""
        found = _PRINTED.fullmatch(text.strip())
        if found is None:
            raise InvalidNumber(
                "記号・番号が読み取れません。「記号 000 番号 00000000 (枝番) 00」のように"
                "入力してください。",
                "No symbol and number can be read; write them like "
                "「記号 000 番号 00000000 (枝番) 00」.",
            )
        return cls.parse(found["symbol"], found["number"], found["branch"])

    def __str__(self) -> str:
        """Write the line as documents print it."""
        symbol = f"記号 {self.symbol} " if self.symbol else ""
        branch = "" if self.branch is None else f" (枝番) {self.branch}"
        return f"{symbol}番号 {self.number}{branch}"


def branch_expected(kind: InsurerKind, issued_on: date) -> bool:
    """Tell whether a document of this day shows a branch (N-003).

    Of other insurers than 協会けんぽ and 国保, the day of 国保 is taken [interp].
    """
    if kind is InsurerKind.KOUKI:
        return False
    return issued_on >= BRANCH_PRINTED_FROM.get(kind, BRANCH_PRINTED_FROM[InsurerKind.KOKUHO])


def comparable_symbol(text: str) -> str:
    """Return a symbol (記号) as it is compared: widths, blanks and kinds of hyphens do not matter.

    One that would become too long by it, as by ㈱, is compared as it stands.
    """
    if text.isascii() and text.isalnum():
        return text
    return _if_short(text, _half_width_symbol)


def comparable_number(text: str) -> str:
    """Return a number (番号) as it is compared: widths, blanks and hyphens do not matter."""
    if text.isascii() and text.isalnum():
        return text
    return _if_short(text, to_half_width)


def comparable_branch(text: str | None) -> str | None:
    """Return a branch (枝番) as it is compared, None where there is none.

    One digit is padded. ``00`` is a branch; it is not the same as none.
    """
    if not text or (len(text) == 2 and text.isascii() and text.isalnum()):
        return text or None
    found = _half_width_branch(text)
    return found if found is None or len(found) == 2 else text


@lru_cache(maxsize=65_536)
def _if_short(text: str, read: Callable[[str], str]) -> str:
    found = read(text)
    return found if len(found) <= LONGEST else text


def _half_width_symbol(text: str | None) -> str:
    half_width = "".join(unicodedata.normalize("NFKC", text or "").split())
    # The long vowel mark may belong to a name here, and is left alone.
    dashes = HYPHENS - {"ー"}
    return "".join("-" if character in dashes else character for character in half_width)


def _half_width_branch(text: str | None) -> str | None:
    half_width = to_half_width(text or "")
    return half_width.zfill(2) if half_width else None


def _verify_text(text: str, name: Sentence) -> None:
    if len(text) > LONGEST:
        raise InvalidNumber(
            f"{name.ja}が{len(text)}文字あります。{LONGEST}文字までで入力してください。",
            f"The {name.en} has {len(text)} characters; enter at most {LONGEST}.",
        )
    for place, character in enumerate(text, start=1):
        if not character.isprintable() or character.isspace():
            raise InvalidNumber(
                f"{name.ja}の{place}文字目は使えない文字です。入力しなおしてください。",
                f"Character {place} of the {name.en} cannot be used; enter it again.",
                place=place,
            )


def _verify_late_elderly(symbol: str | None, number: str, branch: str | None) -> None:
    digits = to_half_width(number)
    if not re.fullmatch(rf"[0-9]{{{LATE_ELDERLY_DIGITS}}}", digits):
        raise InvalidNumber(
            f"後期高齢者医療の被保険者番号は{LATE_ELDERLY_DIGITS}桁の数字です。",
            f"The number of 後期高齢者医療 is {LATE_ELDERLY_DIGITS} digits.",
        )
    if _half_width_symbol(symbol) or branch is not None:
        raise InvalidNumber(
            "後期高齢者医療には記号と枝番がありません。空欄にしてください。",
            "後期高齢者医療 has neither symbol nor branch; leave them empty.",
        )
