"""The days that a procedure stated, read back in words, so that a mistyped year is seen."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from eligibility.days.eras import day_in_words
from intermediate_server.filing.fields import BY_ELEMENT
from intermediate_server.procedures.kinds import KINDS, Effect, Timing

if TYPE_CHECKING:
    from datetime import date

    from eligibility.sentence import Sentence
    from intermediate_server.procedures.change import Change, LimitGrant
    from intermediate_server.procedures.kinds import ProcedureKind

    _Days = tuple[ProcedureKind, date, date, date | None, date | None, LimitGrant | None]

_BEGINS = frozenset({Effect.JOIN, Effect.GIVE_NUMBER, Effect.CORRECT})
_ENDS = frozenset({Effect.LEAVE, Effect.TURN_75, Effect.CORRECT})
_LIMITS = frozenset({Effect.JOIN, Effect.CHANGE_LIMIT})


class DaySaid(NamedTuple):
    """A day that a procedure stated."""

    element: str
    """The field; its word on pages is that of the field."""
    on: date
    words: Sentence
    """In the era, with the weekday, and how far ahead."""


def days_said(entry: Change) -> tuple[DaySaid, ...]:
    """Return the days that a procedure's entry states, as seen from its 届出日."""
    return _said(*_days_of(entry))


def said_in_japanese(entry: Change) -> str:
    """Return these days as one text, each with the name of its field."""
    return _in_japanese(*_days_of(entry))


def _days_of(entry: Change) -> _Days:
    filing, one = entry.filing, entry.qualification
    dated = filing.shown_on if filing.timing is Timing.DATED else None
    return (
        entry.kind, filing.filed_on, one.qualified_on, one.disqualified_on, dated, entry.limit
    )  # fmt: skip


@lru_cache(maxsize=1024)
def _in_japanese(*days: Any) -> str:
    return "、".join(f"{BY_ELEMENT[one.element].japanese} {one.words.ja}" for one in _said(*days))


@lru_cache(maxsize=1024)  # a file has the same days in most of its lines
def _said(
    kind: ProcedureKind,
    filed_on: date,
    began: date,
    lost: date | None,
    dated: date | None,
    limit: LimitGrant | None,
) -> tuple[DaySaid, ...]:
    effect = KINDS[kind].effect
    stated: list[tuple[str, date | None]] = []
    if effect in _BEGINS or (effect is Effect.TURN_75 and lost is None):
        stated.append(("QualificationDate", began))
    if effect in _ENDS:
        stated.append(("DisqualificationDate", lost))
    if KINDS[kind].timing is Timing.DATED:
        stated.append(("EffectiveDate", dated))
    if effect in _LIMITS and limit:
        stated += [("EffectiveDate", limit.valid_from), ("ValidUntil", limit.valid_until)]
    return tuple(
        DaySaid(element, on, day_in_words(on, filed_on)) for element, on in stated if on is not None
    )
