"""What stands around every page of the clerk: the day, the delivery, the way to the other pages."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx2
from fastapi.responses import HTMLResponse, StreamingResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined

from eligibility.sentence import Sentence
from intermediate_server.readings import OPERATOR
from intermediate_server.web import texts
from storage import outages
from wire.catalogue import Catalogue, Problem
from wire.problem_document import MEDIA_TYPE
from wire.serving.access import CONSOLE, Routes

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Coroutine, Iterable

    from fastapi import Request, Response

    from intermediate_server.acceptance import Acceptance
    from intermediate_server.readings import Readings
    from intermediate_server.store import Store
    from intermediate_server.sync.worker_client import WorkerClient
    from intermediate_server.web.liveness import Found, Liveness
    from wire.clock import ClockReading

log = logging.getLogger(__name__)

_PAGES = (
    ("/", "概況", "1"),
    ("/todo", "やること", "8"),
    ("/file", "届出", "2"),
    ("/procedures", "届出一覧", "7"),
    ("/upload", "ファイル取込", "3"),
    ("/documents", "交付簿", "4"),
    ("/posting", "発送", "0"),
    ("/periodic-runs", "定期処理", "9"),
    ("/discrepancies/desk", "相違", "6"),
    ("/readings", "閲覧記録", "5"),
)
"""The pages: path, word, key. In English it is the text ``page.`` and the path."""


@dataclass(frozen=True)
class Frame:
    """What stands around every page."""

    here: str
    revision: int
    found: Found
    """What answers, and what does not."""

    @property
    def pages(self) -> list[tuple[str, str, str]]:
        """The ways to the other pages: path, word, key."""
        return [
            (path, texts.word("page", path.strip("/") or "overview", japanese), key)
            for path, japanese, key in _PAGES
        ]

    @property
    def language(self) -> str:
        """The language of the page."""
        return texts.spoken()

    @property
    def language_link(self) -> str:
        """The way to the same page in the other language."""
        return texts.in_other_language(self.here)


@cache
def templates() -> Environment:
    """Return the templates of the pages."""
    environment = Environment(
        loader=PackageLoader("intermediate_server.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["t"] = texts.say
    return environment


@dataclass(frozen=True)
class PageContext:
    """What all pages share."""

    store: Store
    acceptance: Acceptance
    workers: WorkerClient
    readings: Readings
    live: Liveness

    async def now(self) -> ClockReading | None:
        """Return what the clock shows, or None where it does not answer."""
        try:
            return await self.acceptance.clock.read()
        except httpx2.HTTPError:
            return None

    async def render(
        self, name: str, here: str, reading: ClockReading | None, status: int = 200, **shown: Any
    ) -> HTMLResponse:
        """Render a page; where its database does not answer, with what can be said without."""
        found = await self.live.look(anew=True)
        frame = Frame(here, reading.revision if reading else 0, found)
        page = templates().get_template(name)
        return HTMLResponse(page.render(frame=frame, **shown), status)

    async def tell(self, problem: Problem) -> HTMLResponse:
        """Render a problem."""
        status = problem.entry.kind.status
        said = problem_words(problem)
        page = await self.render(
            "problem.html", "", await self.now(), status, problem=problem, words=said
        )
        if problem.retry_after is not None:
            page.headers["Retry-After"] = str(problem.retry_after)
        return page

    @property
    def insurers(self) -> list[tuple[str, str]]:
        """The insurers for a choice."""
        return [(str(one.insurer_number), one.name) for one in self.acceptance.policies]


_PAGE_ANSWERS: dict[int | str, dict[str, Any]] = {
    303: {"description": "It is done; the page that shows it."},
    **{
        status: {
            "description": text,
            "content": {
                "text/html": {"schema": {"type": "string"}},
                MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}},
            },
        }
        for status, text in (
            (404, "A page that says that nothing is there."),
            (409, "A page that says what stands in the way."),
            (422, "The page again, with what is wrong; or a problem, where no page could send it."),
            (503, "A page that says what does not answer."),
        )
    },
}
"""What the pages answer besides themselves."""


class _PageRoute(APIRoute):
    """A route whose problems are a page as well, also a database that is away."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        handle = super().get_route_handler()

        async def page(request: Request) -> Response:
            context: PageContext = request.app.state.page_context
            texts.speak(request)
            try:
                response = await handle(request)
            except outages(context.store.engine) as error:
                log.warning(
                    "%s %s: the database failed: %s", request.method, request.url.path, error
                )
                return await context.tell(Problem(Catalogue.STORAGE_UNAVAILABLE, retry_after=1))
            except Problem as problem:
                return await context.tell(problem)
            texts.remember_language(request, response)
            return response

        return page


def problem_words(problem: Problem) -> str:
    """Return what a problem says, in the language of the page."""
    return texts.said(Sentence(problem.japanese, problem.entry.kind.title))


class CsvFile(StreamingResponse):
    """A file of lines that a page gives out."""

    media_type = "text/csv"

    def __init__(
        self, pieces: Iterable[bytes] | AsyncIterable[bytes], name: str, status_code: int = 200
    ) -> None:
        """Give out the pieces of a file, under a name."""
        attached = f'attachment; filename="{name}"'
        super().__init__(pieces, status_code, {"Content-Disposition": attached})


def page_routes() -> Routes:
    """Return a router for pages."""
    return Routes(
        CONSOLE,
        tags=["画面"],
        default_response_class=HTMLResponse,
        route_class=_PageRoute,
        responses=_PAGE_ANSWERS,
    )


def remember(response: Response, operator: str) -> None:
    """Have the browser keep the name that the clerk gave."""
    if operator:
        response.set_cookie(OPERATOR, quote(operator), httponly=True, samesite="strict")
