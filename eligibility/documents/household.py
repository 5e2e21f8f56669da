"""The head of the household (世帯主) that a paper of 国保 names (R-056)."""

from datetime import date

from eligibility.days.birthdays import age_on
from eligibility.documents.content import NATIONAL
from eligibility.identifiers.numbers import InsurerKind

FIRST_BRANCHES = ("", "00", "01")
"""枝番 under which the head of the household is taken to stand; empty where there are none
[interp]."""
OF_AGE = 18
"""From which age one who is insured as 本人 is taken for the head where none was filed [interp]."""


class HeadUnknown(ValueError):
    """No paper is made out while nobody knows who the head of the household is."""


def head_of_household(
    kind: InsurerKind,
    member: str,
    birthdate: date,
    on: date,
    *,
    filed: str,
    insured: bool,
    branch: str,
) -> str | None:
    """Return the 世帯主氏名 of a member's paper; None outside 国保, whose papers have none.

    `filed` is the name that the insurer reported, empty where it reported none, `insured` whether
    the member is 本人. A grown member without a filed head is taken for the head under the first
    枝番 of a 記号・番号; others never are. Nor is a child, not even where its own name was filed.

    Raises `HeadUnknown`.
    """
    if kind not in NATIONAL:
        return None
    grown = is_of_age(birthdate, on)
    if filed and (grown or _plain(filed) != _plain(member)):
        return filed
    if insured and grown and branch in FIRST_BRANCHES:
        return member
    raise HeadUnknown("The head of the household is not on record.")


def is_of_age(birthdate: date, on: date) -> bool:
    """Tell whether somebody is taken for a head where nobody said so; nobody is before birth."""
    return on >= birthdate and age_on(birthdate, on) >= OF_AGE


def _plain(name: str) -> str:
    return "".join(name.split())
