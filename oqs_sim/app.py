"""Building the service from its settings."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi.staticfiles import StaticFiles

from oqs_sim.api import (
    intermediate,
    line,
    medical,
    medical_records,
    message_bench,
    municipality,
    portal,
    residents,
    simulation,
    web_api,
)
from oqs_sim.api.bulk_messages import bulk_inquiries
from oqs_sim.api.care import assistance, visiting
from oqs_sim.api.jlis import cards, generations, ocsp, outage, reissue
from oqs_sim.api.jlis.needs import NeedsJlis
from oqs_sim.api.message_route import MessageForms
from oqs_sim.api.operation import Operating
from oqs_sim.api.request_examples import EXAMPLES
from oqs_sim.bulk.works import BulkWorks
from oqs_sim.jlis.issuance_desk import IssuanceDesk
from oqs_sim.jlis.ocsp import OcspResponder
from oqs_sim.jlis.reissue import ReissueDesk
from oqs_sim.jlis.resident_register import ResidentRegister
from oqs_sim.medical.records import MedicalRecords
from oqs_sim.medical.viewing import MedicalViews
from oqs_sim.municipality.card_machine import CardMachine
from oqs_sim.municipality.counter import MunicipalCounter
from oqs_sim.municipality.person_file import rest_of_new_card
from oqs_sim.municipality.without_card import CounterRules
from oqs_sim.portal.services import Portal
from oqs_sim.qualification.challenge import ChallengeIssuer
from oqs_sim.qualification.change_intake import ChangeIntake
from oqs_sim.qualification.checks import Checks
from oqs_sim.qualification.insurer_looks import InsurerLooks
from oqs_sim.qualification.registration import Registrar
from oqs_sim.store.schema import metadata
from oqs_sim.timekeeping import Timekeeper
from oqs_sim.visiting.home_consents import HomeConsents
from oqs_sim.web.entrances import entrances
from oqs_sim.web.municipality import counter_pages
from oqs_sim.web.operation import pages as operation_pages
from oqs_sim.web.portal import pages as portal_pages
from oqs_sim.web.portal.frame import HOME, lost_page
from oqs_sim.webapi.access_tokens import AccessTokens
from oqs_sim.welfare.offices import WelfareOffices
from storage import open_engine, outages, unfit_values
from wire.serving.application import Service, application
from wire.serving.serve import threads_done
from wire.serving.way_on import answer_with_pages, lead_on_by_itself

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI

    from oqs_sim.jlis.outage import JlisOutage
    from oqs_sim.settings import Settings
    from wire.serving.access import Routes

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
        ChallengeIssuer(
            engine,
            settings.challenge_seconds,
            settings.challenge_key_hours,
            longest=settings.token_seconds,
        ),
        name_person=settings.simulation,
        renewal_hours=settings.renewal_hours,
        journal_seconds=settings.journal_seconds,
        clinical_from=settings.clinical_consents_from,
        welfare=settings.welfare,
        eligibility_only=frozenset(settings.eligibility_only_institutions),
    )
    tokens = AccessTokens(checks.challenges, settings.token_seconds)
    records = MedicalRecords(engine, settings.medical_seed, settings.drug_window)
    views = MedicalViews(checks, records, dict(settings.institution_municipalities))
    registrar = Registrar(checks)
    operating = Operating(settings, engine, checks, time, MIGRATIONS)
    messages = MessageForms(operating.operation, time)
    register = ResidentRegister(engine)
    home_consents = HomeConsents(checks)
    bulk_works = BulkWorks(checks, home_consents, settings.bulk, time.now)
    of_people = Portal(registrar, time, settings, records, home_consents)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        checks.journal.start()
        bulk_works.start()
        await time.start()
        await operating.start()
        yield
        await operating.stop()
        await time.stop()
        await bulk_works.stop()
        await threads_done()
        checks.close()
        time.close()
        engine.dispose()

    routes = [
        line.router(checks, registrar, time, messages),
        intermediate.router(
            InsurerLooks(register, checks.outage),
            ChangeIntake(engine, settings.deliveries_at_once),
            time,
        ),
        web_api.router(checks, tokens, time, messages),
        medical.router(views, time, messages),
        bulk_inquiries.router(bulk_works.desk, bulk_works.registry, time, messages),
        visiting.router(home_consents, time, messages),
        operating.line_routes(messages),
        *portal.routers(of_people),
        *portal_pages.routers(of_people),
    ]
    if settings.simulation:
        rest_of_new = partial(rest_of_new_card, rests_between=settings.card_rests_between_moves)
        desk = IssuanceDesk(engine, register, rest_of_new)
        counter = MunicipalCounter(desk, CardMachine(settings.cards_url), _counter_rules(settings))
        routes += [
            simulation.router(time),
            message_bench.router(),
            residents.router(register, time),
            *_jlis(desk, checks.outage, time),
            medical_records.router(views, records, time),
            assistance.subsidy_router(checks.subsidies, time),
            assistance.welfare_router(WelfareOffices(engine, settings.welfare), time),
            operating.console_routes(),
            operation_pages.router(operating.desk, operating.resetter),
            municipality.router(counter, time),
            counter_pages.router(counter, time),
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
        uploads=["/intermediate/", "/sim/jlis/residents", "/bulk/"],
        parts=operating.parts(bulk_works.processor),
        entrances=entrances(simulation=settings.simulation),
        examples=EXAMPLES,
    )
    operating.stand_before(app, bulk_works.processor)
    answer_with_pages(app)
    lead_on_by_itself(app, HOME, lost_page)
    app.state.portal = of_people
    app.mount("/static", StaticFiles(directory=STATIC))
    app.state.engine = engine
    app.state.checks = checks
    app.state.bulk = bulk_works
    app.state.timekeeper = time
    app.state.tokens = tokens
    app.state.stop_streams = time.stop_streams
    return app


def _jlis(desk: IssuanceDesk, switch: JlisOutage, time: Timekeeper) -> list[Routes]:
    """Return the routes of the J-LIS simulator."""
    needs = NeedsJlis(switch, time)
    return [
        cards.router(desk, time, needs),
        reissue.router(ReissueDesk(desk), time, needs),
        generations.router(desk.engine, time, needs),
        ocsp.router(OcspResponder(desk.engine), switch, time),
        outage.router(switch, desk.keys, time),
    ]


def _counter_rules(settings: Settings) -> CounterRules:
    return CounterRules(
        settings.card_rests_between_moves,
        settings.renewal_opens,
        settings.ordinary_card_days,
        settings.renewal_hours,
        settings.counter_keeps_hours,
    )
