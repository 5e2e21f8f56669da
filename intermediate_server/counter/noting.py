"""Noting what became of a document: on which days that is possible, and after what no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eligibility.days.dates import japanese_date
from eligibility.sentence import Sentence
from intermediate_server.documents.document import EventKind
from intermediate_server.documents.selection import DELIVERED_AFTER
from intermediate_server.procedures.refusal import refused

if TYPE_CHECKING:
    from datetime import date

    from intermediate_server.documents.document import RegisteredDocument

_GOES_OUT = frozenset({EventKind.SENT, EventKind.HANDED_OVER})
_CLOSED_BY = {
    EventKind.GIVEN_BACK: frozenset({EventKind.DESTROYED}),
    EventKind.DESTROYED: frozenset[EventKind](),
}
"""What ends the life of a paper, and what may still become of it then."""
_FOLLOWED_BY = {
    **_CLOSED_BY,
    EventKind.WITHDRAWN: frozenset({EventKind.BACK_TO_POST, EventKind.DESTROYED}),
    EventKind.SENT: frozenset(EventKind) - _GOES_OUT,
    EventKind.HANDED_OVER: frozenset(EventKind) - _GOES_OUT - {EventKind.UNDELIVERED},
}
"""What may come next after an event, where that is not everything: what was withdrawn does not go
out, and nothing goes out twice, unless it came back or waits again."""


def waits(registered: RegisteredDocument) -> bool:
    """Tell whether a document waits for the post."""
    return not registered.events or registered.events[-1].event is EventKind.BACK_TO_POST


def may_wait_again(registered: RegisteredDocument, today: date) -> bool:
    """Tell whether a document may be put back to what waits for the post.

    So it is of one that was withdrawn; of one that was sent, until it is taken for delivered; and
    of one that was handed over on the same day.
    """
    if not registered.events:
        return False
    last = registered.events[-1]
    match last.event:
        case EventKind.WITHDRAWN:
            return True
        case EventKind.SENT:
            return today - last.on < DELIVERED_AFTER
        case EventKind.HANDED_OVER:
            return today == last.on
        case _:
            return False


def choices(registered: RegisteredDocument, today: date | None) -> list[EventKind]:
    """Return what may be noted of a document, as far as its last event tells."""
    last = registered.events[-1].event if registered.events else None
    found = [one for one in EventKind if last is None or one in _FOLLOWED_BY.get(last, EventKind)]
    not_now = EventKind.UNDELIVERED if waits(registered) else EventKind.WITHDRAWN
    found = [one for one in found if one is not not_now]
    if today is None or not may_wait_again(registered, today):
        found = [one for one in found if one is not EventKind.BACK_TO_POST]
    return found


def check_event(
    registered: RegisteredDocument, event: EventKind, on: date, today: date, note: str
) -> None:
    """See that this may have become of a document on a day (`Problem` PROCEDURE_REFUSED).

    It lies between the decision and today: a paper may go out before the day from which it holds.
    What was cut up or given back comes to nobody any more. What was withdrawn does not go out, and
    what went out does not again, before it waits again or has come back. Only what waits is
    withdrawn, with the reason as its note; only what was sent comes back.
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
    if event is EventKind.WITHDRAWN:
        _check_withdrawn(registered, note)
    if event is EventKind.UNDELIVERED and waits(registered):
        raise refused(
            Sentence(
                "まだ送付の記録がないので、返戻は記録できません。送ったものなら、先に「送付」と"
                "記録してください。送っていないものは「手渡し」か「発送取りやめ」です。",
                "The document waits for the post, and nothing comes back that was not sent. Note "
                "sent first if it was; else it is handed_over or withdrawn.",
            )
        )
    if event is EventKind.BACK_TO_POST and not may_wait_again(registered, today):
        raise refused(
            Sentence(
                "発送待ちに戻せるのは、発送を取りやめたもの、"
                f"送付から{DELIVERED_AFTER.days}日以内で、そのあとの記録がないもの、"
                "その日に手渡したものだけです。",
                "Only what was withdrawn, what was sent less than "
                f"{DELIVERED_AFTER.days} days ago and nothing has become of since, and what was "
                "handed over today, waits for the post again.",
            )
        )
    every = frozenset(EventKind)
    for before in reversed(registered.events):
        after = _FOLLOWED_BY if before is registered.events[-1] else _CLOSED_BY
        if event not in after.get(before.event, every):
            raise refused(
                Sentence(
                    f"この証類は {japanese_date(before.on)} に「{before.event.japanese}」と"
                    f"記録されています。そのあとの「{event.japanese}」は記録できません。"
                    f"{_way_back(before.event).ja}",
                    f"The document was noted as {before.event.value} on {before.on.isoformat()}; "
                    f"no {event.value} follows. {_way_back(before.event).en}".strip(),
                )
            )


def _way_back(before: EventKind) -> Sentence:
    """Say what to note first, where a paper may go out after all."""
    if before is EventKind.WITHDRAWN or before in _GOES_OUT:
        return Sentence(
            "もう一度送る・渡すときは、先に「発送待ちに戻した」（戻ってきたものは「返戻」）と"
            "記録してください。",
            "Note back_to_post first, or undelivered of what came back, where it goes out again.",
        )
    return Sentence("", "")


def _check_withdrawn(registered: RegisteredDocument, note: str) -> None:
    if not waits(registered):
        last = registered.events[-1]
        raise refused(
            Sentence(
                f"発送を待っていないので、取りやめられません"
                f"（{japanese_date(last.on)} に「{last.event.japanese}」）。"
                "送付済みにしたものは、先に「発送待ちに戻した」と記録してください。",
                f"The document does not wait for the post; {last.event.value} was noted on "
                f"{last.on.isoformat()}. Note back_to_post first of what was noted as sent.",
            )
        )
    if not note.strip():
        raise refused(
            Sentence(
                "発送を取りやめる理由を書いてください。",
                "Say in the note why the document is withdrawn.",
            )
        )
