"""Slips in what is typed: a character misread, left out, put in, or changed for its neighbour.

Leading noughts that a program or a spreadsheet has dropped, or filled in, are one slip too, however
many they are.
"""

from __future__ import annotations

from eligibility.identifiers.insured_number import LONGEST

_DIGITS = "0123456789"


def slips(text: str) -> set[str]:
    """Return what a text may have been before one slip with its digits, and not the text itself.

    For n characters some 20 n of them: of the 20 characters that a number has at most, 450.
    """
    found = other_noughts(text)
    for place in range(len(text) + 1):
        before, after = text[:place], text[place:]
        found |= {before + digit + after for digit in _DIGITS}
        if after and after[0] in _DIGITS:
            found |= {before + digit + after[1:] for digit in ("", *_DIGITS)}
            found.add(before + after[1:2] + after[0] + after[2:])
    return found - {text, ""}


def other_noughts(text: str) -> set[str]:
    """Return a text of digits with other numbers of leading noughts; of another text, none."""
    if not text.isdecimal():
        return set()
    bare = text.lstrip("0")
    return {bare.zfill(length) for length in range(len(bare), LONGEST + 1)} - {text, ""}


def typed_apart(first: str, second: str) -> int:
    """Return by how many slips two texts differ, at least (optimal string alignment distance)."""
    if second in other_noughts(first):
        return 1
    above: list[int] = []
    row = list(range(len(second) + 1))
    for i, character in enumerate(first, start=1):
        two_above, above, row = above, row, [i]
        for j, other in enumerate(second, start=1):
            slips_here = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (character != other))
            swapped = i > 1 and j > 1 and (character, first[i - 2]) == (second[j - 2], other)
            row.append(min(slips_here, two_above[j - 2] + 1) if swapped else slips_here)
    return row[-1]
