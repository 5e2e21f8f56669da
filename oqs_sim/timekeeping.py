"""Hosting the clock: setting it, advancing it, and having everything due applied."""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import httpx2
from pydantic import ValidationError

from oqs_sim.store.clock import SavedClock, keys, load_clock, save_clock
from storage import in_memory, outages, reading
from wire.catalogue import Catalogue, Problem
from wire.client import cause_of, console_client
from wire.clock import (
    Clock,
    ClockMode,
    ClockMovedBackwards,
    ClockReading,
    ClockState,
    OutsideCalendar,
    later,
    wall_clock,
)
from wire.problem_document import ProblemDocument
from wire.request_key import KEPT_HOURS, KeysUnderWay, require_same
from wire.vocabulary.changes import QualificationChange
from wire.vocabulary.element import Element
from wire.vocabulary.simulation import FollowOrder, FollowReceipt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

    from storage import IdempotentRequest, KeptAnswer

log = logging.getLogger(__name__)
Result = TypeVar("Result")

FOLLOWER_SECONDS = 600
"""How long a sync worker may take to apply what fell due."""
_SAVED_AHEAD_SECONDS = 10.0
"""How far ahead, in seconds of the machine, a clock that runs is saved. After a crash it goes on
from there where the machine's own time does not lead further."""
_SAVED_EVERY_SECONDS = 2.0


class Advanced(Element):
    """What the clock shows after an advance, and what became visible by it."""

    reading: ClockReading
    became_visible: tuple[QualificationChange, ...]
    """In the order of visibility; of very many changes, a thousand."""


@dataclass(frozen=True)
class Answered:
    """An answer, perhaps one that was given before."""

    body: str
    replayed: bool = False


@dataclass
class Timekeeper:
    """Hosts the clock of the deployment.

    A movement is saved before it is made: what cannot be saved leaves the clock where it was.
    ``followers`` are the addresses of the sync workers: an advance returns only when each has
    applied everything that fell due.
    """

    engine: Engine
    followers: tuple[str, ...]
    clock: Clock = field(default_factory=Clock)
    wall: Callable[[], datetime] = wall_clock
    _advanced_to: datetime | None = field(default=None, init=False)
    _moved: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _advancing: bool = field(default=False, init=False)
    _saving: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _under_way: KeysUnderWay = field(default_factory=KeysUnderWay, init=False)
    _keeping: asyncio.Task[None] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        with reading(self.engine) as connection:
            kept = load_clock(connection)
        if kept is None:
            return
        mode = ClockMode(kept.mode)
        passed = max(0.0, (self.wall() - kept.wall_anchor).total_seconds())
        reached = later(kept.business_anchor, passed * kept.rate)
        if mode is ClockMode.REAL:
            reached = max(self.wall(), kept.business_anchor)
        if mode is not ClockMode.FROZEN and kept.shown_until is not None:
            # The machine's time may have been set back since.
            reached = max(reached, kept.shown_until)
        self._advanced_to = kept.advanced_to
        self.clock.move(ClockState(mode, kept.rate, kept.revision, reached, self.clock.elapsed()))

    def now(self) -> datetime:
        """Return the business instant."""
        return self.clock.now()

    async def start(self) -> None:
        """Begin to save how far a running clock was shown, so that no restart takes it back."""
        if not in_memory(self.engine):  # which no restart finds again
            await self._try_to_save_ahead()
            self._keeping = asyncio.create_task(self._keep_saved_ahead(), name="oqs-clock")

    async def stop(self) -> None:
        """Save where the clock stands: an orderly end needs nothing ahead."""
        if self._keeping is None:
            return
        self._keeping.cancel()
        await asyncio.gather(self._keeping, return_exceptions=True)
        self.clock.hold()
        try:
            await self._keep(self.clock.now())
        except outages(self.engine) as error:
            log.warning("Where the clock stands could not be saved: %s", error)

    async def set(
        self, mode: ClockMode, now: datetime | None, seconds_per_day: float | None
    ) -> None:
        """Choose the clock's mode.

        Raises:
            Problem: CLOCK_BACKWARDS, or INVALID_REQUEST for a mode that lacks its rate, or an
                instant outside the calendar.
        """

        def prepared() -> tuple[ClockState, None]:
            return self.clock.setting(mode, now, seconds_per_day), None

        await self._move(prepared)

    async def advance(self, target: Callable[[datetime], datetime]) -> Advanced:
        """Move the clock to what ``target`` makes of now; wait until all due has been applied.

        An advance to where the last one led moves nothing, and waits again.

        Raises:
            Problem: CLOCK_BUSY while another advance runs, CLOCK_BACKWARDS, FOLLOWER_FAILED, or
                INVALID_REQUEST for an instant outside the calendar.
        """
        with self._one_advance():
            await self._move(lambda: self._prepared(target))
            return await self._followed()

    async def advance_once(
        self, target: Callable[[datetime], datetime], request: IdempotentRequest
    ) -> Answered:
        """Advance as `advance` does, but with a key: sent again, it moves the clock no further.

        Where the clock moved and a worker failed, the same key brings the advance to its end.

        Raises:
            Problem: as `advance`; IDEMPOTENCY_KEY_UNDER_WAY, IDEMPOTENCY_KEY_REUSED.
        """
        with self._under_way.hold(request.caller, request.route, request.key):
            known = await self._on_thread(lambda: self._known(request))
            if known is not None:
                require_same(known.fingerprint, request.fingerprint)
                if known.status is not None:
                    return Answered(known.answer, replayed=True)
            with self._one_advance():
                if known is None:
                    await self._move(lambda: self._prepared(target), request)
                body = (await self._followed()).model_dump_json(by_alias=True)
            await self._on_thread(lambda: self._finish(request, body))
        return Answered(body)

    async def wait_for_change(self, revision: int, seconds: float) -> ClockReading:
        """Return when the clock is no longer at ``revision``, or when time is up."""
        if self.clock.revision == revision:
            moved = self._moved
            try:
                async with asyncio.timeout(seconds):
                    await moved.wait()
            except TimeoutError:
                pass
        return self.clock.reading()

    def stop_streams(self) -> None:
        """Answer everyone who waits, for an orderly end of the service."""
        self._moved.set()

    @contextmanager
    def _one_advance(self) -> Iterator[None]:
        if self._advancing:
            raise Problem(Catalogue.CLOCK_BUSY)
        self._advancing = True
        try:
            yield
        finally:
            self._advancing = False

    def _prepared(
        self, target: Callable[[datetime], datetime]
    ) -> tuple[ClockState, datetime] | None:
        to = target(self.clock.now())
        if to == self._advanced_to and to <= self.clock.now():
            return None
        return self.clock.advanced_to(to), to

    async def _move(
        self,
        prepare: Callable[[], tuple[ClockState, datetime | None] | None],
        request: IdempotentRequest | None = None,
    ) -> None:
        """Save a movement, then make it; also when the caller no longer waits."""
        await asyncio.shield(asyncio.ensure_future(self._save_and_move(prepare, request)))

    async def _save_and_move(
        self,
        prepare: Callable[[], tuple[ClockState, datetime | None] | None],
        request: IdempotentRequest | None,
    ) -> None:
        async with self._saving:
            self.clock.hold()
            try:
                try:
                    prepared = prepare()
                except ClockMovedBackwards as error:
                    raise Problem(Catalogue.CLOCK_BACKWARDS, str(error)) from None
                except OutsideCalendar as error:
                    raise Problem(
                        Catalogue.INVALID_REQUEST,
                        str(error),
                        japanese="時計はその日時まで動かせません。祝日の分かる年の日時を指定してください。",
                    ) from None
                except ValueError as error:
                    raise Problem(Catalogue.INVALID_REQUEST, str(error)) from None
                if prepared is None:
                    return
                state, advanced_to = prepared
                until = self._ahead_of(state)
                saved = self._saved(state, until, advanced_to)
                await self._on_thread(lambda: self._save(saved, request))
                self.clock.move(state)
                if self._keeping is not None:
                    self.clock.ceiling = until
                self._advanced_to = advanced_to
            finally:
                self.clock.release()
        self._moved.set()
        self._moved = asyncio.Event()

    async def _followed(self) -> Advanced:
        became_visible = await self._follow(self.clock.now())
        return Advanced(reading=self.clock.reading(), became_visible=became_visible)

    async def _follow(self, now: datetime) -> tuple[QualificationChange, ...]:
        """Have all workers apply what is due, side by side; return what became visible.

        Each tells what all of them delivered, as one may end before another has counted. Where
        one fails the others still come to their end.
        """
        told = await asyncio.gather(
            *(_applied(worker, now) for worker in self.followers), return_exceptions=True
        )
        applied = {}
        for changes in told:
            if isinstance(changes, BaseException):
                raise changes
            for change in changes:
                applied[change.visible_from, change.person_reference, change.version] = change
        return tuple(applied[place] for place in sorted(applied))

    # --- what is written ---

    def _ahead_of(self, state: ClockState) -> datetime:
        return later(state.at(self.clock.elapsed()), _SAVED_AHEAD_SECONDS * state.rate)

    async def _keep_saved_ahead(self) -> None:
        while True:
            await asyncio.sleep(_SAVED_EVERY_SECONDS)
            await self._try_to_save_ahead()

    async def _try_to_save_ahead(self) -> None:
        try:
            await self._save_ahead()
        except outages(self.engine) as error:
            # The clock goes on to what was saved, and waits there.
            log.warning("How far the clock was shown could not be saved: %s", error)

    async def _save_ahead(self) -> None:
        async with self._saving:
            state = self.clock.state
            if state.rate:
                until = self._ahead_of(state)
                await self._keep(until)
                self.clock.ceiling = until

    async def _keep(self, until: datetime) -> None:
        saved = self._saved(self.clock.state, until, self._advanced_to)

        def save() -> None:
            with self.engine.begin() as connection:
                save_clock(connection, saved)

        await self._on_thread(save)

    def _saved(
        self, state: ClockState, until: datetime, advanced_to: datetime | None
    ) -> SavedClock:
        reached = min(state.at(self.clock.elapsed()), until)
        return SavedClock(
            state.mode, state.rate, state.revision, reached, self.wall(), until, advanced_to
        )

    def _save(self, saved: SavedClock, request: IdempotentRequest | None) -> None:
        recorded_at = self.wall()
        with self.engine.begin() as connection:
            save_clock(connection, saved)
            keys.forget(connection, recorded_at - timedelta(hours=KEPT_HOURS))
            if request is not None:
                keys.add(connection, request, None, "", recorded_at)

    def _known(self, request: IdempotentRequest) -> KeptAnswer | None:
        with reading(self.engine) as connection:
            return keys.find(connection, request)

    def _finish(self, request: IdempotentRequest, body: str) -> None:
        with self.engine.begin() as connection:
            keys.finish(connection, request, 200, body)

    async def _on_thread(self, work: Callable[[], Result]) -> Result:
        """Do database work while others are answered, however long it waits for a lock."""
        if in_memory(self.engine):  # whose one connection belongs to this thread
            return work()
        return await asyncio.to_thread(work)


async def _applied(follower: str, now: datetime) -> tuple[QualificationChange, ...]:
    """Have a sync worker apply what is due.

    Raises:
        Problem: FOLLOWER_FAILED.
    """
    async with console_client(follower, FOLLOWER_SECONDS) as client:
        try:
            response = await client.post(
                "/follow", json=FollowOrder(now=now).model_dump(by_alias=True, mode="json")
            )
        except httpx2.HTTPError as error:
            raise _failed(follower, cause_of(error)) from None
    if not response.is_success:
        raise _failed(follower, _said(response))
    return FollowReceipt.model_validate_json(response.content).became_visible


def _failed(follower: str, reason: str) -> Problem:
    return Problem(Catalogue.FOLLOWER_FAILED, f"The sync worker at {follower}: {reason}")


def _said(response: httpx2.Response) -> str:
    try:
        problem = ProblemDocument.model_validate_json(response.content)
    except ValidationError:
        return f"HTTP status {response.status_code}"
    return problem.detail or problem.title
