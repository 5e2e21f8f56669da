"""The panel's page, its faces, the clock that it moves, and what it lets go wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from pydantic import Field
from pydantic.types import Strict

from testbed.api.faults import CardName  # noqa: TC001 # FastAPI reads it at run time
from testbed.cards.personas import find_persona, personas
from testbed.cards.printing import FontMissing
from testbed.disturbing.disturbance import Disturbance, Manner, Place
from testbed.web.panel import Lang, panel_of
from testbed.web.people import portrait
from wire.catalogue import Catalogue, Problem
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.element import Element

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi.templating import Jinja2Templates

    from testbed.cards.municipal_office import MunicipalOffice
    from testbed.disturbing.switchboard import Switchboard
    from testbed.settings import Page


class ClockStep(Element):
    """How far a button moves the clock."""

    by: Annotated[str, Field(max_length=40)]
    """A step as `oqs clock advance` takes it, e.g. ``3d``, or ``5bd`` for business days."""


class SwitchOrder(Element):
    """Whether something is to go wrong."""

    on: Annotated[bool, Strict()]


def router(
    switchboard: Switchboard,
    office: MunicipalOffice,
    templates: Jinja2Templates,
    pages: Sequence[Page],
) -> Routes:
    """Return the panel's routes."""
    routes = Routes(CONSOLE, tags=["操作盤"])

    @routes.post(
        "/panel/clock",
        summary="Advance the deployment's clock",
        responses=problem_responses(Catalogue.SERVICE_UNREACHABLE, Catalogue.CLOCK_BUSY),
    )
    async def advance_clock(step: ClockStep) -> dict[str, Any]:
        return await office.oqs.ask("POST", "/sim/clock/advance", {"By": step.by})

    @routes.put(
        "/panel/disturbances/{place}/{manner}",
        summary="Have the reader, the line, OQS or the sync worker be out or slow, or no longer",
        status_code=204,
        responses=problem_responses(Catalogue.SERVICE_UNREACHABLE),
    )
    async def disturb(place: Place, manner: Manner, wanted: SwitchOrder) -> Response:
        await switchboard.switch(Disturbance(place, manner), on=wanted.on)
        return Response(status_code=204)

    @routes.get(
        "/panel/portraits/{name}",
        summary="Draw a persona's face, as it stands on their card",
        response_class=Response,
        responses={
            200: {"content": {"image/png": {}}},
            **problem_responses(Catalogue.CARD_UNKNOWN, Catalogue.FONT_MISSING),
        },
    )
    def show_portrait(name: CardName) -> Response:
        who = find_persona(name)
        try:
            drawn = portrait(who.individual_number, who.birthdate, who.sex)
        except FontMissing as error:
            raise Problem(Catalogue.FONT_MISSING, str(error)) from None
        return Response(drawn, media_type="image/png")

    @routes.get("/", summary="The panel", response_class=HTMLResponse)
    async def show_panel(request: Request, lang: Lang = "ja") -> HTMLResponse:
        # What else the panel shows is of this process, and there also where a service hangs.
        standing, slots = await switchboard.look(), switchboard.slots.all()
        view = panel_of(lang, standing, slots, office.store.names(), personas(), pages)
        return templates.TemplateResponse(request, "panel.html", {"view": view})

    return routes
