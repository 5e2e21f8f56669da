"""Shift_JIS of JIS X 0208 (1990), and what becomes of a text that it cannot carry."""

from __future__ import annotations

import re
from functools import lru_cache

BLACK_CIRCLE = "●"
"""What is shown in place of a character that is not in the set (黒丸, oqs-interface §4.2)."""
_VARIANT = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Says which form of the character before it is meant; the set has one form of each."""


def carried(text: str) -> str:
    """Return a text as Shift_JIS carries it: each other character is ●."""
    if text.isascii():
        return text
    return "".join(map(_carried, _VARIANT.sub("", text)))


@lru_cache(maxsize=8192)
def _carried(character: str) -> str:
    # 0x5C and 0x7E of JIS X 0201 are ¥ and ‾, but programs read them as \ and ~.
    try:
        kept = character.encode("shift_jis").decode("shift_jis") == character
    except UnicodeEncodeError:
        kept = False
    return character if kept else BLACK_CIRCLE


def carried_by_windows(text: str) -> str:
    """Return a text as Shift_JIS with the characters of Windows carries it: each other is ●.

    So comes back what a program itself has written in it.
    """
    if text.isascii():
        return text
    return "".join(map(_carried_by_windows, _VARIANT.sub("", text)))


@lru_cache(maxsize=8192)
def _carried_by_windows(character: str) -> str:
    if _carried(character) == character:
        return character
    try:
        kept = character.encode("cp932").decode("cp932") == character
    except UnicodeEncodeError:
        kept = False
    return character if kept else BLACK_CIRCLE


def decoded(document: bytes) -> str:
    r"""Read Shift_JIS, also with the characters that Windows adds to it (①, 髙).

    Raises:
        UnicodeDecodeError: it is neither.
    """
    try:
        return document.decode("shift_jis")
    except UnicodeDecodeError:
        return document.decode("cp932")
