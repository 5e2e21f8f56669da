"""What the practice of the reception says in JSON."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator
from pydantic.types import Strict

from testbed.disturbing.disturbance import Place
from testbed.practice.comparison import Compared, Mark
from testbed.practice.exercise import TurnState
from testbed.practice.queue import LONGEST, QueueEntry, find_queue, own_queue
from testbed.web.practice_page import says
from wire.dates import write_day
from wire.vocabulary.codes import Day
from wire.vocabulary.element import Element
from wire.vocabulary.texts import ShortLine, Truth

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from eligibility.sentence import Sentence
    from testbed.practice.comparison import Finding
    from testbed.practice.exercise import Exercise, Turn
    from testbed.practice.queue import Queue


class Words(Element):
    """A sentence or a word in two languages."""

    japanese: str
    english: str

    @classmethod
    def of(cls, sentence: Sentence) -> Self:
        """Write it."""
        return cls(japanese=sentence.ja, english=sentence.en)


class EntryOrder(Element):
    """Somebody who comes."""

    person: ShortLine = Field(min_length=1)
    """A key of the practice town, as GET /personas tells it."""
    outage: Place | None = None
    """What is out while they are there: ``reader``, ``line`` or ``oqs``."""

    @model_validator(mode="after")
    def _is_an_outage(self) -> Self:
        if self.outage is Place.WORKER:
            raise ValueError("An outage is one of: reader, line, oqs.")
        return self


class PracticeOrder(Element):
    """What to practise: a queue that is ready, or one of one's own choice."""

    queue: ShortLine | None = None
    entries: tuple[EntryOrder, ...] = Field((), max_length=LONGEST)
    reset: Truth = False
    """Whether the whole system goes back to its seed before, as by `oqs reset`: visits, cards,
    clock and all."""

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.queue is None) is not bool(self.entries):
            raise ValueError("Name either a Queue that is ready, or Entries of your own.")
        return self

    def chosen(self) -> Queue:
        """Return the queue.

        Raises:
            Problem: INVALID_REQUEST.
        """
        if self.queue is not None:
            return find_queue(self.queue)
        return own_queue(tuple(QueueEntry.of(one.person, one.outage) for one in self.entries))


class GoingOn(Element):
    """Who has left the desk."""

    after: Annotated[int, Strict(), Field(ge=1, le=LONGEST)]
    """Their place in the queue, from 1. Where another patient is at the desk by now, nothing is
    done: a request that is sent twice counts once."""


class QueueState(Element):
    """A queue that is ready."""

    queue: str
    title: Words
    about: Words
    entries: tuple[EntryOrder, ...]

    @classmethod
    def of(cls, queue: Queue) -> Self:
        """Write it."""
        return cls(
            queue=queue.key,
            title=Words.of(queue.title),
            about=Words.of(queue.about),
            entries=tuple(
                EntryOrder(person=one.person, outage=one.outage) for one in queue.entries
            ),
        )


class QueueList(Element):
    """All that are ready."""

    queues: tuple[QueueState, ...]


class FindingState(Element):
    """An element that was compared."""

    element: Compared
    mark: Mark
    right: Words
    """What is right by the rules."""
    seen: Words | None
    """What the desk has on record; null where nothing was done."""
    rules: tuple[str, ...]
    why: Words

    @classmethod
    def of(cls, finding: Finding) -> Self:
        """Write it."""
        return cls(
            element=finding.element,
            mark=finding.mark,
            right=Words.of(finding.right),
            seen=Words.of(finding.seen) if finding.seen else None,
            rules=finding.rules,
            why=Words.of(finding.why),
        )


class PaperState(Element):
    """What is shown besides the card."""

    document: str
    insurer_number: str | None
    symbol: str
    number: str
    branch: str
    expires_on: Day | None
    ratio: int | None
    """As printed, in tenths."""
    special_expenses: bool
    """Whether 特別療養費 is printed (R-159)."""


class TurnElement(Element):
    """A patient of the queue."""

    place: int
    """From 1."""
    person: str
    name: str
    name_kana: str
    birthdate: Day
    sex1: str
    address: str | None
    """As on the card, or as told; absent where it must not be written down (P-031)."""
    task: Words
    """Why they come, in one sentence."""
    says: Words
    """What they show and say at the desk."""
    papers: tuple[PaperState, ...]
    card_laid: bool
    """Whether their card comes onto the reader."""
    authentication_pin: str | None
    """利用者証明用, which the patient types; fictional."""
    outage: Place | None
    state: TurnState
    seconds: float
    """How long they have been at the desk, or were; of the machine's own clock."""
    right: int
    different: int
    missing: int
    unread: Words | None
    """Why nothing could be compared, where that is so."""
    findings: tuple[FindingState, ...]
    """Once they have left."""

    @classmethod
    def of(cls, place: int, turn: Turn, exercise: Exercise, now: float) -> Self:
        """Write a turn."""
        patient, problem = turn.patient, turn.unread
        who = patient.who
        return cls(
            place=place,
            person=who.key,
            name=who.name,
            name_kana=who.name_kana,
            birthdate=write_day(patient.birthdate),
            sex1=who.sex,
            address=patient.told_address or None,
            task=Words.of(patient.life.purpose),
            says=Words.of(says(patient)),
            papers=tuple(
                PaperState(
                    document=one.document.value,
                    insurer_number=str(one.insurer_number) if one.insurer_number else None,
                    symbol=one.symbol,
                    number=one.number,
                    branch=one.branch,
                    expires_on=write_day(one.expires_on) if one.expires_on else None,
                    ratio=one.ratio,
                    special_expenses=one.special_expenses,
                )
                for one in patient.papers
            ),
            card_laid=patient.lays_card,
            authentication_pin=(who.authentication_pin or None) if patient.lays_card else None,
            outage=turn.entry.outage,
            state=exercise.state_of(turn),
            seconds=round(turn.seconds(now), 1),
            right=turn.count(Mark.RIGHT),
            different=turn.count(Mark.DIFFERENT),
            missing=turn.count(Mark.MISSING),
            unread=Words(japanese=problem.japanese, english=str(problem)) if problem else None,
            findings=tuple(map(FindingState.of, turn.findings)),
        )


class SeenVisit(Element):
    """A visit that the desk has recorded since the patient came up."""

    visit_id: str
    word: str
    word_japanese: str
    name: str | None


class PracticeState(Element):
    """An exercise."""

    exercise: str
    """Names it; it lives as long as the testbed does."""
    queue: str
    title: Words
    ended: bool
    place: int | None
    """Of the patient at the desk, from 1."""
    seconds: float
    """Of all turns together."""
    turns: tuple[TurnElement, ...]
    visits: tuple[SeenVisit, ...] | None
    """Of the patient at the desk, the newest first; null where the desk does not answer."""
    still_out: tuple[str, ...]
    """What could not be put right again as it ended; POST /practice/end tries once more."""
    was_reset: bool
    """Whether it ended because the whole system went back to its seed in its middle."""

    @classmethod
    def of(cls, exercise: Exercise, visits: Sequence[Mapping[str, Any]] | None) -> Self:
        """Write an exercise, with the visits of the patient at the desk."""
        now = time.monotonic()
        return cls(
            exercise=exercise.number,
            queue=exercise.queue.key,
            title=Words.of(exercise.queue.title),
            ended=exercise.ended,
            place=None if exercise.ended else exercise.current + 1,
            seconds=round(exercise.seconds(now), 1),
            turns=tuple(
                TurnElement.of(place, turn, exercise, now)
                for place, turn in enumerate(exercise.turns, 1)
            ),
            visits=None
            if visits is None
            else tuple(
                SeenVisit(
                    visit_id=one["VisitId"],
                    word=one["Word"],
                    word_japanese=one["WordJapanese"],
                    name=one["Name"] or one["NotedName"],
                )
                for one in visits
            ),
            still_out=tuple(exercise.still_out),
            was_reset=exercise.was_reset,
        )


class ToRead(Element):
    """A rule that is worth reading again."""

    rules: tuple[str, ...]
    why: Words


class PracticeResult(Element):
    """What came of an exercise."""

    exercise: str
    title: Words
    ended: bool
    seconds: float
    right: int
    different: int
    missing: int
    turns: tuple[TurnElement, ...]
    to_read: tuple[ToRead, ...]
    """The most frequent first."""

    @classmethod
    def of(cls, exercise: Exercise) -> Self:
        """Write it."""
        now = time.monotonic()
        turns = exercise.turns
        return cls(
            exercise=exercise.number,
            title=Words.of(exercise.queue.title),
            ended=exercise.ended,
            seconds=round(exercise.seconds(now), 1),
            right=sum(turn.count(Mark.RIGHT) for turn in turns),
            different=sum(turn.count(Mark.DIFFERENT) for turn in turns),
            missing=sum(turn.count(Mark.MISSING) for turn in turns),
            turns=tuple(
                TurnElement.of(place, turn, exercise, now) for place, turn in enumerate(turns, 1)
            ),
            to_read=tuple(
                ToRead(rules=one.rules, why=Words.of(one.why)) for one in exercise.to_read
            ),
        )
