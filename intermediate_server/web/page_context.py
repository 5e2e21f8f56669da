"""What stands around every page of the clerk: the day, the delivery, the way to the other pages."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx2
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined

from eligibility.days.dates import TOKYO, japanese_date
from intermediate_server.readings import OPERATOR
from storage import outages
from wire.catalogue import Catalogue, Problem
from wire.problem_document import MEDIA_TYPE
from wire.serving.access import CONSOLE, Routes

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from fastapi import Request, Response

    from intermediate_server.acceptance import Acceptance
    from intermediate_server.readings import Readings
    from intermediate_server.store import Backlog, Store
    from intermediate_server.sync.worker_client import WorkerClient
    from wire.clock import ClockReading

log = logging.getLogger(__name__)

_PAGES = (("/", "概況", "1"), ("/file", "届出", "2"), ("/upload", "ファイル取込", "3"),
          ("/documents", "交付簿", "4"), ("/periodic-runs", "定期処理", "5"),
          ("/discrepancies/desk", "相違", "6"), ("/readings", "閲覧記録", "7"))  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """What stands around every page."""

    here: str
    today: str | None
    """The day and time of the deployment's clock; None where it does not answer."""
    revision: int
    backlog: Backlog | None
    """How many changes wait; None where the database does not answer."""
    paused_by: str | None
    """Who has paused the delivery, if anybody."""
    error: str | None
    """What hinders the delivery to OQS."""
    pages: tuple[tuple[str, str, str], ...] = _PAGES

    @property
    def delivering(self) -> bool:
        """Whether changes go out as they fall due."""
        return self.backlog is not None and self.paused_by is None and self.error is None

    @property
    def delivery(self) -> str:
        """How the delivery stands, in a word."""
        if self.backlog is None:
            return "不明"
        if self.paused_by is not None:
            return "停止中"
        return "正常" if self.error is None else "要確認"

    @property
    def detail(self) -> str:
        """The same in a sentence."""
        if self.backlog is None:
            return "データベースにつながらないため、連携の状態が分かりません。"
        if self.paused_by is not None:
            return f"{self.paused_by} が連携を止めています。再開すると、期日の来た届出を届けます。"
        return self.error or "連携は動いています。"


@cache
def templates() -> Environment:
    """Return the templates of the pages."""
    return Environment(
        loader=PackageLoader("intermediate_server.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@dataclass(frozen=True)
class PageContext:
    """What all pages share."""

    store: Store
    acceptance: Acceptance
    workers: WorkerClient
    readings: Readings

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
        backlog, paused_by = None, None
        with suppress(*outages(self.store.engine)):
            backlog, delivery = await asyncio.gather(
                asyncio.to_thread(self.store.outbox.backlog, reading.now if reading else None),
                asyncio.to_thread(self.store.control.state),
            )
            paused_by = delivery.paused_by
        workers = await self.workers.statuses()
        local = reading.now.astimezone(TOKYO) if reading else None
        frame = Frame(
            here=here,
            today=f"{japanese_date(local.date())} {local:%H:%M}" if local else None,
            revision=reading.revision if reading else 0,
            backlog=backlog,
            paused_by=paused_by,
            error=next((one.last_error for one in workers if one.last_error), None),
        )
        page = templates().get_template(name)
        return HTMLResponse(page.render(frame=frame, **shown), status)

    async def tell(self, problem: Problem) -> HTMLResponse:
        """Render a problem."""
        status = problem.entry.kind.status
        page = await self.render("problem.html", "", await self.now(), status, problem=problem)
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
            try:
                return await handle(request)
            except outages(context.store.engine) as error:
                log.warning(
                    "%s %s: the database failed: %s", request.method, request.url.path, error
                )
                return await context.tell(Problem(Catalogue.STORAGE_UNAVAILABLE, retry_after=1))
            except Problem as problem:
                return await context.tell(problem)

        return page


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
