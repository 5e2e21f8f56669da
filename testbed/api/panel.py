"""The panel's page, and the clock that its buttons move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import httpx2
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import Field
from pydantic.types import Strict

from testbed.cards.personas import personas
from testbed.web.panel import Lang, panel_of
from wire.catalogue import Catalogue, Problem, entry_of
from wire.serving.problem_http import problem_responses
from wire.vocabulary.element import Element

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi.templating import Jinja2Templates

    from testbed.cards.municipal_office import MunicipalOffice
    from testbed.readers.slots import Slots
    from testbed.settings import Page


class ClockStep(Element):
    """How far a button moves the clock."""

    unit: Literal["BusinessDays", "Days", "Seconds"]
    amount: Annotated[int, Strict(), Field(ge=0, le=3660)]


def router(
    office: MunicipalOffice,
    slots: Slots,
    templates: Jinja2Templates,
    pages: Sequence[Page],
) -> APIRouter:
    """Return the panel's routes."""
    routes = APIRouter(tags=["操作盤"])
    oqs = office.oqs

    @routes.post(
        "/panel/clock",
        summary="Advance the deployment's clock",
        responses=problem_responses(Catalogue.SERVICE_UNREACHABLE, Catalogue.CLOCK_BUSY),
    )
    async def advance_clock(step: ClockStep) -> dict[str, Any]:
        try:
            response = await oqs.post("/sim/clock/advance", json={step.unit: step.amount})
        except httpx2.HTTPError as error:
            raise Problem(Catalogue.SERVICE_UNREACHABLE, f"OQS: {error}") from None
        answer: dict[str, Any] = response.json()
        if not response.is_success:
            raise Problem(entry_of(answer["code"]), answer.get("detail"))
        return answer

    @routes.get("/", summary="The panel", response_class=HTMLResponse)
    async def show_panel(request: Request, lang: Lang = "ja") -> HTMLResponse:
        try:
            response = await oqs.get("/sim/clock")
            now = response.json()["Now"] if response.is_success else None
        except httpx2.HTTPError:
            now = None
        view = panel_of(lang, now, slots.all(), office.store.names(), personas(), pages)
        return templates.TemplateResponse(request, "panel.html", {"view": view})

    return routes
