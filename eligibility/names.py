"""Names (氏名) in answers: characters that the system could not convert become ● (P-029).

About one record in twenty has one. They never stand in the way of an eligibility, and a claim may
be sent with them.
"""

import unicodedata
from datetime import date

UNCONVERTIBLE = "●"


def has_unconvertible(name: str) -> bool:
    """Tell whether a character of the name was lost on the way."""
    return UNCONVERTIBLE in name


def same_name(one: str, other: str) -> bool:
    """Tell whether two spellings can be of one name: ● stands for any one character (P-029)."""
    first, second = _plain(one), _plain(other)
    return len(first) == len(second) and all(
        a == b or UNCONVERTIBLE in {a, b} for a, b in zip(first, second, strict=True)
    )


def same_person(kana: str, birthdate: date, other_kana: str, other_birthdate: date) -> bool:
    """Tell whether two records are of one person by reading and date of birth (P-029).

    Full and half width, hiragana and katakana, blanks and small characters do not matter.
    """
    return birthdate == other_birthdate and _reading(kana) == _reading(other_kana)


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())


_SMALL = str.maketrans("ァィゥェォッャュョヮ", "アイウエオツヤユヨワ")


def _reading(kana: str) -> str:
    """Return the reading in full-width katakana; official records have no small characters."""
    katakana = "".join(
        chr(ord(character) + 0x60) if "ぁ" <= character <= "ゖ" else character
        for character in _plain(kana)
    )
    return katakana.translate(_SMALL)
