"""What stands around every page of the clerk: the day, the delivery, the way to the other pages."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import httpx2
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, StreamingResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException

from eligibility.sentence import Language, Sentence
from intermediate_server.procedures.change import FilingChannel
from intermediate_server.procedures.refusal import InsuredNumberTaken
from intermediate_server.readings import OPERATOR, Read, Reader
from intermediate_server.web import texts
from storage import DatabaseOverdue, outages, unfit_values
from wire.catalogue import Catalogue, Problem, entry_of
from wire.problem_document import AS_CONTENT, MEDIA_TYPE
from wire.serving.access import CONSOLE, Routes
from wire.serving.json_route import LateRoute
from wire.serving.way_on import prefers_page

if TYPE_CHECKING:
    from collections.abc import (
        AsyncIterable,
        AsyncIterator,
        Callable,
        Coroutine,
        Iterable,
        Mapping,
    )
    from datetime import date

    from fastapi import FastAPI, Request, Response

    from intermediate_server.acceptance import Acceptance
    from intermediate_server.procedures.person import PersonDetails
    from intermediate_server.readings import Readings
    from intermediate_server.store import Store
    from intermediate_server.sync.worker_client import WorkerClient
    from intermediate_server.web.liveness import Found, Liveness
    from intermediate_server.web.todo_list import TodoCount, TodoNumber
    from wire.clock import ClockReading

log = logging.getLogger(__name__)

TODO = "/todo"
_PAGES = (
    ("/", TODO),
    ("/file", "/procedures", "/upload"),
    ("/documents", "/posting"),
    ("/periodic-runs", "/discrepancies/desk"),
    ("/readings",),
)
"""The pages in their groups. The access keys are 1 to 9 and 0, in this order; the words are the
texts ``page.`` and the path."""
INSURER = "insurer"
"""Remembers the insurer for whom a clerk works."""
PATIENCE_SECONDS = 0.5
"""After how long a page that is not made yet asks whether the database answers at all."""
_READS = {"GET", "HEAD"}
_FORMS_SHOWN_AGAIN = {"/file", "/household"}
"""Forms that are shown with what was typed, where another kind (or the same) is switched to."""
_insurer: ContextVar[str] = ContextVar("insurer", default="")


class PageLink(NamedTuple):
    """The way to a page."""

    path: str
    word: str
    key: str
    """Its access key."""


@dataclass(frozen=True)
class Frame:
    """What stands around every page."""

    here: str
    revision: int
    found: Found
    """What answers, and what does not."""
    todo: TodoNumber
    """How much waits on the to-do list."""

    @property
    def pages(self) -> list[list[PageLink]]:
        """The ways to the other pages, in groups."""
        keys = iter("1234567890")
        return [
            [
                PageLink(path, texts.say(f"page.{path.strip('/') or 'overview'}"), next(keys))
                for path in group
            ]
            for group in _PAGES
        ]

    @property
    def language(self) -> str:
        """The language of the page."""
        return texts.spoken()

    @property
    def language_link(self) -> str:
        """The way to the same page in the other language."""
        return texts.in_other_language(self.here)

    @property
    def years_link(self) -> str:
        """The way to the same page with years written the other way."""
        return texts.with_other_years(self.here)

    @property
    def other_years_value(self) -> str:
        """How an address asks for years written the other way."""
        return texts.years().other

    @property
    def other_years(self) -> str:
        """What that way is called; empty in English, which has one only."""
        japanese = texts.spoken() is Language.JAPANESE
        return texts.say(f"years.{texts.years().other}") if japanese else ""


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
    waiting: TodoCount

    async def now(self) -> ClockReading | None:
        """Return what the clock shows, or None where it does not answer."""
        self.live.begin()
        try:
            return await self.live.clock.seen.answer()
        except httpx2.HTTPError:
            return None

    async def today(self) -> date:
        """Return the day on which somebody files.

        Raises:
            Problem: SERVICE_UNREACHABLE; nobody knows of which year a day without one is.
        """
        reading = await self.now() or await self.acceptance.read_clock(filing=True)
        return reading.today

    async def render(
        self, name: str, here: str, reading: ClockReading | None, status: int = 200, **shown: Any
    ) -> HTMLResponse:
        """Render a page; where its database does not answer, with what can be said without."""
        found, waiting = await asyncio.gather(self.live.look(anew=True), self.waiting.counted())
        if found.clock is None:  # what is due, nobody can say
            waiting = waiting._replace(complete=False)
        frame = Frame(here, reading.revision if reading else 0, found, waiting)
        page = templates().get_template(name)
        return HTMLResponse(page.render(frame=frame, **shown), status)

    async def tell(
        self, problem: Problem, path: str = "", typed: Mapping[str, str] | None = None
    ) -> HTMLResponse:
        """Render a problem, with what was ``typed`` into a form, to be sent to ``path`` again."""
        status = problem.entry.kind.status
        said = problem_words(problem)
        page = await self.render(
            "problem.html",
            "",
            await self.now(),
            status,
            problem=problem,
            words=said,
            path=path,
            typed=typed or {},
            returns=path in _FORMS_SHOWN_AGAIN,
        )
        if problem.retry_after is not None:
            page.headers["Retry-After"] = str(problem.retry_after)
        return page

    async def holder(self, problem: Problem, operator: str) -> PersonDetails | None:
        """Return whose 記号・番号・枝番 it is for which a procedure was refused, and note that.

        None of who would have got it in the same request, of whom nothing may be recorded.
        """
        if not isinstance(problem, InsuredNumberTaken):
            return None
        reader = Reader(operator, FilingChannel.PAGE)
        async with self.readings.reading(reader, Read.SEARCH) as read:
            entries = await asyncio.to_thread(self.store.search.newest, problem.holder)
            read += [one.person.reference for one in entries[:1]]
        return entries[0].person if entries else None

    @property
    def insurers(self) -> list[tuple[str, str]]:
        """The insurers for a choice."""
        return [(str(one.insurer_number), one.name) for one in self.acceptance.policies]

    def insurer(self, asked: str = "") -> str:
        """Return the insurer that was asked for, else the one that was before, else the first.

        A number that is no insurer's comes back as it is.
        """
        numbers = [number for number, _ in self.insurers]
        if asked in numbers:
            _insurer.set(asked)
        if asked:
            return asked
        return _insurer.get() if _insurer.get() in numbers else numbers[0]


_PAGE_ANSWERS: dict[int | str, dict[str, Any]] = {
    303: {"description": "It is done; the page that shows it."},
    **{
        status: {
            "description": text,
            "content": {
                "text/html": {"schema": {"type": "string"}},
                **AS_CONTENT,
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


class _PageRoute(LateRoute):
    """A route whose problems are a page as well, also a database that is away."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        handle = super().get_route_handler()

        async def page(request: Request) -> Response:
            context: PageContext = request.app.state.page_context
            texts.speak(request)
            known = request.cookies.get(INSURER, "")
            _insurer.set(known)
            if request.method == "POST":
                context.waiting.forget()
            typed = await _typed(request)
            path = request.url.path
            unfit: tuple[type[Exception], ...] = (
                RequestValidationError,
                *unfit_values(context.store.engine),
            )
            try:
                async with _while_the_database_answers(context.live, request.method):
                    response = await handle(request)
            except outages(context.store.engine) as error:
                log.warning(
                    "%s %s: the database failed: %s", request.method, request.url.path, error
                )
                away = texts.all_texts()["part.database_out"].ja  # there is no patient here
                problem = Problem(Catalogue.STORAGE_UNAVAILABLE, japanese=away, retry_after=1)
                return await context.tell(problem, path, typed)
            except Problem as problem:
                return await context.tell(problem, path, typed)
            except HTTPException:
                raise
            except unfit as error:
                log.info("%s %s: %s", request.method, path, type(error).__name__)
                return await context.tell(Problem(Catalogue.INVALID_REQUEST), path, typed)
            except Exception:  # a page says so, with what was typed
                log.exception("%s %s failed", request.method, path)
                return await context.tell(Problem(Catalogue.INTERNAL), path, typed)
            texts.remember_language(request, response)
            if _insurer.get() != known:
                response.set_cookie(
                    INSURER, _insurer.get(), max_age=texts.A_YEAR, httponly=True, samesite="strict"
                )
            return response

        return page


async def _typed(request: Request) -> dict[str, str]:
    """Return what a form sends that has no file; it is read once, also for the route itself."""
    if request.method != "POST":
        return {}
    sent = await request.form()
    typed = {name: text for name, text in sent.items() if isinstance(text, str)}
    return typed if len(typed) == len(sent) else {}  # a file would have to be chosen again


@asynccontextmanager
async def _while_the_database_answers(live: Liveness, method: str) -> AsyncIterator[None]:
    """Have a page made, and give it up where the database does not answer.

    What may write is not given up once it has begun: nobody would know what became of it.

    Raises:
        DatabaseOverdue: the database does not answer.
    """
    if live.database_hangs:
        await live.require_database()
    if method not in _READS or not live.database_may_hang:
        yield
        return

    async def watch(patience: asyncio.Timeout) -> None:
        while True:
            await asyncio.sleep(PATIENCE_SECONDS)
            try:
                await live.require_database()
            except DatabaseOverdue:
                patience.reschedule(asyncio.get_running_loop().time())
                return

    try:
        async with asyncio.timeout(None) as patience:
            watching = asyncio.create_task(watch(patience), name="looking at the database")
            try:
                yield
            finally:
                watching.cancel()
    except TimeoutError:
        if not patience.expired():
            raise
        raise DatabaseOverdue(live.database_seconds) from None


def answer_with_pages(app: FastAPI, context: PageContext) -> None:
    """Have a browser that opens a link of a page to the API, as to a PDF, see a problem as a page.

    A program goes on getting the document of it.
    """
    for error_type, answer in list(app.exception_handlers.items()):
        if error_type is not HTTPException:  # of which browsers get a page already
            app.add_exception_handler(error_type, _as_page(answer, context))


def _as_page(answer: Any, context: PageContext) -> Callable[..., Coroutine[Any, Any, Response]]:
    async def page(request: Request, error: Exception) -> Response:
        document: Response = await answer(request, error)
        if document.media_type != MEDIA_TYPE or not prefers_page(request):
            return document
        texts.speak(request)
        said = json.loads(bytes(document.body))
        problem = Problem(entry_of(said["code"]), said.get("detail"), japanese=said["japanese"])
        shown = await context.tell(problem)
        shown.headers["Vary"] = "Accept"
        return shown

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


def refusal_words(problem: Problem) -> str:
    """Return what a problem says, with what is particular to it, above what a clerk has typed."""
    title, detail = problem.entry.kind.title, problem.detail
    return texts.said(Sentence(problem.japanese, f"{title} {detail}" if detail else title))


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
