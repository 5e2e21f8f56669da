"""Issuing documents (交付): which procedure brings one, and what is decided about it.

What the rules say of a member is asked of `eligibility.documents`; here the member comes out of the
ledger, and the decision goes into the register.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from eligibility.cost.burden import elderly_from, late_elderly_from
from eligibility.cost.limits import LimitCategory
from eligibility.days.dates import japanese_date
from eligibility.documents import (
    DocumentKind,
    Issue,
    MemberFacts,
    Occasion,
    issue,
)
from eligibility.documents.document_policy import TermMode
from eligibility.documents.old_card import LAST_ISSUE_DAY, old_card_issued, old_card_last_day
from eligibility.documents.reasons import EMPLOYER_ASKED, ON_THE_LIST
from eligibility.documents.returns import certificate_in_force
from eligibility.documents.validity import (
    first_certificate_expected,
    ratio_printed,
    term_end,
)
from eligibility.identifiers.numbers import InsurerKind
from intermediate_server.documents.document import (
    LOST_KINDS,
    NOT_HELD,
    OLD_CARDS,
    PRINTED_KINDS,
    WITH_RATIO,
    Document,
    EventKind,
)
from intermediate_server.procedures.kinds import KINDS, Effect, ProcedureKind, Timing
from intermediate_server.procedures.renumbering import numbers_of
from wire.vocabulary.changes import RegistrationOrder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eligibility.policy.insurer_policy import InsurerPolicy
    from intermediate_server.procedures.change import Change
    from intermediate_server.procedures.person import CardStanding

OCCASIONAL_KINDS = frozenset(kind for kind in ProcedureKind if KINDS[kind].occasion is not None)
"""Kinds of procedures that may bring a document."""
DECIDED_AT_ONCE = frozenset({ProcedureKind.LAST_FOUR_SENT, ProcedureKind.LAST_FOUR})
"""Kinds of whose documents is decided as they are recorded, also in a file, and never later."""
_SHARES = frozenset({ProcedureKind.SEVENTY, ProcedureKind.RATIO})
"""Kinds of procedures that state a share."""
CORRECTIONS = frozenset({ProcedureKind.CORRECT, ProcedureKind.CHANGE})
"""What says that something was recorded wrongly, and is no occasion of a paper by itself."""
EMERGENCIES = frozenset({Occasion.CARD_LOST, Occasion.CARD_RENEWING})
"""On what occasions a certificate is issued in an emergency (PP-04)."""

BEGINNINGS = frozenset({Effect.JOIN, Effect.TURN_75})
"""By what a membership begins, of which nothing waits for the post."""
_OVER = "有効期限が過ぎているため、記録だけで、送りません。"
"""What is said besides of a card that had ended when it was entered."""
_LOST = "資格を喪失しているため、交付しません。"
_NOT_YET_A_MEMBER = "まだ加入していないため、交付しません。資格取得日からは、定期処理が交付します。"
_ONE_MORE = frozenset(
    {Occasion.SPARE, Occasion.FEAR_OF_LOSS, Occasion.UNWILLING, Occasion.CANNOT_LOG_IN}
)
"""What may be asked for by who has a certificate, and brings no second one (R-045, P-060)."""
_AS_LONG = frozenset(
    {
        Occasion.CARD_LOST,
        Occasion.CARD_RENEWING,
        Occasion.CARD_RETURNED,
        Occasion.NOTICE_LOST,
        Occasion.OLD_CARD_LOST,
    }
)
"""What brings no second certificate where the one in hand lasts as long, or is renewed."""
_HAD_NONE = {
    Occasion.CERTIFICATE_LOST: (
        "資格確認書を交付した記録がないため、再交付はしません。"
        "マイナ保険証を持たない人に初めて交付するときは、「念のため」を選んでください。"
    ),
    Occasion.NOTICE_LOST: (
        "資格情報のお知らせを交付した記録がないため、再交付はしません。"
        "初めて交付するときは、「ポータルにログインできない」を選んでください。"
    ),
    Occasion.OLD_CARD_LOST: (
        "従来の保険証の交付が終わってからの加入なので、従来の保険証はありません。"
        "なくしたものを確かめてください。"
    ),
}
"""Why nothing takes the place of what the member never had."""
_HAS_ONE = (
    "有効な資格確認書をすでに交付しているため、もう1枚は交付しません。"
    "なくしたときは「資格確認書の紛失」で再交付します。"
)
_LATE_ELDERLY_ELSEWHERE = (
    "75歳からは後期高齢者医療の被保険者です。この保険者からは交付しません。"
    "喪失の届出を確かめてください。"
)


def occasion_of(entry: Change, history: Sequence[Change]) -> Occasion | None:
    """Return what an entry is an occasion of; None where it brings no document.

    What is stated again is one only where that is under another number: the paper has the old one.
    Nothing that ends a membership is one, and nothing that holds only after its end; a loss that
    lies ahead leaves the membership what it is until then.
    """
    definition = KINDS[entry.kind]
    ended_on = entry.qualification.disqualified_on
    lost = ended_on is not None and (
        definition.effect is Effect.TURN_75 or ended_on <= _holds_from(entry)
    )
    renumbered = entry.order is None and any(
        one.version == entry.refers_to and one.number != entry.number for one in history
    )
    if lost or (entry.refers_to is not None and not renumbered):
        return None
    taken_back = definition.mark and not getattr(entry.marks, definition.mark)
    return None if taken_back and not definition.mark_printed else definition.occasion


def _holds_from(entry: Change) -> date:
    """Return from when what an entry states holds: not before the filing or the membership.

    A share that was filed before that of 70 begins, and shows only with it or later, is the one
    from 70 on, also while the lag keeps it back (P-071, R-150).
    """
    filing = entry.filing
    days = [filing.filed_on, entry.qualification.qualified_on]
    of_70 = elderly_from(entry.person.birthdate)
    if entry.kind in _SHARES and filing.filed_on < of_70 <= filing.reflected_on:
        days.append(of_70)
    at_once = KINDS[entry.kind].timing is Timing.AT_ONCE
    if filing.timing is Timing.DATED and not at_once and filing.shown_on is not None:
        days.append(filing.shown_on)
    return max(days)


def _stated_for(entry: Change) -> date:
    """Return from when what an entry states is so, whatever the membership."""
    filing = entry.filing
    ahead = filing.timing in {Timing.DATED, Timing.RELEASE}
    return (filing.shown_on if ahead else None) or filing.filed_on


def release_applied(orders: Sequence[Change]) -> int:
    """Return the version by which a release was applied for last; 0 for none."""
    return max(
        (
            one.version
            for one in orders
            if one.kind is ProcedureKind.RELEASE_USE and one.refers_to is None
        ),
        default=0,
    )


def issued(one: Document, case: Case) -> date:
    """Return 交付年月日; today of what has none."""
    return one.issued_on or case.today


def of_an_emergency(one: Document) -> bool:
    """Tell whether it is a certificate of an emergency, which is not renewed (R-044)."""
    return one.kind is DocumentKind.CERTIFICATE and one.occasion in EMERGENCIES and not one.renewed


@dataclass(frozen=True, slots=True)
class Case:
    """A member on whose document is decided."""

    history: Sequence[Change]
    """All entries of the person, in order of version."""
    entry: Change
    """The state that would be printed."""
    documents: Sequence[Document]
    """What was decided before."""
    card: CardStanding
    policy: InsurerPolicy
    today: date
    employer_asked: bool | None = None
    """資格確認書発行要否, as the employer ticked it (P-064); None where there was no such box."""
    applied_by_mail: bool = False
    """Whether the application came by mail, so that nobody is at the window (R-025)."""

    def decide(
        self,
        occasion: Occasion,
        *,
        on: date | None = None,
        occasioned_by: int | None = None,
        succeeds: int | None = None,
    ) -> Document:
        """Decide on a document; ``on`` is the day from which it is to hold.

        When None, that is today, or the day of the entry that occasions it: a share of a later day
        puts off no paper that is about something else.
        """
        if on is None:
            by_entry = occasioned_by == self.entry.version
            on = self.day() if by_entry else max(self.today, self.entry.qualification.qualified_on)
        made = self._register(occasion, on)
        return replace(made, occasioned_by=occasioned_by, succeeds=succeeds)

    def instead_of(self, old: Document, occasion: Occasion, made: Sequence[Document]) -> Document:
        """Decide on what takes the place of a document, beside what was ``made`` meanwhile."""
        known = [
            replace(one, state=EventKind.WITHDRAWN) if one.number == old.number else one
            for one in (*self.documents, *made)
        ]
        ahead = old.issued_on if old.occasion is not Occasion.JOINED else None
        again = replace(self, documents=known)
        on = max(filter(None, (again.day(), ahead)))
        new = again.decide(occasion, on=on, occasioned_by=self.entry.version, succeeds=old.number)
        # By which way it goes was said when it was applied for.
        same = (new.kind, occasion) == (old.kind, old.occasion)
        return replace(new, delivery=old.delivery) if same else new

    def day(self) -> date:
        """Return the day that counts: not before the membership, nor before the change holds."""
        return max(self.today, _holds_from(self.entry))

    def _register(self, occasion: Occasion, on: date) -> Document:
        decided, because, rules = self._issue(occasion, on)
        expires_on, lost_on = None, self.entry.qualification.disqualified_on
        if decided and decided.expires_on:
            # No paper outlives a loss that is on record.
            expires_on = min(decided.expires_on, (lost_on or date.max) - timedelta(days=1))
        kind = decided.document if decided else None
        with_ratio = kind in WITH_RATIO
        over = kind in OLD_CARDS and expires_on is not None and expires_on < self.today
        return Document(
            person_reference=self.entry.person.reference,
            number=self.documents[-1].number + 1 if self.documents else 1,
            based_on=self.entry.version,
            insurer_number=self.entry.qualification.insurer_number,
            occasion=occasion,
            kind=kind,
            reason=f"{because}{_OVER}" if over else because,
            rules=rules,
            decided_on=self.today,
            issued_on=self._issued_on(occasion, kind, on),
            expires_on=expires_on,
            ratio_from=self._ratio_from(on) if with_ratio else None,
            renewed=decided.renewed if decided else False,
            delivery=decided.delivery if decided and not over else None,
        )

    def _issued_on(self, occasion: Occasion, kind: DocumentKind | None, on: date) -> date | None:
        """Return 交付年月日; of an old card recorded late, the day of its filing (R-016)."""
        if kind is None:
            return None
        filed_on = self.entry.filing.filed_on
        if kind is DocumentKind.OLD_CARD and occasion is Occasion.JOINED:
            return min(on, filed_on)
        late = not old_card_issued(on, self.policy.documents.old_card.last_issued_on)
        return filed_on if kind is DocumentKind.OLD_CARD and late else on

    def _issue(self, occasion: Occasion, on: date) -> tuple[Issue | None, str, tuple[str, ...]]:
        person, policy = self.entry.person, self.policy
        if self.entry.qualification.lost(max(on, self.today)):
            return None, _LOST, ()
        if policy.kind is not InsurerKind.KOUKI and late_elderly_from(person.birthdate) <= on:
            return None, _LATE_ELDERLY_ELSEWHERE, ("P-053",)
        ahead = self.entry.qualification.qualified_on > self.today
        if occasion is Occasion.ELECTRONIC_CERTIFICATE_ENDS and ahead:
            # Who is a member elsewhere until then is written to from there (D-15).
            return None, _NOT_YET_A_MEMBER, ()
        if occasion in _HAD_NONE and not self._had(occasion):
            return None, _HAD_NONE[occasion], ("R-054",)
        facts = self.facts(on, occasion)
        decided = issue(facts, occasion, on, policy.documents)
        if decided.document is DocumentKind.CERTIFICATE and (
            (occasion in _ONE_MORE and self.has_certificate(on))
            or (occasion in _AS_LONG and self.has_certificate(on, decided.expires_on))
        ):
            return None, _HAS_ONE, ("R-045", "P-060")
        if occasion is Occasion.JOINED:
            # The day of acceptance, not of birth or of typing, decides about the old card.
            accepted = issue(facts, occasion, self.entry.filing.filed_on, policy.documents)
            if accepted.document is DocumentKind.OLD_CARD:
                decided = accepted
        if occasion is Occasion.TURNED_70 and self.today <= LAST_ISSUE_DAY:
            # The last old cards of the elderly went out in the month before their ratio held, also
            # where other old cards ended some days earlier.
            last = min(self.today, policy.documents.old_card.last_issued_on)
            elderly = issue(facts, occasion, last, policy.documents)
            if elderly.document is DocumentKind.ELDERLY_CARD:
                decided = elderly
        return decided, f"{decided.reason.text.ja}{self._expected(decided)}", decided.reason.rules

    def _expected(self, decided: Issue) -> str:
        """Tell when the first certificate is to be expected (P-064); empty of any other."""
        asked = self.employer_asked
        if asked is None or decided.reason not in (EMPLOYER_ASKED, ON_THE_LIST):
            return ""
        first, last = first_certificate_expected(self.entry.filing.filed_on, employer_asked=asked)
        return f"できあがるのは{japanese_date(first)}から{japanese_date(last)}までの見込みです。"

    def facts(self, on: date, occasion: Occasion | None = None) -> MemberFacts:
        """Return what the rules look at of a paper that is to hold from a day on."""
        entry, card = self.entry, self.card
        registered = card.registered and not self._given_up(on, occasion)
        blocked = entry.marks.self_information_blocked
        return MemberFacts(
            birthdate=entry.person.birthdate,
            kind=self.policy.kind,
            has_card=card.certificate_expires_on is not None,
            registered=registered,
            electronic_expires_on=card.certificate_expires_on,
            has_individual_number=not entry.person.reference.startswith("NEW-"),
            needs_support=entry.marks.consideration or self._supported_by_application(),
            applied_before=any(
                one.kind is DocumentKind.CERTIFICATE and one.occasion.applied
                for one in self.documents
            ),
            self_information_blocked=blocked,
            portal_viewable=registered and not blocked,
            limit=LimitCategory(entry.limit.flag) if entry.limit else None,
            limit_until=entry.limit.valid_until if entry.limit else None,
            old_card_until=self.old_card_until(),
            employer_asked=self.employer_asked,
            applied_by_mail=self.applied_by_mail,
        )

    def _given_up(self, on: date, occasion: Occasion | None) -> bool:
        """Tell whether a release that is on its way makes the member one without a マイナ保険証.

        So it is from the day on which it takes effect; and before, where a certificate was given
        with the application, which goes on until the release and beyond (R-028, R-042).
        """
        orders = [one for one in self.history if one.order is not None]
        if not orders or orders[-1].order is not RegistrationOrder.RELEASE:
            return False
        takes_effect_on = orders[-1].filing.reflected_on
        if takes_effect_on <= self.today:
            return False  # what OQS says of the card is the truth, also of who registered again
        if takes_effect_on <= on:
            return True
        applied_at = release_applied(orders)
        return occasion not in EMERGENCIES and any(
            one.kind is DocumentKind.CERTIFICATE
            and one.occasion is Occasion.RELEASE_APPLIED
            and (one.occasioned_by or 0) >= applied_at
            for one in self.printed_before()
        )

    def entries(self) -> list[Change]:
        """Return the entries of this membership, in order, also under numbers that it had."""
        numbers = numbers_of(self.history, self.entry.number)
        return [one for one in self.history if one.number in numbers]

    def _states(self) -> list[Change]:
        """Return what the membership was until the entry, in the order in which it showed."""
        known = [one for one in self.entries() if one.version <= self.entry.version]
        found: list[Change] = []
        for one in known:
            if not one.qualification.never_was:
                found = [before for before in found if before.visible_from < one.visible_from]
                found.append(one)
        return found

    def true_of(self, paper: Document) -> Change:
        """Return the entry that says what is so on the day of a paper.

        It is the newest that holds by then. What was filed is so at once for papers, before OQS
        shows it, but for what says itself that it holds from a later day. A share of a later day is
        carried by what was filed after it too, and does not hold before for that.
        """
        on = max(paper.issued_on or self.today, self.today)
        newest = [
            one
            for one in self.entries()
            if one.version == paper.based_on
            or (
                one.version > paper.based_on
                and not one.qualification.never_was
                and (_stated_for(one) <= on or one.refers_to == paper.based_on)
            )
        ][-1]
        return replace(newest, ratio=self._ratio_on(on, newest))

    def _ratio_on(self, on: date, newest: Change) -> str:
        """Return the share that an entry comes to on a day on which it may not hold yet."""
        true = carried = ""
        for one in self.entries():
            if one.version > newest.version:
                break
            if one.ratio != carried and (not true or _stated_for(one) <= on):
                true = one.ratio
            carried = one.ratio
        return true

    def began_at(self) -> int:
        """Return the version by which the membership began, the last time under its number."""
        return max(
            (
                one.version
                for one in self.entries()
                if one.refers_to is None and KINDS[one.kind].effect in BEGINNINGS
            ),
            default=0,
        )

    def decided_before(self) -> list[Document]:
        """Return what was decided before about this membership, in order."""
        versions = {entry.version for entry in self.entries()}
        return [one for one in self.documents if one.based_on in versions]

    def printed(self, paper: Document) -> Change:
        """Return the entry that a paper rests on."""
        return next(one for one in self.history if one.version == paper.based_on)

    def printed_before(self) -> Sequence[Document]:
        """Return what was issued before of this membership, in order."""
        return [one for one in self.decided_before() if one.kind is not None]

    def standing(self) -> Document | None:
        """Return the paper that is in use last: the newest, or one that begins after it.

        So it is of the renewed one, where the one until then was issued again (R-054). One of an
        emergency is none.
        """
        standing = [
            one
            for one in self.printed_before()
            if one.kind in PRINTED_KINDS and (one.renewed or not of_an_emergency(one))
        ]
        if not standing:
            return None
        held = [one for one in standing if one.state not in NOT_HELD]
        return max((*held, standing[-1]), key=lambda one: (issued(one, self), one.number))

    def stands_until(self, paper: Document) -> date | None:
        """Return the last day of a paper; of a notice without an expiry, where it is renewed."""
        term = self.policy.documents.certificate.term
        if paper.expires_on or term.mode is not TermMode.YEARLY or paper.issued_on is None:
            return paper.expires_on
        return term_end(paper.issued_on, term)

    def has_certificate(
        self, on: date, until: date | None = None, *, renewed: bool = False
    ) -> bool:
        """Tell whether the member holds a certificate, or gets one, in force on a day (R-041).

        With an ``until``, it is in force until then, or its successor follows. With ``renewed``, it
        is one that is followed by another, and so none of an emergency.
        """
        lost = self.entry.qualification.disqualified_on
        return any(
            (one.renewed or not renewed)
            and one.expires_on is not None
            and certificate_in_force(on, one.expires_on, lost)
            and (until is None or one.renewed or one.expires_on >= until)
            for one in self._certificates_held()
        )

    def _certificates_held(self) -> list[Document]:
        """Return the certificates that the member has in hand, or that are on their way.

        Who has applied to give them back has none of those from before (R-050).
        """
        before = self.printed_before()
        given_back = [one for one in before if one.occasion is Occasion.CERTIFICATE_GIVEN_BACK]
        after = given_back[-1].number if given_back else 0
        return [
            one
            for one in before
            if one.kind is DocumentKind.CERTIFICATE
            and one.number >= after
            and one.state not in NOT_HELD
        ]

    def _supported_by_application(self) -> bool:
        """Tell whether a certificate as 要配慮者 was applied for, which is renewed (R-046, P-063).

        Not any more for who has given it back since, or is marked as in no need of it.
        """
        known = [
            one
            for one in self.printed_before()
            if one.kind is DocumentKind.CERTIFICATE
            and one.renewed
            and one.state != EventKind.WITHDRAWN
        ]
        applied = [
            one
            for one in self.decided_before()
            if one.occasion is Occasion.SUPPORT_NEEDED and one.occasioned_by is None
        ]
        if not applied or not known or known[-1].number < applied[-1].number:
            return False
        since = applied[-1]
        given_back = known[-1].state == EventKind.GIVEN_BACK or any(
            one.occasion is Occasion.CERTIFICATE_GIVEN_BACK and one.number > since.number
            for one in self.decided_before()
        )
        return not given_back and not any(
            one.kind is ProcedureKind.CONSIDERATION
            and one.version > since.based_on
            and not one.marks.consideration
            for one in self.entries()
        )

    def _had(self, lost: Occasion) -> bool:
        """Tell whether the member ever had what is said to be lost."""
        if any(one.kind in LOST_KINDS[lost] for one in self.printed_before()):
            return True
        old = self.policy.documents.old_card
        return lost is Occasion.OLD_CARD_LOST and old_card_issued(
            self._joined().filing.filed_on, old.last_issued_on
        )

    def old_card_until(self) -> date | None:
        """Return the last day of the old card that the member still holds, if there is one.

        A notice that takes the place of nothing stands beside it (R-051). Who joined by the last
        day of issue has one, whether or not its decision is on record. Which expiry was printed on
        it is known of arrears only, whose cards ended first (R-009, R-013).
        """
        old = self.policy.documents.old_card
        issued = [
            one
            for one in self.printed_before()
            if one.kind in OLD_CARDS | {DocumentKind.CERTIFICATE}
            or (one.kind is DocumentKind.NOTICE and one.occasion.replaces_old_card)
        ]
        if issued:
            if issued[-1].kind not in OLD_CARDS:
                return None
        elif not old_card_issued(self._joined().filing.filed_on, old.last_issued_on):
            return None
        if not old.printed_until:
            return old_card_last_day(None)
        arrears = self.entry.marks.special_medical_expense
        return old_card_last_day(old.printed_until[0 if arrears else -1])

    def _joined(self) -> Change:
        return self.entries()[0]

    def _ratio_from(self, on: date) -> date | None:
        """Return 発効期日: since when the ratio holds, where one is printed (R-056, R-150)."""
        entry = self.entry
        since, ratio = entry.qualification.qualified_on, None
        for one in self._states():
            if ratio is not None and one.ratio != ratio:
                since = one.filing.shown_on or one.filing.filed_on
            ratio = one.ratio
        if self.policy.kind is not InsurerKind.KOUKI:
            since = max(since, elderly_from(entry.person.birthdate))
        effective = min(since, on)
        return since if ratio_printed(entry.person.birthdate, effective, self.policy.kind) else None
