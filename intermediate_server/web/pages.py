"""The clerk's overview, and the clock that all pages follow."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import httpx2
from fastapi import Query, Request
from fastapi.responses import HTMLResponse, Response

from intermediate_server.readings import Read, Reader
from intermediate_server.web.clerk import Attention, FiledProcedure, InsurerCard
from intermediate_server.web.page_context import page_routes, templates
from wire.catalogue import Catalogue, Problem
from wire.client import cause_of
from wire.clock import ClockReading
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.texts import LARGEST

if TYPE_CHECKING:
    from intermediate_server.web.page_context import PageContext

SHOWN = 12
"""How many procedures the overview shows."""
ATTENTION_SHOWN = 10


async def overview(context: PageContext, reader: Reader) -> HTMLResponse:
    """Show what is on its way."""
    reading = await context.now()
    now = reading.now if reading else None
    recent, watched, untaken, groups = await asyncio.gather(
        asyncio.to_thread(context.store.ledger.recent, SHOWN),
        asyncio.to_thread(context.store.ledger.watched, ATTENTION_SHOWN),
        asyncio.to_thread(context.store.conflicts.untaken, ATTENTION_SHOWN),
        context.waiting.groups(),
    )
    async with context.readings.reading(reader, Read.OVERVIEW) as read:
        read += [one.change.person.reference for one in recent]
        read += [one.person_reference for one in watched]
        read += [one.change.person.reference for one in untaken]
    return await context.render(
        "clerk.html",
        "/",
        reading,
        todo=groups,
        insurers=[InsurerCard.of(policy, now) for policy in context.acceptance.policies],
        procedures=[FiledProcedure.of(one, reading.today if reading else None) for one in recent],
        attention=[*map(Attention.of_untaken, untaken), *map(Attention.of, watched)],
    )


def router(context: PageContext) -> Routes:
    """Return the overview, and the state that stands on every page."""
    routes = page_routes()

    @routes.get("/", summary="The clerk's page: what is on its way, and from when it is seen")
    async def show_clerk(request: Request) -> HTMLResponse:
        return await overview(context, Reader.of(request.scope, request.cookies))

    @routes.get("/state", summary="What answers and what does not, as a part of every page")
    async def show_state() -> HTMLResponse:
        page = templates().get_template("state.html")
        return HTMLResponse(page.render(found=await context.live.look()))

    return routes


def clock_router(context: PageContext) -> Routes:
    """Return what the pages ask while they are open."""
    routes = Routes(CONSOLE, tags=["画面"])

    @routes.get(
        "/live",
        summary="Answer when the clock has moved, or when time is up",
        response_model=ClockReading,
        responses=problem_responses(Catalogue.SERVICE_UNREACHABLE),
    )
    async def live(
        revision: Annotated[int, Query(alias="Revision", ge=0, le=LARGEST)] = 0,
        wait_seconds: Annotated[
            float, Query(alias="WaitSeconds", ge=0, le=30, allow_inf_nan=False)
        ] = 0,
    ) -> Response:
        try:
            reading = await context.acceptance.clock.wait_for_change(revision, wait_seconds)
        except httpx2.HTTPError as error:
            raise Problem(Catalogue.SERVICE_UNREACHABLE, f"The clock: {cause_of(error)}.") from None
        return Response(reading.model_dump_json(by_alias=True), media_type="application/json")

    return routes
