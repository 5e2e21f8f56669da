"""Simulation control: the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, Field, model_validator
from pydantic.types import Strict

from eligibility.days.dates import TOKYO
from eligibility.days.office_calendar import add_business_days
from oqs_sim.api.line import rendered
from oqs_sim.jlis.issuance_desk import LAST_YEAR
from oqs_sim.timekeeping import Advanced
from wire.catalogue import Catalogue, Problem
from wire.clock import ClockMode, ClockReading
from wire.serving.problem_http import problem_responses
from wire.vocabulary.codes import FIRST_YEAR
from wire.vocabulary.element import Element
from wire.vocabulary.texts import LARGEST, Seconds

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from oqs_sim.timekeeping import Timekeeper


class ClockSetting(Element):
    """How the clock is to go."""

    mode: ClockMode
    now: AwareDatetime | None = None
    """The instant to go on from; not before what the clock shows, once it has been set."""
    seconds_per_day: Annotated[Seconds, Field(ge=0.001)] | None = None
    """Of an accelerated clock."""


class Advance(Element):
    """How far to advance the clock: exactly one of the members."""

    to: AwareDatetime | None = None
    seconds: Seconds | None = None
    days: Annotated[int, Strict(), Field(ge=0, le=36_600)] | None = None
    business_days: Annotated[int, Strict(), Field(ge=0, le=10_000)] | None = None
    """Open days (C-003); the time of day stays."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("give exactly one of To, Seconds, Days and BusinessDays")
        return self

    def target(self, now: datetime) -> datetime:
        """Return the instant that is meant."""
        if self.to is not None:
            return self.to
        if self.seconds is not None:
            return now + timedelta(seconds=self.seconds)
        if self.days is not None:
            return now + timedelta(days=self.days)
        local = now.astimezone(TOKYO)
        open_day = add_business_days(local.date(), self.business_days or 0)
        return datetime.combine(open_day, local.timetz())


def _within_calendar(asked: Callable[[], datetime]) -> datetime:
    """Return an instant that is asked for, where the calendar of the simulation has it.

    Raises:
        Problem: INVALID_REQUEST.
    """
    try:
        instant = asked().astimezone(UTC)
    except (OverflowError, ValueError):
        instant = None
    if instant is None or not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise Problem(
            Catalogue.INVALID_REQUEST, f"The calendar goes from {FIRST_YEAR} to {LAST_YEAR}."
        )
    return instant


def router(time: Timekeeper) -> APIRouter:
    """Return the routes of the clock."""
    routes = APIRouter(prefix="/sim", tags=["模擬の操作"])

    @routes.get(
        "/clock",
        summary="Read the clock, at once or when it moves",
        response_model=ClockReading,
    )
    async def read_clock(
        after_revision: Annotated[
            int | None, Query(alias="AfterRevision", ge=0, le=LARGEST)
        ] = None,
        wait_seconds: Annotated[
            float, Query(alias="WaitSeconds", ge=0, le=60, allow_inf_nan=False)
        ] = 0,
    ) -> Response:
        if after_revision is None or not wait_seconds:
            return rendered(time.clock.reading())
        return rendered(await time.wait_for_change(after_revision, wait_seconds))

    @routes.put(
        "/clock",
        summary="Set the clock's mode",
        response_model=ClockReading,
        responses=problem_responses(Catalogue.CLOCK_BACKWARDS, Catalogue.INVALID_REQUEST),
    )
    async def set_clock(setting: ClockSetting) -> Response:
        asked = setting.now
        now = None if asked is None else _within_calendar(lambda: asked)
        time.set(setting.mode, now, setting.seconds_per_day)
        return rendered(time.clock.reading())

    @routes.post(
        "/clock/advance",
        summary="Advance the clock and wait until everything due has been applied",
        response_model=Advanced,
        responses=problem_responses(
            Catalogue.CLOCK_BUSY,
            Catalogue.CLOCK_BACKWARDS,
            Catalogue.FOLLOWER_FAILED,
            Catalogue.INVALID_REQUEST,
        ),
    )
    async def advance_clock(advance: Advance) -> Response:
        target = _within_calendar(lambda: advance.target(time.now()))
        return rendered(await time.advance(target))

    return routes
