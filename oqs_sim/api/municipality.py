"""The municipality's counter: find a person, see how the cards stand, file what is done."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Annotated

from fastapi import Path, Query, Response

from oqs_sim.api.line import rendered
from oqs_sim.municipality.acts import possible_acts
from oqs_sim.municipality.course import day_of
from oqs_sim.municipality.expiry_notice import due_notices, find_notice, send_notices
from oqs_sim.municipality.notice_letter import print_notice
from oqs_sim.municipality.standing_words import standing
from storage import read_aside
from wire.catalogue import Catalogue
from wire.dates import write_day, write_day_or_none
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.consoles.municipality import (
    CounterAct,
    CounterFile,
    CounterReceipt,
    CounterRequest,
    DueNotice,
    DueNotices,
    FoundResident,
    FoundResidents,
    MunicipalityCode,
    NewCounterPin,
    NoticesSent,
)
from wire.vocabulary.texts import Line, Reference, ShortLine

if TYPE_CHECKING:
    from datetime import datetime

    from oqs_sim.municipality.counter import MunicipalCounter
    from oqs_sim.municipality.expiry_notice import ExpiryNotice
    from oqs_sim.municipality.person_file import PersonFile
    from oqs_sim.store.municipality.filings import CounterProcedure
    from oqs_sim.store.residents import Resident
    from oqs_sim.timekeeping import Timekeeper

PDF = "application/pdf"
Person = Annotated[Reference, Path()]
Card = Annotated[ShortLine, Path()]
"""製造番号."""
Town = Annotated[MunicipalityCode | None, Query(alias="MunicipalityCode")]
_ACT_PROBLEMS = problem_responses(
    Catalogue.UNKNOWN_PERSON,
    Catalogue.NOT_FOUND,
    Catalogue.COUNTER_REFUSED,
    Catalogue.CARD_NOT_AT_COUNTER,
    Catalogue.JLIS_OUT,
    Catalogue.INVALID_REQUEST,
    Catalogue.SERVICE_UNREACHABLE,
)


def receipt_of(one: CounterProcedure) -> CounterReceipt:
    """Render a procedure as the person is told of it."""
    return CounterReceipt(
        number=one.number, act=CounterAct(one.act), at=one.at, card=one.card, sentence=one.sentence
    )


def file_of(file: PersonFile, counter: MunicipalCounter, now: datetime) -> CounterFile:
    """Render what the counter sees of a person."""
    person = file.resident
    return CounterFile(
        person_reference=person.person_reference,
        name=person.name,
        name_kana=person.name_kana,
        birthdate=write_day(person.birthdate),
        address=person.address,
        municipality_code=person.municipality_code,
        carriers=tuple(standing(one, now) for one in file.carriers),
        acts=possible_acts(file, now, counter.rules.renewal_opens, counter.refuses_all(now)),
        receipts=tuple(receipt_of(one) for one in reversed(file.procedures)),
    )


def _resident(one: Resident) -> FoundResident:
    return FoundResident(
        person_reference=one.person_reference,
        name=one.name,
        name_kana=one.name_kana,
        birthdate=write_day(one.birthdate),
        address=one.address,
    )


def _due(one: ExpiryNotice) -> DueNotice:
    return DueNotice(
        card=one.card,
        person_reference=one.resident.person_reference,
        name=one.resident.name,
        municipality_code=one.resident.municipality_code,
        certificate_expires_on=write_day(one.certificate_expires_on),
        card_expires_on=write_day(one.card_expires_on),
        sent_on=write_day_or_none(one.sent_on),
    )


def router(counter: MunicipalCounter, time: Timekeeper) -> Routes:
    """Return the routes of the counter."""
    routes = Routes(CONSOLE, prefix="/sim/municipality", tags=["市区町村の窓口（模擬）"])
    engine = counter.engine

    @routes.get(
        "/residents",
        summary="Find residents by 製造番号, 個人番号, reference, name, or the name of a card",
        response_model=FoundResidents,
        responses=problem_responses(Catalogue.SERVICE_UNREACHABLE),
    )
    async def find_residents(sought: Annotated[Line, Query(alias="Sought")]) -> Response:
        found = await counter.find(sought)
        return rendered(FoundResidents(residents=tuple(map(_resident, found))))

    @routes.get(
        "/persons/{person_reference}",
        summary="Say how a person's cards stand, and what can be done now",
        response_model=CounterFile,
        responses=problem_responses(Catalogue.UNKNOWN_PERSON),
    )
    async def show_person(person_reference: Person) -> Response:
        now = await time.asked_at()
        return rendered(file_of(await counter.open(person_reference), counter, now))

    @routes.post(
        "/persons/{person_reference}/acts",
        summary="File what is done for a person: moves, losses, applications, renewal",
        status_code=201,
        response_model=CounterReceipt,
        responses=_ACT_PROBLEMS,
    )
    async def act(person_reference: Person, asked: CounterRequest) -> Response:
        done = await counter.act(person_reference, asked, await time.asked_at())
        return rendered(receipt_of(done), 201)

    @routes.put(
        "/persons/{person_reference}/pin",
        summary="初期化: give a PIN all its tries and a new value, which goes to the card only",
        response_model=CounterReceipt,
        responses=_ACT_PROBLEMS,
    )
    async def reset_pin(person_reference: Person, new: NewCounterPin) -> Response:
        done = await counter.reset_pin(
            person_reference,
            new.card,
            new.which,
            new.pin.get_secret_value(),
            await time.asked_at(),
        )
        return rendered(receipt_of(done))

    @routes.get(
        "/notices",
        summary="有効期限通知書: list who is to be told that a certificate ends",
        response_model=DueNotices,
    )
    async def list_notices(municipality_code: Town = None) -> Response:
        now = await time.asked_at()
        due = await read_aside(engine, partial(due_notices, engine, now, municipality_code))
        return rendered(DueNotices(notices=tuple(map(_due, due))))

    @routes.post(
        "/notices",
        summary="Note that all due notices go out today",
        response_model=NoticesSent,
    )
    async def send_all(municipality_code: Town = None) -> Response:
        now = await time.asked_at()
        sent = await asyncio.to_thread(partial(send_notices, engine, now, municipality_code))
        return rendered(NoticesSent(sent=sent))

    @routes.get(
        "/notices/{card}",
        summary="Get the notice of a card as PDF",
        response_class=Response,
        responses={
            200: {"content": {PDF: {}}},
            **problem_responses(
                Catalogue.NOT_FOUND, Catalogue.FONT_MISSING, Catalogue.CHARACTER_NOT_PRINTABLE
            ),
        },
    )
    async def print_one(card: Card) -> Response:
        now = await time.asked_at()

        def printed() -> bytes:
            return print_notice(find_notice(engine, card, now), day_of(now))

        return Response(await asyncio.to_thread(printed), media_type=PDF)

    return routes
