"""An application as every service of the deployment begins one."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI

from wire.bounds import ORDINARY, Bounds
from wire.serving.guard import Guard
from wire.serving.openapi import describe_problems
from wire.serving.problem_http import install_problem_handlers
from wire.serving.reference import install_reference
from wire.vocabulary.simulation import Health

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractAsyncContextManager

Routes = APIRouter | Callable[[FastAPI], None]
"""A router, or what adds routes to an application itself."""


def application(
    service: str,
    *,
    title: str,
    summary: str,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]],
    routes: Iterable[Routes],
    outages: Sequence[type[Exception]] = (),
    unfit: Sequence[type[Exception]] = (),
    has_pages: bool = False,
    bounds: Bounds | None = None,
    uploads: Sequence[str] = (),
) -> FastAPI:
    """Return a service's application: errors as problem documents, a reference, ``/health``.

    ``service`` is the name by which the service tells that it is up. ``routes`` come in their
    order, before those that all services have. ``outages`` are the exceptions by which its
    database says that it does not answer, ``unfit`` those by which it refuses a value.
    ``bounds`` holds for what is sent to it; files or batches come in at paths that begin with one
    of ``uploads``. An application that ``has_pages`` refuses what another site's pages ask of it.
    """
    app = FastAPI(
        title=f"{title}（模擬 / SIMULATION）",
        version=_version(),
        summary=summary,
        lifespan=lifespan,
        # The pages of these two come from elsewhere on the net, which no page here does.
        docs_url=None,
        redoc_url=None,
    )
    app.state.bounds = bounds or ORDINARY
    app.state.uploads = tuple(uploads)
    install_problem_handlers(app, outages, unfit)
    if has_pages:
        app.add_middleware(Guard)
    for route in routes:
        if isinstance(route, APIRouter):
            app.include_router(route)
        else:
            route(app)

    @app.get("/health", summary="Tell that the service is up", tags=["運用"])
    async def health() -> Health:
        return Health(service=service)

    describe_problems(app, refuses_pages=has_pages)
    install_reference(app)
    return app


@cache
def _version() -> str:
    return version("oqs-sim")
