"""The sync worker: a process of its own that carries changes to OQS when their time has come."""

from __future__ import annotations

import asyncio
import os
import platform
import secrets
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from intermediate_server.api import worker
from intermediate_server.oqs_client import OqsClient
from intermediate_server.store import open_store
from intermediate_server.store.outgoing.leases import Leases
from intermediate_server.sync.delivery import Sync
from intermediate_server.sync.pace import Pace
from intermediate_server.sync.worker_loop import WorkerLoop
from storage import outages, unfit_values
from wire.client import console_client, line_client
from wire.clock import RemoteClock
from wire.serving.application import Service, application
from wire.serving.serve import threads_done

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from fastapi import FastAPI

    from intermediate_server.settings import WorkerSettings
    from intermediate_server.sync.delivery import DeliveryStep


def build_app(
    settings: WorkerSettings, observer: Callable[[DeliveryStep], None] | None = None
) -> Service:
    """Return the worker's application; it works while the application is up.

    ``observer`` is called at each step of each batch, for tests.

    Raises:
        StorageUnavailable: the database cannot be opened, or lies in memory.
        FileNotFoundError: a certificate of the line is missing.
    """
    line = line_client(
        settings.oqs_line_url, settings.line_directory, settings.participant, settings.oqs_seconds
    )
    console = console_client(settings.oqs_console_url, settings.oqs_seconds)
    store = open_store(settings.database_url)
    name = f"{platform.node()}-{os.getpid()}-{secrets.token_hex(3)}"
    sync = Sync(
        store,
        # A lease outlasts the delivery that it is for.
        Leases(store.engine, name, max(settings.lease_seconds, 2 * settings.oqs_seconds)),
        OqsClient(line),
        Pace(settings.batch_size),
        settings.deliveries_at_once,
        settings.window,
    )
    if observer is not None:
        sync.observer = observer
    loop = WorkerLoop(sync, RemoteClock(console), settings.pause_seconds)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with line, console:
            running = asyncio.create_task(loop.run())
            yield
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
        await threads_done()
        sync.lock.release()
        store.close()

    return application(
        "sync-worker",
        title="中間サーバーの連携",
        summary="Carries changes to the simulated OQS when their time has come.",
        lifespan=lifespan,
        routes=[worker.router(loop)],
        outages=outages(store.engine),
        unfit=unfit_values(store.engine),
        bounds=settings.bounds,
    )
