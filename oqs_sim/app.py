"""Building the service from its settings."""

from __future__ import annotations

from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI

from oqs_sim.api import intermediate, jlis, line, portal, simulation
from oqs_sim.intake import Intake
from oqs_sim.jlis.counter import Counter
from oqs_sim.jlis.register import Register
from oqs_sim.qualification.challenge import ChallengeIssuer
from oqs_sim.qualification.checks import Checks
from oqs_sim.qualification.registration import Registrar
from oqs_sim.store.schema import metadata
from oqs_sim.timekeeping import Timekeeper
from storage import open_engine, outages
from wire.problem import install_problem_handlers
from wire.reference import install_reference
from wire.serve import threads_done
from wire.vocabulary import Health

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from oqs_sim.settings import Settings

MIGRATIONS = Path(str(files("oqs_sim.store"))) / "migrations"


def build_app(settings: Settings) -> FastAPI:
    """Return the application.

    Raises:
        StorageUnavailable: the database cannot be opened.
    """
    engine = open_engine(settings.database_url, metadata, MIGRATIONS)
    time = Timekeeper(engine, settings.clock_followers)
    checks = Checks(
        engine,
        ChallengeIssuer(settings.challenge_seconds),
        name_person=settings.simulation,
        renewal_hours=settings.renewal_hours,
    )
    counter = Counter(engine)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await threads_done()
        checks.inquiries.close()
        engine.dispose()

    app = FastAPI(
        title="オンライン資格確認等システム（模擬 / SIMULATION）",
        version="0.1.0",
        summary="Simulated eligibility checks; it never connects to the real system.",
        lifespan=lifespan,
        docs_url=None,  # its page would come from elsewhere on the net
        redoc_url=None,
    )
    app.state.engine = engine
    app.state.let_go = time.let_go
    install_problem_handlers(app, outages(engine))
    registrar = Registrar(checks)
    line.install(app, checks, registrar, time)
    install_reference(app)
    app.include_router(
        intermediate.router(Register(engine), Intake(engine, settings.deliveries_at_once))
    )
    app.include_router(portal.router(registrar, time))
    if settings.simulation:
        app.include_router(simulation.router(time))
        app.include_router(jlis.router(counter, time))

    @app.get("/health", summary="Tell that the service is up", tags=["運用"])
    async def health() -> Health:
        return Health(service="oqs")

    return app
