"""Building the service from its settings."""

from __future__ import annotations

from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi.staticfiles import StaticFiles

from oqs_sim.api import (
    intermediate,
    jlis,
    line,
    medical,
    medical_records,
    portal,
    residents,
    simulation,
)
from oqs_sim.jlis.issuance_desk import IssuanceDesk
from oqs_sim.jlis.resident_register import ResidentRegister
from oqs_sim.medical.records import MedicalRecords
from oqs_sim.medical.viewing import MedicalViews
from oqs_sim.portal.services import Portal
from oqs_sim.qualification.challenge import ChallengeIssuer
from oqs_sim.qualification.change_intake import ChangeIntake
from oqs_sim.qualification.checks import Checks
from oqs_sim.qualification.registration import Registrar
from oqs_sim.store.schema import metadata
from oqs_sim.timekeeping import Timekeeper
from oqs_sim.web.portal import pages as portal_pages
from storage import open_engine, outages, unfit_values
from wire.serving.application import Service, application
from wire.serving.serve import threads_done

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI

    from oqs_sim.settings import Settings

STATIC = Path(str(files("oqs_sim.web"))) / "static"
MIGRATIONS = Path(str(files("oqs_sim.store"))) / "migrations"


def build_app(settings: Settings) -> Service:
    """Return the application.

    Raises:
        StorageUnavailable: the database cannot be opened.
    """
    engine = open_engine(settings.database_url, metadata, MIGRATIONS)
    time = Timekeeper(engine, settings.clock_followers, settings.clock_forerunners)
    checks = Checks(
        engine,
        ChallengeIssuer(engine, settings.challenge_seconds, settings.challenge_key_hours),
        name_person=settings.simulation,
        renewal_hours=settings.renewal_hours,
        journal_seconds=settings.journal_seconds,
        clinical_from=settings.clinical_consents_from,
    )
    records = MedicalRecords(engine, settings.medical_seed, settings.drug_window)
    views = MedicalViews(checks, records)
    registrar = Registrar(checks)
    register = ResidentRegister(engine)
    of_people = Portal(registrar, time, settings, records)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        checks.journal.start()
        await time.start()
        yield
        await time.stop()
        await threads_done()
        checks.close()
        time.close()
        engine.dispose()

    routes = [
        line.router(checks, registrar, time),
        intermediate.router(register, ChangeIntake(engine, settings.deliveries_at_once)),
        *portal.routers(of_people),
        *portal_pages.routers(of_people),
        medical.router(views, time),
    ]
    if settings.simulation:
        routes += [
            simulation.router(time),
            residents.router(register, time),
            jlis.router(IssuanceDesk(engine, register), register, time),
            medical_records.router(views, records, time),
        ]
    app = application(
        "oqs",
        title="オンライン資格確認等システム",
        summary="Simulated eligibility checks; it never connects to the real system.",
        lifespan=lifespan,
        routes=routes,
        outages=outages(engine),
        unfit=unfit_values(engine),
        bounds=settings.bounds,
        uploads=["/intermediate/", "/sim/jlis/residents"],
    )
    app.mount("/static", StaticFiles(directory=STATIC))
    app.state.portal = of_people
    app.state.engine = engine
    app.state.timekeeper = time
    app.state.stop_streams = time.stop_streams
    return app
