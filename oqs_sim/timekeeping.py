"""Hosting the clock: setting it, advancing it, and having everything due applied."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import httpx2
from pydantic import ValidationError

from oqs_sim.store.clock import SavedClock, load_clock, save_clock
from storage import reading
from wire.catalogue import Catalogue, Problem
from wire.client import cause_of, console_client
from wire.clock import Clock, ClockMode, ClockMovedBackwards, ClockReading, wall_clock
from wire.problem_document import ProblemDocument
from wire.vocabulary.changes import QualificationChange
from wire.vocabulary.element import Element
from wire.vocabulary.simulation import FollowOrder, FollowReceipt

if TYPE_CHECKING:
    from sqlalchemy import Engine

FOLLOWER_SECONDS = 600
"""How long a sync worker may take to apply what fell due."""


class Advanced(Element):
    """What the clock shows after an advance, and what became visible by it."""

    reading: ClockReading
    became_visible: tuple[QualificationChange, ...]
    """In the order of visibility; of very many changes, a thousand."""


@dataclass
class Timekeeper:
    """Hosts the clock of the deployment.

    ``followers`` are the addresses of the sync workers: an advance returns only when each has
    applied everything that fell due.
    """

    engine: Engine
    followers: tuple[str, ...]
    clock: Clock = field(default_factory=Clock)
    _moved: asyncio.Event = field(default_factory=asyncio.Event)
    _advancing: bool = False

    def __post_init__(self) -> None:
        with reading(self.engine) as connection:
            kept = load_clock(connection)
        if kept is None:
            return
        passed = (wall_clock() - kept.wall_anchor).total_seconds() * kept.rate
        self.clock.resume(
            ClockMode(kept.mode),
            kept.rate,
            kept.revision,
            kept.business_anchor + timedelta(seconds=max(0.0, passed)),
        )

    def now(self) -> datetime:
        """Return the business instant."""
        return self.clock.now()

    def set(self, mode: ClockMode, now: datetime | None, seconds_per_day: float | None) -> None:
        """Choose the clock's mode.

        Raises:
            Problem: CLOCK_BACKWARDS, or INVALID_REQUEST for a mode that lacks its rate.
        """
        try:
            self.clock.set(mode, now, seconds_per_day)
        except ClockMovedBackwards as error:
            raise Problem(Catalogue.CLOCK_BACKWARDS, str(error)) from None
        except ValueError as error:
            raise Problem(Catalogue.INVALID_REQUEST, str(error)) from None
        self._settled()

    async def advance(self, to: datetime) -> Advanced:
        """Move the clock to ``to`` and wait until everything due by then has been applied.

        Raises:
            Problem: CLOCK_BUSY while another advance runs, CLOCK_BACKWARDS, FOLLOWER_FAILED.
        """
        if self._advancing:
            raise Problem(Catalogue.CLOCK_BUSY)
        self._advancing = True
        try:
            try:
                self.clock.advance_to(to)
            except ClockMovedBackwards as error:
                raise Problem(Catalogue.CLOCK_BACKWARDS, str(error)) from None
            self._settled()
            became_visible = await self._follow(to)
        finally:
            self._advancing = False
        return Advanced(reading=self.clock.reading(), became_visible=became_visible)

    async def _follow(self, now: datetime) -> tuple[QualificationChange, ...]:
        """Have all workers apply what is due, side by side; return what became visible.

        Each tells what all of them delivered, as one may end before another has counted.
        """
        told = await asyncio.gather(*(_applied(worker, now) for worker in self.followers))
        applied = {
            (change.visible_from, change.person_reference, change.version): change
            for changes in told
            for change in changes
        }
        return tuple(applied[place] for place in sorted(applied))

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

    def _settled(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()
        shown = self.clock.reading()
        with self.engine.begin() as connection:
            save_clock(
                connection,
                SavedClock(shown.mode, shown.rate, shown.revision, shown.now, wall_clock()),
            )


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
