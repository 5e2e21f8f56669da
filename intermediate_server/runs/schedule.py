"""Which runs an insurer's system has to do on which day (定期処理の予定).

The days are those of the rules: the month in which a document ends or an age is reached, the day
after a grace. That a run for a month is done on its first day, before any office opens, is an
assumption [unverified]; insurers choose a day of their own in that month. So the notice that an
electronic certificate ends goes out two to three months before, as that of the municipality does.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from eligibility.documents.document_policy import LapsedIssue
from eligibility.documents.old_card import old_card_last_day
from eligibility.documents.validity import mailed_from
from eligibility.identifiers.numbers import InsurerKind
from eligibility.registration.release import ReleaseEffective, ReleaseMode
from intermediate_server.runs.run_kinds import RunKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eligibility.policy.insurer_policy import InsurerPolicy

SCHOOL_RUNS = {(3, 1), (3, 16), (4, 1)}
"""Months and days of the run for the children who go to school in April (P-070) [unverified]. The
later ones are for those who join in March."""
_ONE_DAY = timedelta(days=1)


def runs_due(policy: InsurerPolicy, on: date) -> tuple[RunKind, ...]:
    """Return what falls due at an insurer on a day, in the order of doing it.

    Not among them is what `after_filings` names.
    """
    first, last = on.day == 1, (on + _ONE_DAY).day == 1
    if not first and not last and on.day != _MIDDLE:
        return ()
    return tuple(kind for kind in RunKind if _due(kind, policy, on, first=first, last=last))


def after_filings(policy: InsurerPolicy) -> tuple[RunKind, ...]:
    """Return what follows at an insurer from what is filed, on the day after it."""
    if policy.kind is InsurerKind.KOUKI:
        return (RunKind.CHANGES,)
    return RunKind.CHANGES, RunKind.NEWCOMERS


def next_due(policy: InsurerPolicy, kind: RunKind, after: date, days: int = 400) -> date | None:
    """Return the next day after one on which a run falls due; None for none in ``days``."""
    for number in range(1, days + 1):
        on = after + timedelta(days=number)
        if kind in runs_due(policy, on):
            return on
    return None


def days_between(after: date, until: date) -> Iterator[date]:
    """Give the days after one up to another, in order."""
    for number in range(1, (until - after).days + 1):
        yield after + timedelta(days=number)


_MIDDLE = 16


def _due(kind: RunKind, policy: InsurerPolicy, on: date, *, first: bool, last: bool) -> bool:
    late_elderly = policy.kind is InsurerKind.KOUKI
    match kind:
        case RunKind.CHANGES | RunKind.NEWCOMERS:
            return False
        case RunKind.RELEASES:
            return _releases_due(policy, on, first=first, last=last)
        case RunKind.LAPSES:
            return _lapses_due(policy, first=first, last=last)
        case RunKind.SCHOOL:
            return not late_elderly and (on.month, on.day) in SCHOOL_RUNS
        case RunKind.SEVENTY | RunKind.LATE_ELDERLY:
            return first and not late_elderly
        case RunKind.NON_HOLDERS:
            return first and policy.kind.employees
        case RunKind.EMERGENCY:
            return first and policy.documents.certificate.emergency is not None
        case RunKind.OLD_CARDS:
            ends = policy.documents.old_card.printed_until or (None,)
            return any(on == mailed_from(old_card_last_day(end)) for end in ends)
        case RunKind.USE_LAPSES | RunKind.EXPIRY_NOTICES | RunKind.RENEWAL:
            return first


def _releases_due(policy: InsurerPolicy, on: date, *, first: bool, last: bool) -> bool:
    """Tell whether releases may have taken effect by a day (PP-01).

    Who has changed the insurer meanwhile is waited for by the days of any other one (R-040).
    """
    at_month_ends = (
        policy.release.mode is not ReleaseMode.WITHIN_MONTHS
        and policy.release.effective is ReleaseEffective.ON_DAY
    )
    return first or on.day == _MIDDLE or (last and at_month_ends)


def _lapses_due(policy: InsurerPolicy, *, first: bool, last: bool) -> bool:
    """Tell whether a certificate is due to whom the electronic one lapses (PP-13)."""
    match policy.documents.certificate.lapsed:
        case LapsedIssue.BEFORE_GRACE_ENDS:
            return last
        case LapsedIssue.AFTER_TWO_MONTHS | LapsedIssue.AFTER_GRACE:
            return first
        case LapsedIssue.ON_APPLICATION:
            return False
