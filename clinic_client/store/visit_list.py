"""Visits that are looked for, page by page, and what became of each."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, func, or_, select

from clinic_client.store.declaration_store import declared_at
from clinic_client.store.persons import one_key_each
from clinic_client.store.schema import catch_up, visit, visit_coverage, visit_note, visit_shown
from clinic_client.store.visit_rows import EACH_VISIT, VISITS, read_visits
from clinic_client.store.waiting import GIVEN_UP
from clinic_client.visits.catch_up import confirms
from clinic_client.visits.claims import VisitStanding
from clinic_client.visits.visit import CheckChannel
from eligibility.qualification import QualificationValidity
from eligibility.reception.case import Cause
from eligibility.reception.situation import Word
from storage import reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection, Engine, Row, Table

    from clinic_client.visits.visit import Visit

ROWS_AT_ONCE = 500
"""Visits that are read at once for a file or a month."""


class VisitState(StrEnum):
    """How far a visit is."""

    CONFIRMED = "confirmed"
    """有効: the check said so, or a later one of the visit's day."""
    UNCONFIRMED = "unconfirmed"
    """No check has said so yet."""
    WAITING = "waiting"
    """再確認待ち."""
    WITHDRAWN = "withdrawn"
    """取消; the others stand."""


@dataclass(frozen=True, slots=True)
class VisitFilter:
    """Which visits are wanted; what is left out wants all."""

    first: date | None = None
    last: date | None = None
    """Business days, both included."""
    names: tuple[str, ...] = ()
    """Forms of a part of the name, kana or what was noted, without blanks; any of them."""
    numbers: tuple[str, ...] = ()
    """Forms of 番号 or 保険者番号, of a check or of a paper; any of them."""
    symbols: tuple[str, ...] = ()
    """Forms of 記号, without blanks, where 記号 and 番号 are looked for together."""
    insured: tuple[str, ...] = ()
    """Forms of the 番号 that goes with it."""
    cause: Cause | None = None
    state: VisitState | None = None
    standing: bool = False
    """Whether only visits are wanted that are not withdrawn; those that stand, of every state."""


_ENTRIES_OF_VISITS = select(catch_up.c.visit_id, catch_up.c.closed_by).where(
    catch_up.c.visit_id.in_(bindparam("visit_ids", expanding=True))
)
"""Whether some visits wait to be checked again, or by which visit their waiting ended."""
_ENDED = select(catch_up.c.visit_id, catch_up.c.closed_by).where(
    catch_up.c.closed_by.is_not(None), ~GIVEN_UP
)
"""By which visits the waiting of others ended."""
_NAMELESS_ENDED = _ENDED.join(visit, visit.c.visit_id == catch_up.c.visit_id).where(
    visit.c.name.is_(None)
)
"""Those of visits of nobody knew whom."""
_NEWEST_FIRST = EACH_VISIT.order_by(
    visit.c.at.desc(), visit.c.recorded_at.desc(), visit.c.visit_id.desc()
)
"""All visits, the newest first; of one business instant, as a clock that stands still tells it, the
one that was recorded last."""
_COUNT = select(func.count()).select_from(visit)
"""How many visits there are."""
_SOMEBODY_CAME = visit.c.channel != CheckChannel.CATCH_UP.value
"""What was checked by itself is told with the visit that it was checked for."""
_CONFIRMED = and_(
    visit.c.cause == Cause.NONE.value, visit.c.validity == QualificationValidity.VALID.value
)
"""A visit that the check confirmed."""

_RECORDED_AT = select(visit.c.recorded_at).where(visit.c.visit_id == bindparam("visit_id"))
"""When a visit was recorded."""


def _follows(after: Visit, recorded_at: datetime) -> ColumnElement[bool]:
    """Return the condition of what comes after a visit in the order of `_NEWEST_FIRST`."""
    at_once = and_(visit.c.recorded_at == recorded_at, visit.c.visit_id < after.visit_id)
    same = and_(visit.c.at == after.at, or_(visit.c.recorded_at < recorded_at, at_once))
    return or_(visit.c.at < after.at, same)


class VisitList:
    """Reads lists of visits. Each method is one transaction, but for `all_of`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def page(
        self, wanted: VisitFilter, size: int, after: Visit | None = None
    ) -> tuple[Sequence[Visit], bool]:
        """Return visits, the newest first, and whether more follow; ``after`` is the last seen."""
        with reading(self._engine) as connection:
            query = _NEWEST_FIRST.where(*_conditions(connection, wanted)).limit(size + 1)
            if after is not None:
                seen = {"visit_id": after.visit_id}
                recorded_at = connection.execute(_RECORDED_AT, seen).scalar_one()
                query = query.where(_follows(after, recorded_at))
            found = read_visits(connection, query)
        return found[:size], len(found) > size

    def count(self, wanted: VisitFilter) -> int:
        """Return how many visits there are."""
        with reading(self._engine) as connection:
            return connection.execute(_COUNT.where(*_conditions(connection, wanted))).scalar_one()

    def all_of(self, wanted: VisitFilter) -> Iterator[Sequence[Visit]]:
        """Give all visits, some at a time, the newest first."""
        after, more = None, True
        while more:
            found, more = self.page(wanted, ROWS_AT_ONCE, after)
            if found:
                after = found[-1]
                yield found

    def listed(self, visits: Sequence[Visit]) -> Sequence[VisitStanding]:
        """Return visits with what a later answer alone has told: whom they were of, and 有効."""
        asked = [one for one in visits if not one.called or one.decision.word is not Word.VALID]
        later = {one.visit.visit_id: one for one in self.standings(asked)} if asked else {}
        return [later.get(one.visit_id) or VisitStanding(one) for one in visits]

    def standings(self, visits: Sequence[Visit], today: date | None = None) -> list[VisitStanding]:
        """Tell what became of visits: who was confirmed, or still waits.

        On the business day `today` also what is kept of their declarations.
        """
        known = {one.visit_id: one for one in visits}
        ended_by: dict[str, str | None] = {}
        with reading(self._engine) as connection:
            asked = set(known)
            while asked:
                ended_by |= _entries(connection, list(asked))
                checks = [one for one in known.values() if one.channel is CheckChannel.CATCH_UP]
                following = {*ended_by.values(), *(one.previous_id for one in checks)}
                asked = {one for one in following if one and one not in known}
                later = read_visits(connection, VISITS, visit_ids=list(asked)) if asked else ()
                known |= {one.visit_id: one for one in later}
            ids = [one.visit_id for one in visits]
            declared = declared_at(connection, ids, today) if today else {}
        return [
            replace(_standing(one, ended_by, known), declared=declared.get(one.visit_id, ""))
            for one in visits
        ]

    def persons(self, standings: Sequence[VisitStanding]) -> Sequence[str]:
        """Return for each visit by what its patient is told from others.

        Who came in several ways is one; each stranger is one of their own.
        """
        people = [one.person for one in standings]
        with reading(self._engine) as connection:
            same = one_key_each(connection, people)
        return [
            same.get(person.key, person.key) if person.key else one.visit.visit_id
            for one, person in zip(standings, people, strict=True)
        ]


def _entries(connection: Connection, ids: Sequence[str]) -> dict[str, str | None]:
    rows = connection.execute(_ENTRIES_OF_VISITS, {"visit_ids": ids})
    return {row.visit_id: row.closed_by for row in rows}


def _standing(
    one: Visit, ended_by: dict[str, str | None], known: dict[str, Visit]
) -> VisitStanding:
    """Follow a person's waiting to its end."""
    latest = one
    while (later := ended_by.get(latest.visit_id)) not in {None, latest.visit_id}:
        latest = known[later]
    # A check by itself asks for the day of the visit that waits (P-092).
    by_itself = latest.channel is CheckChannel.CATCH_UP
    told_of = known[latest.previous_id or ""].day if by_itself else latest.day
    if latest is not one and confirms(latest, told_of, one, one.day):
        return VisitStanding(one, confirmed_by=latest, told_of=told_of)
    waits = latest.visit_id in ended_by and latest.decision.check_again is not None
    answered = latest is not one and latest.case.validity is not None
    return VisitStanding(
        one,
        waiting=waits and later is None,
        given_up=later is not None,
        entry_id=latest.visit_id,
        told_by=latest if answered else None,
    )


def _conditions(connection: Connection, wanted: VisitFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [_SOMEBODY_CAME]
    if wanted.state is VisitState.WITHDRAWN:
        conditions.append(visit.c.withdrawn)
    elif wanted.state or wanted.standing:
        conditions.append(visit.c.withdrawn.is_(False))
    if wanted.first:
        conditions.append(visit.c.day >= wanted.first)
    if wanted.last:
        conditions.append(visit.c.day <= wanted.last)
    if wanted.cause:
        conditions.append(visit.c.cause == wanted.cause.value)
    if wanted.state is VisitState.CONFIRMED:
        conditions.append(_by_now(connection))
    elif wanted.state is VisitState.UNCONFIRMED:
        conditions.append(~_by_now(connection))
    elif wanted.state is VisitState.WAITING:
        conditions.append(_of_visit(catch_up, catch_up.c.closed_by.is_(None)))
    if wanted.names:
        told = _told(connection, wanted)
        conditions.append(or_(_tells(wanted), visit.c.visit_id.in_(told)))
    return conditions


def _by_now(connection: Connection) -> ColumnElement[bool]:
    """Tell whether a visit is confirmed: by its own check, or by what has ended its waiting.

    A valid answer ends the waiting only of those whose day it confirms, and of those whose place
    they took.
    """
    later = _ended_by(connection, connection.execute(_ENDED), _CONFIRMED)
    return or_(_CONFIRMED, visit.c.visit_id.in_(later))


def _told(connection: Connection, wanted: VisitFilter) -> Sequence[str]:
    """Return the nameless visits of which the confirmation has the name or the number."""
    return _ended_by(connection, connection.execute(_NAMELESS_ENDED), _tells(wanted))


def _ended_by(
    connection: Connection, rows: Iterable[Row[tuple[str, str]]], holds: ColumnElement[bool]
) -> Sequence[str]:
    """Return of visits whose waiting ended those that came to their end by one that is so."""
    ended_by = {row.visit_id: row.closed_by for row in rows}
    ends = {}
    for one, end in ended_by.items():
        ends[one] = end
        while ends[one] in ended_by:
            ends[one] = ended_by[ends[one]]
    of_these = visit.c.visit_id.in_(set(ends.values()))
    found = set(connection.scalars(select(visit.c.visit_id).where(of_these, holds)))
    return [one for one, end in ends.items() if end in found]


def _tells(wanted: VisitFilter) -> ColumnElement[bool]:
    """Tell whether a visit has the name or the number that is looked for."""
    both = _of_symbol(wanted.symbols, wanted.insured)
    return or_(*_named(wanted.names), *_numbered(wanted.numbers), *both)


def _named(names: Sequence[str]) -> list[ColumnElement[bool]]:
    def holds(column: ColumnElement[str | None], part: str) -> ColumnElement[bool]:
        return _without_blanks(column).contains(part, autoescape=True)

    noted = or_(*(holds(visit_note.c.noted_name, part) for part in names))
    columns = (visit.c.name, visit.c.name_kana)
    found = [holds(column, part) for column in columns for part in names]
    return [*found, _of_visit(visit_note, noted)]


def _numbered(numbers: Sequence[str]) -> list[ColumnElement[bool]]:
    if not numbers:
        return []
    columns = (visit_coverage.c.number, visit_coverage.c.insurer_number)
    told = or_(*(column.in_(numbers) for column in columns))
    return [
        _of_visit(visit_coverage, told),
        _of_visit(visit_shown, _writes(visit_shown.c.shown, ("number",), numbers)),
        _of_visit(catch_up, _writes(catch_up.c.asked, _ASKED, numbers)),
    ]


def _of_symbol(symbols: Sequence[str], numbers: Sequence[str]) -> list[ColumnElement[bool]]:
    """Tell whether a visit has 記号 and 番号 together, of a check or of a paper."""
    if not symbols:
        return []
    told = _without_blanks(visit_coverage.c.symbol).in_(symbols)
    shown, asked = visit_shown.c.shown, catch_up.c.asked
    return [
        _of_visit(visit_coverage, and_(told, visit_coverage.c.number.in_(numbers))),
        *(
            _of_visit(
                of, and_(_writes(text, (symbol,), symbols), _writes(text, (number,), numbers))
            )
            for of, text, symbol, number in (
                (visit_shown, shown, "symbol", "number"),
                (catch_up, asked, "InsuredCardSymbol", "InsuredIdentificationNumber"),
            )
        ),
    ]


def _without_blanks(column: ColumnElement[str | None]) -> ColumnElement[str]:
    return func.replace(func.replace(column, "\u3000", ""), " ", "")


_ASKED = ("InsurerNumber", "InsuredIdentificationNumber")


def _writes(
    column: ColumnElement[str | None], members: Sequence[str], numbers: Sequence[str]
) -> ColumnElement[bool]:
    """Tell whether a JSON text has a number in one of its members, or in one that ends so."""
    written = (
        f'{member}":{json.dumps(one, ensure_ascii=False)}' for member in members for one in numbers
    )
    return or_(*(column.contains(one, autoescape=True) for one in written))


def _of_visit(table: Table, holds: ColumnElement[bool]) -> ColumnElement[bool]:
    """Tell whether a visit has a row in a table that lies beside it."""
    row = select(table.c.visit_id).where(table.c.visit_id == visit.c.visit_id, holds)
    return row.correlate(visit).exists()
