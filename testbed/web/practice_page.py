"""What the page of the practice shows, ready to be written."""

from __future__ import annotations

import json
import time
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from clinic_client.web.texts import all_texts
from eligibility.days.eras import era_date
from eligibility.sentence import Sentence
from testbed.cards.life import Situation
from testbed.cards.personas import townspeople
from testbed.disturbing.disturbance import Manner
from testbed.practice.comparison import Compared, Mark
from testbed.practice.exercise import TurnState
from testbed.practice.queue import OUTAGES, queues
from testbed.web.panel import Button

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from typing import Any

    from testbed.disturbing.disturbance import Place
    from testbed.practice.bookmark import LeftOff
    from testbed.practice.comparison import Finding
    from testbed.practice.exercise import Exercise, Turn
    from testbed.practice.patient import Paper, Patient
    from testbed.practice.queue import Queue
    from testbed.web.panel import Lang
    from wire.catalogue import Problem


@cache
def practice_texts() -> Mapping[str, Sentence]:
    """Return every word of the page by its key."""
    content = tomllib.loads(
        files("testbed.web").joinpath("practice_texts.toml").read_text(encoding="utf-8")
    )
    return {name: Sentence(**languages) for name, languages in content.items()}


@dataclass(frozen=True)
class QueueChoice:
    """A queue that can be begun."""

    title: str
    about: str
    people: str
    button: Button
    label: str
    """What the button is called where one does not see the title beside it."""


@dataclass(frozen=True)
class PersonChoice:
    """Somebody who can be chosen."""

    key: str
    name: str
    purpose: str
    outage_label: str


@dataclass(frozen=True)
class PatientView:
    """The patient at the desk."""

    place: str
    name: str
    kana: str
    born: str
    """Day of birth, and sex."""
    portrait: str
    task: str
    says: str
    papers: str
    """What they show besides, and what is printed on it."""
    address: str
    """As on the card, or as told; "" where it is not to be written down."""
    pin: str
    time_here: str
    seen: tuple[str, ...]
    """What is on record, the newest first; a sentence where there is nothing."""
    seen_is_trouble: bool
    next: Button
    lay: Button | None


@dataclass(frozen=True)
class FindingView:
    """An element in which the desk differed, or did nothing."""

    element: str
    tone: str
    sign: str
    mark: str
    right: str
    seen: str
    rules: str
    why: str


@dataclass(frozen=True)
class CellView:
    """A cell of the table of results."""

    tone: str
    sign: str
    mark: str
    """What the sign means, for who does not see it."""


@dataclass(frozen=True)
class TurnView:
    """A patient in the list."""

    place: int
    name: str
    state: str
    tone: str
    seconds: str
    outage: str
    counts: tuple[CellView, ...]
    cells: tuple[CellView, ...]
    findings: tuple[FindingView, ...]
    unread: str


@dataclass(frozen=True)
class ResultView:
    """What came of an exercise."""

    title: str
    day: str
    sums: tuple[tuple[str, str, int], ...]
    """Sign, word, how many."""
    heads: tuple[str, ...]
    to_read: tuple[tuple[str, str], ...]
    """Rules, and what they say."""
    still_out: str
    was_reset: str
    """That it ended because the system was reset; "" where it did not."""
    again: str
    """The order that begins the same queue again, as JSON."""


@dataclass(frozen=True)
class LeftOffView:
    """A queue that an end of the testbed has cut."""

    told: str
    button: Button
    """Begins it again."""


@dataclass(frozen=True)
class PracticePage:
    """All of it."""

    lang: Lang
    other_lang: Lang
    text: Mapping[str, str]
    exercise: str
    """Its number; "" while one is chosen."""
    notice: str
    """Why an exercise that was asked for is not there."""
    left_off: LeftOffView | None
    left_out: tuple[Button, ...]
    """Ends what is out though no exercise needs it."""
    desk: str
    """Where the desk's page is; "" where there is none."""
    queues: tuple[QueueChoice, ...]
    people: tuple[PersonChoice, ...]
    outages: tuple[tuple[str, str], ...]
    title: str
    time_all: str
    patient: PatientView | None
    turns: tuple[TurnView, ...]
    result: ResultView | None


def page_of(
    lang: Lang,
    exercise: Exercise | None,
    visits: Sequence[Mapping[str, Any]] | None,
    lost: Problem | None,
    out: Sequence[Place],
    desk: str | None,
    left_off: LeftOff | None,
) -> PracticePage:
    """Prepare the page.

    ``visits`` are those of the patient at the desk, None without an answer; ``out`` is what is out
    though no exercise needs it, ``left_off`` what an end of the testbed has cut.
    """
    words = _Words(lang)
    now = time.monotonic()
    turn = exercise.turn if exercise else None
    return PracticePage(
        lang=lang,
        other_lang="en" if lang == "ja" else "ja",
        text={name: words.of(sentence) for name, sentence in practice_texts().items()},
        exercise=exercise.number if exercise else "",
        notice=(lost.japanese if lang == "ja" else str(lost)) if lost else "",
        left_off=words.left_off(left_off) if left_off else None,
        left_out=tuple(
            Button(
                words("end_outage", place=words(f"place_{place}")),
                "PUT",
                f"/panel/disturbances/{place}/{Manner.OUTAGE}",
                json.dumps({"On": False}),
            )
            for place in out
        ),
        desk=desk or "",
        queues=tuple(words.queue(one) for one in queues().values()) if exercise is None else (),
        people=tuple(words.people()) if exercise is None else (),
        outages=tuple((place.value, words(f"outage_{place}")) for place in OUTAGES),
        title=words.of(exercise.queue.title) if exercise else "",
        time_all=_clock(exercise.seconds(now)) if exercise else "",
        patient=words.patient(exercise, turn, visits, now) if exercise and turn else None,
        turns=tuple(
            words.turn(place, one, exercise, now) for place, one in enumerate(exercise.turns, 1)
        )
        if exercise
        else (),
        result=words.result(exercise) if exercise and exercise.ended else None,
    )


def says(patient: Patient) -> Sentence:
    """Return what a patient shows and says at the desk, as one text."""
    japanese, english = (
        " ".join((words.opening(patient), words.shows(patient)))
        for words in (_Words("ja"), _Words("en"))
    )
    return Sentence(japanese.replace("。 ", "。"), english)


_OPENINGS = {
    Situation.NO_READER: "says_no_reader",
    Situation.SMARTPHONE: "says_smartphone",
    Situation.PROTECTED: "says_protected",
    Situation.DISASTER: "says_disaster",
}


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


@dataclass(frozen=True)
class _Words:
    """Writes the page in a language."""

    lang: Lang

    def __call__(self, key: str, **blanks: object) -> str:
        return self.of(practice_texts()[key]).format(**blanks)

    def of(self, sentence: Sentence) -> str:
        return sentence.ja if self.lang == "ja" else sentence.en

    def day(self, day: date) -> str:
        return f"{era_date(day)}（{day:%Y-%m-%d}）" if self.lang == "ja" else f"{day:%Y-%m-%d}"

    def joined(self, texts: Iterable[str]) -> str:
        return self("joined").join(texts)

    # --- to choose ---

    def queue(self, queue: Queue) -> QueueChoice:
        people = townspeople()
        title = self.of(queue.title)
        return QueueChoice(
            title,
            self.of(queue.about),
            self.joined(people[one.person].name.replace("　", " ") for one in queue.entries),
            Button(self("start"), "POST", "/practice/start", json.dumps({"Queue": queue.key})),
            self("start_named", title=title),
        )

    def left_off(self, one: LeftOff) -> LeftOffView:
        name = townspeople()[one.person].name.replace("　", " ")
        title, count = self.of(one.queue.title), len(one.queue.entries)
        return LeftOffView(
            self("left_off", title=title, place=one.place, count=count, name=name),
            Button(self("again"), "POST", "/practice/start", json.dumps(one.queue.order())),
        )

    def people(self) -> Iterable[PersonChoice]:
        for who in townspeople().values():
            if who.life is not None:
                name = who.name.replace("　", " ")
                yield PersonChoice(
                    who.key, name, self.of(who.life.purpose), self("outage_of", name=name)
                )

    # --- the patient at the desk ---

    def patient(
        self,
        exercise: Exercise,
        turn: Turn,
        visits: Sequence[Mapping[str, Any]] | None,
        now: float,
    ) -> PatientView:
        patient, place = turn.patient, exercise.current + 1
        who = patient.who
        last = exercise.is_last
        return PatientView(
            place=self("place", place=place, count=len(exercise.turns)),
            name=who.name,
            kana=who.name_kana,
            born=f"{self('born', day=self.day(patient.birthdate))}　{self(f'sex_{who.sex}')}",
            portrait=f"/panel/portraits/{who.key}" if who.has_card else "",
            task=self.of(patient.life.purpose),
            says=self.opening(patient),
            papers=self.shows(patient),
            address=patient.told_address,
            pin=who.authentication_pin if patient.lays_card else "",
            time_here=_clock(turn.seconds(now)),
            seen=self.seen(visits),
            seen_is_trouble=visits is None,
            next=Button(
                self("next_last" if last else "next"),
                "POST",
                "/practice/next",
                json.dumps({"After": place}),
            ),
            lay=Button(self("lay"), "POST", "/practice/lay", "") if patient.lays_card else None,
        )

    def seen(self, visits: Sequence[Mapping[str, Any]] | None) -> tuple[str, ...]:
        if visits is None:
            return (self("seen_away"),)
        if not visits:
            return (self("seen_none"),)
        return tuple(
            " ".join(
                filter(
                    None,
                    (
                        self.of(all_texts()[f"answer.word_{one['Word'].lower()}"]),
                        one["Name"] or one["NotedName"] or "",
                        self.way(one["Decision"]["Accepted"]),
                    ),
                )
            )
            for one in visits
        )

    def way(self, way: str | None) -> str:
        known = all_texts().get(f"lists.way_{way}") if way else None
        return f"（{self.of(known)}）" if known else ""

    def opening(self, patient: Patient) -> str:
        """Say what they come with."""
        situation, kind = patient.life.situation, patient.who.kind
        if situation in _OPENINGS:
            return self(_OPENINGS[situation])
        if patient.card_at_hand:
            return self("says_card")
        if kind == "resident_register_card":
            return self("says_old_card")
        return self("says_phone" if patient.who.has_card else "says_no_card")

    def shows(self, patient: Patient) -> str:
        """Say what they show besides."""
        if not patient.papers:
            return self("says_nothing")
        return self("says_shows", papers=self.joined(map(self.paper, patient.papers)))

    def paper(self, paper: Paper) -> str:
        numbers = {
            "paper_insurer": str(paper.insurer_number or ""),
            "paper_symbol": paper.symbol,
            "paper_number": paper.number,
            "paper_branch": paper.branch,
        }
        printed = [self(key, number=number) for key, number in numbers.items() if number]
        if paper.expires_on:
            printed.append(self("paper_expires", day=self.day(paper.expires_on)))
        if paper.ratio:
            printed.append(self("paper_ratio", ratio=paper.ratio, percent=paper.ratio * 10))
        if paper.special_expenses:
            printed.append(self("paper_special_expenses"))
        name = self.of(all_texts()[f"shown.{paper.document}"])
        return self("paper_with", name=name, printed=self.joined(printed)) if printed else name

    # --- the list, and the result ---

    def turn(self, place: int, turn: Turn, exercise: Exercise, now: float) -> TurnView:
        state = exercise.state_of(turn)
        left = state is TurnState.LEFT
        by_element = {one.element: one for one in turn.findings}
        problem = turn.unread
        why = (problem.japanese if self.lang == "ja" else str(problem)) if problem else ""
        outage = turn.entry.outage
        return TurnView(
            place=place,
            name=turn.patient.who.name,
            state=self(f"state_{state}"),
            tone=state.value,
            seconds=_clock(turn.seconds(now)) if turn.came_up is not None else "",
            outage=self("was_out", place=self(f"outage_{outage}")) if outage and left else "",
            counts=tuple(
                CellView(mark.value, f"{mark.sign}{turn.count(mark)}", self(f"mark_{mark}"))
                for mark in Mark
                if turn.count(mark)
            ),
            cells=tuple(self.cell(by_element.get(one)) for one in Compared),
            findings=tuple(
                self.finding(one) for one in turn.findings if one.mark is not Mark.RIGHT
            ),
            unread=self("unread", why=why) if problem else "",
        )

    def cell(self, finding: Finding | None) -> CellView:
        if finding is None:
            return CellView("unasked", "", self("mark_unasked"))
        return CellView(finding.mark.value, finding.mark.sign, self(f"mark_{finding.mark}"))

    def finding(self, finding: Finding) -> FindingView:
        return FindingView(
            element=self(f"element_{finding.element}"),
            tone=finding.mark.value,
            sign=finding.mark.sign,
            mark=self(f"mark_{finding.mark}"),
            right=self.of(finding.right),
            seen=self.of(finding.seen) if finding.seen else self("nothing_done"),
            rules=" ".join(finding.rules),
            why=self.of(finding.why),
        )

    def result(self, exercise: Exercise) -> ResultView:
        return ResultView(
            title=self("result_of", title=self.of(exercise.queue.title)),
            day=self("result_day", day=self.day(exercise.on)),
            sums=tuple(
                (
                    mark.sign,
                    self(f"sum_{mark}"),
                    sum(turn.count(mark) for turn in exercise.turns),
                )
                for mark in Mark
            ),
            heads=tuple(self(f"element_{one}") for one in Compared),
            to_read=tuple((" ".join(one.rules), self.of(one.why)) for one in exercise.to_read),
            still_out=self("still_out", places=self.joined(map(self, exercise.still_out)))
            if exercise.still_out
            else "",
            was_reset=self("was_reset") if exercise.was_reset else "",
            again=json.dumps(exercise.queue.order()),
        )
