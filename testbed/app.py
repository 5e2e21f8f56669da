"""The testbed's own service: cards, slots, and the panel to play with them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

from reader.errors import ReaderError
from testbed.api import cards, faults, panel
from testbed.api import slots as slot_routes
from testbed.cards.card_store import Municipality, Shelf
from testbed.readers.private_pcscd import PcscStack
from testbed.readers.slots import Slots
from wire.client import console_client
from wire.problem import Catalogue, Problem, install_problem_handlers
from wire.reference import install_reference
from wire.vocabulary import Health

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi.responses import JSONResponse

    from testbed.settings import Settings

WEB = Path(str(files("testbed"))) / "web"


def build_app(settings: Settings) -> FastAPI:
    """Return the application."""
    stack = PcscStack(settings.pcsc_directory, isolated=settings.isolated)
    slots = Slots(stack, settings.answer_limit)
    oqs = console_client(settings.oqs_console_url, 60)
    municipality = Municipality(oqs, Shelf(settings.card_directory))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with oqs:
            yield
        slots.close()

    app = FastAPI(
        title="模擬操作盤（testbed / SIMULATION）",
        version="0.1.0",
        summary="Cards, the virtual reader's slots, and what can go wrong with them.",
        lifespan=lifespan,
        docs_url=None,  # its page would come from elsewhere on the net
        redoc_url=None,
    )
    install_problem_handlers(app)
    install_reference(app)
    app.add_exception_handler(ReaderError, _of_reader)
    app.include_router(cards.router(municipality, slots))
    app.include_router(slot_routes.router(slots, municipality))
    app.include_router(faults.router(slots, municipality.shelf))
    templates = Jinja2Templates(WEB / "templates")
    app.include_router(panel.router(municipality, slots, templates, settings.pages))
    app.mount("/static", StaticFiles(directory=WEB / "static"))

    @app.get("/health", summary="Tell that the service is up", tags=["運用"])
    async def health() -> Health:
        return Health(service="testbed")

    return app


async def _of_reader(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ReaderError)
    return Problem(
        Catalogue.READER,
        str(error),
        japanese=error.japanese,
        attempts_remaining=error.attempts_remaining,
    ).response()
