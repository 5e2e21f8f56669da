"""The desk's state, and the stream of its changes."""

from __future__ import annotations

from collections.abc import AsyncIterable  # noqa: TC003 # FastAPI reads it at run time
from typing import TYPE_CHECKING

from fastapi import Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from clinic_client.api.models import (
    ClockState,
    DeskState,
    ExchangeNotice,
    LineState,
    ReaderNotice,
    VisitNotice,
)
from clinic_client.api.repetition import written
from clinic_client.api.step_models import NextPatient, StepsElement
from clinic_client.events import (
    ClockMoved,
    ExchangeChanged,
    LineChanged,
    ReaderChanged,
    StepsChanged,
    VisitsChanged,
)
from wire.serving.access import CONSOLE, Routes

if TYPE_CHECKING:
    from clinic_client.events import Event
    from clinic_client.reception.desk import Desk


def router(desk: Desk) -> Routes:
    """Return the routes of the desk as a whole."""
    routes = Routes(CONSOLE, tags=["受付"])

    @routes.get("/api/state", summary="Tell everything that the desk shows now")
    async def state() -> DeskState:
        notice = ReaderNotice.of(desk.station.state)
        current, insertion = desk.current, desk.current_insertion
        return DeskState(
            reader=notice.reader,
            card=notice.card,
            card_trouble=notice.card_trouble,
            variant=desk.settings.variant,
            line=LineState(up=desk.oqs.up),
            clock=ClockState.of(desk.clock.shown()),
            current_visit=await written(desk, current) if current else None,
            current_insertion=insertion,
        )

    @routes.post("/api/next", summary="Clear the screen for the next patient", status_code=204)
    async def clear_for_next(asked: NextPatient | None = None) -> Response:
        desk.clear(asked.insertion if asked else None)
        return Response(status_code=204)

    @routes.get(
        "/events",
        summary="Follow the desk: events `reader`, `steps`, `visit`, `clock`, `line`, `exchange`",
        response_class=EventSourceResponse,
    )
    async def events() -> AsyncIterable[ServerSentEvent]:
        with desk.bulletin.listen() as queue:
            # The state at the beginning, so that a page that comes late misses nothing.
            yield _rendered(ReaderChanged(desk.station.state))
            yield _rendered(LineChanged(desk.oqs.up))
            yield _rendered(ClockMoved(desk.clock.shown()))
            if desk.exchange is not None:
                yield _rendered(ExchangeChanged(desk.exchange))
            while (event := await queue.get()) is not None:
                yield _rendered(event)

    return routes


def _rendered(event: Event) -> ServerSentEvent:
    match event:
        case ReaderChanged(state):
            name, content = "reader", ReaderNotice.of(state).model_dump_json(by_alias=True)
        case VisitsChanged(visit):
            name, content = "visit", VisitNotice.of(visit).model_dump_json(by_alias=True)
        case ClockMoved(reading):
            name, content = "clock", ClockState.of(reading).model_dump_json(by_alias=True)
        case StepsChanged(steps):
            name, content = "steps", StepsElement.of(steps).model_dump_json(by_alias=True)
        case LineChanged(up):
            name, content = "line", LineState(up=up).model_dump_json(by_alias=True)
        case ExchangeChanged(state):
            name, content = "exchange", ExchangeNotice.of(state).model_dump_json(by_alias=True)
    return ServerSentEvent(event=name, raw_data=content)
