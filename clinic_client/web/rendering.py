"""Rendering the pages: templates, the language that was asked for, errors as pages."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import Request  # noqa: TC002 # FastAPI reads it at run time
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from clinic_client.web.texts import Language, Phrasebook
from eligibility.sentence import Sentence
from wire.catalogue import Catalogue, Problem
from wire.serving.headers import prefers_html

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import FastAPI

_WEB = Path(str(files("clinic_client.web")))
TEMPLATES = Environment(
    loader=FileSystemLoader(_WEB / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_COOKIE = "lang"
"""Remembers the language of the desk; that of the patient's screen goes with the patient."""
_A_YEAR = 365 * 24 * 3600


def install(app: FastAPI, outages: tuple[type[Exception], ...]) -> None:
    """Serve the static files, and make errors pages where a person reads them.

    `outages` are the exceptions by which the database says that it does not answer.
    """
    app.mount("/static", StaticFiles(directory=_WEB / "static"), name="static")
    for kind in (Problem, HTTPException, RequestValidationError, Exception, *outages):
        as_document = app.exception_handlers[kind]
        app.add_exception_handler(kind, _error_page(as_document, outages))


def phrasebook(request: Request) -> Phrasebook:
    """Return the texts of the desk in the language that was asked for, now or before."""
    t = spoken(request.query_params.get("lang") or request.cookies.get(_COOKIE))
    return Phrasebook(Language.JAPANESE) if t.language is Language.EASY else t


def spoken(language: str | None) -> Phrasebook:
    """Return the texts in a language; in Japanese where it is none of ours."""
    offered = {one.value: one for one in Language}
    return Phrasebook(offered.get(language or "", Language.JAPANESE))


def render(
    request: Request,
    t: Phrasebook,
    template: str,
    *,
    remember: bool = True,
    **view: object,
) -> HTMLResponse:
    """Fill a template in; a language that was asked for just now is remembered at the desk."""
    response = HTMLResponse(TEMPLATES.get_template(template).render(t=t, **view))
    if remember and "lang" in request.query_params:
        response.set_cookie(
            _COOKIE, t.language.value, max_age=_A_YEAR, httponly=True, samesite="strict"
        )
    return response


def _error_page(
    as_document: Callable[[Request, Any], Response | Awaitable[Response]],
    outages: tuple[type[Exception], ...],
) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Return a handler that shows an error as a page to a person, else as a document."""

    async def handler(request: Request, error: Exception) -> Response:
        answered = as_document(request, error)
        document = answered if isinstance(answered, Response) else await answered
        if request.url.path.startswith("/api/") or not prefers_html(request):
            return document
        problem = error if isinstance(error, Problem) else _problem_of(error, outages)
        kind = problem.entry.kind
        t = phrasebook(request)
        sentence = t.of(Sentence(problem.japanese, kind.title))
        page = render(request, t, "error.html", sentence=sentence, code=kind.code)
        page.status_code = document.status_code
        if "Retry-After" in document.headers:
            page.headers["Retry-After"] = document.headers["Retry-After"]
        return page

    return handler


def _problem_of(error: Exception, outages: tuple[type[Exception], ...]) -> Problem:
    if isinstance(error, outages):
        return Problem(Catalogue.STORAGE_UNAVAILABLE)
    if isinstance(error, RequestValidationError):
        return Problem(Catalogue.INVALID_REQUEST)
    if isinstance(error, HTTPException) and error.status_code < 500:
        return Problem(Catalogue.NOT_FOUND)
    return Problem(Catalogue.INTERNAL)
