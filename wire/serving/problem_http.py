"""Problems over HTTP: RFC 9457 documents, and handlers that make every error one."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from wire.catalogue import Catalogue, Problem
from wire.messages.field_reason import own_words, why_unfit
from wire.problem_document import AS_CONTENT, MEDIA_TYPE
from wire.request_note import current_note
from wire.serving.headers import BEARER
from wire.serving.way_on import page_that_leads_on, prefers_page

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from fastapi import FastAPI
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from eligibility.sentence import Sentence

    RulesOfForm = Callable[[Mapping[str, Any], Mapping[str, Any]], Awaitable[list[dict[str, str]]]]

log = logging.getLogger(__name__)
Endpoint = TypeVar("Endpoint", bound="Callable[..., Any]")


CHALLENGES = {
    Catalogue.NO_CLIENT_CERTIFICATE: 'SIM-ClientCertificate realm="line"',
    Catalogue.NOT_SIGNED_IN: f'{BEARER} realm="portal"',
    Catalogue.TOKEN_UNKNOWN: f'{BEARER} realm="webapi"',
}
"""How a caller says who it is where that is not known (401; RFC 9110, 15.5.2). No scheme has been
registered for the certificates of TLS."""


def answer_of(problem: Problem) -> JSONResponse:
    """Return the document of a problem, as an answer."""
    kind = problem.entry.kind
    document: dict[str, Any] = {
        "type": f"urn:oqs-sim:problem:{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "code": kind.code,
        "japanese": problem.japanese,
        "advice": kind.advice,
        **problem.members,
    }
    if problem.detail is not None:
        document["detail"] = problem.detail
    note = current_note()
    if note is not None:
        note.code = kind.code
        document["request_id"] = note.request_id
    headers = {} if problem.retry_after is None else {"Retry-After": str(problem.retry_after)}
    if (challenge := CHALLENGES.get(problem.entry)) is not None:
        headers["WWW-Authenticate"] = challenge
    return JSONResponse(jsonable_encoder(document), kind.status, headers, media_type=MEDIA_TYPE)


def wrong_field(field: str, why: Sentence) -> dict[str, str]:
    """Say of one field of a request what is wrong with it, as a member of ``fields``."""
    return {"field": field, "reason": why.en, "japanese": why.ja}


def invalid(*fields: dict[str, str], entry: Catalogue = Catalogue.INVALID_REQUEST) -> Problem:
    """Return the problem of a request of which fields are wrong, as `wrong_field` says them."""
    reasons = dict.fromkeys(one["reason"] for one in fields)
    return Problem(
        entry,
        "; ".join(f"{one['field']}: {one['reason']}" for one in fields),
        japanese="".join(dict.fromkeys(one["japanese"] for one in fields)),
        english=" ".join(reasons),
        fields=list(fields),
    )


def with_rules(rules: RulesOfForm) -> Callable[[Endpoint], Endpoint]:
    """Have a form's rules speak where its fields do, so that all that is wrong is said at once.

    ``rules`` are asked by the parameters of the path and the body, whose fields may be anything;
    they return members of ``fields``. A route asks them itself of a body that is in form.
    """

    def marked(endpoint: Endpoint) -> Endpoint:
        endpoint.__dict__[_RULES] = rules
        return endpoint

    return marked


_RULES = "rules_of_form"


def problem_responses(*entries: Catalogue) -> dict[int | str, dict[str, Any]]:
    """Describe the problems of a route for its OpenAPI document."""
    described: dict[int | str, dict[str, Any]] = {}
    for entry in entries:
        known = described.setdefault(entry.kind.status, {"description": "", "content": AS_CONTENT})
        known["description"] += f"`{entry.kind.code}`: {entry.kind.title} "
    return described


class LastResort:
    """Answers where nothing below did, and keeps the connection in order.

    An error that goes on to the server has it cut the connection without a word, so that a request
    of the same connection fails that has nothing to do with it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by the application's handlers, or SHUTTING_DOWN, where nothing was answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        what = f"{scope['method']} {scope['path']}"
        try:
            await self._app(scope, receive, send_noted)
        except ClientDisconnect:
            log.info("%s: the caller went away", what)
        except asyncio.CancelledError:
            # Nobody but the server cancels a request as a whole, when it ends.
            log.warning("%s was not finished, as the service ends", what)
            if not started:
                await answer_of(Problem(Catalogue.SHUTTING_DOWN, retry_after=1))(
                    scope, receive, send
                )
        except Exception as error:
            if started:
                raise  # half an answer can only be cut off
            handlers = scope["app"].exception_handlers
            tells = next(handlers[kind] for kind in type(error).__mro__ if kind in handlers)
            answer: Response = await tells(Request(scope, receive), error)
            await answer(scope, receive, send)


async def _faults_by_rules(
    request: Request, error: RequestValidationError, named: set[str]
) -> list[dict[str, str]]:
    """Return what the rules of a form have against those of its fields that are in form."""
    rules = getattr(request.scope.get("endpoint"), _RULES, None)
    if rules is None or not isinstance(error.body, dict):
        return []
    return [
        one for one in await rules(request.path_params, error.body) if one["field"] not in named
    ]


def install_problem_handlers(
    app: FastAPI,
    outages: Sequence[type[Exception]] = (),
    unfit: Sequence[type[Exception]] = (),
) -> None:
    """Make every error of ``app`` a problem document; none carries a traceback.

    ``outages`` are the exceptions by which its database says that it does not answer, ``unfit``
    those by which it refuses a value.
    """

    async def of_problem(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Problem)
        return answer_of(error)

    async def of_validation(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        # The input itself is left out of the answer: it may hold a PIN.
        fields = [
            wrong_field(".".join(str(part) for part in entry["loc"]), why_unfit(entry))
            for entry in error.errors()
        ]
        more = await _faults_by_rules(request, error, {one["field"] for one in fields})
        fields += more
        told = [*map(own_words, error.errors()), *(one["japanese"] for one in more)]
        detail = "; ".join(f"{entry['field']}: {entry['reason']}" for entry in fields)
        # What a field says of itself in Japanese is for the person; else the general sentence is.
        japanese = "".join(dict.fromkeys(told)) or None
        return answer_of(
            Problem(Catalogue.INVALID_REQUEST, detail, japanese=japanese, fields=fields)
        )

    async def of_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code in {404, 405} and prefers_page(request):
            return page_that_leads_on(request, error.status_code)
        by_status = {404: Catalogue.NOT_FOUND, 405: Catalogue.METHOD_NOT_ALLOWED}
        entry = by_status.get(error.status_code, Catalogue.INVALID_REQUEST)
        answer = answer_of(Problem(entry, str(error.detail)))
        answer.headers.update(error.headers or {})  # such as Allow
        return answer

    async def of_outage(request: Request, error: Exception) -> JSONResponse:
        log.error("%s %s: the database failed: %s", request.method, request.url.path, error)
        return answer_of(Problem(Catalogue.STORAGE_UNAVAILABLE, retry_after=1))

    async def of_unfit(request: Request, error: Exception) -> JSONResponse:
        # What it says may hold the value, and so stays out of the answer.
        log.warning(
            "%s %s: the database refuses a value (%s)",
            request.method,
            request.url.path,
            type(error).__name__,
        )
        return answer_of(Problem(Catalogue.INVALID_REQUEST, "A value cannot be stored."))

    app.add_exception_handler(Problem, of_problem)
    app.add_exception_handler(RequestValidationError, of_validation)
    app.add_exception_handler(HTTPException, of_http)

    async def of_bug(request: Request, error: Exception) -> JSONResponse:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return answer_of(Problem(Catalogue.INTERNAL))

    app.add_exception_handler(Exception, of_bug)
    for outage in outages:
        app.add_exception_handler(outage, of_outage)
    for refusal in unfit:
        app.add_exception_handler(refusal, of_unfit)
    app.add_middleware(LastResort)
