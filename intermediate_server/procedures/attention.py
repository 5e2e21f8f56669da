"""What of a person's record a clerk should look at: it is shown, and never settled silently."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import TYPE_CHECKING

from intermediate_server.procedures.history import LAST_FOUR_KINDS, History, Number
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.procedures.memberships import newest, overlap

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from intermediate_server.procedures.change import Change, TrackedChange


class AttentionKind(StrEnum):
    """Why somebody should look."""

    CONFLICT = "conflict"
    """Two insurers say that they insure the person on the same day."""
    VIEW_STOPPED = "view_stopped"
    """閲覧停止 (P-030)."""
    LAST_FOUR_OPEN = "last_four_open"
    """The member was asked to compare the last four digits, and has not answered (R-190)."""

    @property
    def japanese(self) -> str:
        """The word on the pages."""
        return {
            "conflict": "資格の重複",
            "view_stopped": "閲覧停止",
            "last_four_open": "下4桁の回答待ち",
        }[self]


TO_BE_SETTLED = (AttentionKind.CONFLICT, AttentionKind.VIEW_STOPPED)
"""What a clerk has to do something about; others only wait."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two memberships with different insurers that are in force on the same days."""

    first: Change
    second: Change
    since: date
    until: date | None
    """The first day on which only one is in force; None while there is no end to it."""


def conflicts(history: Sequence[Change]) -> tuple[Conflict, ...]:
    """Return the pairs of insurers who both insure the person on some day, as recorded now."""
    if len(history) < 2:
        return ()
    recorded = newest(history)
    if len({insurer for insurer, *_ in recorded}) < 2:
        return ()  # as nearly always, however many memberships there are
    found = []
    for first, second in combinations(recorded.values(), 2):
        if first.number[0] == second.number[0]:
            continue  # one insurer's own memberships never overlap: such a procedure is refused
        days = overlap(first.qualification, second.qualification)
        if days is not None:
            found.append(Conflict(first, second, *days))
    return tuple(found)


def untaken(tracked: Sequence[TrackedChange]) -> tuple[Change, ...]:
    """Return what OQS did not take of a person, and has no later version of the membership of."""
    had = {}
    for one in tracked:
        if one.delivered_at is not None:
            had[one.change.number] = one.change.version
    return tuple(
        one.change
        for one in tracked
        if one.conflicting and had.get(one.change.number, 0) < one.change.version
    )


def attention_of(history: Sequence[Change]) -> dict[AttentionKind, int]:
    """Return why a person's record needs a look, and since which version."""
    if isinstance(history, History) and history.is_plain:
        return {}
    found = {}
    if both := conflicts(history):
        found[AttentionKind.CONFLICT] = max(
            max(one.first.version, one.second.version) for one in both
        )
    stopped = [
        one.version
        for one in newest(history).values()
        if one.marks.view_stopped and not one.qualification.never_was
    ]
    if stopped:
        found[AttentionKind.VIEW_STOPPED] = max(stopped)
    recorded = newest(history)
    asked = [
        one.version
        for number, one in _last_four(history).items()
        if one.kind is ProcedureKind.LAST_FOUR_SENT
        and recorded[number].qualification.disqualified_on is None
    ]
    if asked:
        found[AttentionKind.LAST_FOUR_OPEN] = max(asked)
    return found


def _last_four(history: Sequence[Change]) -> dict[Number, Change]:
    if isinstance(history, History):
        return history.last_four
    return {
        entry.number: entry
        for entry in history
        if entry.kind in LAST_FOUR_KINDS and entry.refers_to is None
    }
