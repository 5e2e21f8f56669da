"""What all pages of the portal share: templates, cookies, and problems as pages."""

from __future__ import annotations

import logging
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from eligibility.days.eras import long_day, long_moment
from eligibility.registration.state_machine import RegistrationChannel
from eligibility.sentence import Sentence
from oqs_sim.portal.refusals import words_of_problem
from oqs_sim.portal.screen import full_width
from oqs_sim.web.portal import texts
from storage import outages, unfit_values
from wire.catalogue import Catalogue, Problem
from wire.problem_document import AS_CONTENT
from wire.serving.access import CONSOLE, Routes
from wire.serving.json_route import LateRoute

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from fastapi import Request, Response

    from oqs_sim.portal.account import Account
    from oqs_sim.portal.services import Portal
    from oqs_sim.portal.sign_in import Session, Ticket

log = logging.getLogger(__name__)

_WEB = Path(str(files("oqs_sim.web")))
ATM = "/portal/atm"
HOME = "/portal"
_SESSION = {RegistrationChannel.PORTAL: "portal", RegistrationChannel.ATM: "portal_atm"}
"""The cookie of a session: one for the phone, one for the ATM."""
_TICKET = "portal_ticket"
"""The cookie of a sign-in that waits for a card."""
_FIRST_PAGE = {RegistrationChannel.PORTAL: HOME, RegistrationChannel.ATM: ATM}

_ANSWERS: dict[int | str, dict[str, Any]] = {
    303: {"description": "It is done, or somebody has to sign in first; the page to go on with."},
    **{
        status: {
            "description": text,
            "content": {
                "text/html": {"schema": {"type": "string"}},
                **AS_CONTENT,
            },
        }
        for status, text in (
            (403, "A page that says what is not shown."),
            (404, "A page that says that nothing is there."),
            (409, "A page that says what stands in the way."),
            (424, "A page that says that J-LIS is out."),
            (422, "The page again, with what is wrong."),
            (503, "A page that says what does not answer."),
        )
    },
}


class _PageRoute(LateRoute):
    """A route whose problems are a page as well; who is not signed in is led there."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        handle = super().get_route_handler()

        async def page(request: Request) -> Response:
            engine = request.app.state.engine
            unfit: tuple[type[Exception], ...] = (RequestValidationError, *unfit_values(engine))
            try:
                response = await handle(request)
            except Problem as problem:
                if problem.entry is Catalogue.NOT_SIGNED_IN:
                    at_atm = request.url.path.startswith(ATM)
                    response = go_to(ATM if at_atm else f"{HOME}/sign-in")
                else:
                    response = _problem_page(request, problem)
            except outages(engine) as error:
                log.error("%s: the database failed: %s", request.url.path, error)  # noqa: TRY400
                response = _problem_page(
                    request, Problem(Catalogue.STORAGE_UNAVAILABLE, retry_after=1)
                )
            except unfit as error:
                log.info("%s: %s", request.url.path, type(error).__name__)
                response = _problem_page(request, Problem(Catalogue.INVALID_REQUEST))
            texts.remember(request, response)
            return response

        async def in_its_language(request: Request) -> Response:
            with texts.speaking(request):
                return await page(request)

        return in_its_language


def page_routes() -> Routes:
    """Return a router for pages of the portal."""
    return Routes(
        CONSOLE,
        prefix=HOME,
        tags=["マイナポータルの画面"],
        default_response_class=HTMLResponse,
        route_class=_PageRoute,
        responses=_ANSWERS,
    )


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_WEB / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda one: texts.said(one) if isinstance(one, Sentence) else one,
    )
    environment.globals["t"] = texts.say
    environment.filters["day"] = long_day
    environment.filters["moment"] = long_moment
    environment.filters["month"] = lambda on: Sentence(f"{on.month}月", f"{on:%B}")
    environment.filters["name"] = texts.name
    environment.filters["word"] = texts.word
    environment.filters["kana"] = full_width
    return environment


def render(
    name: str, *, here: str = "", status: int = 200, address: str = "", **shown: object
) -> HTMLResponse:
    """Fill a template in; ``here`` names the page among those at the foot, where there are any.

    ``address`` leads to it in the other language, where that is not the one it was asked for by.
    """
    page = _templates().get_template(f"portal/{name}")
    language, link = texts.spoken(), texts.in_other_language(address)
    words = page.render(here=here, language=language, language_link=link, **shown)
    return HTMLResponse(words, status)


def lost_page(request: Request, status: int) -> HTMLResponse:
    """Return the page for an address of the portal that leads nowhere."""
    with texts.speaking(request):
        page = render(
            "problem.html",
            status=status,
            what=texts.say("problem.lost"),
            said=texts.say("problem.lost_how"),
            code=Catalogue.NOT_FOUND.kind.code,
        )
        texts.remember(request, page)
        return page


def _problem_page(request: Request, problem: Problem) -> HTMLResponse:
    kind = problem.entry.kind
    page = render(
        "problem.html",
        status=kind.status,
        address="" if request.method == "GET" else HOME,
        what=texts.say("problem.failed"),
        said=words_of_problem(problem),
        code=kind.code,
    )
    if problem.retry_after is not None:
        page.headers["Retry-After"] = str(problem.retry_after)
    return page


def go_to(path: str) -> RedirectResponse:
    """Send a browser to a page, also after a form."""
    return RedirectResponse(path, 303)


async def session_of(
    request: Request, portal: Portal, channel: RegistrationChannel = RegistrationChannel.PORTAL
) -> Session:
    """Return who is signed in.

    Raises:
        Problem: NOT_SIGNED_IN.
    """
    token = request.cookies.get(_SESSION[channel], "")
    return await portal.sign_ins.session(token, channel)


async def is_signed_in(request: Request, portal: Portal) -> bool:
    """Tell whether somebody is signed in at the portal."""
    try:
        await session_of(request, portal)
    except Problem:
        return False
    return True


async def account_of(request: Request, portal: Portal) -> tuple[Session, Account]:
    """Return who is signed in at the portal, and what they see.

    Raises:
        Problem: NOT_SIGNED_IN, CARD_USE_BLOCKED.
    """
    session = await session_of(request, portal)
    return session, await portal.account(session)


def signed_in(token: str, channel: RegistrationChannel) -> RedirectResponse:
    """Give a browser its session, and send it on."""
    path = HOME if channel is RegistrationChannel.PORTAL else f"{ATM}/registration"
    answer = go_to(path)
    _keep(answer, _SESSION[channel], token)
    _drop(answer, _TICKET)
    return answer


async def sign_out(
    request: Request, portal: Portal, channel: RegistrationChannel, response: Response
) -> None:
    """End a session, and have the browser forget it."""
    await portal.sign_ins.end(request.cookies.get(_SESSION[channel], ""))
    _drop(response, _SESSION[channel])


def keep_ticket(response: Response, ticket: Ticket) -> None:
    """Have a browser keep what its sign-in needs."""
    _keep(response, _TICKET, f"{ticket.code}.{ticket.secret}")


def ticket_of(request: Request) -> tuple[str, str]:
    """Return code and secret of the sign-in that a browser waits for; both may be empty."""
    code, _, secret = request.cookies.get(_TICKET, "").partition(".")
    return code, secret


def _keep(response: Response, name: str, value: str) -> None:
    # Gone with the browser; no page of another site sends it, and no script reads it.
    response.set_cookie(name, value, path=HOME, httponly=True, samesite="strict")


def _drop(response: Response, name: str) -> None:
    response.delete_cookie(name, path=HOME, httponly=True, samesite="strict")
