"""Building the service from its settings."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx2

from clinic_client.api import charges as charge_routes
from clinic_client.api import declaration as declaration_routes
from clinic_client.api import desk as desk_routes
from clinic_client.api import discrepancies as discrepancy_routes
from clinic_client.api import exchange as exchange_routes
from clinic_client.api import lists as list_routes
from clinic_client.api import reception as reception_routes
from clinic_client.api import seed as seed_routes
from clinic_client.api import steps as step_routes
from clinic_client.api import withdrawals as withdrawal_routes
from clinic_client.desk import list_pages
from clinic_client.desk import pages as desk_pages
from clinic_client.discrepancies.insurer_line import InsurerLine
from clinic_client.exchange.courier import Courier
from clinic_client.exchange.line_connections import LineConnections
from clinic_client.intermediate_client import IntermediateView
from clinic_client.patient import pages as patient_pages
from clinic_client.reception.desk import Desk
from clinic_client.store import open_store
from clinic_client.web import rendering
from reader.pcsc.pcsc_connection import PcscConnection
from storage import unfit_values
from wire.client import CARRYING_ON
from wire.line_credentials import INTERMEDIATE_SERVER, OQS, credentials
from wire.serving.application import Service, application

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable

    from fastapi import FastAPI

    from clinic_client.settings import Settings
    from reader.connection import CardConnection

_CONNECT_SECONDS = 2.0
_VIEW_SECONDS = 2.0
"""How long a mere convenience (the clock's host, the intermediate server's view) may take."""


def build_app(
    settings: Settings, connect: Callable[[str | None], CardConnection] = PcscConnection
) -> Service:
    """Return the application.

    `connect` opens the card in the reader whose name has a part; it is PC/SC unless a card is
    plugged in otherwise.

    Raises:
        StorageUnavailable: the database cannot be opened.
        FileNotFoundError: the terminal has no certificate for the line.
    """
    own = credentials(settings.line_directory, settings.participant)
    trust = own.client_context(OQS)

    def client(url: str, seconds: float, trust: ssl.SSLContext = trust) -> httpx2.AsyncClient:
        # One TLS context for all of OQS: making one takes longer than opening the desk.
        timeout = httpx2.Timeout(seconds, connect=_CONNECT_SECONDS)
        return httpx2.AsyncClient(
            base_url=url,
            verify=trust,
            timeout=timeout,
            trust_env=False,
            event_hooks=CARRYING_ON,
        )

    line_client = client(settings.oqs_line_url, settings.line_timeout_seconds)
    console_client = client(settings.oqs_console_url, _VIEW_SECONDS)
    face_client = client(settings.face_url, _VIEW_SECONDS) if settings.face_url else None
    intermediate_client = (
        client(settings.intermediate_console_url, _VIEW_SECONDS)
        if settings.intermediate_console_url
        else None
    )
    insurers_client = (
        client(
            settings.intermediate_line_url,
            settings.line_timeout_seconds,
            own.client_context(INTERMEDIATE_SERVER),
        )
        if settings.intermediate_line_url
        else None
    )
    store = open_store(settings.database_url)
    desk = Desk(
        settings,
        store=store,
        line_client=line_client,
        console_client=console_client,
        face_client=face_client,
        intermediate=IntermediateView(intermediate_client),
        insurers=InsurerLine(insurers_client),
        connect=connect,
    )

    courier = (
        Courier(
            settings,
            settings.exchange_directory,
            LineConnections(settings.oqs_line_url, trust, settings.line_timeout_seconds),
            desk.exchange_changed,
        )
        if settings.exchange_directory is not None
        else None
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        desk.start()
        if courier is not None:
            desk.reception.on_card_answer, desk.exchange = courier.push, courier.state
            courier.start()
        yield
        if courier is not None:
            await courier.stop()
        await desk.stop()
        for client in (
            line_client,
            console_client,
            face_client,
            intermediate_client,
            insurers_client,
        ):
            if client is not None:
                await client.aclose()

    app = application(
        "clinic",
        title="医療機関の受付",
        summary="A clinic's reception desk, simulated; it never connects to the real system.",
        lifespan=lifespan,
        routes=[
            desk_routes.router(desk),
            list_routes.router(desk),
            reception_routes.router(desk),
            charge_routes.router(desk),
            step_routes.router(desk),
            withdrawal_routes.router(desk),
            list_pages.router(desk),
            desk_pages.router(desk),
            patient_pages.router(settings),
            exchange_routes.router(courier),
            declaration_routes.router(desk),
            discrepancy_routes.router(desk),
            seed_routes.router(desk, desk.store.seed_keeper()),
        ],
        outages=desk.store.outages,
        unfit=unfit_values(desk.store.engine),
        bounds=settings.bounds,
    )
    app.state.stop_streams = desk.stop_streams
    rendering.install(app, desk.store.outages)
    return app
