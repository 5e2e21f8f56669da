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
from eligibility.documents.content import NATIONAL
from eligibility.documents.document_policy import TermMode
from eligibility.documents.old_card import LAST_ISSUE_DAY, old_card_issued, old_card_last_day
from eligibility.documents.reasons import EMPLOYER_ASKED, ON_THE_LIST
from eligibility.documents.returns import certificate_in_force
from eligibility.documents.validity import (
    first_certificate_expected,
    mailed_from,
    ratio_printed,
    term_end,
)
from eligibility.identifiers.numbers import InsurerKind
from eligibility.registration.release_application import ApplicationChannel
from intermediate_server.documents.document import (
    LETTERS,
    LIMIT_CERTIFICATES,
    NAMES_THE_HEAD,
    NOT_HELD,
    OLD_CARDS,
    PRINTED_KINDS,
    WITH_RATIO,
    Document,
    DocumentEvent,
    EventKind,
    PaperWork,
)
from intermediate_server.documents.replacing import (
    CARD_FOUND,
    RELEASE_KEPT,
    by_procedure,
    replaced,
    takes_place,
)
from intermediate_server.procedures.kinds import KINDS, Effect, ProcedureKind, Timing
from intermediate_server.procedures.renumbering import numbers_of
from wire.vocabulary.changes import RegistrationOrder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eligibility.policy.insurer_policy import InsurerPolicy
    from intermediate_server.procedures.change import Change
    from intermediate_server.procedures.person import CardStanding
    from intermediate_server.procedures.procedure import Procedure

OCCASIONAL_KINDS = frozenset(kind for kind in ProcedureKind if KINDS[kind].occasion is not None)
"""Kinds of procedures that may bring a document."""
DECIDED_AT_ONCE = frozenset({ProcedureKind.LAST_FOUR_SENT, ProcedureKind.LAST_FOUR})
"""Kinds of whose documents is decided as they are recorded, also in a file, and never later."""
_SHARES = frozenset({ProcedureKind.SEVENTY, ProcedureKind.RATIO})
"""Kinds of procedures that state a share."""
CORRECTIONS = frozenset({ProcedureKind.CORRECT, ProcedureKind.CHANGE})
"""What says that something was recorded wrongly, and is no occasion of a paper by itself."""
_ONLY_REPLACE = CORRECTIONS | {ProcedureKind.LIMIT}
"""What brings no paper but in place of one that waits for the post."""
EMERGENCIES = frozenset({Occasion.CARD_LOST, Occasion.CARD_RENEWING})
"""On what occasions a certificate is issued in an emergency (PP-04)."""

_BEGINNINGS = frozenset({Effect.JOIN, Effect.TURN_75})
"""By what a membership begins, of which nothing waits for the post."""
_IN_PLACE_OF_THE_CARD = frozenset({Occasion.RELEASE_APPLIED, Occasion.CERTIFICATE_LOST})
"""On what occasions a certificate comes because there is to be no マイナ保険証."""

_LOST = "資格を喪失しているため、交付しません。"
_NOT_YET_A_MEMBER = "まだ加入していないため、交付しません。資格取得日からは、定期処理が交付します。"
_ONE_MORE = frozenset(
    {Occasion.SPARE, Occasion.FEAR_OF_LOSS, Occasion.UNWILLING, Occasion.CANNOT_LOG_IN}
)
"""What may be asked for by who has a certificate, and brings no second one (R-045, P-060)."""
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


def decided_at_once(procedure: Procedure, today: date) -> bool:
    """Tell whether `paper_work` has to be done as a procedure is recorded, also in a file."""
    if (
        procedure.kind in DECIDED_AT_ONCE
        or procedure.certificate_needed is not None
        or procedure.applied_by is ApplicationChannel.MAIL
    ):
        return True
    found = procedure.kind is ProcedureKind.CARD_LOST and not procedure.on
    if found or procedure.kind in _ONLY_REPLACE or procedure.kind is ProcedureKind.KEEP_USE:
        return True
    lost_on = procedure.disqualified_on
    return lost_on is not None and lost_on > today


def paper_work(procedure: Procedure, case: Case) -> PaperWork:
    """Return which document goes with a procedure, whose own entry the case is about.

    What only the procedure says is decided here or never: the last four digits (R-190), whether
    the employer asks for a certificate (P-064), and whether the application came by mail (R-025).
    """
    entry = case.entry
    if entry.kind is ProcedureKind.LAST_FOUR:
        asked = [
            one.number for one in case.printed_before() if one.kind is DocumentKind.LAST_FOUR_NOTICE
        ]
        return PaperWork(
            events=tuple(
                DocumentEvent(number, EventKind.ANSWERED, case.today) for number in asked[-1:]
            )
        )
    occasion = occasion_of(entry, case.history)
    if entry.kind in CORRECTIONS or KINDS[entry.kind].effect is Effect.LEAVE:
        return _corrected_papers(case)
    if entry.kind in _ONLY_REPLACE:
        return outdated_papers(case)
    if entry.kind is ProcedureKind.KEEP_USE:
        return _release_withdrawn(case)
    if occasion is None:
        return _card_found(case) if entry.kind is ProcedureKind.CARD_LOST else PaperWork()
    case = replace(
        case,
        employer_asked=procedure.certificate_needed,
        applied_by_mail=procedure.applied_by is ApplicationChannel.MAIL,
    )
    if entry.kind is ProcedureKind.RENUMBER:
        renumbered = renumbered_papers(case)
        return _with_outdated(case, [*renumbered, *papers_ahead(case, renumbered)])
    made = case.decide(occasion, occasioned_by=entry.version)
    if made.kind is DocumentKind.LAST_FOUR_NOTICE:
        assert procedure.individual_number is not None
        made = replace(made, last_four=procedure.individual_number.last_four)
    return _with_outdated(case, [made, *papers_ahead(case, [made])])


def _with_outdated(case: Case, made: Sequence[Document]) -> PaperWork:
    more = outdated_papers(case, made)
    return PaperWork((*made, *more.issued), more.events)


def _card_found(case: Case) -> PaperWork:
    """Withdraw a certificate of an emergency that has not been sent when the card is found."""
    waiting = [one for one in case.printed_before() if one.waits and _of_an_emergency(one)]
    return PaperWork(
        events=tuple(
            DocumentEvent(one.number, EventKind.WITHDRAWN, case.today, CARD_FOUND)
            for one in waiting
        )
    )


def _corrected_papers(case: Case) -> PaperWork:
    """Replace what prints what is wrong, or waits for the post and ends after a loss (差替え).

    What a change makes true of a later day only leaves the paper true until then. What would go out
    after the loss is kept back, and goes out where the loss is taken back. What the member has in
    hand already is asked back for a right one (R-056).
    """
    entry, made, events = case.entry, list[Document](), list[DocumentEvent]()
    of_its_day = entry.filing.timing is KINDS[entry.kind].timing is Timing.DATED
    if of_its_day:
        return outdated_papers(case)
    if entry.qualification.lost(case.today):
        return PaperWork()
    for old in case.decided_before():
        now = _stated_again(case, old) or entry
        lost_on = now.qualification.disqualified_on
        if old.kind in LETTERS or (lost_on and _issued(old, case) >= lost_on):
            continue
        wrong = _prints_what_was_wrong(case, old, now)
        if not wrong and not _outlives_another_loss(case, old, now):
            continue
        new = replace(case, entry=now).instead_of(old, old.occasion, made)
        new = replace(new, occasioned_by=entry.version)
        if _of_an_emergency(old) and new.expires_on and old.expires_on and not old.waits:
            new = replace(new, expires_on=min(new.expires_on, old.expires_on))
        same = (new.kind, new.expires_on) == (old.kind, old.expires_on)
        if (same and not wrong) or (new.kind is None and not old.waits):
            continue
        made.append(new)
        if old.waits:
            note = by_procedure(entry.kind)
            events.append(DocumentEvent(old.number, EventKind.WITHDRAWN, case.today, note))
    return PaperWork(tuple(made or _renewed_after_all(case)), tuple(events))


def outdated_papers(case: Case, beside: Sequence[Document] = ()) -> PaperWork:
    """Replace what waits for the post and is not true on its day any more (差替え).

    What becomes true on a later day only leaves a paper true until then.

    Args:
        case: Whose entry was recorded last.
        beside: What was decided with it; what gives way to that is not replaced again.
    """
    entry, made, events = case.entry, list[Document](), list[DocumentEvent]()
    if entry.qualification.lost(case.today) or KINDS[entry.kind].effect in _BEGINNINGS:
        return PaperWork()
    gone = {one.number for one in replaced(case.history, case.documents, beside)}
    known = [
        replace(one, state=EventKind.WITHDRAWN) if one.number in gone else one
        for one in case.documents
    ]
    case = replace(case, documents=(*known, *beside))
    for old in case.decided_before():
        if not old.waits or old.kind in LETTERS or old.based_on < case.began_at():
            continue
        now = case.true_of(old)
        lost_on = now.qualification.disqualified_on
        over = old.expires_on is not None and old.expires_on < case.today
        if over or (lost_on and _issued(old, case) >= lost_on) or _limited_later(case, old, now):
            continue
        if _prints(case, old, case.printed(old), now) == _prints(case, old, now, now):
            continue
        new = replace(case, entry=now).instead_of(old, old.occasion, made)
        if not any(takes_place(new, one) for one in (*beside, *made)):
            made.append(replace(new, occasioned_by=entry.version))
        note = by_procedure(entry.kind)
        events.append(DocumentEvent(old.number, EventKind.WITHDRAWN, case.today, note))
    return PaperWork(tuple(made), tuple(events))


def _limited_later(case: Case, paper: Document, now: Change) -> bool:
    """Tell whether the limit that is on record begins after the day of a limit certificate."""
    begins = now.limit.valid_from if now.limit else None
    on = max(_issued(paper, case), case.today)
    return paper.kind in LIMIT_CERTIFICATES and begins is not None and begins > on


def _renewed_after_all(case: Case) -> list[Document]:
    """Renew what a run did not, because of a loss that is taken back now (R-043)."""
    before = [one for one in case.entries() if one.version < case.entry.version]
    lost_before = bool(before) and before[-1].qualification.disqualified_on is not None
    last = case.standing()
    if last is None or not lost_before or case.entry.qualification.disqualified_on is not None:
        return []
    ends_on = case.stands_until(last)
    due = ends_on is not None and mailed_from(ends_on) <= case.today
    if not due or ends_on is None or not last.renewed:
        return []
    on = max(ends_on + timedelta(days=1), case.today)
    version = case.entry.version
    made = case.decide(Occasion.RENEWAL, on=on, occasioned_by=version, succeeds=last.number)
    return [made] if made.kind is not None else []


def _prints_what_was_wrong(case: Case, paper: Document, now: Change) -> bool:
    """Tell whether a paper that goes out, or is in use, prints what was corrected just now."""
    right = _prints(case, paper, now, now)
    if (
        case.entry.kind not in CORRECTIONS
        or _prints(case, paper, case.printed(paper), now) == right
    ):
        return False
    if paper.waits:
        return True
    return _in_use(case, paper) and _prints(case, paper, _before(case, paper), now) != right


def _outlives_another_loss(case: Case, paper: Document, now: Change) -> bool:
    """Tell whether a paper that waits was to end by another loss, or by none."""
    lost_on = case.printed(paper).qualification.disqualified_on
    return (
        paper.waits
        and paper.expires_on is not None
        and lost_on != now.qualification.disqualified_on
    )


def _before(case: Case, paper: Document) -> Change:
    """Return what was on record of what a paper prints, before the entry that the case is about."""
    own = [one for one in case.entries() if one.version < case.entry.version]
    again = [one for one in own if one.refers_to == paper.based_on]
    if again or case.entry.refers_to is None:
        return (again or own)[-1]
    return next(one for one in own if one.version == paper.based_on)


def _in_use(case: Case, paper: Document) -> bool:
    """Tell whether the member has a paper in hand that no later one has taken the place of."""
    kinds = PRINTED_KINDS if paper.kind in PRINTED_KINDS else LIMIT_CERTIFICATES

    def like(one: Document) -> bool:
        return one.kind in kinds and _of_an_emergency(one) is _of_an_emergency(paper)

    return (
        like(paper)
        and paper.state not in NOT_HELD
        and (paper.expires_on is None or paper.expires_on >= case.today)
        and not any(
            like(one)
            and one.number > paper.number
            and one.state not in NOT_HELD
            and max(_issued(one, case), case.today) == max(_issued(paper, case), case.today)
            for one in case.printed_before()
        )
    )


def _issued(one: Document, case: Case) -> date:
    return one.issued_on or case.today


def _release_withdrawn(case: Case) -> PaperWork:
    """Withdraw what waits for the post only because the registration was to be released (R-028).

    In place of what was decided on meanwhile goes what a holder gets. A certificate that had given
    way to it, as one of an emergency, is issued again; who needs one anyhow keeps it.
    """
    made, events = list[Document](), list[DocumentEvent]()
    applied_at = release_applied([one for one in case.history if one.order is not None])
    for old in case.printed_before():
        if (
            not old.waits
            or old.kind is not DocumentKind.CERTIFICATE
            or old.based_on < applied_at
            or _of_an_emergency(old)
        ):
            continue
        if old.occasion in _IN_PLACE_OF_THE_CARD:
            if case.instead_of(old, Occasion.RENEWAL, made).kind is DocumentKind.CERTIFICATE:
                continue
            again = [case.instead_of(old, one, made) for one in _gave_way(case, old)]
            new = [one for one in again if one.kind is DocumentKind.CERTIFICATE][-1:]
        else:
            new = [case.instead_of(old, old.occasion, made)]
            if new[0].kind is DocumentKind.CERTIFICATE:
                continue
        made += [one for one in new if one.kind is not None]
        events.append(DocumentEvent(old.number, EventKind.WITHDRAWN, case.today, RELEASE_KEPT))
    return PaperWork(tuple(made), tuple(events))


def _gave_way(case: Case, to: Document) -> list[Occasion]:
    """Return for what certificates were issued in whose place another one waits, in order.

    None of an emergency that is over, as the card was found since.
    """
    found_at = max(
        (
            one.version
            for one in case.entries()
            if one.kind is ProcedureKind.CARD_LOST and not one.marks.card_lost
        ),
        default=0,
    )
    return [
        one.occasion
        for one in case.printed_before()
        if one.kind is DocumentKind.CERTIFICATE
        and one.state == EventKind.WITHDRAWN
        and one.occasion not in _IN_PLACE_OF_THE_CARD
        and _issued(one, case) <= _issued(to, case)
        and not (_of_an_emergency(one) and one.based_on < found_at)
    ]


def _prints(case: Case, paper: Document, entry: Change, now: Change) -> tuple[object, ...]:
    """Return what a paper prints of an entry, but for the address, which is that of its day."""
    person, one = entry.person, entry.qualification
    names_the_head = paper.kind in NAMES_THE_HEAD and case.policy.kind in NATIONAL
    return (
        *(person.name, person.name_kana, person.sex, person.birthdate),
        *(one.symbol, one.number, one.branch, one.qualified_on, entry.classification),
        (entry.householder or now.householder) if names_the_head else None,
        entry.ratio if paper.ratio_from else "",
        entry.limit if paper.kind in LIMIT_CERTIFICATES else None,
        entry.marks.special_medical_expense,
    )


def _of_an_emergency(one: Document) -> bool:
    return one.kind is DocumentKind.CERTIFICATE and one.occasion in EMERGENCIES and not one.renewed


def renumbered_papers(case: Case) -> list[Document]:
    """Return the papers that a new number brings, in place of those with the old one.

    They are the paper that shows the eligibility, a certificate of an emergency that stands
    (R-044), and what prints a change that is on its way (R-070). The case is about the
    renumbering's entry.
    """
    entry = case.entry
    standing = [
        one
        for one in case.printed_before()
        if _of_an_emergency(one) and one.expires_on is not None and one.expires_on >= case.today
    ]
    made = [case.decide(Occasion.NUMBER_CHANGED, occasioned_by=entry.version)]
    if standing and made[0].kind is not DocumentKind.CERTIFICATE:
        last = standing[-1]
        again = replace(case, documents=(*case.documents, *made))
        other = again.decide(last.occasion, occasioned_by=entry.version, succeeds=last.number)
        # Of a loss that was filed since, the first one does not know.
        until = min(filter(None, (last.expires_on, other.expires_on)))
        made.append(replace(other, expires_on=until))
    for one in case.history:
        occasion = occasion_of(one, case.history)
        if one.version > entry.version and one.number == entry.number and occasion is not None:
            again = replace(case, entry=one, documents=(*case.documents, *made))
            made.append(again.decide(occasion, occasioned_by=one.version))
    return made


def papers_ahead(case: Case, made: Sequence[Document]) -> list[Document]:
    """Return what takes the place of papers that begin after those that were just ``made``.

    A renewal is sent before its day (R-043). Where it is of the other kind by now, or prints what
    is true no more, the right one comes with what says so, and not only on that day.
    """
    own = [
        one
        for one in made
        if one.kind in PRINTED_KINDS
        and one.insurer_number == case.entry.number[0]
        and one.occasion not in EMERGENCIES
    ]
    if not own:
        return []
    begins, address = _issued(own[0], case), own[0].occasion is Occasion.ADDRESS_CHANGED
    ahead = {
        one.issued_on: one
        for one in case.printed_before()
        if one.kind in PRINTED_KINDS and one.renewed and one.state not in NOT_HELD
    }
    for one in made:
        ahead.pop(one.issued_on, None)
    found: list[Document] = []
    for old in ahead.values():
        if _issued(old, case) <= begins:
            continue
        now = _stated_again(case, old) or case.entry
        new = replace(case, entry=now).instead_of(old, old.occasion, (*made, *found))
        moved = address and not old.waits  # what waits goes to the new address anyhow
        differs = new.kind is not old.kind or _prints(case, old, case.printed(old), now) != _prints(
            case, new, now, now
        )
        if new.kind is not None and (differs or moved):
            found.append(new)
    return found


def _stated_again(case: Case, paper: Document) -> Change | None:
    """Return the newest statement of what a paper rests on; None where there is none."""
    stated_again = [one for one in case.history if one.refers_to == paper.based_on]
    return stated_again[-1] if stated_again else None


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
        """Decide on a document; ``on`` is the day from which it is to hold, today when None."""
        made = self._register(occasion, on or self.day())
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
        return Document(
            person_reference=self.entry.person.reference,
            number=self.documents[-1].number + 1 if self.documents else 1,
            based_on=self.entry.version,
            insurer_number=self.entry.qualification.insurer_number,
            occasion=occasion,
            kind=kind,
            reason=because,
            rules=rules,
            decided_on=self.today,
            issued_on=self._issued_on(occasion, kind, on),
            expires_on=expires_on,
            ratio_from=self._ratio_from(on) if with_ratio else None,
            renewed=decided.renewed if decided else False,
            delivery=decided.delivery if decided else None,
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
        facts = self.facts(on, occasion)
        decided = issue(facts, occasion, on, policy.documents)
        if (
            occasion in _ONE_MORE
            and decided.document is DocumentKind.CERTIFICATE
            and self.has_certificate(on)
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
        shows it, but for what says itself that it holds from a later day.
        """
        on = max(paper.issued_on or self.today, self.today)
        return [
            one
            for one in self.entries()
            if one.version == paper.based_on
            or (
                one.version > paper.based_on
                and not one.qualification.never_was
                and (_stated_for(one) <= on or one.refers_to == paper.based_on)
            )
        ][-1]

    def began_at(self) -> int:
        """Return the version by which the membership began, the last time under its number."""
        return max(
            (
                one.version
                for one in self.entries()
                if one.refers_to is None and KINDS[one.kind].effect in _BEGINNINGS
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
            if one.kind in PRINTED_KINDS and (one.renewed or not _of_an_emergency(one))
        ]
        if not standing:
            return None
        held = [one for one in standing if one.state not in NOT_HELD]
        return max((*held, standing[-1]), key=lambda one: (_issued(one, self), one.number))

    def stands_until(self, paper: Document) -> date | None:
        """Return the last day of a paper; of a notice without an expiry, where it is renewed."""
        term = self.policy.documents.certificate.term
        if paper.expires_on or term.mode is not TermMode.YEARLY or paper.issued_on is None:
            return paper.expires_on
        return term_end(paper.issued_on, term)

    def has_certificate(self, on: date, *, renewed: bool = False) -> bool:
        """Tell whether the member holds a certificate, or gets one, in force on a day (R-041).

        With ``renewed``, one that is followed by another, and so none of an emergency.
        """
        lost = self.entry.qualification.disqualified_on
        return any(
            (one.renewed or not renewed)
            and one.expires_on is not None
            and certificate_in_force(on, one.expires_on, lost)
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
