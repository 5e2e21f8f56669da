"""Noting what became of a document: on which days that is possible, and after what no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eligibility.days.dates import japanese_date
from eligibility.sentence import Sentence
from intermediate_server.documents.document import EventKind
from intermediate_server.procedures.refusal import refused

if TYPE_CHECKING:
    from datetime import date

    from intermediate_server.documents.document import RegisteredDocument

_CLOSED_BY = {
    EventKind.GIVEN_BACK: frozenset({EventKind.DESTROYED}),
    EventKind.DESTROYED: frozenset[EventKind](),
}
"""What ends the life of a paper, and what may still become of it then."""


def check_event(registered: RegisteredDocument, event: EventKind, on: date, today: date) -> None:
    """See that this may have become of a document on a day (`Problem` PROCEDURE_REFUSED).

    It lies between the decision and today: a paper may go out before the day from which it holds.
    What was cut up or given back comes to nobody any more.
    """
    decided_on = registered.document.decided_on
    if on > today:
        raise refused(
            Sentence(
                f"On（日付）{japanese_date(on)} はまだ来ていません。"
                f"きょう（{japanese_date(today)}）までの日付を入れてください。",
                f"On {on.isoformat()} lies after today, {today.isoformat()}.",
            )
        )
    if on < decided_on:
        raise refused(
            Sentence(
                f"On（日付）{japanese_date(on)} は、交付を決めた日"
                f"（{japanese_date(decided_on)}）より前です。日付を確かめてください。",
                f"On {on.isoformat()} lies before the decision on {decided_on.isoformat()}.",
            )
        )
    for before in reversed(registered.events):
        if event not in _CLOSED_BY.get(before.event, frozenset(EventKind)):
            raise refused(
                Sentence(
                    f"この証類は {japanese_date(before.on)} に「{before.event.japanese}」と"
                    f"記録されています。そのあとの「{event.japanese}」は記録できません。",
                    f"The document was noted as {before.event.value} on {before.on.isoformat()}; "
                    f"no {event.value} follows.",
                )
            )
