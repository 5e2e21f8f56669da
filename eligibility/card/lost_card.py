"""Lost cards (紛失): stopping at any hour, and how soon a new one comes (特急発行).

Rules R-115 to R-117, P-012 and P-013.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from eligibility.days.office_calendar import roll, within_days

EXPRESS_FROM = date(2024, 12, 2)
"""特急発行 starts (P-012)."""

EXPRESS_SOONEST_DAYS = 5
"""最短5日程度 (R-117)."""

EXPRESS_USUAL_DAYS = 7
"""In principle a week (P-012)."""

EXPRESS_APPLY_DAYS = 30
"""Apply within these days, counting that on which the reason arose (P-012)."""

EXPRESS_FEE_YEN = 2000
"""The fee of those who are themselves to blame (P-012)."""


class ReissueReason(StrEnum):
    """Why someone needs a card at once."""

    INFANT = "infant"
    """1歳未満."""
    LOST = "lost"
    """紛失."""
    DAMAGED = "damaged"
    """破損."""
    NOTES_FULL = "notes_full"
    """追記欄の満欄."""
    FROM_ABROAD = "from_abroad"
    """国外からの転入."""
    EXPIRED = "expired"
    """有効期限: an ordinary renewal, for which there is no express."""

    @property
    def express(self) -> bool:
        """Whether 特急発行 is for this reason (P-012)."""
        return self is not ReissueReason.EXPIRED


@dataclass(frozen=True, slots=True)
class Express:
    """On which open days an express card can be fetched, and what it costs."""

    soonest_on: date
    usually_on: date
    fee_yen: int


def fetched_on(comes_on: date) -> date:
    """Return from when what comes on a day can be fetched at a counter: an open day (C-002)."""
    return roll(comes_on)


def suspended_since(reported_at: datetime) -> datetime:
    """Return from when a card that was reported lost is stopped: at once (R-115, R-116, P-013).

    The hotline answers 24 hours on 365 days, so nothing rolls to an open day.
    """
    return reported_at


def express_apply_by(reason_on: date) -> date:
    """Return the last day to apply for 特急発行, the day of the reason being day 1 (P-012)."""
    return within_days(reason_on, EXPRESS_APPLY_DAYS)


def express(
    reason: ReissueReason, reason_on: date, applied_on: date, *, own_fault: bool = False
) -> Express | None:
    """Return when an express card comes, or None where there is no express (R-117, P-012).

    It comes after so many calendar days, and is fetched on an open day.

    There is none for an ordinary expiry, before it began, and for who applies too late. An
    application before its reason is a `ValueError`.
    """
    if applied_on < reason_on:
        raise ValueError(
            f"the reason of {reason_on.isoformat()} comes before its application, "
            f"not after {applied_on.isoformat()}"
        )
    if not reason.express or applied_on < EXPRESS_FROM or applied_on > express_apply_by(reason_on):
        return None
    return Express(
        soonest_on=fetched_on(applied_on + timedelta(days=EXPRESS_SOONEST_DAYS)),
        usually_on=fetched_on(applied_on + timedelta(days=EXPRESS_USUAL_DAYS)),
        fee_yen=EXPRESS_FEE_YEN if own_fault else 0,
    )
