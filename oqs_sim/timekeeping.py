"""Keeping the clock: setting it, advancing it, and having everything due applied."""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from secrets import token_hex
from typing import TYPE_CHECKING

import httpx2
from pydantic import ValidationError

from oqs_sim.store.clock import (
    ClockReader,
    begin_clock,
    give_back_clock,
    keep_clock,
    keys,
    lock_clock,
    save_clock,
    take_clock,
)
from storage import ReadingTogether, flush, outages, read_aside, reading
from wire.catalogue import Catalogue, Problem
from wire.client import (
    FOLLOWER_PATIENCE_SECONDS,
    applied_by_any,
    ask_while_up,
    cause_of,
    console_client,
)
from wire.clock import (
    CALENDAR_BEGINS,
    ClockMode,
    ClockMovedBackwards,
    ClockReading,
    ClockState,
    OutsideCalendar,
    later,
)
from wire.problem_document import ProblemDocument
from wire.request_key import KEPT_HOURS, KeysUnderWay, require_same
from wire.vocabulary.changes import QualificationChange
from wire.vocabulary.consoles.simulation import FollowOrder, FollowReceipt
from wire.vocabulary.element import Element

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from storage import IdempotentRequest, KeptAnswer

log = logging.getLogger(__name__)

_SAVED_AHEAD_SECONDS = 10.0
"""How far ahead, in seconds of the wall, a clock that runs is saved."""
_SAVED_EVERY_SECONDS = 2.0
"""How often that is done, and how often a process that advances the clock says so again."""
_WATCHED_EVERY_SECONDS = 0.1
"""How soon those who wait are told of what another process did."""


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
    """Keeps the clock of the deployment, together with all other processes on its database.

    The clock is in the database, and is read there each time: what one process has moved, all
    others show from then on. ``followers`` are the addresses of the sync workers: an advance
    returns only when one of them says that nothing is due any more, whichever of them has applied
    it. ``forerunners`` are told before them, one after the other, and make what is due.
    """

    engine: Engine
    followers: tuple[str, ...]
    forerunners: tuple[str, ...] = ()
    _reader: ClockReader = field(init=False)
    _shown: tuple[int, datetime] = field(default=(-1, CALENDAR_BEGINS), init=False)
    """At which revision it was shown last, and what."""
    _latest: datetime = field(default=CALENDAR_BEGINS, init=False)
    """The latest database time that was seen."""
    _turn: tuple[asyncio.AbstractEventLoop, datetime] | None = field(default=None, init=False)
    _together: ReadingTogether = field(init=False)
    _guard: threading.Lock = field(default_factory=threading.Lock, init=False)
    _who: str = field(default_factory=lambda: token_hex(16), init=False)
    _advancing: bool = field(default=False, init=False)
    _waited_for: set[str] = field(default_factory=set, init=False)
    """Which followers have not answered yet, of the advance that runs here."""
    _under_way: KeysUnderWay = field(default_factory=KeysUnderWay, init=False)
    _keeping: asyncio.Task[None] | None = field(default=None, init=False)
    _moved: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _watching: asyncio.Task[None] | None = field(default=None, init=False)
    _waiting: int = field(default=0, init=False)
    _ending: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        with self.engine.begin() as connection:
            begin_clock(connection)
            self._save_from(connection)
        self._reader = ClockReader(self.engine)
        self._together = ReadingTogether(self.engine)

    def now(self) -> datetime:
        """Return the business instant; not for the event loop, which waits for no database."""
        return self._look()[1]

    async def asked_at(self) -> datetime:
        """Return the business instant at which a request is answered.

        It is read once for all requests at hand, after each of them had come: in the event loop
        for those of one turn, on a server for those that have come when a thread begins to read.
        """
        if self.engine.dialect.name != "sqlite":
            return await self._together.read(self.now)
        loop = asyncio.get_running_loop()
        if self._turn is not None and self._turn[0] is loop:
            return self._turn[1]
        self._turn = loop, self.now()
        loop.call_soon(self._end_turn)
        return self._turn[1]

    def _end_turn(self) -> None:
        self._turn = None

    async def read(self) -> ClockReading:
        """Return what the clock shows, to all processes."""
        return await read_aside(self.engine, self._reading)

    def _reading(self) -> ClockReading:
        state, shown = self._look()
        return ClockReading(
            mode=state.mode,
            now=shown,
            rate=state.rate,
            revision=state.revision,
            began=state.began,
            moved_at=state.moved_at,
        )

    def _look(self) -> tuple[ClockState, datetime]:
        with self._guard:
            state, wall = self._reader.look()
            shown = state.shown(wall)
            revision, last = self._shown
            if revision == state.revision:
                shown = max(shown, last)  # also where database time was set back
            self._latest = max(self._latest, wall)
            self._shown = state.revision, shown
            return state, shown

    async def start(self) -> None:
        """Begin to save how far a running clock is shown, so that nothing takes it back."""
        self._keeping = asyncio.create_task(self._keep_saved_ahead(), name="oqs-clock")

    async def stop(self) -> None:
        """Leave the clock to the other processes, or to the next one."""
        tasks = [task for task in (self._keeping, self._watching) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def close(self) -> None:
        """Give the connection back."""
        self._reader.close()

    async def set(
        self, mode: ClockMode, now: datetime | None, seconds_per_day: float | None
    ) -> None:
        """Choose the clock's mode.

        Raises:
            Problem: CLOCK_BACKWARDS, or INVALID_REQUEST for a mode that lacks its rate, or an
                instant outside the calendar.
        """

        def move() -> None:
            with self.engine.begin() as connection:
                state, wall = lock_clock(connection)
                with _as_problems():
                    new = state.setting(wall, mode, now, seconds_per_day)
                save_clock(connection, _saved_ahead(new, wall))

        await asyncio.to_thread(move)
        self._wake()

    async def advance(self, target: Callable[[datetime], datetime]) -> Advanced:
        """Move the clock to what ``target`` makes of now; wait until all due has been applied.

        An advance to where the last one led moves nothing, and waits again.

        Raises:
            Problem: CLOCK_BUSY while another advance runs, at whatever process; CLOCK_BACKWARDS,
                FOLLOWER_FAILED, or INVALID_REQUEST for an instant outside the calendar.
        """
        async with self._one_advance():
            since = (await self.read()).now
            await asyncio.to_thread(lambda: self._begin_advance(target, None))
            return await self._followed(since)

    async def advance_once(
        self, target: Callable[[datetime], datetime], request: IdempotentRequest
    ) -> Answered:
        """Advance as `advance` does, but with a key: sent again, it moves the clock no further.

        Where the clock moved and a worker failed, the same key brings the advance to its end.

        Raises:
            Problem: as `advance`; IDEMPOTENCY_KEY_UNDER_WAY, IDEMPOTENCY_KEY_REUSED.
        """
        with self._under_way.hold(request.caller, request.route, request.key):
            known = await asyncio.to_thread(lambda: self._known(request))
            if known is not None and known.status is not None:
                return Answered(known.answer, replayed=True)
            async with self._one_advance():
                since = (await self.read()).now
                known = await asyncio.to_thread(lambda: self._begin_advance(target, request))
                if known is not None and known.status is not None:
                    return Answered(known.answer, replayed=True)
                body = (await self._followed(since)).model_dump_json(by_alias=True)
                await asyncio.to_thread(lambda: self._finish(request, body))
        return Answered(body)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Have nobody advance the clock for the length of the block.

        Raises:
            Problem: CLOCK_BUSY while an advance runs, at whatever process.
        """

        def take() -> None:
            with self.engine.begin() as connection:
                wall = lock_clock(connection).wall
                if not take_clock(connection, self._who, wall):
                    raise Problem(Catalogue.CLOCK_BUSY)

        async with self._one_advance():
            await asyncio.to_thread(take)
            yield
            self._wake()

    async def wait_for_change(self, revision: int, seconds: float) -> ClockReading:
        """Return when the clock is no longer at ``revision``, or when time is up."""
        moved = self._moved  # first, so that no move is missed after the reading
        reading = await self.read()
        if reading.revision != revision:
            return reading
        self._waiting += 1
        try:
            if self._watching is None or self._watching.done():
                self._watching = asyncio.create_task(self._watch(revision), name="oqs-clock-watch")
            async with asyncio.timeout(seconds):
                await moved.wait()
        except TimeoutError:
            pass
        finally:
            self._waiting -= 1
        return await self.read()

    def stop_streams(self) -> None:
        """Answer everyone who waits, for an orderly end of the service."""
        self._ending = True
        self._moved.set()

    # --- those who wait ---

    def _wake(self) -> None:
        self._moved.set()
        if not self._ending:  # else nobody waits any more
            self._moved = asyncio.Event()

    async def _watch(self, revision: int) -> None:
        """Look for what other processes do, as long as somebody waits."""
        while self._waiting:
            await asyncio.sleep(_WATCHED_EVERY_SECONDS)
            try:
                found = (await self.read()).revision
            except outages(self.engine) as error:
                log.debug("The clock could not be read: %s", error)
                continue
            if found != revision:
                revision = found
                self._wake()

    # --- an advance ---

    @asynccontextmanager
    async def _one_advance(self) -> AsyncIterator[None]:
        """Have the clock to oneself, among all processes, from `_begin_advance` on."""
        if self._advancing:
            waited_for = " and ".join(sorted(self._waited_for))
            raise Problem(
                Catalogue.CLOCK_BUSY, f"It waits for {waited_for}." if waited_for else None
            )
        self._advancing = True
        holding = asyncio.create_task(self._hold_on(), name="oqs-clock-advance")
        waited_in_vain = False
        try:
            yield
        except outages(self.engine):
            waited_in_vain = True  # and so would who gives it back: it ends by itself
            raise
        finally:
            holding.cancel()
            await asyncio.gather(holding, return_exceptions=True)
            try:
                if not waited_in_vain:
                    await asyncio.to_thread(self._give_back)
            except outages(self.engine) as error:
                log.warning("Others may advance the clock only in some seconds: %s", error)
            finally:
                self._advancing = False

    def _begin_advance(
        self, target: Callable[[datetime], datetime], request: IdempotentRequest | None
    ) -> KeptAnswer | None:
        """Move the clock and take it; or return what became of the request before."""
        with self.engine.begin() as connection:
            state, wall = lock_clock(connection)
            if not take_clock(connection, self._who, wall):
                raise Problem(Catalogue.CLOCK_BUSY)
            known = self._found(connection, request)
            if known is None:
                with _as_problems():
                    new = _advanced(state, wall, target)
                if new is not state:
                    save_clock(connection, _saved_ahead(new, wall))
                keys.forget(connection, wall - timedelta(hours=KEPT_HOURS))
                if request is not None:
                    keys.add(connection, request, None, "", wall)
        return known

    async def _hold_on(self) -> None:
        """Say again and again that this process advances the clock; if it ends, nobody does."""

        def say() -> None:
            with self.engine.begin() as connection:
                keep_clock(connection, self._who, lock_clock(connection).wall)

        while True:
            await asyncio.sleep(_SAVED_EVERY_SECONDS)
            try:
                await asyncio.to_thread(say)
            except outages(self.engine) as error:
                log.warning("It could not be said that the clock is being advanced: %s", error)

    def _give_back(self) -> None:
        with self.engine.begin() as connection:
            give_back_clock(connection, self._who)

    async def _followed(self, since: datetime) -> Advanced:
        self._wake()
        order = FollowOrder(now=(await self.read()).now, since=since)
        became_visible = await self._follow(order)
        return Advanced(reading=await self.read(), became_visible=became_visible)

    async def _follow(self, order: FollowOrder) -> tuple[QualificationChange, ...]:
        """Have all make and apply what is due; return what became visible.

        The workers apply side by side what those before them have made. Each tells what all of
        them delivered.
        """
        told = [await self._applied(one, order) for one in self.forerunners]
        if self.followers:
            told.append(await applied_by_any(self._applied(one, order) for one in self.followers))
        applied = {}
        for changes in told:
            for change in changes:
                applied[change.visible_from, change.person_reference, change.version] = change
        return tuple(applied[place] for place in sorted(applied))

    async def _applied(self, follower: str, order: FollowOrder) -> list[QualificationChange]:
        """Have a follower do what is due, and meanwhile tell others that it is waited for."""
        is_worker = follower in self.followers
        who = "the sync worker" if is_worker else "the intermediate server, with its workers,"
        named = f"{who} at {follower}"
        self._waited_for.add(named)
        try:
            return await _applied(follower, order)
        finally:
            self._waited_for.discard(named)

    def _known(self, request: IdempotentRequest) -> KeptAnswer | None:
        with reading(self.engine) as connection:
            known = self._found(connection, request)
        if known is not None:
            # Its first sender may not have been answered, as it could not be flushed.
            flush(self.engine)
        return known

    def _found(
        self, connection: Connection, request: IdempotentRequest | None
    ) -> KeptAnswer | None:
        known = None if request is None else keys.find(connection, request)
        if known is not None and request is not None:
            require_same(known.fingerprint, request.fingerprint)
        return known

    def _finish(self, request: IdempotentRequest, body: str) -> None:
        with self.engine.begin() as connection:
            keys.finish(connection, request, 200, body)

    # --- a clock that runs ---

    async def _keep_saved_ahead(self) -> None:
        while True:
            await asyncio.sleep(_SAVED_EVERY_SECONDS)
            try:
                await asyncio.to_thread(self._save_ahead)
            except outages(self.engine) as error:
                # The clock goes on to what was saved, and waits there.
                log.warning("How far the clock is shown could not be saved: %s", error)

    def _save_ahead(self) -> None:
        """Save how far a running clock may be shown, unless another process just has."""
        state, wall = self._reader.look()
        recently = timedelta(seconds=_SAVED_EVERY_SECONDS / 2)
        if not state.rate or timedelta() <= wall - state.wall_anchor < recently:
            return
        with self.engine.begin() as connection:
            self._save_from(connection)

    def _save_from(self, connection: Connection) -> None:
        """Save how far a running clock may be shown from now on."""
        state, wall = lock_clock(connection)
        if not state.rate:
            return
        reached = state.reached(wall)
        if wall < max(state.wall_anchor, self._latest) and state.shown_until is not None:
            # Database time was set back; no process has shown more than this.
            reached = state.shown_until
            self._latest = wall
        carried_on = replace(state, business_anchor=reached, wall_anchor=wall)
        save_clock(connection, _saved_ahead(carried_on, wall))


def _saved_ahead(state: ClockState, wall: datetime) -> ClockState:
    until = later(state.reached(wall), _SAVED_AHEAD_SECONDS * state.rate)
    return replace(state, shown_until=until)


def _advanced(
    state: ClockState, wall: datetime, target: Callable[[datetime], datetime]
) -> ClockState:
    """Return the clock where an advance leads; the same, where the last one led there."""
    shown = state.shown(wall)
    to = target(shown)
    return state if to == state.advanced_to and to <= shown else state.advanced(wall, to)


@contextmanager
def _as_problems() -> Iterator[None]:
    """Tell in the vocabulary of the interface why the clock cannot be moved."""
    try:
        yield
    except ClockMovedBackwards as error:
        raise Problem(Catalogue.CLOCK_BACKWARDS, str(error)) from None
    except OutsideCalendar as error:
        raise Problem(Catalogue.INVALID_REQUEST, str(error), japanese=error.ja) from None
    except ValueError as error:
        raise Problem(Catalogue.INVALID_REQUEST, str(error)) from None


async def _applied(follower: str, order: FollowOrder) -> list[QualificationChange]:
    """Have a follower of the clock do what is due, as long as it is up and goes on with it.

    Raises:
        Problem: FOLLOWER_FAILED.
    """
    visible: list[QualificationChange] = []
    patience = FOLLOWER_PATIENCE_SECONDS
    async with console_client(follower, patience) as client:
        while True:
            try:
                body = order.model_dump(by_alias=True, mode="json")
                response = await ask_while_up(client, "POST", "/follow", body, patience=patience)
            except httpx2.HTTPError as error:
                raise _failed(follower, cause_of(error)) from None
            if not response.is_success:
                raise _failed(follower, _said(response))
            receipt = FollowReceipt.model_validate_json(response.content)
            visible += receipt.became_visible
            if not receipt.unfinished:
                return visible
            order = FollowOrder(now=order.now)  # it knows by now from where to look


def _failed(follower: str, reason: str) -> Problem:
    return Problem(Catalogue.FOLLOWER_FAILED, f"The follower of the clock at {follower}: {reason}")


def _said(response: httpx2.Response) -> str:
    try:
        problem = ProblemDocument.model_validate_json(response.content)
    except ValidationError:
        return f"HTTP status {response.status_code}"
    return problem.detail or problem.title
