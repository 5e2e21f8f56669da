"""What members are due because of the papers that they have, or have not: first ones, renewals."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from eligibility.cost.burden import elderly_from, late_elderly_from
from eligibility.documents import Occasion
from eligibility.documents.document_policy import TermMode
from eligibility.documents.reasons import EMERGENCY_ENDED, ON_THE_LIST
from eligibility.documents.validity import (
    first_certificate_expected,
    mailed_from,
    term_end,
)
from eligibility.identifiers.numbers import InsurerKind
from intermediate_server.documents.decision import (
    DECIDED_AT_ONCE,
    Case,
    occasion_of,
    of_an_emergency,
)
from intermediate_server.documents.document import PRINTED_KINDS, Document
from intermediate_server.documents.filed_papers import (
    after_old_card,
    outdated_papers,
    renumbered_papers,
)
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.runs.due_by_age import of_seventy
from intermediate_server.runs.run_kinds import Made
from intermediate_server.runs.run_task import NOTHING, RunTask

if TYPE_CHECKING:
    from datetime import date


_ONE_DAY = timedelta(days=1)


def of_changes(_: RunTask, case: Case) -> Made:
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
    if made:
        made += outdated_papers(case, made).issued
        made += after_old_card(case, made)
    return Made(documents=tuple(made))


def of_list(_: RunTask, case: Case) -> Made:
    """Issue what the employer did not ask for, a month after the filing at the soonest (P-064).

    Not where a paper that shows the eligibility has come since; a letter shows none.
    """
    papers = [one for one in case.printed_before() if one.kind in PRINTED_KINDS]
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
    return NOTHING


def of_emergency(_: RunTask, case: Case) -> Made:
    """Let a certificate end that was issued in an emergency (R-044, PP-04).

    Whose card does not work any more, and who has no other certificate, is issued an ordinary one.
    """
    followed = {one.succeeds for one in case.documents}
    ended = [
        one
        for one in case.printed_before()
        if of_an_emergency(one)
        and one.expires_on is not None
        and one.expires_on < case.today
        and one.number not in followed
    ]
    if not ended:
        return NOTHING
    last = ended[-1]
    if case.facts(case.today).holder(case.today) or case.has_certificate(case.today):
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


def of_old_card(_: RunTask, case: Case) -> Made:
    """Send the first document to a member who has had nothing but an old card (R-057, R-014)."""
    return Made(documents=tuple(after_old_card(case)))


def of_renewal(task: RunTask, case: Case) -> Made:
    """Renew what ends this month (R-042, R-043, R-075).

    What ends because the share of 70 begins is followed by the paper with that share (R-150).
    """
    last = case.standing()
    if last is None:
        ends_on = _before_the_number(case)
    else:
        ends_on = case.stands_until(last)
        if not last.renewed or last.number in {one.succeeds for one in case.documents}:
            return NOTHING
    if ends_on is None or case.today < mailed_from(ends_on):
        return NOTHING
    on = max(ends_on + _ONE_DAY, case.today)
    elsewhere = case.policy.kind is not InsurerKind.KOUKI and (
        late_elderly_from(case.entry.person.birthdate) <= on
    )
    if elsewhere or case.entry.qualification.lost(on):
        return NOTHING  # what ends is the membership itself
    if case.policy.kind is not InsurerKind.KOUKI and (
        elderly_from(case.entry.person.birthdate) <= on
    ):
        of_70 = of_seventy(task, case)
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
