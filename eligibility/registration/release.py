"""Release (利用登録解除): on which day a registration that was asked to end does end.

Rules R-026 and R-027. Insurers differ (PP-01): Tsuchiura promises the end of the month after the
application, Mogami about three months at most. What an application needs is in
`eligibility.registration.release_application`.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from eligibility.days.office_calendar import add_months, end_of_month


class ReleaseMode(StrEnum):
    """How an insurer promises the day of a release (PP-01)."""

    END_OF_NEXT_MONTH = "end_of_next_month"
    """翌月末: the last day of the month after that of the application (R-026)."""
    WITHIN_MONTHS = "within_months"
    """最大で数か月: any day up to `months` after the application, in bad luck later (R-027)."""


class ReleaseEffective(StrEnum):
    """From when a release shows that is due on a day (R-026) [interp]."""

    ON_DAY = "on_day"
    """From 00:00 of the day itself: on it, the card is no longer registered."""
    NEXT_DAY = "next_day"
    """From 00:00 of the day after it: on the day itself, the card still is."""


@dataclass(frozen=True, slots=True)
class ReleasePolicy:
    """An insurer's way of releasing (PP-01).

    `months` is used by WITHIN_MONTHS only and counts from the application.
    """

    mode: ReleaseMode = ReleaseMode.END_OF_NEXT_MONTH
    months: int = 3
    effective: ReleaseEffective = ReleaseEffective.ON_DAY

    def __post_init__(self) -> None:
        """Refuse a release before its application (`ValueError`)."""
        if self.months < 0:
            raise ValueError(f"months counts forward and cannot be {self.months}")


def release_day(applied_on: date, policy: ReleasePolicy) -> date:
    """Return the day on which a release is due, at the latest where the policy names a span.

    R-026: the end of the following month. R-027: `months` later, clamped to the month's last day;
    the insurer warns that it may be later still.
    """
    match policy.mode:
        case ReleaseMode.END_OF_NEXT_MONTH:
            return end_of_month(applied_on, 1)
        case ReleaseMode.WITHIN_MONTHS:
            return add_months(applied_on, policy.months)


def released_from(due_on: date, policy: ReleasePolicy) -> date:
    """Return the first day on which a release due on a day shows, from 00:00 (R-026)."""
    match policy.effective:
        case ReleaseEffective.ON_DAY:
            return due_on
        case ReleaseEffective.NEXT_DAY:
            return due_on + timedelta(days=1)
