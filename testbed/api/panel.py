"""The panel's page, and the clock that its buttons move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import httpx2
from fastapi import Request  # noqa: TC002 # FastAPI reads it at run time
from fastapi.responses import HTMLResponse
from pydantic import Field

from testbed.cards.personas import personas
from testbed.web.panel import Lang, panel_of
from wire.catalogue import Catalogue
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.element import Element

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi.templating import Jinja2Templates

    from testbed.cards.municipal_office import MunicipalOffice
    from testbed.oqs_console import OqsConsole
    from testbed.readers.slots import Slots
    from testbed.settings import Page


class ClockStep(Element):
    """How far a button moves the clock."""

    by: Annotated[str, Field(max_length=40)]
    """A step as `oqs clock advance` takes it, e.g. ``3d``, or ``5bd`` for business days."""


def router(
    oqs: OqsConsole,
    office: MunicipalOffice,
    slots: Slots,
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
        return await oqs.ask("POST", "/sim/clock/advance", {"By": step.by})

    @routes.get("/", summary="The panel", response_class=HTMLResponse)
    async def show_panel(request: Request, lang: Lang = "ja") -> HTMLResponse:
        # What else the panel shows is of this process, and there also where OQS hangs.
        try:
            response = await oqs.client.get("/sim/clock")
            now = response.json()["Now"] if response.is_success else None
        except (httpx2.HTTPError, ValueError):
            now = None
        view = panel_of(lang, now, slots.all(), office.store.names(), personas(), pages)
        return templates.TemplateResponse(request, "panel.html", {"view": view})

    return routes
