"""再確認待ち as it is written: who waits, whose waiting ends, by what they are checked.

A visit waits until the eligibility of its own day is confirmed. A later visit that tells nothing of
that day leaves it where it is, and waits beside it if it has to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, insert, or_, select, update

from clinic_client.store.automatic_checks import (
    add_written_check,
    asked_of,
    drop_checks,
    write_question,
)
from clinic_client.store.persons import all_keys
from clinic_client.store.schema import catch_up, visit
from clinic_client.store.visit_rows import VISIT, VISITS, read_visits
from clinic_client.visits.catch_up import (
    confirms,
    first_check,
    question_for_day,
    question_of,
    question_shown,
    takes_place,
)
from clinic_client.visits.same_person import person_of
from clinic_client.visits.visit import CheckChannel
from eligibility.reception.situation import Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection

    from clinic_client.visits.visit import Visit
    from wire.vocabulary.inquiry import QualificationConfirmSearchInfo

STANDS = (
    select(visit.c.visit_id)
    .where(visit.c.visit_id == catch_up.c.visit_id, visit.c.withdrawn.is_(False))
    .exists()
)
"""Whether the visit of an entry stands."""
GIVEN_UP = catch_up.c.closed_by == catch_up.c.visit_id
"""Whether the desk has ended the waiting of a visit, and no other one: it names itself."""
_NOT_ENDED = or_(catch_up.c.closed_by.is_(None), GIVEN_UP)
"""Whether no other visit has ended the waiting of one."""
_LOCK_NOT_ENDED = (
    select(catch_up.c.visit_id, catch_up.c.since, catch_up.c.closed_by)
    .where(
        _NOT_ENDED,
        or_(
            catch_up.c.patient_key.in_(bindparam("keys", expanding=True)),
            catch_up.c.visit_id == bindparam("earlier"),
        ),
    )
    .order_by(catch_up.c.visit_id)
    .with_for_update()
)
"""A person's entries that no visit has ended, to have to oneself: one that ended some may be
withdrawn meanwhile. Those of withdrawn visits are among them, as they may stand again."""
_CLOSE = (
    update(catch_up)
    .where(catch_up.c.visit_id.in_(bindparam("waiting", expanding=True)), _NOT_ENDED)
    .values(closed_by=bindparam("by"), closed_at=bindparam("when"))
)
"""End those of some entries that no visit has ended."""
_OPEN = catch_up.c.visit_id == bindparam("waiting"), catch_up.c.closed_by.is_(None), STANDS
_GIVE_UP = (
    update(catch_up)
    .where(*_OPEN)
    .values(closed_by=catch_up.c.visit_id, closed_at=bindparam("when"))
)
"""Have a visit wait no more, though nothing has confirmed it."""
_WAIT_AGAIN = (
    update(catch_up)
    .where(catch_up.c.visit_id == bindparam("waiting"), GIVEN_UP, STANDS)
    .values(closed_by=None, closed_at=None)
)
"""Have a visit wait again that was given up."""
_ENDED = select(catch_up.c.visit_id, catch_up.c.closed_by).where(
    catch_up.c.closed_by.in_(bindparam("visit_ids", expanding=True)), ~GIVEN_UP
)
"""Whose waiting some visits have ended."""
_ENTRY = select(catch_up.c.closed_by).where(catch_up.c.visit_id == bindparam("waiting"))
"""Whether a visit was put on the list, and what has ended its waiting."""
_ASKED = select(catch_up.c.asked).where(*_OPEN).with_for_update()
"""The number by which a visit that stands and waits was to be checked from the first."""
_KNOW = (
    update(catch_up)
    .where(catch_up.c.visit_id == bindparam("waiting"))
    .values(patient_key=func.coalesce(catch_up.c.patient_key, bindparam("key")))
)
"""Know of whom nobody knew who they are."""
_ASK = (
    update(catch_up)
    .where(catch_up.c.visit_id == bindparam("waiting"))
    .values(asked=bindparam("number"))
)
"""Have a visit be checked by another number."""


def came_at(connection: Connection, one: Visit) -> Visit:
    """Return the visit at which somebody came: of a check by itself that for whose day it asked."""
    while one.channel is CheckChannel.CATCH_UP:
        (one,) = read_visits(connection, VISIT, visit_id=one.previous_id)
    return one


def ended_by(connection: Connection, visit_ids: Iterable[str]) -> dict[str, str]:
    """Return whose waiting came to its end with some visits, and with which of them.

    One that took the place of another one ends that too.
    """
    ends = {one: one for one in visit_ids}
    latest = [*ends]
    while latest:
        rows = connection.execute(_ENDED, {"visit_ids": latest}).all()
        latest = [row.visit_id for row in rows if row.visit_id not in ends]
        ends |= {row.visit_id: ends[row.closed_by] for row in rows if row.visit_id not in ends}
    return {one: end for one, end in ends.items() if one != end}


def day_told_by(connection: Connection, one: Visit) -> date:
    """Return of which day OQS answered: a check by itself asks for the day of the visit that waits.

    A chain of such checks asked for the day of the one before, once.
    """
    if one.channel is not CheckChannel.CATCH_UP:
        return one.day
    (asked_for,) = read_visits(connection, VISIT, visit_id=one.previous_id)
    return asked_for.day


def entry_of(connection: Connection, one: Visit) -> Visit | None:
    """Return in what the waiting of a visit goes on that no other one has ended; else None."""
    found = one.visit_id
    while (entry := connection.execute(_ENTRY, {"waiting": found}).first()) is not None:
        if entry.closed_by in {None, found}:
            (waiting,) = read_visits(connection, VISIT, visit_id=found)
            return waiting
        found = entry.closed_by
    return None


def ends_waiting(connection: Connection, new: Visit, waiting: Visit, *, same_key: bool) -> bool:
    """Tell whether a later visit ends the waiting of an earlier one.

    It confirms that one's day, or takes its place, being of the same day and known by the
    ``same_key``.
    """
    told_of, day = day_told_by(connection, new), came_at(connection, waiting).day
    if confirms(new, told_of, waiting, day):
        return True
    return same_key and told_of == day and takes_place(new, waiting)


def begin_or_end(
    connection: Connection,
    new: Visit,
    asked: QualificationConfirmSearchInfo | None,
    earlier: Visit | None,
) -> Sequence[str] | None:
    """Bring the list up to date with a visit: whose waiting it ends, and whether it waits itself.

    ``asked`` is the number that was asked for, and ``earlier`` the visit that was checked again,
    which may know nobody. Return whose waiting has ended; None, and nothing is changed, where a
    check by itself was made for one that does not wait any more; of one that the desk has given up,
    where it does not confirm it.
    """
    question = question_of(new, asked)
    earlier_id = earlier.visit_id if earlier else None
    keys = {*all_keys(connection, person_of(new))}
    if earlier is not None and earlier.patient_key is not None:
        keys.add(earlier.patient_key)
    rows = connection.execute(_LOCK_NOT_ENDED, {"keys": list(keys), "earlier": earlier_id}).all()
    found = (
        read_visits(connection, VISITS, visit_ids=[row.visit_id for row in rows]) if rows else ()
    )
    waits = {row.visit_id for row in rows if row.closed_by is None}
    open_visits = {one.visit_id: one for one in found}
    # Whom the desk had given up a later check may still confirm.
    may_end = open_visits if new.decision.word is Word.VALID else waits
    if new.channel is CheckChannel.CATCH_UP and earlier_id not in may_end:
        return None
    since, ended = new.day, list[str]()
    for row in rows:
        waiting = open_visits[row.visit_id]
        again = waiting.visit_id == earlier_id
        # Who is checked by a number is not let go for one who is not.
        same_key = again or (
            waiting.patient_key == new.patient_key
            and (question is not None or asked_of(connection, waiting.visit_id) is None)
        )
        replaces = same_key and waiting.visit_id in waits
        if ends_waiting(connection, new, waiting, same_key=replaces):
            ended.append(waiting.visit_id)
            since = since if waiting.withdrawal else min(since, row.since)
        elif again:
            _know_better(connection, new, waiting, asked)
    close(connection, ended, new.visit_id, new.at)
    _wait(connection, new, since, question)
    return ended


def _know_better(
    connection: Connection,
    new: Visit,
    waiting: Visit,
    asked: QualificationConfirmSearchInfo | None,
) -> None:
    """Keep of a visit that was checked again and still waits who it is, and their number."""
    connection.execute(_KNOW, {"waiting": waiting.visit_id, "key": new.patient_key})
    number = question_for_day(new, came_at(connection, waiting).day, asked)
    if number is not None:
        values = {"waiting": waiting.visit_id, "number": write_question(number)}
        connection.execute(_ASK, values)
        ask_by_what_is_shown(connection, waiting.visit_id)


def stop_waiting(connection: Connection, visit_id: str, when: datetime) -> bool:
    """Have a visit wait no more, as the desk says; tell whether it did."""
    gone = connection.execute(_GIVE_UP, {"waiting": visit_id, "when": when}).rowcount > 0
    if gone:
        drop_checks(connection, [visit_id])
    return gone


def wait_again(connection: Connection, visit_id: str) -> bool:
    """Have a visit wait again that the desk had given up; tell whether it had."""
    back = connection.execute(_WAIT_AGAIN, {"waiting": visit_id}).rowcount > 0
    if back:
        ask_by_what_is_shown(connection, visit_id)
    return back


def close(connection: Connection, waiting: Sequence[str], by: str, when: datetime) -> None:
    """End the waiting of some visits with another one."""
    connection.execute(_CLOSE, {"waiting": waiting, "by": by, "when": when})
    drop_checks(connection, waiting)


def _wait(
    connection: Connection,
    new: Visit,
    since: date,
    question: QualificationConfirmSearchInfo | None,
) -> None:
    """Put a visit without a valid answer on the list; by a number it is checked again by itself."""
    again = new.decision.check_again
    if again is None:
        return
    number = write_question(question) if question is not None else None
    entry = {
        "visit_id": new.visit_id,
        "patient_key": new.patient_key,
        "since": since,
        "check_from": again.on,
        "asked": number,
    }
    connection.execute(insert(catch_up), entry)
    first = first_check(new)
    if number is not None and first is not None:
        add_written_check(connection, new.visit_id, number, first)


def ask_by_what_is_shown(connection: Connection, visit_id: str) -> None:
    """Have a waiting visit be checked by the number of its paper, else by that of before."""
    entry = connection.execute(_ASKED, {"waiting": visit_id}).first()
    if entry is None:
        return
    (waiting,) = read_visits(connection, VISIT, visit_id=visit_id)
    shown, first = question_shown(waiting), first_check(waiting)
    number: str | None = write_question(shown) if shown is not None else entry.asked
    if number == asked_of(connection, visit_id):
        return
    drop_checks(connection, [visit_id])
    if number is not None and first is not None:
        add_written_check(connection, visit_id, number, first)
