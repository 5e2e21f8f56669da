"""The sync worker: a process of its own that carries changes to OQS when their time has come."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from fastapi import FastAPI

from intermediate_server.api import worker
from intermediate_server.courier import Courier
from intermediate_server.oqs import OqsLine
from intermediate_server.store import open_store
from intermediate_server.sync import Sync
from wire.client import console_client, line_client
from wire.clock import RemoteClock
from wire.problem import install_problem_handlers
from wire.reference import install_reference

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from intermediate_server.settings import WorkerSettings


def build_app(settings: WorkerSettings) -> FastAPI:
    """Return the worker's application; it works while the application is up.

    Raises:
        StorageUnavailable: the database cannot be opened, or lies in memory.
        FileNotFoundError: a certificate of the line is missing.
    """
    line = line_client(
        settings.oqs_line_url, settings.line_directory, settings.participant, settings.oqs_seconds
    )
    console = console_client(settings.oqs_console_url, settings.oqs_seconds)
    store = open_store(settings.database_url)
    courier = Courier(
        Sync(store.outbox, OqsLine(line), settings.batch_size),
        RemoteClock(console),
        settings.pause_seconds,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with line, console:
            running = asyncio.create_task(courier.run())
            yield
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
        store.close()

    app = FastAPI(
        title="中間サーバーの連携（模擬 / SIMULATION）",
        version="0.1.0",
        summary="Carries changes to the simulated OQS when their time has come.",
        lifespan=lifespan,
        docs_url=None,  # its page would come from elsewhere on the net
        redoc_url=None,
    )
    install_problem_handlers(app)
    install_reference(app)
    app.include_router(worker.router(courier))
    return app
