"""Burden (一部負担金): which share of the cost a patient pays, and how many yen that is.

Rules P-053, P-062, P-070 to P-072, P-074, R-075, R-096, R-150 and R-159. Ratios are in tenths (割).
"""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from eligibility.days.birthdays import DAYS_KEPT, age_on, age_reached_on
from eligibility.sentence import Sentence

FULL = 10
"""全額 (10割): without insurance."""

SPECIAL_EXPENSES_RATIO = FULL
"""What a member in arrears pays at the window, to claim 特別療養費 later (R-159) [unverified]."""

YEN_PER_POINT = 10


@lru_cache(maxsize=DAYS_KEPT)
def preschool_until(birthdate: date) -> date:
    """Return the last day before compulsory school: 31 March on or after reaching 6 (P-070).

    The age is reached on the day before the birthday [unverified for this rule]: someone born on
    1 April goes to school a year before someone born on 2 April.
    """
    six = age_reached_on(birthdate, 6)
    return date(six.year + ((six.month, six.day) > (3, 31)), 3, 31)


@lru_cache(maxsize=DAYS_KEPT)
def elderly_from(birthdate: date) -> date:
    """Return the day from which the ratio of 70 to 74 holds (P-071).

    The 1st of the month after the 70th birthday; for someone born on the 1st, the birthday.
    """
    reached = age_reached_on(birthdate, 70)
    return (reached.replace(day=1) + timedelta(days=31)).replace(day=1)


@lru_cache(maxsize=DAYS_KEPT)
def late_elderly_from(birthdate: date) -> date:
    """Return the day from which 後期高齢者医療 holds: the 75th birthday (P-053).

    In a year without the birthday of someone born on 29 February, 1 March [interp].
    """
    return age_reached_on(birthdate, 75) + timedelta(days=1)


DISABLED_LATE_ELDERLY_AGE = 65
"""From which age 後期高齢者医療 takes in who is certified as disabled (障害認定)
[public: 高齢者の医療の確保に関する法律 50条]."""


def may_be_late_elderly(birthdate: date, on: date) -> bool:
    """Tell whether somebody can be in 後期高齢者医療: nobody before the 65th birthday [interp]."""
    return on > age_reached_on(birthdate, DISABLED_LATE_ELDERLY_AGE)


ELDERLY_YEAR_BEGINS = 8
"""In which month a year of 高齢受給者証 begins (R-075, PP-06)."""


def elderly_certificate_period(birthdate: date, on: date) -> tuple[date, date] | None:
    """Return the first and the last day of the 高齢受給者証 of the day; None who has none then.

    Rules R-075, P-062 and P-071: from the month after the 70th birthday until the day
    before the 75th, in years from August to July, as the ratio is judged anew each August.
    """
    first, last = elderly_from(birthdate), late_elderly_from(birthdate) - timedelta(days=1)
    if not first <= on <= last:
        return None
    begins = _elderly_year_begin(on)
    ends = date(begins.year + 1, ELDERLY_YEAR_BEGINS, 1) - timedelta(days=1)
    return max(first, begins), min(last, ends)


def _elderly_year_begin(on: date) -> date:
    return date(on.year - (on.month < ELDERLY_YEAR_BEGINS), ELDERLY_YEAR_BEGINS, 1)


def base_ratio(
    birthdate: date,
    on: date,
    *,
    working_income: bool = False,
    certain_income: bool = False,
    late_elderly: bool = False,
) -> int:
    """Return the ratio by age in tenths: 1, 2 or 3 (P-070, P-071; from 70 on as in R-150).

    `working_income` is 現役並み所得 (3割 from 70), `certain_income` 一定以上所得 (2割 from 75).
    `late_elderly`: of a member of 後期高齢者医療, who has its ratios before 75 too (障害認定).
    A day before birth is a `ValueError`.
    """
    if on < birthdate:
        raise ValueError(f"{on.isoformat()} lies before the birth on {birthdate.isoformat()}")
    late_elderly = late_elderly or on >= late_elderly_from(birthdate)
    if on <= preschool_until(birthdate):
        return 2
    if working_income or not (late_elderly or on >= elderly_from(birthdate)):
        return 3
    return 2 if certain_income or not late_elderly else 1


def possible_ratios(birthdate: date, on: date, *, late_elderly: bool = False) -> tuple[int, ...]:
    """Return the ratios in tenths that somebody of the age can have, the least first.

    Below 70 that of the age alone; from 70 on 2 or 3, from 75 on 1 to 3, by incomes (P-070, R-150).
    A member of 後期高齢者医療 has those of 75 from the first day on.
    """
    if late_elderly:
        return 1, 2, 3
    if on < elderly_from(birthdate):
        return (base_ratio(birthdate, on),)
    return (2, 3) if on < late_elderly_from(birthdate) else (1, 2, 3)


def impossible_ratio(
    ratio: int | None, birthdate: date | None, on: date, *, late_elderly: bool = False
) -> Sentence | None:
    """Say what a ratio that is printed or declared should be; None where it can be, or is unknown.

    Who mistyped it, or the date of birth, would have the patient charged wrongly (P-070, R-150).
    """
    if ratio is None or birthdate is None:
        return None
    ones = possible_ratios(birthdate, on, late_elderly=late_elderly)
    if ratio in ones:
        return None
    ja = "か".join(f"{one}割" for one in ones)
    en = " or ".join(f"{one}0%" for one in ones)
    age = age_on(birthdate, on)
    told = Sentence(
        f"{age}歳の方の負担割合は{ja}です。割合と生年月日を確かめてください。",
        f"At {age} years the share is {en}. Check the share and the date of birth.",
    )
    if not may_be_late_elderly(birthdate, on):
        return told
    return Sentence(
        f"{told.ja}障害認定で後期高齢者医療の方なら、39で始まる保険者番号か、保険の種類も入れて"
        "ください。",
        f"{told.en} Of a member of 後期高齢者医療 by disability, enter the insurer number, which "
        "begins with 39, or the kind of insurance as well.",
    )


def ratio_on(
    on: date, ratio: int, told_of: date, birthdate: date, *, late_elderly: bool = False
) -> int | None:
    """Return the ratio of a day, where another day's is told; None where nobody can tell.

    It is the told one while the ratio by age is the same on both days (P-053, P-070, P-071), and
    from 70 on within a year from August to July, as incomes are judged anew each August (P-072).
    Beyond that the age alone tells it below 70. In 後期高齢者医療 the age makes no difference.
    """
    years = {_elderly_year_begin(one) for one in (on, told_of)}
    same_age = late_elderly or base_ratio(birthdate, on) == base_ratio(birthdate, told_of)
    elderly = late_elderly or on >= elderly_from(birthdate)
    if same_age and not (elderly and len(years) > 1):
        return ratio
    return None if elderly else base_ratio(birthdate, on)


class ToldShare(NamedTuple):
    """A share that an insurer told, and from which day it holds; None where none was told."""

    ratio: int
    since: date | None


def share_of_day(
    on: date, told: Sequence[ToldShare], birthdate: date, today: date, *, late_elderly: bool = False
) -> int:
    """Return the share of a day by what is known ``today``: what was told last first.

    It is the last told that holds by then, as a step by age is told too. Of a day to come, and of
    one before all that was told, the age says it where it is another one than that of the share
    (P-070, P-071): from 70 on 2割, as incomes are known to people only. In 後期高齢者医療 the age
    makes no difference.
    """
    share = next((one for one in told if one.since is None or one.since <= on), told[-1])
    since = share.since
    if late_elderly or (since is not None and since <= on <= today):
        return share.ratio
    of = today if since is None else since if on < since else max(since, today)
    if _step_by_age(birthdate, of) == _step_by_age(birthdate, on):
        return share.ratio
    return base_ratio(birthdate, max(on, birthdate))


def share_begins(
    ratio: int, birthdate: date, since: date, told_on: date, shown_on: date | None = None
) -> date:
    """Return from which day a share holds that was told for days from ``since`` on (P-070, P-071).

    Who tells it means the share of the day on which it is told, or, of an age that comes until it
    is ``shown_on``, of that age: it holds from the beginning of that age.
    """
    steps = (preschool_until(birthdate) + timedelta(days=1), elderly_from(birthdate))
    last = max(told_on, shown_on or told_on)
    days = [since, *(step for step in steps if since < step <= last)]
    fitting = [day for day in days if ratio in possible_ratios(birthdate, max(day, birthdate))]
    come = [day for day in fitting if day <= max(told_on, since)]
    return come[-1] if come else min(fitting, default=since)


def _step_by_age(birthdate: date, on: date) -> int:
    """Return which age a day is of: before school, below 70, or from 70 on."""
    return (on > preschool_until(birthdate)) + (on >= elderly_from(birthdate))


def window_charge(points: int, ratio: int) -> int:
    """Return the yen to pay at the window, rounded to ten, five upwards (P-074).

    `points` is the 点数 of the visit at 10 yen each, `ratio` is in tenths; 10 is the full cost.
    """
    if points < 0 or not 0 <= ratio <= FULL:
        raise ValueError(f"{points} points at {ratio} tenths is no charge; ratios go from 0 to 10")
    share = points * YEN_PER_POINT * ratio // 10
    return (share + 5) // 10 * 10


def refund(total_cost: int, ratio: int) -> int:
    """Return the yen that the insurer pays back of a cost paid in full (療養費; R-096).

    The cost less the patient's share, a fraction of a yen dropped. The cost is what the insurer
    recognises; a clinic without insurance may have asked for more.
    """
    if total_cost < 0 or not 0 <= ratio <= FULL:
        raise ValueError(f"{total_cost} yen at {ratio} tenths cannot be paid back")
    return total_cost * (FULL - ratio) // FULL
