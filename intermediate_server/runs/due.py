"""What a run does for one member: entries for the ledger, documents, and what is left to a person.

Pure decisions. Each looks at what was recorded and decided before, so that a run that is done again
adds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from eligibility.card.certificates import certificate_state, grace_end
from eligibility.cost.burden import elderly_from, late_elderly_from, preschool_until
from eligibility.days.dates import japanese_date
from eligibility.days.office_calendar import add_months
from eligibility.documents import DocumentKind, Occasion
from eligibility.documents.document_policy import TermMode
from eligibility.documents.reasons import EMERGENCY_ENDED, ON_THE_LIST
from eligibility.documents.returns import certificate_in_force
from eligibility.documents.validity import (
    first_certificate_by,
    first_certificate_expected,
    late_elderly_mailed_in,
    mailed_from,
    term_end,
)
from eligibility.identifiers.numbers import InsurerKind
from eligibility.registration.state_machine import Registration, RegistrationState, lapse
from intermediate_server.documents.decision import (
    DECIDED_AT_ONCE,
    EMERGENCIES,
    Case,
    occasion_of,
    release_applied,
    renumbered_papers,
)
from intermediate_server.documents.document import PRINTED_KINDS, Document, EventKind
from intermediate_server.procedures.change import Change, FilingChannel, Source
from intermediate_server.procedures.decide import NEVER_75
from intermediate_server.procedures.decide import decide as decide_procedure
from intermediate_server.procedures.filed import Filed
from intermediate_server.procedures.kinds import KINDS, Effect, ProcedureKind
from intermediate_server.procedures.memberships import newest
from intermediate_server.procedures.procedure import Procedure
from intermediate_server.runs.run_kinds import Left, Made, RunKind
from wire.catalogue import Problem
from wire.vocabulary.changes import RegistrationOrder

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from eligibility.policy.insurer_policy import InsurerPolicy
    from intermediate_server.procedures.person import CardStanding

SYSTEM = Source("定期処理", FilingChannel.RUN)
"""Who files what a run records."""
LOST_BY_ITSELF = frozenset({InsurerKind.KOKUHO})
"""Kinds of insurers whose members of 75 are taken out ex officio; at others the loss is filed. That
国保組合 are among the others is an assumption [unverified]."""
RELEASED_BY = frozenset({ProcedureKind.RELEASE_USE, ProcedureKind.MOVE_RELEASE})
"""What releases a registration because the member applied for it."""
SCHOOL_YEARS = 9
"""Of compulsory school (義務教育)."""
UNNUMBERED = "00000000"
"""The number in a preview, which gives none."""
_ONE_DAY = timedelta(days=1)


_NOTHING = Made()


@dataclass(frozen=True)
class RunTask:
    """A run over some members, of whom it is known how their cards stand."""

    kind: RunKind
    policy: InsurerPolicy
    now: datetime
    """The business instant by which it decides."""
    today: date
    cards: dict[str, CardStanding]
    union: InsurerPolicy | None = None
    """The 後期高齢者医療 that takes members of 75; None where it is not known which."""
    next_number: Callable[[], str] = lambda: UNNUMBERED
    """Gives the next 被保険者番号 of that union."""
    told: frozenset[tuple[str, date]] = frozenset()
    """Who has been written to about the end of a certificate, and on which day that is."""

    def concerns(self, reference: str) -> bool:
        """Tell whether anything may be due, by how the card stands; most need no further look."""
        card = self.cards[reference]
        expires_on = card.certificate_expires_on
        match self.kind:
            case RunKind.USE_LAPSES:
                return (
                    card.registered
                    and expires_on is not None
                    and self.today > grace_end(expires_on)
                )
            case RunKind.LAPSES:
                return expires_on is not None and expires_on < self.today
            case RunKind.EXPIRY_NOTICES:
                return (
                    card.registered
                    and expires_on is not None
                    and certificate_state(self.today, expires_on).asks_for_renewal
                    and (reference, expires_on) not in self.told
                )
            case _:
                return True

    def decide(
        self, reference: str, history: tuple[Change, ...], documents: tuple[Document, ...]
    ) -> Made:
        """Decide on what one person is due."""
        made = _NOTHING
        insurer = str(self.policy.insurer_number)
        for number, entry in newest(history).items():
            one = entry.qualification
            if number[0] != insurer or one.lost(self.today) or one.never_was:
                continue
            case = Case(
                (*history, *made.entries),
                entry,
                (*documents, *made.documents),
                self.cards[reference],
                self.policy,
                self.today,
            )
            if _joined_on(case) <= self.today:  # and not while days are caught up with
                made = made.and_then(_DECISIONS[self.kind](self, case))
        return made

    def filed(self, case: Case, kind: ProcedureKind) -> Made:
        """Record a procedure of the insurer's own system about a recorded membership."""
        _, symbol, number, branch = case.entry.number
        return self._filed(case, self.policy, kind, symbol=symbol, number=number, branch=branch)

    def joined(self, case: Case, union: InsurerPolicy) -> Made:
        """Begin the membership at 後期高齢者医療 (P-053)."""
        return self._filed(
            case, union, ProcedureKind.LATE_ELDERLY, symbol="", number=self.next_number(), branch=""
        )

    def _filed(self, case: Case, policy: InsurerPolicy, kind: ProcedureKind, **given: Any) -> Made:
        said = f"{self.kind}\x1f{kind}\x1f{self.today.isoformat()}\x1f{case.entry.number}"
        procedure = Procedure(
            kind=kind,
            insurer_number=policy.insurer_number,
            individual_number=None,
            content_key=blake2b(said.encode(), digest_size=16).digest(),
            **given,
        )
        try:
            if self.kind is RunKind.NEWCOMERS:
                # It follows from the joining, and its days are counted from there.
                with_joining = procedure._replace(filed_on=_joined_on(case))
                made = self._decided(case, policy, with_joining)
                if made[0].visible_from > self.now and (
                    made[0].visible_from >= case.entry.visible_from
                ):
                    return Made(entries=made)
            return Made(entries=self._decided(case, policy, procedure))
        except Problem as problem:
            return Made(left=(Left(case.entry.person.reference, problem.japanese),))

    def _decided(
        self, case: Case, policy: InsurerPolicy, procedure: Procedure
    ) -> tuple[Change, ...]:
        filed = Filed(procedure, policy, self.now, SYSTEM)
        return decide_procedure(filed, case.entry.person, case.history)


def _with_paper(
    case: Case,
    made: Made,
    occasion: Occasion,
    policy: InsurerPolicy | None = None,
    on: date | None = None,
) -> Made:
    """Add the document that goes with an entry that was just made."""
    if not made.entries:
        return made
    after = Case(
        (*case.history, *made.entries),
        made.entries[0],
        case.documents,
        case.card,
        policy or case.policy,
        case.today,
    )
    paper = after.decide(occasion, on=on, occasioned_by=made.entries[0].version)
    return made._replace(documents=(*made.documents, paper))


def _of_changes(_: RunTask, case: Case) -> Made:
    """Decide on what came in files (R-070: a change of the share as well)."""
    decided = {one.occasioned_by for one in case.documents}
    made: list[Document] = []
    for entry in case.history:
        occasion = occasion_of(entry, case.history)
        if entry.number != case.entry.number or occasion is None or entry.version in decided:
            continue
        if entry.kind in DECIDED_AT_ONCE:
            continue
        again = Case(
            case.history,
            case.entry,
            (*case.documents, *made),
            case.card,
            case.policy,
            case.today,
        )
        if entry.kind is ProcedureKind.RENUMBER:
            made += renumbered_papers(replace(again, entry=entry))
            decided |= {one.occasioned_by for one in made}
        else:
            made.append(again.decide(occasion, occasioned_by=entry.version))
    return Made(documents=tuple(made))


def held_back_from(entry: Change) -> date | None:
    """Return since when an entry of a run should hold that shows only later (R-140).

    Until it shows, clinics see what was before. None of what shows in time.
    """
    birthdate = entry.person.birthdate
    match entry.kind:
        case ProcedureKind.SCHOOL_ENTRY:
            holds_from = preschool_until(birthdate) + _ONE_DAY
        case ProcedureKind.SEVENTY:
            holds_from = elderly_from(birthdate)
        case ProcedureKind.LATE_ELDERLY:
            holds_from = late_elderly_from(birthdate)
        case _:
            return None
    return holds_from if holds_from < entry.filing.reflected_on else None


def _of_newcomer(task: RunTask, case: Case) -> Made:
    """Do for who has joined what the run of their age would have done, which came before.

    P-053, P-070, P-071.
    """
    birthdate, joined_on = case.entry.person.birthdate, _joined_on(case)
    for decide, first_run in (
        (_of_school, _school_due),
        (_of_seventy, _seventy_due),
        (_of_75, late_elderly_mailed_in),
    ):
        if first_run(birthdate) <= joined_on:
            made = decide(task, case)
            if any(made):
                return made
    return _NOTHING


def _joined_on(case: Case) -> date:
    """Return when the member's last joining was filed."""
    return _since_joining(case)[0].filing.filed_on


def _since_joining(case: Case) -> list[Change]:
    """Return the entries of a membership from its last joining on."""
    since: list[Change] = []
    for one in case.entries():
        if KINDS[one.kind].effect is Effect.JOIN and one.refers_to is None:
            since.clear()
        since.append(one)
    return since


def _of_use(task: RunTask, case: Case) -> Made:
    """Release the registration of a card whose certificate was not renewed in its grace (P-004)."""
    expires_on = case.card.certificate_expires_on
    if not case.card.registered or expires_on is None:
        return _NOTHING
    ends_on = grace_end(expires_on)
    recorded = any(
        one.kind is ProcedureKind.USE_LAPSED and one.filing.reflected_on > ends_on
        for one in case.history
    )
    since = min(case.entry.qualification.qualified_on, case.today)
    registration = Registration(RegistrationState.REGISTERED, since=since)
    lapsed = lapse(registration, case.today, expires_on).state is RegistrationState.RELEASED
    if recorded or not lapsed:
        return _NOTHING
    return task.filed(case, ProcedureKind.USE_LAPSED)


def _of_release(task: RunTask, case: Case) -> Made:
    """Issue the certificate after a release, unless the person has registered again (R-029, R-030).

    What OQS says of the registration is the confirmation. Whose certificate still stands keeps it.
    Who has changed the insurer meanwhile gets that of the insurer whose member they are (R-040).
    """
    orders = [one for one in case.history if one.order is not None]
    if not orders or orders[-1].order is not RegistrationOrder.RELEASE:
        return _NOTHING
    release, applied_at = orders[-1], release_applied(orders)
    joined = case.entries()[0]
    known_before = release.filing.reflected_on <= joined.filing.filed_on
    if release.kind not in RELEASED_BY or not applied_at or known_before:
        return _NOTHING
    decided = any(
        one.occasion is Occasion.RELEASE_CONFIRMED and (one.occasioned_by or 0) >= applied_at
        for one in case.decided_before()
    )
    if release.visible_from > task.now or decided or case.card.registered:
        return _NOTHING
    if _certificate(case, case.today, renewed=True):
        return _NOTHING
    made = case.decide(Occasion.RELEASE_CONFIRMED, occasioned_by=release.version)
    return Made(documents=(made,))


def _of_lapse(_: RunTask, case: Case) -> Made:
    """Issue a certificate to whom no other one serves when the electronic one lapses (P-005)."""
    if case.card.certificate_expires_on is None or _certificate(case, case.today):
        return _NOTHING
    made = case.decide(Occasion.ELECTRONIC_CERTIFICATE_LAPSES)
    return Made(documents=(made,)) if made.kind is not None else _NOTHING


def _of_list(_: RunTask, case: Case) -> Made:
    """Issue what the employer did not ask for, a month after the filing at the soonest (P-064)."""
    papers = case.printed_before()
    followed = {one.succeeds for one in case.documents}
    entries = {one.version: one for one in case.history}
    for one in case.decided_before():
        filed = entries[one.based_on]
        due = first_certificate_expected(filed.filing.filed_on, employer_asked=False)[0]
        if (
            one.kind is None
            and one.rules == ON_THE_LIST.rules
            and one.number not in followed
            and due <= case.today
            and not any(paper.number > one.number for paper in papers)
        ):
            return Made(documents=(case.decide(Occasion.LISTED, succeeds=one.number),))
    return _NOTHING


def _of_ending(_: RunTask, case: Case) -> Made:
    """Write once to a member whose electronic certificate ends soon, or has (D-15, R-111, P-003).

    A renewed certificate ends on another day, and is written about in its own time.
    """
    written = any(
        one.kind is DocumentKind.EXPIRY_NOTICE
        and one.insurer_number == case.entry.number[0]
        and one.expires_on == case.card.certificate_expires_on
        for one in case.documents
    )
    if written:
        return _NOTHING
    made = case.decide(Occasion.ELECTRONIC_CERTIFICATE_ENDS)
    return Made(documents=(made,)) if made.kind is not None else _NOTHING


def _school_due(birthdate: date) -> date:
    """Return from when a child's share from school on is recorded: the month before (P-070)."""
    return add_months(preschool_until(birthdate) + _ONE_DAY, -1)


def _of_school(task: RunTask, case: Case) -> Made:
    """Have the share of a child that goes to school be 3割 from the April (P-070).

    A share of 2割 beyond compulsory school (義務教育) is none of a child, and a person's to see to.
    """
    due = _school_due(case.entry.person.birthdate)
    child = due <= case.today < add_months(due, 12 * SCHOOL_YEARS)
    if case.entry.ratio != "020" or not child:
        return _NOTHING
    return task.filed(case, ProcedureKind.SCHOOL_ENTRY)


def _seventy_due(birthdate: date) -> date:
    """Return from when the share of 70 is recorded: the month before it holds (P-071)."""
    return add_months(elderly_from(birthdate), -1)


def _of_seventy(task: RunTask, case: Case) -> Made:
    """Have the share of 70 hold from its month, and send its paper in the month before.

    P-071, R-150 to R-152. Who has been filed with a share for that age keeps it: whether the
    income is 現役並み is known to people only. Recorded late it shows with the lag (R-140), and
    until then the share of before.
    """
    birthdate = case.entry.person.birthdate
    if not _seventy_due(birthdate) <= case.today < late_elderly_from(birthdate):
        return _NOTHING
    if _share_stated(case, elderly_from(birthdate)):
        return _NOTHING
    return _with_paper(case, task.filed(case, ProcedureKind.SEVENTY), Occasion.TURNED_70)


def _share_stated(case: Case, holds_from: date) -> bool:
    """Tell whether a share for 70 was filed since the member joined last, or with joining."""
    since = _since_joining(case)
    return since[0].filing.filed_on >= holds_from or any(
        one.kind is ProcedureKind.SEVENTY
        or (one.kind is ProcedureKind.RATIO and one.filing.reflected_on >= holds_from)
        for one in since
    )


def _of_75(task: RunTask, case: Case) -> Made:
    """Have 後期高齢者医療 begin on the 75th birthday, and 国保 end (P-053).

    The membership of an employee ends by a filing: until it comes, the person is on the list.
    """
    person = case.entry.person
    if case.today < late_elderly_mailed_in(person.birthdate):
        return _NOTHING
    begins_on, membership = late_elderly_from(person.birthdate), case.entry.qualification
    ends_on = membership.disqualified_on
    if ends_on and ends_on <= begins_on and membership.reason_of_loss in NEVER_75:
        return _NOTHING
    made = _NOTHING
    of_union = [
        one
        for one in newest(case.history).values()
        if task.union
        and one.qualification.insurer_number == str(task.union.insurer_number)
        and not one.qualification.never_was
    ]
    if task.union is None:
        said = "後期高齢者医療の保険者が決まらないため、加入の届出が必要です。"
        made = Made(left=(Left(person.reference, said),))
    elif not of_union:
        made = task.joined(case, task.union)
        on = max(case.today, begins_on)
        made = _with_paper(case, made, Occasion.JOINED, task.union, on)
    if ends_on is not None:
        return made
    if task.policy.kind not in LOST_BY_ITSELF:
        said = f"{japanese_date(begins_on)}に75歳になります。資格喪失の届出が必要です。"
        return made._replace(left=(*made.left, Left(person.reference, said)))
    after = Case(
        (*case.history, *made.entries),
        case.entry,
        (*case.documents, *made.documents),
        case.card,
        case.policy,
        case.today,
    )
    lost = task.filed(after, ProcedureKind.LATE_ELDERLY)
    return made.and_then(lost)


def _of_emergency(_: RunTask, case: Case) -> Made:
    """Let a certificate end that was issued in an emergency (R-044, PP-04).

    Whose card does not work any more, and who has no other certificate, is issued an ordinary one.
    """
    followed = {one.succeeds for one in case.documents}
    ended = [
        one
        for one in case.printed_before()
        if _of_an_emergency(one)
        and one.expires_on is not None
        and one.expires_on < case.today
        and one.number not in followed
    ]
    if not ended:
        return _NOTHING
    last = ended[-1]
    if case.facts(case.today).holder(case.today) or _certificate(case, case.today):
        made = Document(
            person_reference=last.person_reference,
            number=case.documents[-1].number + 1,
            based_on=case.entry.version,
            insurer_number=last.insurer_number,
            occasion=Occasion.RENEWAL,
            kind=None,
            reason=EMERGENCY_ENDED.text.ja,
            rules=EMERGENCY_ENDED.rules,
            decided_on=case.today,
            succeeds=last.number,
        )
    else:
        made = case.decide(Occasion.RENEWAL, succeeds=last.number)
    return Made(documents=(made,))


def _of_old_card(_: RunTask, case: Case) -> Made:
    """Send the first document to a member who has had nothing but an old card (R-057, R-014)."""
    until = case.old_card_until()
    decided = any(
        one.occasion is Occasion.OLD_CARD_ENDS and one.insurer_number == case.entry.number[0]
        for one in case.documents
    )
    if until is None or decided or case.today < mailed_from(until):
        return _NOTHING
    on = max(first_certificate_by(until), case.today)
    return Made(documents=(case.decide(Occasion.OLD_CARD_ENDS, on=on),))


def _of_renewal(task: RunTask, case: Case) -> Made:
    """Renew what ends this month (R-042, R-043, R-075).

    What ends because the share of 70 begins is followed by the paper with that share (R-150).
    """
    standing = [
        one
        for one in case.printed_before()
        if one.kind in PRINTED_KINDS and (one.renewed or not _of_an_emergency(one))
    ]
    last = standing[-1] if standing else None
    if last is None:
        ends_on = _before_the_number(case)
    else:
        ends_on = last.expires_on or _year_of(last, case.policy)
        if not last.renewed or last.number in {one.succeeds for one in case.documents}:
            return _NOTHING
    if ends_on is None or case.today < mailed_from(ends_on):
        return _NOTHING
    on = max(ends_on + _ONE_DAY, case.today)
    elsewhere = case.policy.kind is not InsurerKind.KOUKI and (
        late_elderly_from(case.entry.person.birthdate) <= on
    )
    if elsewhere or case.entry.qualification.lost(on):
        return _NOTHING  # what ends is the membership itself
    if case.policy.kind is not InsurerKind.KOUKI and (
        elderly_from(case.entry.person.birthdate) <= on
    ):
        of_70 = _of_seventy(task, case)
        if of_70.entries:
            return of_70
    succeeds = last.number if last else None
    return Made(documents=(case.decide(Occasion.RENEWAL, on=on, succeeds=succeeds),))


def _before_the_number(case: Case) -> date | None:
    """Return the end of a certificate that a child got before its 個人番号 (R-016, R-042).

    It is on record under the child's earlier reference: this is its end, or one before it. None of
    other members, and where its end was decided about already.
    """
    first, term = case.entries()[0], case.policy.documents.certificate.term
    renewed = any(one.occasion is Occasion.RENEWAL for one in case.decided_before())
    if first.kind is not ProcedureKind.NUMBER_GIVEN or renewed:
        return None
    yearly = term.mode is TermMode.YEARLY
    return term_end(first.filing.filed_on if yearly else first.qualification.qualified_on, term)


def _of_an_emergency(one: Document) -> bool:
    return one.kind is DocumentKind.CERTIFICATE and one.occasion in EMERGENCIES and not one.renewed


def _certificate(case: Case, on: date, *, renewed: bool = False) -> bool:
    """Tell whether the member has a certificate that is in force on a day (R-041).

    With ``renewed``, one that is followed by another, and so none of an emergency.
    """
    lost = case.entry.qualification.disqualified_on
    return any(
        one.kind is DocumentKind.CERTIFICATE
        and one.state != EventKind.WITHDRAWN
        and (one.renewed or not renewed)
        and one.expires_on is not None
        and certificate_in_force(on, one.expires_on, lost)
        for one in case.printed_before()
    )


def _year_of(last: Document, policy: InsurerPolicy) -> date | None:
    """Return until when a notice without an expiry stands, where the insurer renews each year."""
    term = policy.documents.certificate.term
    if term.mode is not TermMode.YEARLY or last.issued_on is None:
        return None
    return term_end(last.issued_on, term)


_DECISIONS: dict[RunKind, Callable[[RunTask, Case], Made]] = {
    RunKind.CHANGES: _of_changes,
    RunKind.NEWCOMERS: _of_newcomer,
    RunKind.USE_LAPSES: _of_use,
    RunKind.RELEASES: _of_release,
    RunKind.LAPSES: _of_lapse,
    RunKind.NON_HOLDERS: _of_list,
    RunKind.EXPIRY_NOTICES: _of_ending,
    RunKind.SCHOOL: _of_school,
    RunKind.SEVENTY: _of_seventy,
    RunKind.LATE_ELDERLY: _of_75,
    RunKind.EMERGENCY: _of_emergency,
    RunKind.OLD_CARDS: _of_old_card,
    RunKind.RENEWAL: _of_renewal,
}
