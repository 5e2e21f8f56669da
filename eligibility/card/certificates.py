"""Cards and certificates (マイナンバーカード, 利用者証明用電子証明書): until when they work.

Rules R-110, R-111, P-001 to P-003, P-006 to P-009 and P-013. All last days are days on which the
thing still works.
"""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache

from eligibility.days.birthdays import DAYS_KEPT, LeapBirthday, age_on, nth_birthday_after
from eligibility.days.dates import TOKYO
from eligibility.days.office_calendar import add_months, end_of_month

ADULT_AT_18_FROM = date(2022, 4, 1)
"""Cards applied for from this day on are an adult's from 18, before it from 20 (P-008)."""

CERTIFICATE_BIRTHDAYS = 5
"""A certificate runs to the 5th birthday after its issue (P-001)."""

EARLY_RENEWAL_MONTHS = 3
"""A renewal within these months before expiry gains a birthday (P-001)."""

GRACE_MONTHS = 3
"""After the month of expiry, a card still works for eligibility for these months (P-002)."""

ALERT_MONTHS = 3
"""The reader asks for renewal from these months before expiry (P-003)."""


RENEWAL_REFLECTED_HOURS = 24
"""Hours until the check knows a renewed certificate (P-007; one municipality's word)."""


class RenewalOpens(StrEnum):
    """From when a certificate can be renewed early; public pages differ (P-003)."""

    THREE_MONTHS_BEFORE = "three_months_before"
    """3か月前から: the day three months before the expiry is one."""
    DAY_AFTER = "day_after"
    """3か月前の日の翌日から."""


class RevocationStatus(StrEnum):
    """Whether a certificate was stopped before its time, whatever its dates say (P-013)."""

    IN_FORCE = "in_force"
    """有効."""
    SUSPENDED = "suspended"
    """一時停止, by the hotline at any hour."""
    REVOKED = "revoked"
    """失効: returned, replaced, or revoked for protection."""


class CertificateState(StrEnum):
    """What a certificate is good for on a day (P-003)."""

    VALID = "valid"
    """有効."""
    VALID_ALERT = "valid_alert"
    """有効; the reader asks for renewal (更新案内)."""
    GRACE = "grace"
    """猶予期間: expired, good for eligibility only, no medical information."""
    LAPSED = "lapsed"
    """失効: マイナ保険証 has stopped."""

    @property
    def can_check_eligibility(self) -> bool:
        """Whether eligibility can be checked with it."""
        return self is not CertificateState.LAPSED

    @property
    def medical_information(self) -> bool:
        """Whether 診療・薬剤・健診情報 can be provided with it (P-002)."""
        return self in {CertificateState.VALID, CertificateState.VALID_ALERT}

    @property
    def asks_for_renewal(self) -> bool:
        """Whether the reader shows the renewal notice: three months to either side (P-003)."""
        return self in {CertificateState.VALID_ALERT, CertificateState.GRACE}


def card_expiry(
    birthdate: date,
    applied_on: date,
    issued_on: date | None = None,
    *,
    stay_ends_on: date | None = None,
    leap: LeapBirthday = LeapBirthday.FEB28,
) -> date:
    """Return the last day of a card: an adult's 10th, a minor's 5th birthday after issue.

    The age is that at issue (R-110), the age of adulthood that of the day of application (P-008).
    Without `issued_on` the card is issued on the day of application. `stay_ends_on` is the end of
    a foreign resident's period of stay, which comes first if it is earlier (P-009).
    """
    issued_on = applied_on if issued_on is None else issued_on
    if issued_on < applied_on:
        raise ValueError(
            f"a card applied for on {applied_on.isoformat()} cannot be issued before, "
            f"on {issued_on.isoformat()}"
        )
    adult_from = 18 if applied_on >= ADULT_AT_18_FROM else 20
    birthdays = 10 if age_on(birthdate, issued_on, leap) >= adult_from else 5
    expiry = nth_birthday_after(birthdate, issued_on, birthdays, leap)
    return expiry if stay_ends_on is None else min(expiry, stay_ends_on)


def certificate_expiry(
    birthdate: date,
    issued_on: date,
    card_expires_on: date,
    *,
    replaces_expiry: date | None = None,
    leap: LeapBirthday = LeapBirthday.FEB28,
    opens: RenewalOpens = RenewalOpens.THREE_MONTHS_BEFORE,
) -> date:
    """Return the last day of a certificate: the 5th birthday after issue (P-001).

    A certificate that replaces one within the three months before its expiry (`replaces_expiry`)
    runs to the 6th birthday. None outlives its card.
    """
    birthdays = CERTIFICATE_BIRTHDAYS
    if replaces_expiry is not None:
        birthdays += renewable_from(replaces_expiry, opens) <= issued_on <= replaces_expiry
    return min(nth_birthday_after(birthdate, issued_on, birthdays, leap), card_expires_on)


def renewable_from(expiry: date, opens: RenewalOpens = RenewalOpens.THREE_MONTHS_BEFORE) -> date:
    """Return the first day on which a renewal loses no time (P-001, P-003)."""
    before = add_months(expiry, -EARLY_RENEWAL_MONTHS)
    return before if opens is RenewalOpens.THREE_MONTHS_BEFORE else before + timedelta(days=1)


def renewal_reflected_at(renewed_at: datetime, hours: int = RENEWAL_REFLECTED_HOURS) -> datetime:
    """Return the instant from which the check knows a renewed certificate (P-007)."""
    return renewed_at + timedelta(hours=hours)


def expiry_known_at(
    at: datetime,
    old_expiry: date,
    renewed_at: datetime,
    new_expiry: date,
    hours: int = RENEWAL_REFLECTED_HOURS,
) -> date:
    """Return the last day that the check goes by: the old one until the renewal shows (P-007)."""
    return new_expiry if at >= renewal_reflected_at(renewed_at, hours) else old_expiry


def certificate_not_after(expiry: date) -> datetime:
    """Return the X.509 notAfter of a last day: its 23:59:59 in Tokyo, or 14:59:59 UTC (P-001)."""
    return datetime.combine(expiry, time(23, 59, 59), TOKYO).astimezone(UTC)


@lru_cache(maxsize=DAYS_KEPT)
def alert_start(expiry: date) -> date:
    """Return the first day on which the reader asks for renewal (P-003).

    Three months before, clamped to the end of a short month [interp].
    """
    return add_months(expiry, -ALERT_MONTHS)


@lru_cache(maxsize=DAYS_KEPT)
def grace_end(expiry: date) -> date:
    """Return the last day of the grace: the end of the third month after that of expiry.

    Rules R-111 and P-002.

    Not three months to the day: an expiry on 15 February lasts until 31 May.
    """
    return end_of_month(expiry, GRACE_MONTHS)


def certificate_state(on: date, expiry: date) -> CertificateState:
    """Return what a certificate with the last day `expiry` is good for on the day (P-003).

    A certificate that was revoked or suspended has no grace (P-013): ask for that before.
    """
    if on < alert_start(expiry):
        return CertificateState.VALID
    if on <= expiry:
        return CertificateState.VALID_ALERT
    if on <= grace_end(expiry):
        return CertificateState.GRACE
    return CertificateState.LAPSED


def health_card_state(
    on: date,
    certificate_expires_on: date,
    card_expires_on: date,
    revocation: RevocationStatus = RevocationStatus.IN_FORCE,
    *,
    suspension_blocks: bool = True,
) -> CertificateState:
    """Return what a physical card is good for as マイナ保険証: the worse of card and certificate.

    The body of the card has the same grace as its certificate (P-003, P-006). Suspended or revoked
    there is none, and it is LAPSED at once (P-013); whether a suspension stops the check at once is
    unverified, hence `suspension_blocks`.
    """
    if revocation is RevocationStatus.REVOKED or (
        revocation is RevocationStatus.SUSPENDED and suspension_blocks
    ):
        return CertificateState.LAPSED
    order = list(CertificateState)
    certificate = certificate_state(on, certificate_expires_on)
    return max(certificate, certificate_state(on, card_expires_on), key=order.index)
