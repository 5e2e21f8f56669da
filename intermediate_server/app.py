"""Building the service from its settings."""

from __future__ import annotations

from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from intermediate_server.acceptance import Acceptance
from intermediate_server.api import batches, documents, procedures, simulation, status
from intermediate_server.documents.document_runs import Issuance
from intermediate_server.filing.file_intake import FileIntake
from intermediate_server.oqs_client import OqsLine
from intermediate_server.policies import load_policies
from intermediate_server.store import open_store
from intermediate_server.sync.worker_client import Workers
from intermediate_server.web import filing, pages, people, register, uploads
from intermediate_server.web.page_context import House
from intermediate_server.web.results import Results
from storage import outages
from wire.client import console_client, line_client
from wire.clock import RemoteClock
from wire.guard import Guard
from wire.problem import install_problem_handlers
from wire.reference import install_reference
from wire.serve import threads_done

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from intermediate_server.settings import Settings

CONSOLE_SECONDS = 2.0
"""How long the clock and the workers, which are near, may take to answer."""


def build_app(settings: Settings) -> FastAPI:
    """Return the application.

    Raises:
        StorageUnavailable: the database cannot be opened, or lies in memory.
        PolicyError: an insurer's policy cannot be understood.
        FileNotFoundError: a certificate of the line is missing.
    """
    policies = load_policies(settings.policy_directory).under(settings.lag_mode, settings.cutoff)
    line = line_client(
        settings.oqs_line_url, settings.line_directory, settings.participant, settings.oqs_seconds
    )
    console = console_client(settings.oqs_console_url, CONSOLE_SECONDS)
    store = open_store(settings.database_url)
    clock = RemoteClock(console)
    workers = Workers(console, settings.worker_urls)
    acceptance = Acceptance(store.ledger, policies, OqsLine(line), clock)

    intake = FileIntake(acceptance, store)
    issuance = Issuance(acceptance, store.papers)
    house = House(store, acceptance, workers)
    results = Results()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with line, console:
            yield
        await threads_done()
        results.close()
        store.close()

    app = FastAPI(
        title="医療保険者等向け中間サーバー（模擬 / SIMULATION）",
        version="0.1.0",
        summary="Simulated insurers' procedures; it never connects to the real system.",
        lifespan=lifespan,
        docs_url=None,  # its page would come from elsewhere on the net
        redoc_url=None,
    )
    app.state.house = house
    install_problem_handlers(app, outages(store.engine))
    install_reference(app)
    app.add_middleware(Guard)
    app.include_router(procedures.router(acceptance, workers))
    app.include_router(batches.router(intake, workers))
    app.include_router(documents.router(issuance, settings))
    app.include_router(status.router(store, workers, clock))
    if settings.simulation:
        app.include_router(simulation.router(store, clock))
    for page in (
        pages.router(house),
        filing.router(house),
        people.router(house, issuance),
        uploads.router(house, intake, results),
        register.router(house, issuance),
    ):
        app.include_router(page)
    app.mount(
        "/static", StaticFiles(directory=Path(str(files("intermediate_server.web"))) / "static")
    )
    return app
