"""The pages: which view is shown with which template."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import Request  # noqa: TC002 # FastAPI reads it at run time
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from clinic_client.desk.answer import answer
from clinic_client.desk.frame import frame
from clinic_client.desk.strip import pending_view
from clinic_client.desk.waiting import waiting
from clinic_client.web.texts import Language, Phrasebook
from eligibility.reception.decision import Word
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import FastAPI

    from clinic_client.desk.answer import AnswerView
    from clinic_client.desk.frame import Frame
    from clinic_client.reception.desk import Desk
    from clinic_client.visits.visit import Visit

_WEB = Path(str(files("clinic_client.web")))
_LANGUAGE_COOKIE = "lang"
_PATIENT_LANGUAGE_COOKIE = "patient_lang"
_A_YEAR = 365 * 24 * 3600


def install(app: FastAPI, desk: Desk) -> None:
    """Add the pages to an application, and make its errors pages where a person reads them."""
    pages = Pages(desk)
    app.mount("/static", StaticFiles(directory=_WEB / "static"), name="static")
    for path, page in (
        ("/", pages.desk),
        ("/patient", pages.patient),
        ("/number", pages.number),
        ("/unable", pages.unable),
        ("/visits/{visit_id}", pages.visit),
        ("/visits/{visit_id}/pending", pages.pending),
    ):
        app.add_api_route(path, page, include_in_schema=False, response_class=HTMLResponse)
    for kind in (Problem, HTTPException, Exception):
        as_document = app.exception_handlers[kind]
        app.add_exception_handler(kind, pages.error_page(as_document))


class Pages:
    """Renders the pages of one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._templates = Environment(
            loader=FileSystemLoader(_WEB / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    async def desk(self, request: Request) -> Response:
        """Show the desk: the current visit, or the card that is waited for."""
        t = _phrasebook(request)
        current = self._desk.current
        return self._render(
            request,
            t,
            "desk.html",
            frame=self._frame(request, t, current),
            answer=self._answer(t, current) if current else None,
            waiting=waiting(t, self._desk.station.state, self._desk.failed_attempt),
            pending_offered=self._desk.intermediate.offered,
        )

    async def visit(self, request: Request, visit_id: str) -> Response:
        """Show one visit in full, ready to be printed."""
        t = _phrasebook(request)
        visit = self._find(visit_id)
        return self._render(
            request,
            t,
            "visit.html",
            frame=self._frame(request, t, visit),
            answer=self._answer(t, visit),
            pending_offered=self._desk.intermediate.offered,
        )

    async def pending(self, request: Request, visit_id: str) -> Response:
        """Show what is on its way to OQS for a visit's person: a part of a page."""
        t = _phrasebook(request)
        visit = self._find(visit_id)
        changes = await self._desk.reception.pending(visit)
        today = self._desk.clock.shown().today
        view = pending_view(t, changes, today, self._desk.settings.years)
        if view.empty and visit.decision.word is Word.VALID:
            # Nothing is on its way and nothing is amiss: not a word about it.
            return HTMLResponse("")
        return self._render(request, t, "pending.html", pending=view)

    async def number(self, request: Request, visit: str | None = None) -> Response:
        """Show the form for a check by number, filled in for a patient who is checked again."""
        t = _phrasebook(request)
        again = self._find(visit) if visit else None
        return self._render(
            request,
            t,
            "number.html",
            frame=self._frame(request, t, again),
            again=again,
            coverage=again.coverage if again else None,
            patient=again.patient if again else None,
        )

    async def unable(self, request: Request) -> Response:
        """Show the reasons for which a card cannot be checked."""
        t = _phrasebook(request)
        return self._render(request, t, "unable.html", frame=self._frame(request, t, None))

    async def patient(self, request: Request) -> Response:
        """Show the patient's screen."""
        t = _phrasebook(request, _PATIENT_LANGUAGE_COOKIE, easy=True)
        return self._render(
            request, t, "patient.html", cookie=_PATIENT_LANGUAGE_COOKIE, languages=list(Language)
        )

    def error_page(
        self, as_document: Callable[[Request, Any], Response | Awaitable[Response]]
    ) -> Callable[[Request, Exception], Awaitable[Response]]:
        """Return a handler that shows an error as a page to a person, else as a document."""

        async def handler(request: Request, error: Exception) -> Response:
            answered = as_document(request, error)
            document = answered if isinstance(answered, Response) else await answered
            for_a_person = "text/html" in request.headers.get("accept", "")
            if request.url.path.startswith("/api/") or not for_a_person:
                return document
            problem = error if isinstance(error, Problem) else _problem_of(error)
            t = _phrasebook(request)
            page = self._render(
                request,
                t,
                "error.html",
                sentence=t.either(problem.japanese, problem.entry.kind.title),
                code=problem.entry.kind.code,
            )
            page.status_code = document.status_code
            return page

        return handler

    def _frame(self, request: Request, t: Phrasebook, selected: Visit | None) -> Frame:
        desk = self._desk
        reading = desk.clock.shown()
        return frame(
            t,
            desk.settings,
            path=request.url.path,
            reading=reading,
            station=desk.station.state,
            line_up=desk.oqs.up,
            visits=desk.store.of_day(reading.today),
            waiting=desk.store.waiting(),
            selected=selected.visit_id if selected else None,
        )

    def _answer(self, t: Phrasebook, visit: Visit) -> AnswerView:
        return answer(t, visit, self._desk.store.previous_of(visit), self._desk.settings.years)

    def _find(self, visit_id: str) -> Visit:
        visit = self._desk.store.find(visit_id)
        if visit is None:
            raise Problem(Catalogue.NOT_FOUND, f"There is no visit {visit_id}.")
        return visit

    def _render(
        self,
        request: Request,
        t: Phrasebook,
        template: str,
        *,
        cookie: str = _LANGUAGE_COOKIE,
        **view: object,
    ) -> HTMLResponse:
        html = self._templates.get_template(template).render(t=t, **view)
        response = HTMLResponse(html)
        if "lang" in request.query_params:
            response.set_cookie(
                cookie, t.language.value, max_age=_A_YEAR, httponly=True, samesite="strict"
            )
        return response


def _phrasebook(
    request: Request, cookie: str = _LANGUAGE_COOKIE, *, easy: bool = False
) -> Phrasebook:
    """Return the texts in the language that was asked for, now or before."""
    asked = request.query_params.get("lang") or request.cookies.get(cookie)
    offered = {language.value: language for language in Language}
    language = offered.get(asked or "", Language.JAPANESE)
    if language is Language.EASY and not easy:
        language = Language.JAPANESE
    return Phrasebook(language)


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, HTTPException) and error.status_code < 500:
        return Problem(Catalogue.NOT_FOUND)
    return Problem(Catalogue.INTERNAL)
