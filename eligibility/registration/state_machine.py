"""Use registration (利用登録) of a My Number card as a health insurance card, and its release.

Rules R-020 to R-032, P-004, P-011, P-021 and P-031. A registration holds at once; when a release
(解除) takes effect is said by `eligibility.registration.release`.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from eligibility.card.certificates import CertificateState, grace_end
from eligibility.card.makes import CardMake
from eligibility.card.protection import Protection
from eligibility.registration.release import (
    ReleaseMode,
    ReleasePolicy,
    release_day,
    released_from,
)
from eligibility.sentence import Sentence


class RegistrationState(StrEnum):
    """Where a person's registration stands."""

    UNREGISTERED = "unregistered"
    """未登録: never registered."""
    REGISTERED = "registered"
    """登録済."""
    RELEASE_REQUESTED = "release_requested"
    """解除申請中: still registered until the release shows."""
    RELEASED = "released"
    """解除済; may be registered again (R-030)."""


class ReleaseCause(StrEnum):
    """Why a registration ended."""

    APPLICATION = "application"
    """解除申請."""
    CERTIFICATE_LAPSED = "certificate_lapsed"
    """自動解除: the certificate was not renewed within its grace (P-004)."""


class RegistrationChannel(StrEnum):
    """Where a card can be registered (R-021, R-023)."""

    PORTAL = "portal"
    """マイナポータル."""
    READER = "reader"
    """The card reader of a clinic or pharmacy, on the spot."""
    ATM = "atm"
    """セブン銀行ATM."""

    @property
    def needs_pin(self) -> bool:
        """Whether a card without a PIN cannot be registered there (P-011)."""
        return self is not RegistrationChannel.READER


class Refusal(StrEnum):
    """Why a step is not possible."""

    ALREADY_REGISTERED = "already_registered"
    NOT_REGISTERED = "not_registered"
    ALREADY_REQUESTED = "already_requested"
    NOT_REQUESTED = "not_requested"
    NO_ELIGIBILITY = "no_eligibility"
    CERTIFICATE_NOT_VALID = "certificate_not_valid"
    NEEDS_PIN = "needs_pin"
    PHONE_AT_READER = "phone_at_reader"
    READER_NOT_OFFERED = "reader_not_offered"
    PROTECTED = "protected"

    @property
    def text(self) -> Sentence:
        """What the person reads."""
        return _REFUSALS[self]


_REFUSALS = {
    Refusal.ALREADY_REGISTERED: Sentence(
        "すでに利用登録されています。そのまま使えます。",
        "The card is registered already and can be used as it is.",
    ),
    Refusal.NOT_REGISTERED: Sentence(
        "利用登録されていないため、解除するものがありません。",
        "The card is not registered, so there is nothing to release.",
    ),
    Refusal.ALREADY_REQUESTED: Sentence(
        "解除の申請はすでに受け付けています。反映されるまで、カードはそのまま使えます。",
        "The release has been applied for already; until it shows, the card can be used.",
    ),
    Refusal.NOT_REQUESTED: Sentence(
        "解除の申請がありません。先に解除を申請してください。",
        "No release has been applied for; apply for it first.",
    ),
    Refusal.NO_ELIGIBILITY: Sentence(
        "有効な保険資格情報がないため登録できません。加入の手続きが反映されてから、"
        "もう一度登録してください。",
        "No eligibility is in force, so the card cannot be registered; try again once joining an "
        "insurance shows.",
    ),
    Refusal.CERTIFICATE_NOT_VALID: Sentence(
        "電子証明書が使えるカードでないと登録できません。"
        "お住まいの市区町村で、カードを使えるようにしてから登録してください。",
        "A card is registered only while its certificate is good; have the municipality make the "
        "card good again, then register.",
    ),
    Refusal.NEEDS_PIN: Sentence(
        "暗証番号のないカードは、医療機関・薬局のカードリーダーで登録してください。",
        "Register a card without a PIN at the card reader of a clinic or pharmacy.",
    ),
    Refusal.PHONE_AT_READER: Sentence(
        "カードリーダーでの利用登録には、マイナンバーカードそのものが要ります。カードを置いて登録するか、"
        "マイナポータルで登録してください。",
        "To register at the reader takes the physical card; place that, or register on Mynaportal.",
    ),
    Refusal.READER_NOT_OFFERED: Sentence(
        "カードリーダーでは登録できません。マイナポータルで登録してください。",
        "The card cannot be registered at the reader; register it on Mynaportal.",
    ),
    Refusal.PROTECTED: Sentence(
        "このカードは健康保険証として使えません。資格確認書を使ってください。",
        "This card cannot be used as a health card; use the eligibility certificate.",
    ),
}


class RegistrationRefused(Exception):
    """A step was not possible; `refusal` says why, in words that the person may read."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal.text))
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Registration:
    """One person's registration, which is in one state at a time.

    `since` is the day on which the state began, None of someone never registered. `released_from`
    is the first day without registration, once that is planned; `cause` is why it ended.
    """

    state: RegistrationState = RegistrationState.UNREGISTERED
    since: date | None = None
    released_from: date | None = None
    cause: ReleaseCause | None = None

    def __post_init__(self) -> None:
        """Refuse what does not belong to the state (`ValueError`)."""
        if (self.since is None) != (self.state is RegistrationState.UNREGISTERED):
            raise ValueError("a registration has a beginning, and only a registration")
        if (self.released_from is None) == (self.state is RegistrationState.RELEASE_REQUESTED):
            raise ValueError("a release that was applied for has a day, and only that")
        if (self.cause is None) == (self.state is RegistrationState.RELEASED):
            raise ValueError("a release that took place has a cause, and only that")
        if self.since and self.released_from and self.released_from < self.since:
            raise ValueError("a release does not show before it was applied for")


@dataclass(frozen=True, slots=True)
class Registrant:
    """Who wants to register: the card, and what the online check knows of its holder.

    `eligible` says whether an eligibility in force is known there (P-021).
    """

    certificate: CertificateState
    eligible: bool = True
    make: CardMake = CardMake.STANDARD
    protection: Protection = Protection.NONE
    by_phone: bool = False
    """Whether a phone's certificate identifies them rather than the card's."""


@dataclass(frozen=True, slots=True)
class RegistrationPolicy:
    """What the texts leave open about registering.

    `at_reader` is the way out of X-01: one notice knows only the portal (R-022). `during_grace`
    lets a certificate in its grace register, which no text decides [interp]. `phone_at_reader` lets
    a phone register there too; a guide for institutions names the physical card only [interp].
    """

    at_reader: bool = True
    during_grace: bool = False
    phone_at_reader: bool = False

    @property
    def certificates(self) -> frozenset[CertificateState]:
        """The states of a certificate that can be registered."""
        valid = frozenset({CertificateState.VALID, CertificateState.VALID_ALERT})
        return valid | {CertificateState.GRACE} if self.during_grace else valid


def settle(registration: Registration, on: date) -> Registration:
    """Return the registration as it stands on the day: a release that is due has taken place.

    R-026, R-029, R-031: an insurer can confirm a release from that day on and not before. To ask of
    a day before the present state began is a `ValueError`: this is no record of the past.
    """
    if registration.since is not None and on < registration.since:
        raise ValueError(
            f"the registration is known from {registration.since.isoformat()} on, "
            f"not on {on.isoformat()}"
        )
    if registration.released_from is None or on < registration.released_from:
        return registration
    return _released(registration.released_from, ReleaseCause.APPLICATION)


def registered(registration: Registration, on: date) -> bool:
    """Tell whether the card is registered on the day, a release applied for or not (R-031)."""
    return settle(registration, on).state in {
        RegistrationState.REGISTERED,
        RegistrationState.RELEASE_REQUESTED,
    }


def is_health_card(
    registration: Registration, on: date, protection: Protection = Protection.NONE
) -> bool:
    """Tell whether a My Number card is a マイナ保険証 on the day (R-020, P-031).

    The card by itself is not: it has to be registered, and its use must not be blocked.
    """
    return protection.card_works and registered(registration, on)


def may_download(
    registration: Registration, on: date, protection: Protection = Protection.NONE
) -> bool:
    """Tell whether the portal lets the person download the eligibility data (R-032, P-031)."""
    return protection.portal_viewable and registered(registration, on)


def registration_refusal(
    registrant: Registrant,
    channel: RegistrationChannel,
    policy: RegistrationPolicy = RegistrationPolicy(),
) -> Refusal | None:
    """Return why someone cannot be registered here, or None (R-021, R-022, P-011, P-021, P-031)."""
    if not registrant.protection.card_works:
        return Refusal.PROTECTED
    if channel is RegistrationChannel.READER and not policy.at_reader:
        return Refusal.READER_NOT_OFFERED
    if channel.needs_pin and not registrant.make.has_pin:
        return Refusal.NEEDS_PIN
    at_reader = channel is RegistrationChannel.READER
    if at_reader and registrant.by_phone and not policy.phone_at_reader:
        return Refusal.PHONE_AT_READER
    if registrant.certificate not in policy.certificates:
        return Refusal.CERTIFICATE_NOT_VALID
    if not registrant.eligible:
        return Refusal.NO_ELIGIBILITY
    return None


def register(
    registration: Registration,
    on: date,
    channel: RegistrationChannel,
    registrant: Registrant,
    policy: RegistrationPolicy = RegistrationPolicy(),
) -> Registration:
    """Register a card; it holds at once, in the same visit (R-021, R-023, R-030, C-008).

    Raises `RegistrationRefused`, also for who is registered still: again is after the release.
    """
    refusal = registration_refusal(registrant, channel, policy)
    if refusal is not None:
        raise RegistrationRefused(refusal)
    now = settle(registration, on)
    if now.state is RegistrationState.REGISTERED:
        raise RegistrationRefused(Refusal.ALREADY_REGISTERED)
    if now.state is RegistrationState.RELEASE_REQUESTED:
        raise RegistrationRefused(Refusal.ALREADY_REQUESTED)
    return Registration(RegistrationState.REGISTERED, since=on)


def request_release(
    registration: Registration, applied_on: date, policy: ReleasePolicy
) -> Registration:
    """Apply for release: the card stays registered until its day (R-026, R-027, T-015).

    Raises `RegistrationRefused` where nothing is registered or a release is under way.
    """
    now = settle(registration, applied_on)
    if now.state is RegistrationState.RELEASE_REQUESTED:
        raise RegistrationRefused(Refusal.ALREADY_REQUESTED)
    if now.state is not RegistrationState.REGISTERED:
        raise RegistrationRefused(Refusal.NOT_REGISTERED)
    return Registration(
        RegistrationState.RELEASE_REQUESTED,
        since=applied_on,
        released_from=released_from(release_day(applied_on, policy), policy),
    )


def move_release(
    registration: Registration, on: date, due_on: date, policy: ReleasePolicy
) -> Registration:
    """Let the system release on another day than planned, as Mogami warns of (R-027).

    A span allows any day from today on; where the policy names the day (R-026) it is only ever
    later. What lies before is a `ValueError`; without a release under way `RegistrationRefused`.
    """
    now = settle(registration, on)
    if now.released_from is None:
        raise RegistrationRefused(Refusal.NOT_REQUESTED)
    shows_from = released_from(due_on, policy)
    earliest = on if policy.mode is ReleaseMode.WITHIN_MONTHS else now.released_from
    if shows_from < earliest:
        raise ValueError(
            f"the release cannot show on {shows_from.isoformat()}, before {earliest.isoformat()}"
        )
    return replace(now, released_from=shows_from)


def lapse(registration: Registration, on: date, certificate_expires_on: date) -> Registration:
    """End a registration whose certificate was not renewed within its grace (P-004).

    It ends on the day after the grace, unless a release showed before. Who renews in time keeps it:
    give the new last day.
    """
    ends_on = grace_end(certificate_expires_on) + timedelta(days=1)
    now = settle(registration, on)
    in_time = registration.released_from is not None and registration.released_from <= ends_on
    if on < ends_on or in_time or registration.since is None:
        return now
    if registration.state is RegistrationState.RELEASED:
        return now
    return _released(max(ends_on, registration.since), ReleaseCause.CERTIFICATE_LAPSED)


def _released(since: date, cause: ReleaseCause) -> Registration:
    return Registration(RegistrationState.RELEASED, since=since, cause=cause)
