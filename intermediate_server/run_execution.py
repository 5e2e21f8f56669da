"""Doing runs over all members of an insurer: on somebody's word, and by themselves as days come."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from datetime import time as time_of_day
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from eligibility.days.dates import TOKYO, japanese_date
from eligibility.documents.validity import yearly_end_mailed
from eligibility.identifiers.numbers import InsurerKind
from eligibility.sentence import Sentence
from intermediate_server.procedures.person import NO_CARD
from intermediate_server.procedures.refusal import refused
from intermediate_server.runs.due import decide
from intermediate_server.runs.known_cards import KnownCards
from intermediate_server.runs.run_kinds import (
    NOWHERE,
    Made,
    Place,
    RecordedRun,
    RunCounts,
    RunKind,
    RunState,
)
from intermediate_server.runs.run_task import RunTask
from intermediate_server.runs.schedule import after_filings, days_between, runs_due
from storage import outages
from wire.catalogue import Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator
    from datetime import date

    from eligibility.policy.insurer_policy import InsurerPolicy
    from intermediate_server.acceptance import Acceptance
    from intermediate_server.procedures.change import Change
    from intermediate_server.procedures.person import CardStanding
    from intermediate_server.store import Store
    from intermediate_server.store.runs import Decide
    from intermediate_server.sync.worker_client import WorkerClient
    from wire.vocabulary.changes import QualificationChange

log = logging.getLogger(__name__)

PERSONS_AT_ONCE = 200
"""Members on whom a run decides in one transaction, which keeps others from writing."""
LOOKED_AT_ONCE = 2_000
"""Members about whose cards OQS is asked in one question; most need no further look."""
LISTED_DAYS = 800
"""How far back what is due and not done is listed."""
RUNS_LOOKED_AT = 5_000
"""How many runs on record that looks at: more than any insurer has in so many days."""
PREVIEWED = 200
"""How many members a preview names at most."""
LOOKED_AT = 20_000
"""How many members a preview looks at, at most."""
BY_ITSELF = "自動"
"""Who starts the runs that nobody starts."""
_WITHOUT_CARDS = frozenset({RunKind.SCHOOL})
"""Runs that do not depend on how cards stand."""
_OF_75 = frozenset({RunKind.LATE_ELDERLY, RunKind.NEWCOMERS})
"""Runs by which members join 後期高齢者医療."""
_OF_ENDS = frozenset({RunKind.USE_LAPSES, RunKind.LAPSES, RunKind.EXPIRY_NOTICES})
"""Runs that look at all members, and of their cards only at certificates that end soon, or have."""


@dataclass(frozen=True)
class PreviewedMember:
    """A member as a preview has them: what a run would do, and why."""

    place: Place
    entry: Change
    """The member's newest entry at the insurer."""
    made: Made

    @property
    def person_reference(self) -> str:
        """The person's reference."""
        return self.place.person_reference


@dataclass
class Preview:
    """What a run would do now."""

    kind: RunKind
    due_on: date
    counts: RunCounts = field(default_factory=RunCounts)
    persons: int = 0
    """For how many of the members that were looked at something is due."""
    members: list[PreviewedMember] = field(default_factory=list)
    """The first of them."""
    all_looked_at: bool = False
    """Whether nobody is left who was not looked at."""
    following: Place | None = None
    """Behind whom others are named; None where there are none."""

    @property
    def complete(self) -> bool:
        """Whether all members were looked at, and all for whom something is due are named."""
        return self.all_looked_at and self.following is None


class Followed(NamedTuple):
    """How far the runs that were due have been done."""

    visible: list[QualificationChange]
    """What was delivered before them."""
    unfinished: bool = False
    """Whether later days are left; whoever follows again goes on with them."""


class _Portion(NamedTuple):
    """Members on whom is decided together."""

    persons: list[Place]
    concerned: list[Place]
    """Those of them who need a further look."""
    last: bool
    """Whether no other portion of the same members follows."""

    @property
    def reached(self) -> Place | None:
        """How far a run has come with them; None where there are none."""
        return self.persons[-1] if self.persons else None


@dataclass
class RunExecution:
    """Does the runs of all insurers; any number of processes may, on one database."""

    acceptance: Acceptance
    store: Store
    workers: WorkerClient
    by_themselves: bool = True
    """Whether runs that fall due are done without anybody's word."""
    persons_at_once: int = PERSONS_AT_ONCE
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _under_way: dict[tuple[str, RunKind, date], asyncio.Task[RecordedRun]] = field(
        default_factory=dict
    )

    # --- on somebody's word ---

    async def start(
        self, kind: RunKind, policy: InsurerPolicy, due_on: date | None, by: str
    ) -> asyncio.Task[RecordedRun]:
        """Begin a run for a day, today where None, or go on with it; it ends in the background.

        Raises:
            Problem: PROCEDURE_REFUSED for a day to come, or one before the clock and the insurer's
                first filing; SERVICE_UNREACHABLE.
        """
        reading = await self.acceptance.read_clock()
        day = due_on or reading.today
        if day > reading.today:
            raise refused(
                Sentence(
                    f"{japanese_date(day)}の定期処理はまだ始められません。その日までは、"
                    "予定の確認だけができます。",
                    f"The run of {day.isoformat()} cannot be done before that day; preview it.",
                )
            )
        number = str(policy.insurer_number)
        if day < reading.began.astimezone(TOKYO).date():
            await asyncio.to_thread(self._check_not_before_all, kind, number, day)
        begun = await asyncio.to_thread(self.store.runs.begin, kind, number, day, reading.now, by)
        this = (begun.insurer_number, kind, day)
        task = self._under_way.get(this)
        if task is None:
            task = asyncio.create_task(self.attend(begun), name=f"run {kind}")
            self._under_way[this] = task
            task.add_done_callback(partial(self._ended, this))
        return task

    def _check_not_before_all(self, kind: RunKind, number: str, day: date) -> None:
        first = self.store.runs.first_filing(number)
        if (first is None or day < first) and self.store.runs.last(number, kind, day) is None:
            raise refused(
                Sentence(
                    f"{japanese_date(day)}の定期処理はありません。"
                    "この保険者で初めて届出があった日より前です。日付を確かめてください。",
                    f"There is no run of {day.isoformat()}: nothing had been filed at the insurer "
                    "by then. Check the day.",
                )
            )

    async def stop(self, kind: RunKind, policy: InsurerPolicy, due_on: date) -> RecordedRun:
        """Have a run stop after the step at hand; what it did stays.

        Raises:
            Problem: PROCEDURE_REFUSED where there is no such run.
        """
        number = str(policy.insurer_number)
        stopped = await asyncio.to_thread(self.store.runs.stop, number, kind, due_on)
        if stopped is None:
            raise refused(
                Sentence(
                    f"{japanese_date(due_on)}の「{kind.japanese}」は始まっていません。",
                    f"There is no run {kind.value} of {due_on.isoformat()}.",
                )
            )
        return stopped

    async def preview(
        self, kind: RunKind, policy: InsurerPolicy, due_on: date, after: Place = NOWHERE
    ) -> Preview:
        """Tell what a run would do for a day, also one to come, as things stand; nothing is done.

        Those behind a place are named and counted, where one is given.

        Raises:
            Problem: SERVICE_UNREACHABLE.
        """
        found = Preview(kind, due_on)
        async for passed, decided in self._previewed(kind, policy, due_on, after):
            found.counts.members += passed
            for one in decided:
                found.counts.add(1, one.made)
                if not any(one.made):
                    continue
                found.persons += 1
                if len(found.members) < PREVIEWED:
                    found.members.append(one)
                else:
                    found.following = found.members[-1].place
            if found.counts.members >= LOOKED_AT or (found.following and after != NOWHERE):
                found.following = found.following or (decided[-1].place if decided else None)
                break
        else:
            found.all_looked_at = True
        return found

    async def preview_all(
        self, kind: RunKind, policy: InsurerPolicy, due_on: date
    ) -> AsyncIterator[list[PreviewedMember]]:
        """Give all for whom a run would do something, some at a time.

        Raises:
            Problem: SERVICE_UNREACHABLE.
        """
        async for _, decided in self._previewed(kind, policy, due_on, NOWHERE):
            yield [one for one in decided if any(one.made)]

    async def _previewed(
        self, kind: RunKind, policy: InsurerPolicy, due_on: date, after: Place
    ) -> AsyncIterator[tuple[int, list[PreviewedMember]]]:
        """Give of how many members nothing can be due, and what would be done for some others."""
        now = max((await self.acceptance.read_clock()).now, _beginning(due_on))
        number = str(policy.insurer_number)
        while True:
            persons = await self._members(kind, policy, now, after, LOOKED_AT_ONCE)
            task = await self.task(kind, policy, now, persons)
            for portion in self._portions(task, persons):
                states = await asyncio.to_thread(self.store.runs.states, portion.concerned)
                decided = []
                for place in portion.concerned:
                    history, documents = states[place.person_reference]
                    made = decide(task, place.person_reference, history, documents)
                    own = [one for one in history if one.number[0] == number]
                    decided.append(PreviewedMember(place, (own or history)[-1], made))
                yield len(portion.persons) - len(portion.concerned), decided
            if len(persons) < LOOKED_AT_ONCE:
                return
            after = persons[-1]

    async def attend(self, run: RecordedRun, known: KnownCards | None = None) -> RecordedRun:
        """Do a run to its end, or until somebody stops it.

        ``known`` is what OQS said of cards in the same advance.

        Raises:
            Problem: SERVICE_UNREACHABLE, or UNKNOWN_INSURER; what was done before stays, and the
                run can go on.
        """
        policy = self.acceptance.policies.of_digits(run.insurer_number)
        while run.state is RunState.RUNNING:
            persons = await self._members(
                run.kind, policy, run.decided_at, run.reached, LOOKED_AT_ONCE
            )
            task = await self.task(run.kind, policy, run.decided_at, persons, known)
            union = str(task.union.insurer_number) if task.union else None
            for portion in self._portions(task, persons):
                run = await asyncio.to_thread(
                    self.store.runs.step,
                    run,
                    portion.persons,
                    partial(_numbered, task),
                    union,
                    ends=portion.last and len(persons) < LOOKED_AT_ONCE,
                    concerned=portion.concerned,
                )
                if run.state is not RunState.RUNNING or run.reached != portion.reached:
                    break  # it was stopped, or somebody else has moved it on
        return run

    def _portions(self, task: RunTask, persons: list[Place]) -> Iterator[_Portion]:
        """Divide members so that of each portion only some need a further look; at least one."""
        begin, concerned = 0, list[Place]()
        for place, one in enumerate(persons):
            if task.concerns(one.person_reference):
                concerned.append(one)
            if len(concerned) == self.persons_at_once and place + 1 < len(persons):
                yield _Portion(persons[begin : place + 1], concerned, last=False)
                begin, concerned = place + 1, []
        yield _Portion(persons[begin:], concerned, last=True)

    async def resume_unfinished(self) -> None:
        """Go on with the runs that were broken off; those that a person stopped stay so."""
        for run in await asyncio.to_thread(self.store.runs.unfinished):
            if run.state is RunState.RUNNING:
                await self.attend(run)

    async def close(self) -> None:
        """Leave what is under way where it is; it goes on from there."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, this: tuple[str, RunKind, date], task: asyncio.Task[RecordedRun]) -> None:
        del self._under_way[this]
        if not task.cancelled() and task.exception() is not None:
            log.warning("A run was broken off and can go on: %s", task.exception())

    # --- by themselves ---

    async def due(self, policy: InsurerPolicy) -> list[tuple[RunKind, date]]:
        """Return what has fallen due at an insurer and is not done, in order.

        What fell due more than `LISTED_DAYS` ago is not listed; it is done with the next advance.

        Raises:
            Problem: SERVICE_UNREACHABLE.
        """
        return [(kind, day) for _, kind, day in await self.due_at([policy])]

    async def due_at(
        self, policies: Iterable[InsurerPolicy]
    ) -> list[tuple[InsurerPolicy, RunKind, date]]:
        """Return what has fallen due at each of some insurers, as ``due`` does at one.

        Raises:
            Problem: SERVICE_UNREACHABLE.
        """
        today = (await self.acceptance.read_clock()).today
        return await asyncio.to_thread(lambda: list(self._due_at(policies, today)))

    def _due_at(
        self, policies: Iterable[InsurerPolicy], today: date
    ) -> Iterator[tuple[InsurerPolicy, RunKind, date]]:
        since = self.store.runs.looked_until() or today
        days = list(days_between(max(since, today - timedelta(days=LISTED_DAYS)), today))
        for policy in policies:
            due = [(kind, day) for day in days for kind in runs_due(policy, day)]
            if not due:
                continue
            last: dict[tuple[RunKind, date], RunState] = {}
            for run in self.store.runs.recent(str(policy.insurer_number), RUNS_LOOKED_AT):
                last.setdefault((run.kind, run.due_on), run.state)
            for kind, day in due:
                if last.get((kind, day)) is not RunState.DONE:
                    yield policy, kind, day

    async def waiting(self, policy: InsurerPolicy) -> int:
        """Count the filings of an insurer that wait for the run on the day after them.

        Raises:
            Problem: SERVICE_UNREACHABLE.
        """
        today = (await self.acceptance.read_clock()).today
        number = str(policy.insurer_number)
        return await asyncio.to_thread(self.store.runs.undecided, number, today)

    async def follow(
        self,
        now: datetime,
        began: datetime,
        since: datetime | None = None,
        seconds: float = math.inf,
    ) -> Followed:
        """Do all runs that have fallen due up to an instant, in the order of their days.

        ``began`` is where the clock began, and ``since`` what it showed before it was advanced to
        ``now``: by them a clock is known that was set anew since it was last looked at. What is due
        at OQS before a day is delivered before its runs, which go by what OQS says; that is
        returned. After so many ``seconds`` on the wall it ends with the day at hand. Of a day
        nothing is done twice, whoever follows, and however often.

        Raises:
            Problem: SERVICE_UNREACHABLE, FOLLOWER_FAILED; what was done before stays.
        """
        until = time.monotonic() + seconds
        today = now.astimezone(TOKYO).date()
        async with self._turn:
            looked = await asyncio.to_thread(
                self.store.runs.looked_from, began, min(now, since or now)
            )
            if not self.by_themselves:
                return Followed([])
            await self.resume_unfinished()
            if looked == today:
                return Followed([])
            return await self._catch_up(looked, today, until)

    async def keep_following(self, pause_seconds: float) -> None:
        """Follow a clock that goes by itself or is set, until cancelled; no failure ends it."""
        hindrances: tuple[type[Exception], ...] = (Problem, *outages(self.store.engine))
        while True:
            try:
                reading = await self.acceptance.read_clock()
                await self.follow(reading.now, reading.began)
            except hindrances as error:
                log.info("The runs that are due wait: %s", error)
            except Exception:  # whatever it is, later runs must still be done
                log.exception("The runs that are due could not be done")
            await asyncio.sleep(pause_seconds)

    async def _catch_up(self, looked: date, today: date, until: float) -> Followed:
        visible: list[QualificationChange] = []
        insurers, known = await self._insurers(), KnownCards()
        for day in days_between(looked, today):
            at = _beginning(day)
            first = day == looked + timedelta(days=1)
            due = [
                (kind, policy)
                for policy in insurers
                for kind in (*(after_filings(policy) if first else ()), *runs_due(policy, day))
            ]
            due = [one for one in due if await self._wanted(*one, day, at)]
            if due:
                visible += await self.workers.follow(at)
            for kind, policy in sorted(due, key=lambda one: list(RunKind).index(one[0])):
                number = str(policy.insurer_number)
                begun = await asyncio.to_thread(
                    self.store.runs.begin, kind, number, day, at, BY_ITSELF, once=True
                )
                ended = await self.attend(begun, known)
                if ended.counts.entries:
                    insurers = await self._insurers()
            if due or day == today:
                await asyncio.to_thread(self.store.runs.look_until, day)
            if due and day < today and time.monotonic() >= until:
                return Followed(visible, unfinished=True)
        return Followed(visible)

    async def _insurers(self) -> list[InsurerPolicy]:
        known = await asyncio.to_thread(self.store.runs.insurers)
        return [one for one in self.acceptance.policies if str(one.insurer_number) in known]

    async def _wanted(self, kind: RunKind, policy: InsurerPolicy, day: date, at: datetime) -> bool:
        """Tell whether there is anybody for a run to look at, or it was begun."""
        number = str(policy.insurer_number)
        if await asyncio.to_thread(self.store.runs.last, number, kind, day) is not None:
            return True
        return bool(await self._members(kind, policy, at, Place(), 1))

    # --- members ---

    async def _members(
        self, kind: RunKind, policy: InsurerPolicy, at: datetime, after: Place, limit: int
    ) -> list[Place]:
        day = at.astimezone(TOKYO).date()
        number = str(policy.insurer_number)
        until = yearly_end_mailed(day, policy.documents.certificate.term)
        return await asyncio.to_thread(
            self.store.runs.members, kind, number, day, after, limit, until
        )

    async def task(
        self,
        kind: RunKind,
        policy: InsurerPolicy,
        at: datetime,
        persons: list[Place],
        known: KnownCards | None = None,
    ) -> RunTask:
        """Return what a run decides about some members, with how their cards stand.

        Raises:
            Problem: SERVICE_UNREACHABLE.
        """
        today = at.astimezone(TOKYO).date()
        cards = await self._cards(kind, persons, today, known or KnownCards())
        task = RunTask(
            kind,
            policy,
            at,
            today,
            cards,
            self._union(policy) if kind in _OF_75 else None,
        )
        if kind is not RunKind.EXPIRY_NOTICES:
            return task
        concerned = [one for one in persons if task.concerns(one.person_reference)]
        number = str(policy.insurer_number)
        told = await asyncio.to_thread(self.store.runs.told_of_ends, number, concerned)
        return replace(task, told=told)

    async def _cards(
        self, kind: RunKind, persons: list[Place], on: date, known: KnownCards
    ) -> dict[str, CardStanding]:
        references = [one.person_reference for one in persons]
        if kind in _WITHOUT_CARDS:
            return dict.fromkeys(references, NO_CARD)
        unknown = known.unknown(references, on, ends_only=kind in _OF_ENDS)
        answers = await self.acceptance.oqs.cards(unknown) if unknown else []
        return known.with_answers(references, dict(zip(unknown, answers, strict=True)), on)

    def _union(self, policy: InsurerPolicy) -> InsurerPolicy | None:
        """Return the 後期高齢者医療 of an insurer's prefecture, or the only one there is."""
        unions = [one for one in self.acceptance.policies if one.kind is InsurerKind.KOUKI]
        prefecture = policy.insurer_number.prefecture
        near = [one for one in unions if one.insurer_number.prefecture == prefecture]
        found = near or unions
        return found[0] if len(found) == 1 else None


def _numbered(task: RunTask, next_number: Callable[[], str]) -> Decide:
    return partial(decide, replace(task, next_number=next_number))


def _beginning(day: date) -> datetime:
    return datetime.combine(day, time_of_day(), TOKYO)
