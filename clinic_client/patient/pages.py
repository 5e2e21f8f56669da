"""The patient's screen: one page, whose script follows the desk's events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request  # noqa: TC002 # FastAPI reads it at run time
from fastapi.responses import HTMLResponse, Response

from clinic_client.web.rendering import render, spoken
from clinic_client.web.texts import Language
from eligibility.terminal.consent import ConsentItem
from wire.catalogue import Catalogue, Problem
from wire.serving.access import CONSOLE, Routes

if TYPE_CHECKING:
    from clinic_client.settings import Settings


def router(settings: Settings) -> Routes:
    """Return the patient's screen."""
    routes = Routes(CONSOLE)

    async def patient(request: Request) -> Response:
        """Show the patient's screen in a language, which is that of one patient."""
        if not settings.variant.reads_cards:
            raise Problem(Catalogue.CLINIC_WITHOUT_READER)
        t = spoken(request.query_params.get("lang"))
        return render(
            request,
            t,
            "patient.html",
            languages=list(Language),
            items=list(ConsentItem),
            idle_seconds=settings.patient_idle_seconds,
            forgotten_seconds=settings.forgotten_card_seconds,
            remember=False,
        )

    routes.add_api_route("/patient", patient, include_in_schema=False, response_class=HTMLResponse)
    return routes
