"""An exercise: a queue that is worked off, with its times and with what came of each patient."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from testbed.practice.comparison import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from testbed.practice.comparison import Finding
    from testbed.practice.patient import Patient
    from testbed.practice.queue import Queue, QueueEntry
    from wire.catalogue import Problem


class TurnState(StrEnum):
    """Where a patient is."""

    WAITING = "waiting"
    AT_DESK = "at_desk"
    LEFT = "left"
    SKIPPED = "skipped"
    """The exercise was ended before they came up."""


@dataclass
class Turn:
    """A patient's turn. Times are seconds of the machine's monotonic clock."""

    entry: QueueEntry
    patient: Patient
    came_up: float | None = None
    left: float | None = None
    findings: tuple[Finding, ...] = ()
    unread: Problem | None = None
    """Why nothing could be compared, where that is so."""
    on: date | None = None
    """The business day on which they came up; they may be there over midnight."""
    before: frozenset[str] = frozenset()
    """The visits of that day that were on record before they came up."""

    def seconds(self, now: float) -> float:
        """Return how long they have been at the desk, or were."""
        if self.came_up is None:
            return 0.0
        return (now if self.left is None else self.left) - self.came_up

    def count(self, mark: Mark) -> int:
        """Return how many elements have a mark."""
        return sum(one.mark is mark for one in self.findings)


@dataclass
class Exercise:
    """One run through a queue."""

    number: str
    """Names it: the service's own start, and a count."""
    queue: Queue
    on: date
    """The business day on which it was begun."""
    turns: tuple[Turn, ...]
    current: int = -1
    """Which turn it is, from 0; -1 before the first patient has come up."""
    ended: bool = False
    was_reset: bool = False
    """Whether it ended because the whole system went back to its seed in its middle."""
    still_out: list[str] = field(default_factory=list)
    """What could not be put right again at the end, by the words of the panel's texts."""

    @property
    def turn(self) -> Turn | None:
        """The turn of the patient at the desk."""
        return None if self.ended or self.current < 0 else self.turns[self.current]

    @property
    def is_last(self) -> bool:
        """Whether nobody comes after the patient at the desk."""
        return self.current == len(self.turns) - 1

    def state_of(self, turn: Turn) -> TurnState:
        """Tell where a patient is."""
        if turn.left is not None:
            return TurnState.LEFT
        if turn.came_up is not None:
            return TurnState.AT_DESK
        return TurnState.SKIPPED if self.ended else TurnState.WAITING

    def seconds(self, now: float) -> float:
        """Return how long all have been at the desk together."""
        return sum(turn.seconds(now) for turn in self.turns)

    @property
    def to_read(self) -> Sequence[Finding]:
        """What went otherwise than it should, each rule once, the most frequent first."""
        wrong = [one for turn in self.turns for one in turn.findings if one.mark is not Mark.RIGHT]
        times = {one.rules: sum(other.rules == one.rules for other in wrong) for one in wrong}
        first = {one.rules: one for one in reversed(wrong)}
        return sorted(first.values(), key=lambda one: (-times[one.rules], wrong.index(one)))
