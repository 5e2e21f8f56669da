"""What the pages rest on: what does not answer, since when, and that it is back."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import httpx2

from eligibility.days.dates import TOKYO
from eligibility.sentence import Sentence
from intermediate_server.looks import Look, Overdue
from intermediate_server.sync.worker_status import WorkerState
from intermediate_server.web.texts import all_texts, long_day, said, say, time_of_day
from storage import DatabaseOverdue, outages
from wire.client import cause_of
from wire.clock import ClockReading, wall_clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from intermediate_server.looks import WatchedClock
    from intermediate_server.oqs_client import OqsClient
    from intermediate_server.store import Backlog, Store
    from intermediate_server.sync.worker_client import WorkerClient
    from intermediate_server.sync.worker_status import WorkerStatus

SECONDS_KNOWN = 1.0
"""How long what was asked is taken for known: many open pages ask no more often than one."""
ANSWERS_WITHIN = 3.0
"""Seconds after which what has not answered is said not to; until then, to be slow."""
CLOCK_FIRST_SECONDS = 0.2
"""How long the question how much is due waits for the time of day."""
DATABASE_GIVEN_UP_SECONDS = 30.0
"""After how long another connection is tried; the first goes on waiting in its thread."""
OQS_FIRST_SECONDS = 2.0
"""How long OQS may take to say that it is up, before it is asked something."""
BACK_TOLD = timedelta(seconds=60)
"""How long it is said that something is back."""
_Value = TypeVar("_Value")


class Part(StrEnum):
    """What the pages rest on, in the order of the frame."""

    CLOCK = "clock"
    OQS = "oqs"
    """OQS over the line, where persons are matched."""
    DELIVERY = "delivery"
    """The sync workers."""
    DATABASE = "database"


class _Outcome(NamedTuple, Generic[_Value]):
    """What came of a look."""

    value: _Value | None
    why: Sentence | None = None
    """Why there is no value."""
    slow_since: datetime | None = None
    """Since when an answer is waited for, on the wall; None where the question has ended."""
    slow: bool = False
    """Whether that is not long enough to say that there will be none."""


@dataclass(frozen=True, slots=True)
class PartState:
    """How a part is."""

    part: Part
    up: bool
    since: datetime | None = None
    """Since when, on the wall; None while it never changed."""
    why: Sentence | None = None
    """What is out."""
    detail: str = ""
    """The same as its program says it, for whoever looks after it."""
    paused_by: str = ""
    """Who has paused the delivery."""
    hindered: bool = False
    """Whether it answers, and says that something keeps it from its work."""
    slow_since: datetime | None = None
    """Since when its answer is waited for, where it may still come."""
    missing: int = 0
    """How many of those who share its work do not do theirs, while others do."""
    sharing: int = 0
    """How many share it."""

    @property
    def tone(self) -> str:
        """The class of its sign."""
        if not self.up:
            return "bad"
        return "waiting" if self.paused_by or self.slow_since or self.missing else "done"

    @property
    def sign(self) -> str:
        """Its sign, for those who see no colours."""
        return {"bad": "✖", "waiting": "▲", "done": "●"}[self.tone]

    @property
    def name(self) -> str:
        """What it is called."""
        return say(f"part.{self.part}")

    @property
    def word(self) -> str:
        """How it is, in a word or two."""
        if not self.up:
            since = time_of_day(self.since) if self.since else ""
            return say("state.hindered" if self.hindered else "state.out", since=since)
        if self.slow_since is not None:
            return say("state.slow", since=time_of_day(self.slow_since))
        if self.paused_by:
            return say("state.paused")
        if self.missing:
            return say("state.partly", working=self.sharing - self.missing, all=self.sharing)
        if self.since is not None and wall_clock() - self.since < BACK_TOLD:
            return say("state.back", since=time_of_day(self.since))
        return say("state.up")

    @property
    def calm(self) -> bool:
        """Whether its sign says enough: it is up, and has not come back just now."""
        return self.tone == "done" and self.word == say("state.up")

    @property
    def sentence(self) -> str:
        """What that means today, and what to do next; empty while all is well."""
        if not self.up:
            return say("part.delivery_hindered" if self.hindered else f"part.{self.part}_out")
        if self.paused_by:
            return say("part.delivery_paused", by=self.paused_by)
        if self.missing:
            return say("part.delivery_partly", missing=self.missing, all=self.sharing)
        return ""

    @property
    def cause(self) -> str:
        """What is out, in the language of the page."""
        return said(self.why) if self.why else ""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found when all were asked."""

    parts: tuple[PartState, ...]
    clock: ClockReading | None
    backlog: Backlog | None

    @property
    def now(self) -> str:
        """The day and the time of the deployment's clock; empty where it does not answer."""
        if self.clock is None:
            return ""
        local = self.clock.now.astimezone(TOKYO)
        return f"{long_day(local.date())} {local:%H:%M}"

    @property
    def out(self) -> tuple[PartState, ...]:
        """What needs a word."""
        return tuple(one for one in self.parts if one.sentence)


@dataclass
class Liveness:
    """Asks all parts at once, and remembers since when each is as it is.

    A part that hangs makes nobody wait: each is asked by one look at a time.
    """

    store: Store
    clock: WatchedClock
    line: OqsClient
    workers: WorkerClient
    database_seconds: float
    """After how long without an answer of the database a page is given up."""
    glance_seconds: float
    """How long a page waits to see how a part is."""
    _known: dict[Part, PartState] = field(default_factory=dict)
    _found: Found | None = None
    _asked_at: float = 0.0

    def __post_init__(self) -> None:
        """Prepare the questions."""
        self.oqs = Look(self._ask_oqs, ANSWERS_WITHIN, self.glance_seconds)
        self._statuses = Look(self._ask_workers, ANSWERS_WITHIN, self.glance_seconds)
        # Threads of its own: those of the pages may all be waiting for the database.
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="looking at the database")
        self._pause = Look(self._ask_pause, DATABASE_GIVEN_UP_SECONDS, self.glance_seconds)
        self._backlog = Look(self._ask_backlog, DATABASE_GIVEN_UP_SECONDS, self.glance_seconds)

    async def stop(self) -> None:
        """Look no more."""
        looks = self.clock.seen, self.oqs, self._statuses, self._pause, self._backlog
        await asyncio.gather(*(one.stop() for one in looks))
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def look(self, *, anew: bool = False) -> Found:
        """Return how all parts are; ``anew`` also where all were well a moment ago."""
        known = self._found
        stale = monotonic() - self._asked_at > SECONDS_KNOWN
        if known is None or stale or (anew and not known.out):
            known = self._found = await self._look(SECONDS_KNOWN if anew else 0.0)
            self._asked_at = monotonic()
        return known

    async def require_oqs(self) -> None:
        """Return when OQS says over the line that it is up.

        Raises:
            httpx2.HTTPError: it does not, or has not for some moments.
        """
        await self.oqs.answer(OQS_FIRST_SECONDS)

    async def require_database(self) -> None:
        """Return when the database answers.

        Raises:
            DatabaseOverdue: it does not.
        """
        try:
            await self._pause.answer(self.database_seconds)
        except Overdue as error:
            raise DatabaseOverdue(error.seconds) from None
        except outages(self.store.engine):
            return  # whoever uses it is told as much

    @property
    def database_may_hang(self) -> bool:
        """Whether the database is a server; a reader of a file waits for nobody."""
        return self.store.engine.dialect.name != "sqlite"

    @property
    def database_hangs(self) -> bool:
        """Whether the database is known not to answer."""
        return self.database_may_hang and self._pause.silent_seconds > self.database_seconds

    def begin(self) -> None:
        """Ask what answers over the net, for a page that will look when it is made."""
        for one in (self.oqs, self._statuses):
            one.begin()

    async def _look(self, known_seconds: float) -> Found:
        away = outages(self.store.engine)
        clock, oqs, workers, pause, backlog = await asyncio.gather(
            _outcome(self.clock.seen, httpx2.HTTPError),
            _outcome(self.oqs, httpx2.HTTPError, known_seconds=known_seconds),
            _outcome(self._statuses, httpx2.HTTPError, known_seconds=known_seconds),
            _outcome(self._pause, *away),
            _outcome(self._backlog, *away),
        )
        statuses = workers.value or ()
        without = [one for one in statuses if one.last_error]
        hindered = without[0] if without else None
        works = any(one.works for one in statuses)
        parts = (
            self._state(Part.CLOCK, clock),
            self._state(Part.OQS, oqs),
            replace(
                self._state(Part.DELIVERY, workers, None if works else hindered, pause.value or ""),
                missing=len(without) if works else 0,
                sharing=len(statuses),
                detail=(hindered.last_error or "") if hindered else "",
            ),
            self._state(Part.DATABASE, pause),
        )
        counted = backlog.value
        if counted is None and backlog.slow and self._found is not None:
            counted = self._found.backlog
        return Found(parts, clock.value, counted)

    async def _ask_oqs(self) -> bool:
        await self.line.require_answer()
        return True

    async def _ask_workers(self) -> tuple[WorkerStatus, ...]:
        asked_at = monotonic()
        found = await self.workers.statuses()
        silent = [one for one in found if one.state is WorkerState.SILENT]
        works = any(one.works for one in found)
        if silent and not works and monotonic() - asked_at > self.glance_seconds:
            raise httpx2.ReadTimeout(silent[0].last_error or silent[0].worker)
        return found

    async def _ask_pause(self) -> str:
        state = await self._in_thread(self.store.control.state)
        return state.paused_by or ""

    async def _ask_backlog(self) -> Backlog:
        try:
            now = (await self.clock.seen.answer(CLOCK_FIRST_SECONDS)).now
        except httpx2.HTTPError:
            now = None
        return await self._in_thread(self.store.outbox.backlog, now)

    async def _in_thread(self, work: Callable[..., _Value], *given: object) -> _Value:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)

    def _state(
        self,
        part: Part,
        outcome: _Outcome[Any],
        hindered: WorkerStatus | None = None,
        paused_by: str = "",
    ) -> PartState:
        why, detail, since = outcome.why, "", outcome.slow_since or wall_clock()
        if hindered is not None:
            silent = hindered.state is WorkerState.SILENT
            why = _both("cause.worker" if silent else "cause.delivery", worker=hindered.worker)
            detail = hindered.last_error or ""
        up = why is None or outcome.slow
        before = self._known.get(part)
        if before is None:
            began = None if up else since
        elif before.up is up:
            began = before.since
        else:
            began = since
        now = PartState(
            part, up, began, why, detail, paused_by,
            hindered is not None and hindered.state is not WorkerState.SILENT,
            outcome.slow_since if outcome.slow else None,
        )  # fmt: skip
        self._known[part] = now
        return now


async def _outcome(
    look: Look[_Value], *failures: type[Exception], known_seconds: float = 0.0
) -> _Outcome[_Value]:
    try:
        return _Outcome(await look.answer(known_seconds=known_seconds))
    except Overdue as error:
        slow = error.seconds < ANSWERS_WITHIN
        return _Outcome(None, _both("cause.overdue"), error.since, slow)
    except failures as error:
        return _Outcome(None, _cause(error))


def _cause(error: Exception) -> Sentence:
    """Say why a part could not be asked."""
    if isinstance(error, httpx2.HTTPStatusError):
        return _both("cause.status", status=error.response.status_code)
    if isinstance(error, httpx2.ConnectError):
        return _both("cause.refused")
    if isinstance(error, httpx2.HTTPError):
        return _both("cause.broken", cause=cause_of(error))
    return _both("cause.database", name=type(error).__name__)


def _both(key: str, **values: object) -> Sentence:
    text = all_texts()[key]
    return Sentence(text.ja.format(**values), text.en.format(**values))
