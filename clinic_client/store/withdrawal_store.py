"""Withdrawing visits and bringing them back, and the catch-up list as it is without them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, select, update

from clinic_client.store.automatic_checks import OF_CHECK, add_written_check, drop_checks
from clinic_client.store.persons import all_keys
from clinic_client.store.schema import catch_up, catch_up_news, visit, visit_withdrawal
from clinic_client.store.visit_rows import EACH_VISIT, VISIT, VISITS, read_visits
from clinic_client.store.waiting import ask_by_what_is_shown, close, ends_waiting
from clinic_client.visits.catch_up import begin_of
from clinic_client.visits.same_person import Person

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from clinic_client.visits.withdrawal import Withdrawing

_MARK = (
    update(visit)
    .where(visit.c.visit_id == bindparam("marked"), visit.c.withdrawn != bindparam("mark"))
    .values(withdrawn=bindparam("mark"))
)
"""Mark a visit as withdrawn, or as standing, where that is news; who else is at it waits."""
_STANDS = select(visit.c.withdrawn).where(visit.c.visit_id == bindparam("of_visit"))
"""Whether a visit is withdrawn."""
_FOLLOWING_CHECKS = select(catch_up_news.c.visit_id).where(
    catch_up_news.c.earlier_id.in_(bindparam("earlier_ids", expanding=True)), OF_CHECK
)
"""What checks by themselves found out about some visits."""
_POSITION = select(visit_withdrawal.c.position).where(
    visit_withdrawal.c.visit_id == bindparam("of_visit")
)
"""How often a visit was withdrawn before."""
_OPEN_WITHDRAWAL = (visit_withdrawal.c.visit_id == bindparam("of_visit")) & (
    visit_withdrawal.c.undone_at.is_(None)
)
_REOPENED_BY = select(visit_withdrawal.c.reopened).where(_OPEN_WITHDRAWAL)
"""Who waits again because a visit is withdrawn."""
_CORRECT = (
    update(visit_withdrawal)
    .where(_OPEN_WITHDRAWAL)
    .values(reason=bindparam("because"), note=bindparam("more"), staff=bindparam("who"))
)
"""Write down another reason for a withdrawal."""
_UNDO = (
    update(visit_withdrawal)
    .where(_OPEN_WITHDRAWAL)
    .values(undone_at=bindparam("when"), undone_by=bindparam("who"))
)
"""Write down that a visit was brought back."""
_KEYS = select(visit.c.patient_key).where(
    visit.c.visit_id.in_(bindparam("visit_ids", expanding=True)),
    visit.c.patient_key.is_not(None),
)
"""By what the persons of some visits are known again."""
_LOCK_ENTRIES = (
    select(catch_up.c.visit_id)
    .where(
        catch_up.c.patient_key.in_(bindparam("keys", expanding=True))
        | catch_up.c.closed_by.in_(bindparam("visit_ids", expanding=True))
    )
    .order_by(catch_up.c.visit_id)
    .with_for_update()
)
"""Have all entries of some persons to oneself until the transaction ends."""
_ENDED_BY = (
    select(catch_up.c.visit_id, catch_up.c.patient_key, visit.c.at, visit.c.recorded_at)
    .join(visit, visit.c.visit_id == catch_up.c.visit_id)
    .where(catch_up.c.closed_by.in_(bindparam("visit_ids", expanding=True)))
)
"""Whose waiting some visits have ended."""
_FOLLOWING = EACH_VISIT.where(
    visit.c.patient_key.in_(bindparam("keys", expanding=True)),
    visit.c.withdrawn.is_(False),
    visit.c.visit_id != bindparam("own"),
    (visit.c.at > bindparam("after"))
    | ((visit.c.at == bindparam("after")) & (visit.c.recorded_at > bindparam("recorded"))),
).order_by(visit.c.at, visit.c.recorded_at)
"""A person's visits that follow another one, of those that stand."""
_END = (
    update(catch_up)
    .where(catch_up.c.visit_id == bindparam("waiting"))
    .values(closed_by=bindparam("by"), closed_at=bindparam("when"))
)
"""Have an entry be ended by a visit, or by none."""
_VISIT = select(visit.c.patient_key, visit.c.at, visit.c.recorded_at).where(
    visit.c.visit_id == bindparam("of_visit")
)
"""Whose a visit is, and when it was."""
_EARLIER_WAITING = (
    select(catch_up.c.visit_id)
    .join(visit, visit.c.visit_id == catch_up.c.visit_id)
    .where(
        catch_up.c.patient_key.in_(bindparam("keys", expanding=True)),
        catch_up.c.closed_by.is_(None),
        (visit.c.at < bindparam("before"))
        | ((visit.c.at == bindparam("before")) & (visit.c.recorded_at < bindparam("recorded"))),
    )
)
"""A person's open entries of before a visit."""
_WAITING_AGAIN = (
    select(catch_up.c.visit_id, catch_up.c.asked, catch_up.c.check_from, visit.c.at)
    .join(visit, visit.c.visit_id == catch_up.c.visit_id)
    .where(
        catch_up.c.visit_id.in_(bindparam("visit_ids", expanding=True)),
        catch_up.c.closed_by.is_(None),
        catch_up.c.asked.is_not(None),
        visit.c.withdrawn.is_(False),
    )
)
"""Those of some visits that wait, and can be checked again by themselves."""


class WithdrawalStore:
    """The withdrawals. Each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def withdraw(
        self, visit_id: str, said: Withdrawing, at: datetime, recorded_at: datetime
    ) -> None:
        """Withdraw a visit, with what checks by themselves found out about it.

        It waits no more, and whose waiting it had ended wait again, unless a later visit of theirs
        ends it too. Of one that is withdrawn already the reason is corrected. `at` is of the
        business.
        """
        with self._engine.begin() as connection:
            if not _mark(connection, visit_id, withdrawn=True):
                told = {"because": said.reason.value, "more": said.note, "who": said.staff}
                for one in (visit_id, *_checks_of(connection, visit_id)):
                    connection.execute(_CORRECT, {"of_visit": one, **told})
                return
            checks = _checks_of(connection, visit_id)
            for one in checks:
                _mark(connection, one, withdrawn=True)
            gone = [visit_id, *checks]
            _lock_entries(connection, gone)
            drop_checks(connection, gone)
            reopened = _reopen(connection, gone)
            _check_again(connection, reopened)
            for one in gone:
                row = {
                    "visit_id": one,
                    "position": len(connection.execute(_POSITION, {"of_visit": one}).all()),
                    "reason": said.reason.value,
                    "note": said.note,
                    "staff": said.staff,
                    "at": at,
                    "recorded_at": recorded_at,
                    "reopened": json.dumps(reopened if one == visit_id else []),
                }
                connection.execute(insert(visit_withdrawal), row)

    def bring_back(self, visit_id: str, staff: str, at: datetime) -> bool:
        """Have a visit stand again, with all that went with it; tell whether that is news."""
        with self._engine.begin() as connection:
            if not _mark(connection, visit_id, withdrawn=False):
                return False
            back = [visit_id, *_checks_of(connection, visit_id)]
            for one in back[1:]:
                _mark(connection, one, withdrawn=False)
            _lock_entries(connection, back)
            reopened = json.loads(
                connection.execute(_REOPENED_BY, {"of_visit": visit_id}).scalar_one()
            )
            earlier = _earlier_waiting(connection, visit_id)
            _end_again(connection, back, reopened, earlier, at)
            _check_again(connection, back)
            for one in back:
                connection.execute(_UNDO, {"of_visit": one, "when": at, "who": staff or None})
        return True


def lock_standing(connection: Connection, visit_id: str) -> bool:
    """Tell whether a visit stands, and let nobody withdraw it until the transaction ends."""
    withdrawn = connection.execute(_STANDS.with_for_update(), {"of_visit": visit_id}).scalar()
    return withdrawn is False


def _lock_entries(connection: Connection, visit_ids: Sequence[str]) -> None:
    """Have the entries of the persons of some visits, and those that they ended, to oneself."""
    known = connection.scalars(_KEYS, {"visit_ids": visit_ids}).all()
    keys = [key for one in set(known) for key in _keys_of(connection, one)]
    connection.execute(_LOCK_ENTRIES, {"visit_ids": visit_ids, "keys": keys})


def _keys_of(connection: Connection, patient_key: str | None) -> list[str]:
    """Return all keys by which the person of a key is known."""
    return list(all_keys(connection, Person(patient_key)))


def _mark(connection: Connection, visit_id: str, *, withdrawn: bool) -> bool:
    return connection.execute(_MARK, {"marked": visit_id, "mark": withdrawn}).rowcount > 0


def _checks_of(connection: Connection, visit_id: str) -> list[str]:
    """Return the records of checks that followed a visit by themselves, one after another."""
    found: list[str] = []
    asked = [visit_id]
    while asked:
        rows = connection.execute(_FOLLOWING_CHECKS, {"earlier_ids": asked})
        asked = [row.visit_id for row in rows]
        found += asked
    return found


def _reopen(connection: Connection, gone: Sequence[str]) -> list[str]:
    """Have those wait again whose waiting the withdrawn visits had ended; return who that is."""
    reopened = []
    for row in connection.execute(_ENDED_BY, {"visit_ids": gone}).all():
        if row.visit_id in gone:
            continue
        later = {"own": row.visit_id, "after": row.at, "recorded": row.recorded_at}
        (waiting,) = read_visits(connection, VISIT, visit_id=row.visit_id)
        following = read_visits(
            connection, _FOLLOWING, keys=_keys_of(connection, row.patient_key), **later
        )
        ending = (
            one
            for one in following
            if ends_waiting(
                connection, one, waiting, same_key=one.patient_key == waiting.patient_key
            )
        )
        found = next(ending, None)
        by, when = (found.visit_id, found.at) if found else (None, None)
        connection.execute(_END, {"waiting": row.visit_id, "by": by, "when": when})
        if by is None:
            reopened.append(row.visit_id)
    return reopened


def _end_again(
    connection: Connection,
    back: Sequence[str],
    reopened: Sequence[str],
    earlier: Sequence[str],
    when: datetime,
) -> None:
    """End the waiting of some visits with the first of those that are back which does so.

    Those ``reopened`` were ended by one of them before, whatever they are known by.
    """
    visits = {one.visit_id: one for one in read_visits(connection, VISITS, visit_ids=back)}
    for waiting in read_visits(connection, VISITS, visit_ids=[*reopened, *earlier]):
        for one in (visits[visit_id] for visit_id in back):
            same_key = waiting.visit_id in reopened or one.patient_key == waiting.patient_key
            if ends_waiting(connection, one, waiting, same_key=same_key):
                close(connection, [waiting.visit_id], one.visit_id, when)
                break


def _check_again(connection: Connection, visit_ids: Sequence[str]) -> None:
    """Have those be checked again by themselves that wait and can be."""
    for row in connection.execute(_WAITING_AGAIN, {"visit_ids": list(visit_ids)}).all():
        first = max(row.at, begin_of(row.check_from)) if row.check_from else row.at
        drop_checks(connection, [row.visit_id])
        add_written_check(connection, row.visit_id, row.asked, first)
    for one in visit_ids:
        ask_by_what_is_shown(connection, one)


def _earlier_waiting(connection: Connection, visit_id: str) -> Sequence[str]:
    """Return of the person of a visit those earlier visits that wait."""
    own = connection.execute(_VISIT, {"of_visit": visit_id}).one()
    keys = _keys_of(connection, own.patient_key)
    before = {"keys": keys, "before": own.at, "recorded": own.recorded_at}
    return connection.scalars(_EARLIER_WAITING, before).all()
