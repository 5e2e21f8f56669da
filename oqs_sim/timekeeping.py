"""Hosting the clock: setting it, advancing it, and having everything due applied."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import httpx2

from oqs_sim.store.clock import ClockState, load_clock, save_clock
from storage import reading
from wire.client import console_client
from wire.clock import Clock, ClockMode, ClockMovedBackwards, ClockReading, wall_clock
from wire.problem import Catalogue, Problem
from wire.vocabulary import Element, QualificationChange

if TYPE_CHECKING:
    from sqlalchemy import Engine

FOLLOWER_SECONDS = 600
"""How long a sync worker may take to apply what fell due."""


class Follow(Element):
    """Asks a sync worker to apply all that is due at an instant."""

    now: str


class Followed(Element):
    """What a sync worker applied."""

    became_visible: tuple[QualificationChange, ...] = ()


class Advanced(Element):
    """What the clock shows after an advance, and what became visible by it."""

    reading: ClockReading
    became_visible: tuple[QualificationChange, ...]


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
        applied: list[QualificationChange] = []
        for follower in self.followers:
            async with console_client(follower, FOLLOWER_SECONDS) as client:
                try:
                    response = await client.post(
                        "/follow",
                        json=Follow(now=now.isoformat()).model_dump(by_alias=True),
                    )
                    response.raise_for_status()
                except httpx2.HTTPError as error:
                    raise Problem(
                        Catalogue.FOLLOWER_FAILED, f"The sync worker at {follower}: {error}"
                    ) from None
                applied += Followed.model_validate_json(response.content).became_visible
        return tuple(applied)

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

    def let_go(self) -> None:
        """Answer everyone who waits, for an orderly end of the service."""
        self._moved.set()

    def _settled(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()
        shown = self.clock.reading()
        with self.engine.begin() as connection:
            save_clock(
                connection,
                ClockState(shown.mode, shown.rate, shown.revision, shown.now, wall_clock()),
            )
