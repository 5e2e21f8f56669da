"""Giving documents back (返却): what happens to one that has become useless.

Rules R-003, R-004, R-007, R-008, R-049, R-050, R-052, R-053 and R-078; PP-10 and PP-12.
"""

from datetime import date
from enum import StrEnum

from eligibility.documents.document_policy import CertificatePolicy, DualHolding
from eligibility.documents.kinds import DocumentKind
from eligibility.documents.old_card import (
    FOUND_AND_RETURNED_UNTIL,
    LAST_DAY,
    old_card_last_day,
)


class Disposal(StrEnum):
    """What its holder does with a document."""

    RETURN = "return"
    """返却: it goes back to the insurer."""
    DESTROY = "destroy"
    """ご自身で処分: cut it up."""
    KEEP = "keep"
    """It stays in use."""

    @property
    def japanese(self) -> str:
        """What the holder is told."""
        return {
            Disposal.RETURN: "保険者に返却してください。",
            Disposal.DESTROY: "返却は不要です。はさみで切るなどして処分してください。",
            Disposal.KEEP: "そのままお使いください。",
        }[self]


def old_card_disposal(on: date, printed_until: date | None = None) -> Disposal:
    """Return what to do with an old card on leaving, or on a change of name or address.

    It goes back while it is in force (R-003, R-008), together with the 脱退届; one that has
    expired is destroyed (R-004).
    """
    return Disposal.RETURN if on <= old_card_last_day(printed_until) else Disposal.DESTROY


def found_old_card_disposal(found_on: date) -> Disposal:
    """Return what to do with a lost old card that turns up: until 2 December 2025 it goes back.

    R-007; from the following day on it is destroyed (R-004).
    """
    return Disposal.RETURN if found_on <= FOUND_AND_RETURNED_UNTIL else Disposal.DESTROY


def unused_old_card_disposal(on: date) -> Disposal:
    """Return what a registered person does with an old card: keeps it while it works (R-002)."""
    return Disposal.KEEP if on <= LAST_DAY else Disposal.DESTROY


def leaving_disposal(
    document: DocumentKind,
    left_on: date,
    expires_on: date | None,
    policy: CertificatePolicy | None = None,
) -> Disposal:
    """Return what to do with a document on leaving the insurer (R-008, R-049, R-053, R-078).

    A certificate or an old card goes back unless it has expired; its last day included. A notice
    never does. `policy` may say that certificates are not asked back either (PP-10).
    """
    policy = policy or CertificatePolicy()
    match document:
        case DocumentKind.CERTIFICATE:
            valid = expires_on is None or left_on <= expires_on
            return Disposal.RETURN if valid and policy.returned_on_leaving else Disposal.DESTROY
        case DocumentKind.OLD_CARD | DocumentKind.SHORT_TERM_CARD:
            return old_card_disposal(left_on, expires_on)
        case _:
            return Disposal.DESTROY


def registering_disposal(policy: CertificatePolicy) -> Disposal:
    """Return what to do with a certificate on registering one's card (R-050; PP-12).

    No duty to give it back, unless the insurer does not want both in one hand. Those who give it
    back of their own accord are issued the notice.
    """
    match policy.with_registration:
        case DualHolding.TOLERATED | DualHolding.EMERGENCY_ONLY:
            return Disposal.KEEP
        case DualHolding.RETURNED | DualHolding.FORBIDDEN:
            return Disposal.RETURN


def certificate_in_force(on: date, expires_on: date, disqualified_on: date | None = None) -> bool:
    """Tell whether a certificate still shows an eligibility on the day (R-041, R-052).

    Its expiry included; from the day of loss (資格喪失日) on not, whatever it says [interp].
    """
    return on <= expires_on and (disqualified_on is None or on < disqualified_on)


def repayment_threatens(visit_on: date, expires_on: date, disqualified_on: date | None) -> bool:
    """Tell whether a visit by certificate may have to be repaid (返還; R-052).

    That is so of a certificate that looks in force after its holder has left the insurer.
    """
    return visit_on <= expires_on and not certificate_in_force(
        visit_on, expires_on, disqualified_on
    )
