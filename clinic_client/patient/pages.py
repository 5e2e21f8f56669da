"""The patient's screen: one page, whose script follows the desk's events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request  # noqa: TC002 # FastAPI reads it at run time
from fastapi.responses import HTMLResponse, Response

from clinic_client.web.rendering import phrasebook, render
from clinic_client.web.texts import Language

if TYPE_CHECKING:
    from fastapi import FastAPI

_COOKIE = "patient_lang"


def install(app: FastAPI) -> None:
    """Add the patient's screen to an application."""
    app.add_api_route("/patient", patient, include_in_schema=False, response_class=HTMLResponse)


async def patient(request: Request) -> Response:
    """Show the patient's screen, in easy Japanese too."""
    t = phrasebook(request, _COOKIE, easy=True)
    return render(request, t, "patient.html", cookie=_COOKIE, languages=list(Language))
