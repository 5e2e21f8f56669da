"""What the pages rest on: what does not answer, since when, and that it is back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from time import monotonic
from typing import TYPE_CHECKING

import httpx2

from eligibility.days.dates import TOKYO
from intermediate_server.sync.worker_status import WorkerState
from intermediate_server.web.texts import long_day, say, time_of_day
from storage import outages
from wire.client import cause_of
from wire.clock import ClockReading, wall_clock

if TYPE_CHECKING:
    from intermediate_server.acceptance import Acceptance
    from intermediate_server.store import Backlog, Store
    from intermediate_server.sync.worker_client import WorkerClient

SECONDS_KNOWN = 1.0
"""How long what was asked is taken for known: many open pages ask no more often than one."""
ANSWERS_WITHIN = 3.0
"""Seconds after which what has not answered is said not to."""
BACK_TOLD = timedelta(seconds=60)
"""How long it is said that something is back."""


class Part(StrEnum):
    """What the pages rest on, in the order of the frame."""

    CLOCK = "clock"
    OQS = "oqs"
    """OQS over the line, where persons are matched."""
    DELIVERY = "delivery"
    """The sync workers."""
    DATABASE = "database"


@dataclass(frozen=True, slots=True)
class PartState:
    """How a part is."""

    part: Part
    up: bool
    since: datetime | None = None
    """Since when, on the wall; None while it never changed."""
    why: str = ""
    """What is out, as its program says it."""
    paused_by: str = ""
    """Who has paused the delivery."""
    hindered: bool = False
    """Whether it answers, and says that something keeps it from its work."""

    @property
    def tone(self) -> str:
        """The class of its sign."""
        if not self.up:
            return "bad"
        return "waiting" if self.paused_by else "done"

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
        if self.paused_by:
            return say("state.paused")
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
        return ""


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
    """Asks all parts at once, and remembers since when each is as it is."""

    store: Store
    acceptance: Acceptance
    workers: WorkerClient
    _known: dict[Part, PartState] = field(default_factory=dict)
    _found: Found | None = None
    _asked_at: float = 0.0
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def look(self, *, anew: bool = False) -> Found:
        """Return how all parts are; ``anew`` also where all were well a moment ago."""
        async with self._asking:
            known = self._found
            stale = monotonic() - self._asked_at > SECONDS_KNOWN
            if known is None or stale or (anew and not known.out):
                self._found = await self._look()
                self._asked_at = monotonic()
                return self._found
            return known

    async def _look(self) -> Found:
        clock_why, clock = "", None
        backlog: Backlog | None = None
        paused_by = database_why = ""

        async def ask_clock() -> None:
            nonlocal clock, clock_why
            try:
                clock = await self.acceptance.clock.read()
            except httpx2.HTTPError as error:
                clock_why = cause_of(error)

        async def ask_database() -> None:
            nonlocal backlog, paused_by, database_why
            try:
                backlog = await asyncio.to_thread(
                    self.store.outbox.backlog, clock.now if clock else None
                )
                paused_by = (await asyncio.to_thread(self.store.control.state)).paused_by or ""
            except outages(self.store.engine) as error:
                database_why = type(error).__name__

        async def ask_clock_and_database() -> None:
            await ask_clock()
            try:
                await asyncio.wait_for(ask_database(), ANSWERS_WITHIN)
            except TimeoutError:
                nonlocal database_why
                database_why = f"no answer within {ANSWERS_WITHIN:g} s"

        _, oqs_why, workers = await asyncio.gather(
            ask_clock_and_database(), self._ask_oqs(), self.workers.statuses()
        )
        worker_why = next((one.last_error for one in workers if one.last_error), "") or ""
        hindered = all(one.state is not WorkerState.SILENT for one in workers if one.last_error)
        parts = (
            self._state(Part.CLOCK, clock_why),
            self._state(Part.OQS, oqs_why),
            self._state(Part.DELIVERY, worker_why, paused_by, hindered=hindered),
            self._state(Part.DATABASE, database_why),
        )
        return Found(parts, clock, backlog)

    async def _ask_oqs(self) -> str:
        try:
            await asyncio.wait_for(self.acceptance.oqs.require_answer(), ANSWERS_WITHIN)
        except TimeoutError:
            return f"no answer within {ANSWERS_WITHIN:g} s"
        except httpx2.HTTPError as error:
            return cause_of(error)
        return ""

    def _state(
        self, part: Part, why: str, paused_by: str = "", *, hindered: bool = False
    ) -> PartState:
        before = self._known.get(part)
        since = before.since if before else None
        if before is None:
            since = wall_clock() if why else None
        elif before.up is bool(why):  # it was up and is out, or was out and is up
            since = wall_clock()
        now = PartState(part, not why, since, why, paused_by, hindered)
        self._known[part] = now
        return now
