"""What all procedures of a person come to: whether the cards rest or lapse, from when, and why.

Rules R-112 to R-114 and R-119; a loss is no part of it, as J-LIS has that on record (一時停止).
Nothing has to happen at midnight: what will stop a card is known from the day of the procedure, as
an instant to come.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import reduce
from typing import TYPE_CHECKING

from eligibility.card.moving import MOVE_IN_DAYS, MOVE_OUT_DAYS, Move, usable_abroad
from eligibility.days.dates import TOKYO
from wire.vocabulary.consoles.municipality import ApplicationReason, CounterAct, StopCause
from wire.vocabulary.jlis import Carrier

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oqs_sim.store.municipality.filings import CounterProcedure


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a card rests or has lapsed from an instant on, perhaps one to come."""

    cause: StopCause
    since: datetime
    lapses_at: datetime
    """From when nothing but a new card helps."""

    def lapsed(self, at: datetime) -> bool:
        """Tell whether nothing but a new card helps any more."""
        return self.lapses_at <= at


@dataclass(frozen=True, slots=True)
class Leaving:
    """Leaving the country: the planned day, and when continued use was asked for."""

    on: date
    filed_on: date | None = None

    @property
    def card_goes_on(self) -> bool:
        """Whether the card goes on as 国外転出者向けマイナンバーカード (R-119)."""
        return usable_abroad(self.on, self.on, self.filed_on)


@dataclass(frozen=True, slots=True)
class Application:
    """An application for a card that has not been handed over yet."""

    reason: ApplicationReason
    kind: Carrier
    applied_on: date
    ready_on: date
    stay_ends_on: date | None = None


@dataclass(frozen=True)
class Course:
    """How things stand by all procedures until now."""

    rests_between: bool = True
    """Whether a card rests between the planned day of moving out and the 転入届 (R-112)
    [interp]."""
    move: Move | None = None
    """The move that is under way, or after which continued use was not asked for yet."""
    leaving: Leaving | None = None
    abroad: bool = False
    """Whether the person has left the country, or is about to."""
    lapsed: Stop | None = None
    """What made the card lapse; only a new card ends it."""
    application: Application | None = None

    @classmethod
    def of(cls, procedures: Iterable[CounterProcedure], *, rests_between: bool = True) -> Course:
        """Return what procedures come to, the first first."""
        return reduce(_after, procedures, cls(rests_between))

    @property
    def awaits_moving_in(self) -> bool:
        """Whether a 転出届 was filed, and no 転入届 yet."""
        return self.move is not None and self.move.moved_in_on is None

    @property
    def for_all_cards(self) -> Stop | None:
        """What stops whatever the person has, now or later."""
        if self.lapsed is not None:
            return self.lapsed
        found = [
            stop
            for stop in (
                None if self.move is None else _of_move(self.move, self.rests_between),
                None if self.leaving is None else _of_leaving(self.leaving),
            )
            if stop is not None
        ]
        return min(found, key=lambda stop: stop.since, default=None)


def midnight(on: date) -> datetime:
    """Return when a day begins in Tokyo."""
    return datetime.combine(on, time(), TOKYO)


def day_of(at: datetime) -> date:
    """Return the day of an instant in Tokyo."""
    return at.astimezone(TOKYO).date()


def move_begun(planned_on: date, filed_on: date) -> Move:
    """Return the move of a 転出届.

    As long as nobody has said when the person moved, the 30 days after the planned day alone bind
    (R-114); the 14 after the move are known with the 転入届.
    """
    unknown = planned_on + timedelta(days=MOVE_OUT_DAYS - MOVE_IN_DAYS)
    return Move(planned_on, unknown, accepted_on=filed_on)


def _of_move(move: Move, rests_between: bool) -> Stop | None:  # noqa: FBT001 # named where it is set
    if move.moved_in_on is None:
        lapses_at = midnight(move.move_in_by + timedelta(days=1))
        since = midnight(move.stops_on) if rests_between else lapses_at
        return Stop(StopCause.MOVED_OUT, min(since, lapses_at), lapses_at)
    if move.moved_in_on > move.move_in_by:
        since = midnight(move.moved_in_on)
        return Stop(StopCause.MOVED_IN_LATE, since, since)
    last = move.continue_by
    assert last is not None, "it is known with the 転入届"
    if move.continued_on is not None and move.continued_on <= last:
        return None
    since = midnight(last + timedelta(days=1))
    return Stop(StopCause.NOT_CONTINUED, since, since)


def _of_leaving(leaving: Leaving) -> Stop | None:
    if leaving.card_goes_on:
        return None
    since = midnight(leaving.on)
    return Stop(StopCause.LEFT_COUNTRY, since, since)


def _after(course: Course, one: CounterProcedure) -> Course:
    """Return how things stand after one more procedure."""
    stop = course.for_all_cards
    if stop is not None and stop.lapsed(one.at):
        course = replace(course, lapsed=stop)
    on = day_of(one.at)
    match one.act:
        case CounterAct.MOVE_OUT:
            assert one.planned_on is not None
            return replace(course, move=move_begun(one.planned_on, on))
        case CounterAct.MOVE_IN:
            assert course.move is not None
            move = replace(
                course.move,
                moved_on=one.moved_on or on,
                moved_in_on=on,
                continued_on=on if one.continued else None,
            )
            return replace(course, move=move)
        case CounterAct.CONTINUE_USE:
            assert course.move is not None
            return replace(course, move=replace(course.move, continued_on=on))
        case CounterAct.LEAVE_COUNTRY:
            assert one.planned_on is not None
            leaving = Leaving(one.planned_on, on if one.continued else None)
            return replace(course, leaving=leaving, abroad=True)
        case CounterAct.CONTINUE_ABROAD:
            assert course.leaving is not None
            return replace(course, leaving=replace(course.leaving, filed_on=on))
        case CounterAct.COME_BACK:
            return replace(course, abroad=False, leaving=None)
        case CounterAct.APPLY:
            return replace(course, application=_applied(one, on))
        case CounterAct.HAND_OVER:
            under_way = course.move if course.awaits_moving_in else None
            to_come = course.leaving if course.leaving and course.leaving.on > on else None
            return replace(
                course,
                move=under_way,
                leaving=to_come,
                lapsed=None,
                application=None,
            )
        case _:
            return course


def _applied(one: CounterProcedure, on: date) -> Application:
    assert one.ready_on is not None
    return Application(
        ApplicationReason(one.reason or ApplicationReason.FIRST),
        Carrier(one.kind or Carrier.CARD),
        on,
        one.ready_on,
        one.stay_ends_on,
    )
