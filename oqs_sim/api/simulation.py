"""Simulation control: the clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

from fastapi import Query, Response
from pydantic import AfterValidator, AwareDatetime, Field, field_validator, model_validator
from pydantic.types import Strict
from pydantic_core import PydanticCustomError

from eligibility.days.dates import TOKYO
from eligibility.days.office_calendar import CalendarRangeError, add_business_days
from oqs_sim.api.line import rendered
from oqs_sim.timekeeping import Advanced
from storage import IdempotentRequest
from wire.catalogue import Catalogue
from wire.clock import (
    CALENDAR_BEGINS,
    CALENDAR_ENDS,
    LEAST_SECONDS_PER_DAY,
    ClockMode,
    ClockReading,
    OutsideCalendar,
    within_calendar,
)
from wire.clock_step import ClockStep
from wire.messages.field_reason import Unfit
from wire.request_key import REPLAYED, read_key
from wire.serving.access import CONSOLE, Routes
from wire.serving.idempotency import PROBLEMS, IdempotencyKey
from wire.serving.problem_http import problem_responses
from wire.vocabulary.codes import Bounds
from wire.vocabulary.element import Element
from wire.vocabulary.texts import LARGEST, Seconds

if TYPE_CHECKING:
    from typing import Self

    from oqs_sim.timekeeping import Timekeeper


_CONSOLE = "console"
_ADVANCE = "/clock/advance"


def _verify_shown(instant: datetime) -> datetime:
    try:
        within_calendar(instant)
    except OutsideCalendar as error:
        words = {"reason": str(error), "japanese": error.ja}
        raise PydanticCustomError("instant", "{reason}", words) from None
    return instant


_ShownInstant = Annotated[
    AwareDatetime,
    AfterValidator(_verify_shown),
    Bounds(CALENDAR_BEGINS.isoformat(), CALENDAR_ENDS.isoformat()),
]
"""An instant that the clock can show."""


class ClockSetting(Element):
    """How the clock is to go."""

    mode: ClockMode
    now: _ShownInstant | None = None
    """The instant to go on from; not before what the clock shows, once it has been set."""
    seconds_per_day: Annotated[Seconds, Field(ge=LEAST_SECONDS_PER_DAY)] | None = None
    """Of an accelerated clock: how long a day takes."""


class Advance(Element):
    """How far to advance the clock: exactly one of the members; null is as absent."""

    to: _ShownInstant | None = None
    seconds: Seconds | None = None
    days: Annotated[int, Strict(), Field(ge=0, le=36_600)] | None = None
    business_days: Annotated[int, Strict(), Field(ge=0, le=10_000)] | None = None
    """Open days (C-003); the time of day stays."""
    by: Annotated[str, Field(max_length=40)] | None = None
    """As `oqs clock advance` takes it: ``90s``, ``5m``, ``2h``, ``3d``, ``5bd`` (business days), or
    an instant such as ``2026-11-25T09:00``, of Japan's time unless an offset follows."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len([one for _, one in self if one is not None]) != 1:
            raise Unfit(
                "To・Seconds・Days・BusinessDays・By のどれか一つだけを入れてください。",
                "give exactly one of To, Seconds, Days, BusinessDays and By",
            )
        return self

    @field_validator("by")
    @classmethod
    def _is_a_step(cls, by: str | None) -> str | None:
        if by is not None:
            ClockStep.parse(by)
        return by

    def target(self, now: datetime) -> datetime:
        """Return the instant that is meant.

        Raises:
            OutsideCalendar: there is no such day, or its holidays are unknown.
        """
        if self.to is not None:
            return self.to
        try:
            if self.by is not None:
                return ClockStep.parse(self.by).after(now)
            if self.seconds is not None:
                return now + timedelta(seconds=self.seconds)
            if self.days is not None:
                return now + timedelta(days=self.days)
            local = now.astimezone(TOKYO)
            open_day = add_business_days(local.date(), self.business_days or 0)
        except (OverflowError, CalendarRangeError):
            raise OutsideCalendar from None
        return datetime.combine(open_day, local.timetz())


def router(time: Timekeeper) -> Routes:
    """Return the routes of the clock."""
    routes = Routes(CONSOLE, prefix="/sim", tags=["模擬の操作"])

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
            return rendered(await time.read())
        return rendered(await time.wait_for_change(after_revision, wait_seconds))

    @routes.put(
        "/clock",
        summary="Set the clock's mode",
        response_model=ClockReading,
        responses=problem_responses(
            Catalogue.CLOCK_BACKWARDS, Catalogue.INVALID_REQUEST, Catalogue.STORAGE_UNAVAILABLE
        ),
    )
    async def set_clock(setting: ClockSetting) -> Response:
        await time.set(setting.mode, setting.now, setting.seconds_per_day)
        return rendered(await time.read())

    @routes.post(
        _ADVANCE,
        summary="Advance the clock and wait until everything due has been applied",
        response_model=Advanced,
        responses=problem_responses(
            Catalogue.CLOCK_BUSY,
            Catalogue.CLOCK_BACKWARDS,
            Catalogue.FOLLOWER_FAILED,
            Catalogue.INVALID_REQUEST,
            Catalogue.STORAGE_UNAVAILABLE,
            *PROBLEMS,
        ),
    )
    async def advance_clock(
        advance: Advance,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        key = read_key(idempotency_key)
        if key is None:
            return rendered(await time.advance(advance.target))
        content = advance.model_dump(mode="json", exclude_none=True)
        request = IdempotentRequest(_CONSOLE, _ADVANCE, key.digest, key.fingerprint(content))
        answered = await time.advance_once(advance.target, request)
        headers = {REPLAYED: "true"} if answered.replayed else {}
        return Response(answered.body, headers=headers, media_type="application/json")

    return routes
