"""Rows of digits as people type them (数字の列): reading them, and saying what is wrong with one.

What the numbers of N-001, N-002, N-004 and N-005 have in common.
"""

import unicodedata

from eligibility.sentence import Sentence

HYPHENS = frozenset("-‐‑‒–—―−ー－ｰ")
"""What people type between groups of digits, the long vowel mark (長音) included."""

_SHOWN_CHARACTERS = 20
"""How much of a wrong entry its error repeats; a file may hold anything."""

_SECRET_DIGITS = 12
"""A row of so many may be somebody's 個人番号 in the wrong field, and is not repeated."""


class InvalidNumber(ValueError):
    """What was entered is not such a number; `text` says what is wrong with it.

    `place` is the character at fault, counted from 1 after blanks and hyphens were dropped, and
    `expected` the check digit that would fit. Neither is known of every fault, and `expected` is
    never told of an individual number.
    """

    def __init__(
        self, ja: str, en: str, *, place: int | None = None, expected: int | None = None
    ) -> None:
        self.text = Sentence(ja, en)
        super().__init__(str(self.text))
        self.place = place
        self.expected = expected


def luhn_check_digit(body: str) -> int:
    """Return the 検証番号 of a row of ASCII digits (N-002).

    From the right, digits are multiplied by 2, 1, 2, 1 …, the digits of each product are added up,
    and the sum is completed to the next ten. Anything but digits is a `ValueError`.
    """
    if not only_digits(body):
        raise ValueError("a check digit is computed over digits only")
    total = 0
    for position, digit in enumerate(reversed(body)):
        product = int(digit) * (1 if position % 2 else 2)
        total += product // 10 + product % 10
    return -total % 10


def to_half_width(text: str) -> str:
    """Return the text in half width, without blanks and without hyphens of any kind."""
    if only_digits(text):
        return text
    return "".join(
        character
        for character in unicodedata.normalize("NFKC", text)
        if not character.isspace() and character not in HYPHENS
    )


def only_digits(text: str) -> bool:
    """Tell whether the text is a row of ASCII digits; an empty one is not."""
    return text.isascii() and text.isdigit()


def first_non_digit(text: str) -> int | None:
    """Return the place, from 1, of the first character that is no ASCII digit."""
    if only_digits(text):
        return None
    for place, character in enumerate(text, start=1):
        if not only_digits(character):
            return place
    return None


def for_error_message(text: str) -> str:
    """Return what an error repeats of an entry: printable, no secret, and not a whole file."""
    if len(text) == _SECRET_DIGITS and only_digits(text):
        return "*" * _SECRET_DIGITS
    start = text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in start)


def lost_zero(digits: str, length: int) -> Sentence:
    """Suspect a spreadsheet that dropped a leading nought, where one would make it right."""
    restored = f"0{digits}"
    if len(restored) != length or luhn_check_digit(restored[:-1]) != int(restored[-1]):
        return Sentence("", "")
    return Sentence(
        f"先頭の0が落ちていませんか（{restored}）。",
        f" Has its leading 0 been dropped ({restored})?",
    )


def verify_digits(text: str, name: Sentence) -> None:
    """Refuse what is empty or has another character (`InvalidNumber`); `name` is what it is."""
    if not text:
        raise InvalidNumber(
            f"{name.ja}がありません。数字で入力してください。",
            f"The {name.en} is missing; enter its digits.",
        )
    place = first_non_digit(text)
    if place is not None:
        entry, character = for_error_message(text), for_error_message(text[place - 1])
        raise InvalidNumber(
            f"{name.ja}「{entry}」の{place}文字目「{character}」は数字ではありません。"
            "数字だけを入力してください。",
            f"Character {place} of the {name.en} '{entry}', '{character}', is no digit; "
            "enter digits only.",
            place=place,
        )


def verify_check_digit(digits: str, name: Sentence) -> None:
    """Refuse digits whose last is not the 検証番号 of the others (`InvalidNumber`; N-002)."""
    expected = luhn_check_digit(digits[:-1])
    if int(digits[-1]) != expected:
        raise InvalidNumber(
            f"{name.ja}「{digits}」の検査用数字（末尾の{digits[-1]}）が合いません。"
            f"正しい番号なら末尾は{expected}です。入力を確認してください。",
            f"The check digit of the {name.en} '{digits}' does not fit: it ends in {digits[-1]}, "
            f"but should in {expected}. Check what was entered.",
            place=len(digits),
            expected=expected,
        )
