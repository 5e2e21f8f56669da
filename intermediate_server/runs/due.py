"""What a run does for one member: entries for the ledger, documents, and what is left to a person.

Pure decisions. Each looks at what was recorded and decided before, so that a run that is done again
adds nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from intermediate_server.documents.decision import Case
from intermediate_server.documents.filed_papers import papers_ahead
from intermediate_server.procedures.memberships import newest
from intermediate_server.runs.due_by_age import of_75, of_newcomer, of_school, of_seventy
from intermediate_server.runs.due_by_card import of_ending, of_lapse, of_release, of_use
from intermediate_server.runs.due_papers import (
    of_changes,
    of_emergency,
    of_list,
    of_old_card,
    of_renewal,
)
from intermediate_server.runs.run_kinds import Made, RunKind
from intermediate_server.runs.run_task import NOTHING, RunTask, joined_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from intermediate_server.documents.document import Document
    from intermediate_server.procedures.change import Change


def decide(
    task: RunTask, reference: str, history: tuple[Change, ...], documents: tuple[Document, ...]
) -> Made:
    """Decide on what one person is due."""
    made = NOTHING
    insurer = str(task.policy.insurer_number)
    for number, entry in newest(history).items():
        one = entry.qualification
        if number[0] != insurer or one.lost(task.today) or one.never_was:
            continue
        case = Case(
            (*history, *made.entries),
            entry,
            (*documents, *made.documents),
            task.cards[reference],
            task.policy,
            task.today,
        )
        if joined_on(case) <= task.today:  # and not while days are caught up with
            due = _DECISIONS[task.kind](task, case)
            ahead = papers_ahead(case, due.documents) if task.kind is not RunKind.RENEWAL else ()
            made = made.and_then(due._replace(documents=(*due.documents, *ahead)))
    return made


_DECISIONS: dict[RunKind, Callable[[RunTask, Case], Made]] = {
    RunKind.CHANGES: of_changes,
    RunKind.NEWCOMERS: of_newcomer,
    RunKind.USE_LAPSES: of_use,
    RunKind.RELEASES: of_release,
    RunKind.LAPSES: of_lapse,
    RunKind.NON_HOLDERS: of_list,
    RunKind.EXPIRY_NOTICES: of_ending,
    RunKind.SCHOOL: of_school,
    RunKind.SEVENTY: of_seventy,
    RunKind.LATE_ELDERLY: of_75,
    RunKind.EMERGENCY: of_emergency,
    RunKind.OLD_CARDS: of_old_card,
    RunKind.RENEWAL: of_renewal,
}
