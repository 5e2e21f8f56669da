"""Issuing documents (交付): what an insurer issues to whom, on which occasion, and what it refuses.

The matrix of section 6.2 of the rule catalogue as one function, with the seeds' rules on loss,
change, release and age; days before 2 December 2025, on which old cards still work, included.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from eligibility.card.certificates import CertificateState, certificate_state, grace_end
from eligibility.cost.burden import elderly_from, late_elderly_from
from eligibility.cost.limits import LimitCategory
from eligibility.days.birthdays import LeapBirthday, age_on, birthday_in
from eligibility.documents import reasons
from eligibility.documents.document_policy import (
    Delivery,
    DocumentPolicy,
    DualHolding,
    LostCard,
    NoticeOccasion,
    OnRelease,
    Term,
)
from eligibility.documents.kinds import DocumentKind
from eligibility.documents.limit_certificate import limit_paper
from eligibility.documents.occasion import Occasion
from eligibility.documents.old_card import (
    LAST_DAY,
    LAST_ISSUE_DAY,
    old_card_issued,
    old_card_last_day,
)
from eligibility.documents.reasons import Reason
from eligibility.documents.validity import (
    certificate_end,
    lapsed_issue_day,
    notice_end,
    term_end,
)
from eligibility.identifiers.numbers import InsurerKind

EVERY_LATE_ELDERLY_UNTIL = date(2026, 7, 31)
"""The last day on which every member of 後期 gets a certificate (P-052)."""

LATE_ELDERLY_AGE_ON = date(2026, 8, 1)
"""The day whose age decides from then on (P-052)."""


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """What an insurer knows of a member when it decides on a document.

    `electronic_expires_on` is the last day of the card's 利用者証明用電子証明書, None if unknown.
    `needs_support` says that the member has applied as 要配慮者; `applied_before` that a member of
    後期 has once applied for a certificate (P-052); `self_information_blocked` is the
    自己情報提供不可フラグ (P-031); `old_card_until` the last day of an old card that is still held;
    `portal_viewable` whether the member can see the eligibility in the portal; `stay_ends_on` the
    end of a foreign resident's period of stay; `limit` the 限度額適用区分 that was granted, and
    `limit_until` its last day, None where that is open; `employer_asked` the box
    資格確認書発行要否 of the employer's 資格取得届, None where there was none (P-064);
    `applied_by_mail` whether the application that is decided on came by mail (R-025).
    """

    birthdate: date
    kind: InsurerKind
    has_card: bool = True
    registered: bool = True
    electronic_expires_on: date | None = None
    has_individual_number: bool = True
    needs_support: bool = False
    applied_before: bool = False
    self_information_blocked: bool = False
    old_card_until: date | None = None
    portal_viewable: bool = False
    stay_ends_on: date | None = None
    limit: LimitCategory | None = None
    limit_until: date | None = None
    employer_asked: bool | None = None
    applied_by_mail: bool = False

    def holder(self, on: date) -> bool:
        """Tell whether the member has a マイナ保険証 that works: card and registration (R-020).

        An expired electronic certificate works as long as its grace lasts (P-002); the flag
        against passing on one's own data makes any card useless (P-031).
        """
        expiry = self.electronic_expires_on
        lapsed = expiry is not None and on > grace_end(expiry)
        blocked = self.self_information_blocked
        return self.has_card and self.registered and not lapsed and not blocked


@dataclass(frozen=True, slots=True)
class Issue:
    """What is issued, or why nothing is.

    `expires_on` is the expiry to be printed, None where the document carries none. `renewed`: the
    next one follows without an application. `document` is None where nothing is issued; `refused`
    says that the member asked for something and does not get it.
    """

    document: DocumentKind | None
    reason: Reason
    on_application: bool = False
    expires_on: date | None = None
    renewed: bool = False
    delivery: Delivery | None = None

    @property
    def refused(self) -> bool:
        """Whether the member asked, and gets nothing."""
        return self.document is None and self.on_application


def issue(member: MemberFacts, occasion: Occasion, on: date, policy: DocumentPolicy) -> Issue:
    """Decide what the member gets on the occasion (§6.2; R-005 to R-016, R-040 to R-054, P-060).

    Until the last day of issue that is an old card (PP-11, R-151), and whoever still holds a valid
    one keeps it (R-051, X-13). Then the flag of P-031 and the age of P-052 come first, then what
    was asked for (R-044 to R-050, R-076, P-063), and in the end holding decides between notice
    and certificate (R-040, R-070, R-079).
    """
    decided = _beside_the_others(member, occasion, on, policy)
    decided = decided or _before_the_end_of_old_cards(member, occasion, on, policy)
    decided = decided or _whatever_is_held(member, on, policy)
    decided = decided or _for_who_has_registered(member, occasion, on, policy)
    decided = decided or _for_who_does_without(member, occasion, on, policy)
    decided = decided or _by_holding(member, occasion, on, policy)
    return replace(decided, on_application=occasion.applied)


def _beside_the_others(
    member: MemberFacts, occasion: Occasion, on: date, policy: DocumentPolicy
) -> Issue | None:
    """Decide on what neither shows the eligibility nor takes the place of what does."""
    match occasion:
        case Occasion.LIMIT_CERTIFICATE:
            return _limit_certificate(member, on, policy)
        case Occasion.ELECTRONIC_CERTIFICATE_ENDS:
            return _expiry_notice(member, on, policy)
        case Occasion.LAST_FOUR_CHECK:
            if not member.has_individual_number:
                return Issue(None, reasons.NO_NUMBER_ON_RECORD)
            return _letter(DocumentKind.LAST_FOUR_NOTICE, reasons.LAST_FOUR, policy)
        case _:
            return None


def _limit_certificate(member: MemberFacts, on: date, policy: DocumentPolicy) -> Issue:
    """Decide on a 限度額適用認定証, which a マイナ保険証 makes unnecessary (R-153, R-156).

    It ends with the class, at the latest with the end of July, when classes are judged anew.
    """
    if member.limit is None or (member.limit_until is not None and member.limit_until < on):
        return Issue(None, reasons.NO_LIMIT)
    kind = limit_paper(member.limit)
    if kind is None:
        return Issue(None, reasons.LIMIT_BY_RATIO)
    ends = [term_end(on, Term()), *([member.limit_until] if member.limit_until else [])]
    seventy, seventy_five = elderly_from(member.birthdate), late_elderly_from(member.birthdate)
    if member.kind is not InsurerKind.KOUKI:
        ends += [day - timedelta(days=1) for day in (seventy, seventy_five) if day > on]
    reason = reasons.LIMIT_THOUGH_HOLDER if member.holder(on) else reasons.LIMIT
    return Issue(kind, reason, expires_on=min(ends), delivery=policy.notice.delivery)


def _expiry_notice(member: MemberFacts, on: date, policy: DocumentPolicy) -> Issue:
    """Write to a member whose electronic certificate ends soon, or has ended (D-15, R-111)."""
    expiry = member.electronic_expires_on
    if expiry is None or not member.registered:
        return Issue(None, reasons.NO_CERTIFICATE_THAT_ENDS)
    state = certificate_state(on, expiry)
    if not state.asks_for_renewal:
        early = state is CertificateState.VALID
        return Issue(None, reasons.ENDS_LATER if early else reasons.HAS_LAPSED)
    made = _letter(DocumentKind.EXPIRY_NOTICE, reasons.ENDS_SOON, policy)
    return replace(made, expires_on=expiry)


def _letter(kind: DocumentKind, reason: Reason, policy: DocumentPolicy) -> Issue:
    return Issue(kind, reason, delivery=policy.notice.delivery)


def _old_card(kind: DocumentKind, reason: Reason, on: date, policy: DocumentPolicy) -> Issue:
    """Issue one of the old cards, which ends on the day printed, at most on the last (R-001)."""
    printed = next((day for day in policy.old_card.printed_until if day >= on), None)
    return Issue(
        kind,
        reason,
        expires_on=old_card_last_day(printed),
        delivery=policy.certificate.delivery,
    )


def _before_the_end_of_old_cards(
    member: MemberFacts, occasion: Occasion, on: date, policy: DocumentPolicy
) -> Issue | None:
    if old_card_issued(on, policy.old_card.last_issued_on):
        if occasion is Occasion.TURNED_70 and _turns_70_before_the_start(member.birthdate):
            reason = reasons.TURNED_70_BEFORE_THE_START
            return _old_card(DocumentKind.ELDERLY_CARD, reason, on, policy)
        if occasion.brings_old_card:
            return _old_card(DocumentKind.OLD_CARD, reasons.OLD_CARD, on, policy)
        return Issue(None, reasons.BEFORE_THE_START)
    until = member.old_card_until
    works = until is not None and on <= min(until, LAST_DAY)
    if works and not occasion.replaces_old_card:
        return Issue(None, reasons.OLD_CARD_STILL_WORKS)
    return None


def _whatever_is_held(member: MemberFacts, on: date, policy: DocumentPolicy) -> Issue | None:
    if member.self_information_blocked:
        return _certificate(member, on, policy, reasons.BLOCKED)
    if _every_late_elderly(member, on, policy):
        return _certificate(member, on, policy, reasons.LATE_ELDERLY)
    return None


def _for_who_has_registered(
    member: MemberFacts, occasion: Occasion, on: date, policy: DocumentPolicy
) -> Issue | None:
    holder = member.holder(on)
    match occasion:
        case Occasion.SPARE | Occasion.UNWILLING | Occasion.FEAR_OF_LOSS if holder:
            if member.kind is InsurerKind.KOUKI:
                return _certificate(member, on, policy, reasons.LATE_ELDERLY)
            return Issue(None, reasons.NO_SPARE)
        case Occasion.CARD_LOST | Occasion.CARD_RENEWING if member.registered:
            return _without_card(member, on, policy)
        case Occasion.NOTICE_LOST if holder:
            if policy.notice.portal_replaces and member.portal_viewable:
                return Issue(None, reasons.PORTAL_IS_ENOUGH)
            return _notice(member, on, policy, reasons.NOTICE_LOST)
        case Occasion.CANNOT_LOG_IN if holder:
            return _notice(member, on, policy, reasons.NO_WAY_INTO_PORTAL)
        case Occasion.CERTIFICATE_GIVEN_BACK if holder:
            return _notice(member, on, policy, reasons.GIVEN_BACK)
        case _:
            return None


def _for_who_does_without(
    member: MemberFacts, occasion: Occasion, on: date, policy: DocumentPolicy
) -> Issue | None:
    match occasion:
        case Occasion.RELEASE_APPLIED | Occasion.RELEASE_CONFIRMED:
            return _released(member, occasion, on, policy)
        case Occasion.ELECTRONIC_CERTIFICATE_LAPSES:
            return _lapsing(member, on, policy)
        case Occasion.SUPPORT_NEEDED:
            return _certificate(member, on, policy, reasons.SUPPORT)
        case Occasion.CARD_RETURNED:
            return _certificate(member, on, policy, reasons.CARD_GIVEN_UP)
        case Occasion.CERTIFICATE_LOST if not member.holder(on) or member.needs_support:
            return _certificate(member, on, policy, reasons.CERTIFICATE_LOST)
        case _:
            return None


def _by_holding(member: MemberFacts, occasion: Occasion, on: date, policy: DocumentPolicy) -> Issue:
    if not member.has_individual_number:
        return _certificate(member, on, policy, reasons.NEWBORN)
    if member.needs_support:
        return _certificate(member, on, policy, reasons.SUPPORT)
    if not member.holder(on):
        if occasion is Occasion.JOINED and member.employer_asked is False:
            return Issue(None, reasons.ON_THE_LIST)
        asked = occasion is Occasion.JOINED and member.employer_asked
        reason = reasons.EMPLOYER_ASKED if asked else reasons.NOT_A_HOLDER
        return _certificate(member, on, policy, reason)
    if occasion.applied or occasion.of_notice in policy.notice.sent_on:
        return _notice(member, on, policy, reasons.HOLDER)
    if occasion is Occasion.SPECIAL_EXPENSES:
        return _notice(member, on, policy, reasons.SPECIAL_EXPENSES)
    seen = policy.notice.portal_replaces and member.portal_viewable
    return Issue(None, reasons.PORTAL_IS_ENOUGH if seen else reasons.NO_OCCASION)


def _without_card(member: MemberFacts, on: date, policy: DocumentPolicy) -> Issue:
    """Decide for a registered person whose card is lost or being made anew (R-044, R-047, R-048).

    One insurer issues nothing and pays back later (R-096, R-118, X-02; PP-05).
    """
    certificate = policy.certificate
    if certificate.lost_card is LostCard.REFUND or certificate.emergency is None:
        return Issue(None, reasons.REFUND_ONLY)
    with_proof = certificate.lost_card is LostCard.CERTIFICATE_OR_EMPLOYER_PROOF
    reason = reasons.CARD_LOST_OR_PROOF if with_proof else reasons.CARD_LOST
    made = _certificate(member, on, policy, reason, emergency=True)
    return replace(made, renewed=certificate.emergency.renewed)


def _released(member: MemberFacts, occasion: Occasion, on: date, policy: DocumentPolicy) -> Issue:
    """Decide for someone who gives up the use registration (R-028, R-029; PP-02).

    Until the release shows, the card works: who must not hold both gets nothing before (PP-12).
    Only who applies at the window is there to take it; who writes gets it by mail (R-025), and so
    does who is given it once the release is confirmed.
    """
    certificate = policy.certificate
    if on < certificate.on_release_from:
        return Issue(None, reasons.OLD_CARD_STILL_WORKS)
    confirmed_first = (
        certificate.on_release is OnRelease.AFTER_CONFIRMATION
        or certificate.with_registration is DualHolding.FORBIDDEN
    )
    if occasion is Occasion.RELEASE_APPLIED and confirmed_first:
        return Issue(None, reasons.NOT_YET_RELEASED)
    made = _certificate(member, on, policy, reasons.RELEASED)
    at_the_window = occasion is Occasion.RELEASE_APPLIED and not member.applied_by_mail
    on_the_spot = certificate.on_release is OnRelease.ON_THE_SPOT and at_the_window
    return replace(made, delivery=Delivery.COUNTER) if on_the_spot else made


def _lapsing(member: MemberFacts, on: date, policy: DocumentPolicy) -> Issue:
    """Send a certificate to someone whose electronic certificate lapses (P-005; PP-13)."""
    expiry = member.electronic_expires_on
    if expiry is None:
        return Issue(None, reasons.NOTHING_TO_LAPSE)
    due = lapsed_issue_day(expiry, policy.certificate.lapsed)
    if due is None or on < due:
        return Issue(None, reasons.STILL_IN_GRACE)
    return _certificate(member, on, policy, reasons.LAPSED)


def _every_late_elderly(member: MemberFacts, on: date, policy: DocumentPolicy) -> bool:
    """Tell whether 後期 gives the member a certificate whatever they hold (P-052).

    Until 31 July 2026 everyone, from then on those of the age on 1 August 2026 and those who have
    once applied. Whether all unions do so is unverified: the age is the insurer's parameter.
    """
    if member.kind is not InsurerKind.KOUKI:
        return False
    if on <= EVERY_LATE_ELDERLY_UNTIL or member.applied_before:
        return True
    age = policy.certificate.everyone_from_age
    return age is not None and age_on(member.birthdate, LATE_ELDERLY_AGE_ON) >= age


def _turns_70_before_the_start(birthdate: date) -> bool:
    """Tell whether the 70th birthday still brings an old card: until 1 December 2024 (R-151)."""
    seventieth = birthday_in(birthdate, birthdate.year + 70, LeapBirthday.FEB28)
    return seventieth <= LAST_ISSUE_DAY


def _certificate(
    member: MemberFacts,
    on: date,
    policy: DocumentPolicy,
    reason: Reason,
    *,
    emergency: bool = False,
) -> Issue:
    return Issue(
        DocumentKind.CERTIFICATE,
        reason,
        expires_on=certificate_end(
            on,
            member.birthdate,
            member.kind,
            policy.certificate,
            emergency=emergency,
            stay_ends_on=member.stay_ends_on,
        ),
        renewed=True,
        delivery=policy.certificate.delivery,
    )


def _notice(member: MemberFacts, on: date, policy: DocumentPolicy, reason: Reason) -> Issue:
    return Issue(
        DocumentKind.NOTICE,
        reason,
        expires_on=notice_end(on, member.birthdate, member.kind, policy.certificate, policy.notice),
        renewed=NoticeOccasion.RENEWAL in policy.notice.sent_on,
        delivery=policy.notice.delivery,
    )
