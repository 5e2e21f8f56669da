"""The testbed's own service: cards, slots, and the panel to play with them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

from reader.errors import ReaderError
from testbed.api import (
    diagnosis,
    driver,
    faults,
    handover,
    municipal_office,
    panel,
    portal_card,
    practice,
    reports,
    seed,
    stand_in,
    townspeople,
)
from testbed.api import slots as slot_routes
from testbed.cards.card_seed import CardSeed
from testbed.cards.card_store import CardStore
from testbed.cards.municipal_office import MunicipalOffice
from testbed.diagnosing.subject import Subject
from testbed.disturbing.switchboard import Switchboard
from testbed.driving.arrivals import Arrivals
from testbed.driving.driver import Driver
from testbed.oqs_console import OQS_SECONDS, OqsConsole
from testbed.practice.bookmark import Bookmark
from testbed.practice.conductor import Conductor
from testbed.practice.desk_record import DESK_SECONDS, ClinicDesk
from testbed.readers.private_pcscd import PcscStack
from testbed.readers.slots import Slots
from testbed.stand_ins.acting_cards import ActingCards
from testbed.stand_ins.binding_register import BindingRegister
from wire.catalogue import Catalogue, Problem
from wire.client import console_client
from wire.serving.application import Service, application
from wire.serving.problem_http import answer_of
from wire.serving.way_on import answer_with_pages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI, Request
    from fastapi.responses import JSONResponse

    from testbed.settings import Settings

NOWHERE = "http://127.0.0.1:9"
"""An address at which nobody answers."""
WEB = Path(str(files("testbed"))) / "web"


def build_app(settings: Settings) -> Service:
    """Return the application."""
    stack = PcscStack(settings.pcsc_directory, isolated=settings.isolated)
    slots = Slots(stack, settings.answer_limit)
    oqs = OqsConsole(console_client(settings.oqs_console_url, OQS_SECONDS))
    switchboard = Switchboard(settings, slots)
    office = MunicipalOffice(oqs, CardStore(settings.card_directory))

    acting = ActingCards(
        BindingRegister(settings.stand_ins or settings.pcsc_directory / "stand-ins.json"),
        slots,
        office,
        settings.real_service,
    )

    clinic = console_client(settings.clinic_url or NOWHERE, DESK_SECONDS)
    known = settings.clinic_url is not None
    driving = Driver(clinic, slots, office) if known else None
    intermediate = console_client(settings.intermediate_console_url or NOWHERE, OQS_SECONDS)
    arrivals = Arrivals(oqs, intermediate) if settings.intermediate_console_url else None
    desk = ClinicDesk(clinic if known else None)
    bookmark = Bookmark(settings.pcsc_directory / "practice.json")
    conductor = Conductor(desk, switchboard, slots, office, bookmark)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with oqs.client, clinic, intermediate, switchboard:
            acting.start()
            yield
            await acting.stop()
        slots.close()

    templates = Jinja2Templates(WEB / "templates")
    app = application(
        "testbed",
        title="模擬操作盤",
        summary="Cards, the virtual reader's slots, and what can go wrong with them.",
        lifespan=lifespan,
        routes=[
            municipal_office.router(office, slots),
            townspeople.router(oqs, office.store, slots),
            handover.router(office.store, slots),
            slot_routes.router(slots, office),
            faults.router(slots, office.store),
            seed.router(CardSeed(office.store, slots), conductor.system_was_reset),
            portal_card.router(slots, oqs, templates),
            stand_in.router(acting, templates),
            driver.router(driving),
            reports.router(arrivals),
            diagnosis.router(Subject.of_settings(settings), templates),
            practice.router(conductor, templates, settings.clinic_url),
            panel.router(switchboard, office, templates, settings.pages),
        ],
        bounds=settings.bounds,
        examples=driver.EXAMPLES,
    )
    app.add_exception_handler(ReaderError, _of_reader)
    answer_with_pages(app)
    app.mount("/static", StaticFiles(directory=WEB / "static"))
    return app


async def _of_reader(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ReaderError)
    return answer_of(
        Problem(
            Catalogue.READER,
            str(error),
            japanese=error.ja,
            attempts_remaining=error.attempts_remaining,
        )
    )
