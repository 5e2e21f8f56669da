"""Checks that go out by themselves: which are due, who is asking, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, or_, select, update

from clinic_client.store.schema import automatic_check, catch_up_news, visit
from clinic_client.visits.visit import CheckChannel
from storage import reading
from wire.vocabulary.inquiry import QualificationConfirmSearchInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine, Row


@dataclass(frozen=True, slots=True)
class AutomaticCheck:
    """A waiting visit that is checked again by itself."""

    visit_id: str
    asked: QualificationConfirmSearchInfo
    """The number that is asked for."""
    attempts: int
    """How often it was answered and nothing was new."""
    next_at: datetime
    """The business instant from which it is asked again."""
    last_at: datetime | None = None
    last_problem: str | None = None
    """The code with which OQS refused the last time, if it did."""


@dataclass(frozen=True, slots=True)
class CatchUpNews:
    """What was found out about an earlier visit."""

    visit_id: str
    """The record of the check, or a visit that confirms earlier ones."""
    earlier_id: str
    """The visit that was checked again, or one of those of which something is to be settled."""
    at: datetime
    """The business instant."""


_ALL = select(automatic_check).order_by(automatic_check.c.next_at, automatic_check.c.visit_id)
"""All checks that are to come, the next one first."""
_FREE = or_(
    automatic_check.c.claimed_until.is_(None),
    automatic_check.c.claimed_until < bindparam("wall"),
)
_DUE = _ALL.where(automatic_check.c.next_at <= bindparam("now"), _FREE)
"""The checks that are due and that nobody is at."""
_CLAIM = (
    update(automatic_check)
    .where(
        automatic_check.c.visit_id == bindparam("visit"),
        automatic_check.c.attempts == bindparam("seen"),
        _FREE,
    )
    .values(claimed_until=bindparam("until"))
)
"""Take a check that nobody is at."""
_RELEASE = (
    update(automatic_check)
    .where(automatic_check.c.visit_id == bindparam("visit"))
    .values(claimed_until=None)
)
"""Give a check back that could not be made; it stays due."""
_NOTHING_NEW = (
    update(automatic_check)
    .where(
        automatic_check.c.visit_id == bindparam("visit"),
        automatic_check.c.attempts == bindparam("seen"),
    )
    .values(
        attempts=automatic_check.c.attempts + 1,
        last_at=bindparam("at"),
        next_at=bindparam("then"),
        last_problem=bindparam("problem"),
        claimed_until=None,
    )
)
"""Note that a check was answered and nothing is new."""
_ASKED = select(automatic_check.c.asked).where(automatic_check.c.visit_id == bindparam("visit"))
"""The number by which a visit is to be checked."""
_EXPECT = (
    update(automatic_check)
    .where(automatic_check.c.visit_id == bindparam("visit"))
    .values(next_at=bindparam("then"))
)
"""Ask for a visit from another instant on."""
_DROP = delete(automatic_check).where(
    automatic_check.c.visit_id.in_(bindparam("visit_ids", expanding=True))
)
_UNSEEN = (
    select(catch_up_news)
    .where(catch_up_news.c.seen_at.is_(None))
    .order_by(catch_up_news.c.at.desc(), catch_up_news.c.visit_id)
)
"""What the desk has not seen yet, the newest first."""
OF_CHECK = (
    select(visit.c.visit_id)
    .where(
        visit.c.visit_id == catch_up_news.c.visit_id,
        visit.c.channel == CheckChannel.CATCH_UP.value,
    )
    .exists()
)
"""Whether news are of a check that was made for an earlier visit, for which nobody came."""
_NEWS_OF_VISIT = (
    select(catch_up_news)
    .where(catch_up_news.c.earlier_id == bindparam("visit"), OF_CHECK)
    .order_by(catch_up_news.c.at.desc())
    .limit(1)
)
"""What a check found out last about a visit."""
_SEE = (
    update(catch_up_news)
    .where(catch_up_news.c.visit_id == bindparam("visit"), catch_up_news.c.seen_at.is_(None))
    .values(seen_at=bindparam("seen"))
)
"""The desk has seen a piece of news."""


class AutomaticChecks:
    """The checks to come and the news. Each method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def to_come(self) -> Mapping[str, AutomaticCheck]:
        """Return all that are to come, by their visits."""
        with reading(self._engine) as connection:
            return {row.visit_id: _check(row) for row in connection.execute(_ALL)}

    def due(self, now: datetime, wall: datetime) -> Sequence[AutomaticCheck]:
        """Return those that are due and that nobody is at, the longest overdue first."""
        with reading(self._engine) as connection:
            return [_check(row) for row in connection.execute(_DUE, {"now": now, "wall": wall})]

    def claim(self, check: AutomaticCheck, wall: datetime, until: datetime) -> bool:
        """Take a check, so that nobody else makes it ``until`` then; False if somebody has."""
        values = {"visit": check.visit_id, "seen": check.attempts, "wall": wall, "until": until}
        with self._engine.begin() as connection:
            return connection.execute(_CLAIM, values).rowcount > 0

    def release(self, visit_id: str) -> None:
        """Give a check back that could not be made; it stays due."""
        with self._engine.begin() as connection:
            connection.execute(_RELEASE, {"visit": visit_id})

    def nothing_new(
        self, check: AutomaticCheck, at: datetime, then: datetime, problem: str | None
    ) -> None:
        """Note that a check was answered ``at`` an instant, and when it is made ``then``."""
        values = {"visit": check.visit_id, "seen": check.attempts, "at": at, "then": then}
        with self._engine.begin() as connection:
            connection.execute(_NOTHING_NEW, {**values, "problem": problem})

    def news(self) -> Sequence[CatchUpNews]:
        """Return what the desk has not seen yet, the newest first."""
        with reading(self._engine) as connection:
            return [_news(row) for row in connection.execute(_UNSEEN)]

    def news_of(self, visit_id: str) -> CatchUpNews | None:
        """Return what a check found out last about a visit."""
        with reading(self._engine) as connection:
            row = connection.execute(_NEWS_OF_VISIT, {"visit": visit_id}).first()
        return _news(row) if row else None

    def see(self, visit_id: str, at: datetime) -> bool:
        """Note that the desk has seen a piece of news; tell whether it had not before."""
        with self._engine.begin() as connection:
            return connection.execute(_SEE, {"visit": visit_id, "seen": at}).rowcount > 0


def write_question(asked: QualificationConfirmSearchInfo) -> str:
    """Write the number that is asked for as it is kept."""
    return asked.model_dump_json(by_alias=True, exclude_none=True)


def add_written_check(connection: Connection, visit_id: str, asked: str, first: datetime) -> None:
    """Have a visit be checked again from an instant on, by a number as it is kept."""
    row = {"visit_id": visit_id, "asked": asked, "attempts": 0, "next_at": first}
    connection.execute(insert(automatic_check), row)


def asked_of(connection: Connection, visit_id: str) -> str | None:
    """Return the number by which a visit is to be checked, as it is kept; None where by none."""
    asked: str | None = connection.scalar(_ASKED, {"visit": visit_id})
    return asked


def expect_check(connection: Connection, visit_id: str, then: datetime) -> None:
    """Have a visit be checked again from another instant on."""
    connection.execute(_EXPECT, {"visit": visit_id, "then": then})


def drop_checks(connection: Connection, visit_ids: Iterable[str]) -> None:
    """Check some visits no more."""
    connection.execute(_DROP, {"visit_ids": list(visit_ids)})


def add_news(connection: Connection, news: CatchUpNews, seen_at: datetime | None) -> None:
    """Tell the desk what was found out, unless it has seen it."""
    row = {"visit_id": news.visit_id, "earlier_id": news.earlier_id, "at": news.at}
    connection.execute(insert(catch_up_news), {**row, "seen_at": seen_at})


def _check(row: Row[tuple[object, ...]]) -> AutomaticCheck:
    return AutomaticCheck(
        row.visit_id,
        QualificationConfirmSearchInfo.model_validate_json(row.asked),
        row.attempts,
        row.next_at,
        row.last_at,
        row.last_problem,
    )


def _news(row: Row[tuple[object, ...]]) -> CatchUpNews:
    return CatchUpNews(row.visit_id, row.earlier_id, row.at)
