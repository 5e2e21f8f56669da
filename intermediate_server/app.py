"""Building the service from its settings."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
from fastapi.staticfiles import StaticFiles

from intermediate_server.acceptance import Acceptance
from intermediate_server.api import acceptance as acceptance_api
from intermediate_server.api import (
    batches,
    discrepancies,
    household,
    members,
    posting,
    simulation,
    status,
)
from intermediate_server.api import document_register as document_api
from intermediate_server.api import runs as runs_api
from intermediate_server.api import seed as seed_api
from intermediate_server.document_issuance import DocumentIssuance
from intermediate_server.document_posting import DocumentPosting
from intermediate_server.filing.file_intake import FileIntake
from intermediate_server.looks import WatchedClock
from intermediate_server.oqs_client import OqsClient
from intermediate_server.policies import load_policies
from intermediate_server.readings import Readings
from intermediate_server.run_execution import RunExecution
from intermediate_server.store import open_store
from intermediate_server.store.seed import LedgerSeed
from intermediate_server.sync.worker_client import WorkerClient
from intermediate_server.web import (
    document_register,
    filing_desk,
    pages,
    people,
    reading_log,
    runs,
)
from intermediate_server.web.desks import (
    discrepancy_desk,
    household_desk,
    last_four,
    posting_desk,
    release_desk,
)
from intermediate_server.web.lists import filed_procedures, finder
from intermediate_server.web.liveness import Liveness
from intermediate_server.web.page_context import PageContext, answer_with_pages
from intermediate_server.web.tasks import practice_page, todo_page
from intermediate_server.web.tasks.of_desks import OfDesks, OfFiles
from intermediate_server.web.tasks.of_ledger import OfLedger
from intermediate_server.web.tasks.of_runs import OfRuns
from intermediate_server.web.todo_list import TodoCount, TodoList
from intermediate_server.web.uploading import upload_desk
from intermediate_server.web.uploading.upload_jobs import UploadJobs
from storage import outages, unfit_values
from wire.catalogue import Problem
from wire.client import console_client, line_client
from wire.serving.application import Service, application
from wire.serving.serve import threads_done

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI

    from intermediate_server.settings import Settings

CONSOLE_SECONDS = 2.0
"""How long the clock and the workers, which are near, may take to answer."""


def build_app(settings: Settings) -> Service:
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
    clock = WatchedClock.of(console, CONSOLE_SECONDS, settings.glance_seconds)
    workers = WorkerClient(console, settings.worker_urls)
    oqs = OqsClient(line)
    acceptance = Acceptance(store.ledger, policies, oqs, clock)

    intake = FileIntake(acceptance, store)
    issuance = DocumentIssuance(acceptance, store.documents)
    mail = DocumentPosting(store.post, policies, settings.font)
    execution = RunExecution(acceptance, store, workers, settings.runs_by_themselves)
    readings = Readings(store.readings, clock.at_a_glance)
    live = Liveness(store, clock, oqs, workers, settings.database_seconds, settings.glance_seconds)
    by_page = replace(acceptance, oqs=replace(oqs, first=live.require_oqs))
    at_a_glance = replace(acceptance, clock=clock.at_a_glance)
    jobs = UploadJobs(intake, workers, store.unsettled_files)
    to_do = TodoList(
        [
            *OfLedger(store, at_a_glance).sources,
            *OfRuns(store, policies, RunExecution(at_a_glance, store, workers)).sources,
            *OfDesks(store, at_a_glance).sources,
            OfFiles(jobs),
        ]
    )
    waiting = TodoCount(to_do, (Problem, httpx2.HTTPError, *outages(store.engine)))
    context = PageContext(store, by_page, workers, readings, live, waiting)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with line, console:
            following = asyncio.create_task(execution.keep_following(settings.pause_seconds))
            yield
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            await execution.close()
            await jobs.stop()
            await waiting.stop()
            await live.stop()
        await threads_done()
        store.close()

    routes = [
        acceptance_api.router(acceptance, workers, readings),
        batches.router(intake, workers),
        posting.router(mail, acceptance, readings),
        household.router(acceptance, workers, readings),
        document_api.router(issuance, settings, readings),
        members.router(acceptance, store, readings),
        discrepancies.router(acceptance, store, readings),
        runs_api.router(execution, readings),
        runs_api.following(execution),
        status.router(store, workers, clock),
        pages.router(context),
        pages.clock_router(context),
        filing_desk.router(context, mail),
        household_desk.router(context, mail),
        last_four.router(context),
        discrepancy_desk.router(context),
        finder.router(context),
        people.router(context, replace(issuance, acceptance=by_page), mail),
        todo_page.router(context),
        practice_page.router(context),
        filed_procedures.router(context),
        upload_desk.router(context, jobs),
        upload_desk.samples_router(context),
        document_register.router(context),
        posting_desk.router(context, mail),
        release_desk.router(context),
        runs.router(context, execution),
        reading_log.router(context),
    ]
    if settings.simulation:
        routes += [
            simulation.router(store, clock, readings),
            seed_api.router(LedgerSeed(store.engine), workers, jobs.forget),
        ]
    app = application(
        "intermediate-server",
        title="医療保険者等向け中間サーバー",
        summary="Simulated insurers' procedures; it never connects to the real system.",
        lifespan=lifespan,
        routes=routes,
        outages=outages(store.engine),
        unfit=unfit_values(store.engine),
        bounds=settings.bounds,
        uploads=["/procedures/file", "/upload"],
    )
    app.state.page_context = context
    answer_with_pages(app, context)
    app.mount(
        "/static", StaticFiles(directory=Path(str(files("intermediate_server.web"))) / "static")
    )
    return app
