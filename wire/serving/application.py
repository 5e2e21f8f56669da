"""An application as every service of the deployment begins one."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from wire.bounds import ORDINARY, Bounds
from wire.serving.access import (
    ANYONE,
    ListenerKind,
    Routes,
    hold,
    is_on_line,
    listener_of,
    roles_of,
)
from wire.serving.bounded_protocol import NotHttp
from wire.serving.direct import ShortWays
from wire.serving.guard import Guard, refusal_on_line, refuse
from wire.serving.observation.observer import Observer
from wire.serving.observation.watching import watching
from wire.serving.openapi import describe
from wire.serving.problem_http import LastResort, install_problem_handlers
from wire.serving.reference import reference
from wire.vocabulary.consoles.simulation import Health

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractAsyncContextManager
    from typing import Protocol

    from starlette.types import ASGIApp, Receive, Scope, Send

    from wire.serving.observation.watching import Part
    from wire.serving.openapi import Examples
    from wire.serving.way_on import Entrance

    class Lifespan(Protocol):
        """What FastAPI takes to start and end an application."""

        def __call__(self, app: FastAPI, /) -> AbstractAsyncContextManager[None]:
            """Return what is entered and left."""


class Service(FastAPI):
    """The application of a service: what its console shows, and in ``line`` what its line does.

    At a listener of the line the routes of the console do not exist, and its OpenAPI document
    does not know them.
    """

    line: FastAPI
    at_line: ASGIApp
    """What answers at the listeners of the line: `ShortWays`, or what stands before them."""

    def __init__(self, service: str, **options: Any) -> None:
        super().__init__(**options)
        self._console = LastResort(Guard(super().__call__))
        self._line = LastResort(self._on_line)
        self.observer = Observer(service, self._answer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request by what its listener offers."""
        if scope["type"] != "http":
            for route in self.routes:
                if isinstance(route, APIRoute):
                    roles_of(route)  # none is served that was added without saying for whom
            await super().__call__(scope, receive, send)
        else:
            await self.observer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if listener_of(scope) is not ListenerKind.LINE:
            scope["app"] = self
            await self._console(scope, receive, send)
        else:
            scope["app"] = self.line
            await self._line(scope, receive, send)

    async def _on_line(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (why := refusal_on_line(scope)) is not None:
            await refuse(why, scope, receive, send)
        else:
            # A check's way is short: a browser, of which a guard would keep things, is not here.
            await self.at_line(scope, receive, send)


def application(
    service: str,
    *,
    title: str,
    summary: str,
    lifespan: Lifespan,
    routes: Iterable[APIRouter],
    outages: Sequence[type[Exception]] = (),
    unfit: Sequence[type[Exception]] = (),
    bounds: Bounds | None = None,
    uploads: Sequence[str] = (),
    parts: Sequence[Part] = (),
    entrances: Sequence[Entrance] = (),
    examples: Examples | None = None,
) -> Service:
    """Return a service's application: errors as problem documents, a reference, ``/health``.

    ``service`` is the name by which the service tells that it is up. ``routes`` come in their
    order, before those that all services have. ``outages`` are the exceptions by which its
    database says that it does not answer, ``unfit`` those by which it refuses a value.
    ``bounds`` holds for what is sent to it; files or batches come in at paths that begin with one
    of ``uploads``. ``parts`` are what has to work for the service to be ready. ``entrances`` are
    the pages that the first page leads to, where no route of the service is one. ``examples`` are
    shown of routes in the reference and in the OpenAPI document.

    Raises:
        NotDeclared: a route does not say who may use it.
    """
    described: dict[str, Any] = {
        "title": f"{title}（模擬 / SIMULATION）",
        "version": _version(),
        "summary": summary,
        # The pages of these two come from elsewhere on the net, which no page here does.
        "docs_url": None,
        "redoc_url": None,
        # An address with one slash too many is no other name of a route.
        "redirect_slashes": False,
    }
    app = Service(service, **described, lifespan=lifespan)
    app.line = FastAPI(**described)
    app.line.state = app.state
    app.state.bounds = bounds or ORDINARY
    app.state.uploads = tuple(uploads)
    app.state.service = service
    app.state.entrances = tuple(entrances)
    app.state.not_http = NotHttp(service)
    common = Routes(ANYONE)

    @common.get("/health", summary="Tell that the service is up", tags=["運用"])
    async def health() -> Health:
        return Health(service=service)

    # As monitoring asks; the server leaves the body of the answer out.
    common.head("/health", include_in_schema=False)(health)

    for one in (app, app.line):
        install_problem_handlers(one, outages, unfit)
    for router in (
        *routes,
        common,
        watching(service, app.observer, parts, outages),
        reference(app),
    ):
        for route in router.routes:
            assert isinstance(route, APIRoute)
            hold(route)
            # The route itself, and not its router: that costs a check a tenth of its time.
            app.router.routes.append(route)
            if is_on_line(route):
                app.line.router.routes.append(route)
    app.at_line = ShortWays(app.line)
    describe(app, ListenerKind.CONSOLE, examples or {})
    describe(app.line, ListenerKind.LINE, examples or {})
    return app


@cache
def _version() -> str:
    return version("oqs-sim")
