"""Birthdays (誕生日) and the ages of the law, which are reached on the day before.

年齢計算ニ関スル法律: an age is reached at the end of the day before the birthday. Where a rule
speaks of a birthday (certificates, cards) and the person was born on 29 February, the birthday of
an ordinary year is a parameter [unverified].
"""

import calendar
from datetime import date, timedelta
from enum import StrEnum

DAYS_KEPT = 40_000
"""Of how many days it is kept what follows from them: all birthdays of living people, who are asked
about again and again where an insurer goes through all of its members."""


class LeapBirthday(StrEnum):
    """When someone born on 29 February has their birthday in an ordinary year [unverified]."""

    FEB28 = "feb28"
    MAR01 = "mar01"


def birthday_in(birthdate: date, year: int, leap: LeapBirthday = LeapBirthday.FEB28) -> date:
    """Return the birthday of the year (P-001)."""
    if (birthdate.month, birthdate.day) == (2, 29) and not calendar.isleap(year):
        return date(year, 2, 28) if leap is LeapBirthday.FEB28 else date(year, 3, 1)
    return birthdate.replace(year=year)


def nth_birthday_after(
    birthdate: date, day: date, n: int, leap: LeapBirthday = LeapBirthday.FEB28
) -> date:
    """Return the n-th birthday after the day; one on the day itself is not counted (P-001)."""
    if n < 1:
        raise ValueError(f"birthdays after a day are counted from 1, not {n}")
    past = birthday_in(birthdate, day.year, leap) <= day
    return birthday_in(birthdate, day.year + n - (not past), leap)


def age_on(birthdate: date, on: date, leap: LeapBirthday = LeapBirthday.FEB28) -> int:
    """Return the age in years, which rises on the birthday (R-110, P-008).

    A day before birth is a `ValueError`.
    """
    if on < birthdate:
        raise ValueError(f"{on.isoformat()} lies before the birth on {birthdate.isoformat()}")
    return on.year - birthdate.year - (on < birthday_in(birthdate, on.year, leap))


def age_reached_on(birthdate: date, age: int) -> date:
    """Return the day on which the law lets a person reach the age: the day before the birthday.

    P-070, P-071. Someone born on 29 February reaches it on 28 February of any year.
    """
    return birthday_in(birthdate, birthdate.year + age, LeapBirthday.MAR01) - timedelta(days=1)
