"""What an insurer decides for itself about its documents (PP-02 to PP-07, PP-09 to PP-13).

The defaults are the public scheme; where that leaves a choice to the insurer, they are
assumptions, and the insurer's file says so.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from eligibility.documents.old_card import LAST_ISSUE_DAY

MAXIMUM_YEARS = 5
"""A 資格確認書 holds at most five years (P-061)."""


class TermMode(StrEnum):
    """How long an ordinary 資格確認書 holds (PP-03)."""

    YEARLY = "yearly"
    """Until the end of the same month each year, and renewed then."""
    YEARS = "years"
    """A number of years from issue."""


@dataclass(frozen=True, slots=True)
class Term:
    """The term of an ordinary 資格確認書 (PP-03).

    YEARLY uses `last_month`, whose last day is the last day of validity (7: 31 July), YEARS uses
    `years`.
    """

    mode: TermMode = TermMode.YEARLY
    last_month: int = 7
    years: int = MAXIMUM_YEARS

    def __post_init__(self) -> None:
        """Refuse a month that is none, and more years than the law allows (`ValueError`)."""
        if not 1 <= self.last_month <= 12:
            raise ValueError(f"a month is 1 to 12, not {self.last_month}")
        if not 1 <= self.years <= MAXIMUM_YEARS:
            raise ValueError(f"a certificate holds 1 to {MAXIMUM_YEARS} years, not {self.years}")


class EmergencyAnchor(StrEnum):
    """From which month the months of an emergency certificate are counted (X-05)."""

    NEXT_MONTH = "next_month"
    """The literal reading: from the month after the procedure."""
    PROCEDURE_MONTH = "procedure_month"
    """The other reading: from the month of the procedure."""


@dataclass(frozen=True, slots=True)
class EmergencyTerm:
    """The term of a certificate for someone who has a マイナ保険証 but not at hand (PP-04)."""

    months: int = 3
    anchor: EmergencyAnchor = EmergencyAnchor.NEXT_MONTH
    renewed: bool = False


class OnRelease(StrEnum):
    """When the release of the use registration brings a certificate (PP-02)."""

    ON_THE_SPOT = "on_the_spot"
    """その場で交付: with the application."""
    AFTER_CONFIRMATION = "after_confirmation"
    """Once the system shows the release."""


class LostCard(StrEnum):
    """What the insurer offers someone whose card is lost or being made anew (PP-05)."""

    CERTIFICATE = "certificate"
    """資格確認書 on application."""
    CERTIFICATE_OR_EMPLOYER_PROOF = "certificate_or_employer_proof"
    """資格確認書, or 健康保険被保険者資格証明書 through the employer."""
    REFUND = "refund"
    """Nothing: 10割 first, then 療養費."""


class DualHolding(StrEnum):
    """Whether a registered person may hold a certificate that they were given before (PP-12)."""

    TOLERATED = "tolerated"
    EMERGENCY_ONLY = "emergency_only"
    """Only one issued in an emergency; the ordinary one is not renewed."""
    RETURNED = "returned"
    """It is asked back once the registration is confirmed."""
    FORBIDDEN = "forbidden"
    """併用不可."""


class LapsedIssue(StrEnum):
    """When someone whose electronic certificate lapses is sent a certificate (PP-13)."""

    BEFORE_GRACE_ENDS = "before_grace_ends"
    AFTER_TWO_MONTHS = "after_two_months"
    AFTER_GRACE = "after_grace"
    ON_APPLICATION = "on_application"


class Delivery(StrEnum):
    """How a document reaches the person (PP-09)."""

    COUNTER = "counter"
    """窓口交付."""
    ORDINARY_MAIL = "ordinary_mail"
    """普通郵便."""
    RECORDED_MAIL = "recorded_mail"
    """特定記録郵便: into the letter box, without a seal, its acceptance recorded."""
    REGISTERED_MAIL = "registered_mail"
    """簡易書留: handed over against a seal."""
    VIA_EMPLOYER = "via_employer"
    """事業主経由."""

    @property
    def japanese(self) -> str:
        """The word in the register of what was sent."""
        return {
            Delivery.COUNTER: "窓口交付",
            Delivery.ORDINARY_MAIL: "普通郵便",
            Delivery.RECORDED_MAIL: "特定記録郵便",
            Delivery.REGISTERED_MAIL: "簡易書留",
            Delivery.VIA_EMPLOYER: "事業主経由",
        }[self]


@dataclass(frozen=True, slots=True)
class CertificatePolicy:
    """The insurer's ways with the 資格確認書.

    `emergency` is None where the insurer issues none. `everyone_from_age` is the age on 1 August
    2026 from which members get one whatever they hold (P-052; 後期 only).
    """

    term: Term = Term()
    emergency: EmergencyTerm | None = EmergencyTerm()
    on_release: OnRelease = OnRelease.ON_THE_SPOT
    on_release_from: date = date(2024, 12, 2)
    lost_card: LostCard = LostCard.CERTIFICATE
    with_registration: DualHolding = DualHolding.TOLERATED
    lapsed: LapsedIssue = LapsedIssue.BEFORE_GRACE_ENDS
    returned_on_leaving: bool = True
    delivery: Delivery = Delivery.RECORDED_MAIL
    everyone_from_age: int | None = None


class NoticeOccasion(StrEnum):
    """What makes an insurer send a 資格情報のお知らせ by itself (PP-07)."""

    JOINED = "joined"
    RATIO_CHANGED = "ratio_changed"
    ADDRESS_CHANGED = "address_changed"
    NAME_CHANGED = "name_changed"
    RENEWAL = "renewal"


@dataclass(frozen=True, slots=True)
class NoticePolicy:
    """The insurer's ways with the 資格情報のお知らせ.

    `expires_from_70` is whether it carries an expiry from 70 on (PP-06); below 70 none does.
    `portal_replaces` is whether one who can see the portal is not given another (R-076, R-079).
    """

    sent_on: frozenset[NoticeOccasion] = frozenset(
        {NoticeOccasion.JOINED, NoticeOccasion.RATIO_CHANGED}
    )
    expires_from_70: bool = True
    portal_replaces: bool = False
    delivery: Delivery = Delivery.ORDINARY_MAIL


@dataclass(frozen=True, slots=True)
class OldCardPolicy:
    """The insurer's ways with the 従来の健康保険証.

    `last_issued_on` is the last day on which one was issued (PP-11); `printed_until` are the
    expiries that were printed, empty where none was (R-009).
    """

    last_issued_on: date = LAST_ISSUE_DAY
    printed_until: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentPolicy:
    """All that an insurer decides about its documents."""

    certificate: CertificatePolicy = field(default_factory=CertificatePolicy)
    notice: NoticePolicy = field(default_factory=NoticePolicy)
    old_card: OldCardPolicy = field(default_factory=OldCardPolicy)
