"""The papers that go with what is filed: new ones, and right ones in place of wrong ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from eligibility.documents import DocumentKind, Occasion
from eligibility.documents.content import NATIONAL
from eligibility.documents.validity import first_certificate_by, mailed_from
from eligibility.registration.release_application import ApplicationChannel
from intermediate_server.documents.decision import (
    BEGINNINGS,
    CORRECTIONS,
    DECIDED_AT_ONCE,
    EMERGENCIES,
    Case,
    issued,
    occasion_of,
    of_an_emergency,
    release_applied,
)
from intermediate_server.documents.document import (
    LETTERS,
    LIMIT_CERTIFICATES,
    NAMES_THE_HEAD,
    NOT_HELD,
    OLD_CARDS,
    PRINTED_KINDS,
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

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intermediate_server.procedures.change import Change
    from intermediate_server.procedures.procedure import Procedure

_ONLY_REPLACE = CORRECTIONS | {ProcedureKind.LIMIT}
"""What brings no paper but in place of one."""
_IN_PLACE_OF_THE_CARD = frozenset({Occasion.RELEASE_APPLIED, Occasion.CERTIFICATE_LOST})
"""On what occasions a certificate comes because there is to be no マイナ保険証."""


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
    first = [
        replace(one, occasioned_by=entry.version)
        for one in (after_old_card(case, [made]) if made.kind in OLD_CARDS else ())
    ]
    return _with_outdated(case, [made, *papers_ahead(case, [made]), *first])


def after_old_card(case: Case, made: Sequence[Document] = ()) -> list[Document]:
    """Decide on the first document of a member who has nothing but an old card (R-057, R-014).

    It is due from the month in which the card ends. Who is entered later, as is seen by what was
    just ``made``, was not there when its run was done (R-040, R-043).
    """
    case = replace(case, documents=(*case.documents, *made))
    until = case.old_card_until()
    decided = any(
        one.occasion is Occasion.OLD_CARD_ENDS and one.insurer_number == case.entry.number[0]
        for one in case.documents
    )
    lost = case.entry.qualification.lost(case.today)
    if until is None or decided or lost or case.today < mailed_from(until):
        return []
    on = max(first_certificate_by(until), case.today)
    return [case.decide(Occasion.OLD_CARD_ENDS, on=on)]


def _with_outdated(case: Case, made: Sequence[Document]) -> PaperWork:
    more = outdated_papers(case, made)
    return PaperWork((*made, *more.issued), more.events)


def _card_found(case: Case) -> PaperWork:
    """Withdraw a certificate of an emergency that has not been sent when the card is found."""
    waiting = [one for one in case.printed_before() if one.waits and of_an_emergency(one)]
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
        if old.kind in LETTERS or (lost_on and issued(old, case) >= lost_on):
            continue
        wrong = _prints_what_was_wrong(case, old, now)
        if not wrong and not _outlives_another_loss(case, old, now):
            continue
        new = replace(case, entry=now).instead_of(old, old.occasion, made)
        new = replace(new, occasioned_by=entry.version)
        if of_an_emergency(old) and new.expires_on and old.expires_on and not old.waits:
            new = replace(new, expires_on=min(new.expires_on, old.expires_on))
        same = (new.kind, new.expires_on) == (old.kind, old.expires_on)
        if (same and not wrong) or (new.kind is None and not old.waits):
            continue
        made.append(new)
        if old.waits:
            note = by_procedure(entry.kind)
            events.append(DocumentEvent(old.number, EventKind.WITHDRAWN, case.today, note))
    return PaperWork(tuple(made or _renewed_after_all(case)), tuple(events))


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


def outdated_papers(case: Case, beside: Sequence[Document] = ()) -> PaperWork:
    """Replace what waits for the post and is not true on its day any more (差替え).

    What becomes true on a later day only leaves a paper true until then.

    Args:
        case: Whose entry was recorded last.
        beside: What was decided with it; what gives way to that is not replaced again.
    """
    entry, made, events = case.entry, list[Document](), list[DocumentEvent]()
    if entry.qualification.lost(case.today) or KINDS[entry.kind].effect in BEGINNINGS:
        return PaperWork()
    gone = {
        one.number
        for one in replaced(case.history, case.documents, beside)
        if one.event is EventKind.WITHDRAWN
    }
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
        if over or (lost_on and issued(old, case) >= lost_on) or _limited_later(case, old, now):
            continue
        if _prints(case, old, case.printed(old), now) == _prints(case, old, now, now):
            continue
        if _followed(case, old, now):
            continue
        new = replace(case, entry=now).instead_of(old, old.occasion, made)
        if not any(takes_place(new, one) for one in (*beside, *made)):
            made.append(replace(new, occasioned_by=entry.version))
        note = by_procedure(entry.kind)
        events.append(DocumentEvent(old.number, EventKind.WITHDRAWN, case.today, note))
    return PaperWork(tuple(made), tuple(events))


def _followed(case: Case, paper: Document, now: Change) -> bool:
    """Tell whether a paper of a later day, which has come, says what is so since then."""
    return any(
        issued(paper, case) < issued(one, case) <= case.today
        and _prints(case, one, case.printed(one), now) == _prints(case, one, now, now)
        for one in case.decided_before()
        if one.kind is paper.kind and one.state not in NOT_HELD
    )


def _limited_later(case: Case, paper: Document, now: Change) -> bool:
    """Tell whether the limit that is on record begins after the day of a limit certificate."""
    begins = now.limit.valid_from if now.limit else None
    on = max(issued(paper, case), case.today)
    return paper.kind in LIMIT_CERTIFICATES and begins is not None and begins > on


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
        return one.kind in kinds and of_an_emergency(one) is of_an_emergency(paper)

    return (
        like(paper)
        and paper.state not in NOT_HELD
        and (paper.expires_on is None or paper.expires_on >= case.today)
        and not any(
            like(one)
            and one.number > paper.number
            and one.state not in NOT_HELD
            and max(issued(one, case), case.today) == max(issued(paper, case), case.today)
            for one in case.printed_before()
        )
    )


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
            or of_an_emergency(old)
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
        and issued(one, case) <= issued(to, case)
        and not (of_an_emergency(one) and one.based_on < found_at)
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
        if of_an_emergency(one) and one.expires_on is not None and one.expires_on >= case.today
    ]
    made = [case.decide(Occasion.NUMBER_CHANGED, occasioned_by=entry.version)]
    if standing and made[0].kind is not DocumentKind.CERTIFICATE:
        last = standing[-1]
        # What has the old number is nothing that the member could go on with.
        before = [
            replace(one, state=EventKind.WITHDRAWN) if one in standing else one
            for one in case.documents
        ]
        again = replace(case, documents=(*before, *made))
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
    begins, address = issued(own[0], case), own[0].occasion is Occasion.ADDRESS_CHANGED
    ahead = {
        one.issued_on: one
        for one in case.printed_before()
        if one.kind in PRINTED_KINDS and one.renewed and one.state not in NOT_HELD
    }
    for one in made:
        ahead.pop(one.issued_on, None)
    found: list[Document] = []
    for old in ahead.values():
        if issued(old, case) <= begins:
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
