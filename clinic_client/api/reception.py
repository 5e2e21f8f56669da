"""Visits, the catch-up list, and the look into the intermediate server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path

from clinic_client.api.models import (
    CardVisitRequest,
    CatchUpList,
    CatchUpState,
    NumberVisitRequest,
    PendingState,
    UncheckedVisitRequest,
    VisitState,
)
from clinic_client.oqs_client import Refused
from clinic_client.reception.receiving import Busy
from eligibility.identifiers.numbers import InsurerNumber, InvalidNumber
from reader.errors import ReaderError
from reader.pin import Pin
from wire.catalogue import Catalogue, Problem
from wire.dates import read_day
from wire.serving.problem_http import problem_responses
from wire.vocabulary.inquiry import QualificationConfirmSearchInfo
from wire.vocabulary.texts import Reference

if TYPE_CHECKING:
    from datetime import date

    from clinic_client.reception.desk import Desk
    from clinic_client.visits.visit import Visit


VisitId = Annotated[Reference, Path()]


def router(desk: Desk) -> APIRouter:
    """Return the routes of visits."""
    routes = APIRouter(tags=["受付"])
    _add_receiving(routes, desk)
    _add_records(routes, desk)
    return routes


def _add_receiving(routes: APIRouter, desk: Desk) -> None:
    reception = desk.reception

    @routes.post(
        "/api/visits",
        summary="Receive the holder of the card on the reader",
        status_code=201,
        responses=problem_responses(Catalogue.READER, Catalogue.INVALID_REQUEST, *_OF_THE_LINE),
    )
    async def receive_card(request: CardVisitRequest) -> VisitState:
        try:
            with Pin.authentication(request.pin.get_secret_value()) as pin:
                visit = await reception.by_card(pin, confirmed_last_try=request.confirm_last_try)
        except ReaderError as error:
            # The desk keeps the error for the page; its traceback would keep the request too.
            desk.attempt_failed(error.with_traceback(None))
            raise reader_problem(error) from error
        except Busy as error:
            raise Problem(Catalogue.CHECK_UNDER_WAY) from error
        except Refused as error:
            raise refusal(error) from error
        return _written(desk, visit)

    @routes.post(
        "/api/visits/number",
        summary="Receive a patient by insurer number, symbol, number and branch",
        status_code=201,
        responses=problem_responses(
            Catalogue.INVALID_NUMBER,
            Catalogue.INVALID_REQUEST,
            Catalogue.NOT_FOUND,
            *_OF_THE_LINE,
        ),
    )
    async def receive_number(request: NumberVisitRequest) -> VisitState:
        for_visit = _find(desk, request.for_visit) if request.for_visit else None
        try:
            _birthdate(desk, request.birthdate)
            visit = await reception.by_number(_asked(request), for_visit)
        except Refused as error:
            raise refusal(error) from error
        return _written(desk, visit)

    @routes.post(
        "/api/visits/unchecked",
        summary="Receive a patient whose eligibility cannot be asked for",
        status_code=201,
        responses=problem_responses(Catalogue.INVALID_REQUEST),
    )
    async def receive_unchecked(request: UncheckedVisitRequest) -> VisitState:
        visit = await reception.unchecked(
            request.cause,
            _birthdate(desk, request.birthdate) if request.birthdate else None,
            card_at_hand=request.card_at_hand,
        )
        return _written(desk, visit)


def _add_records(routes: APIRouter, desk: Desk) -> None:
    reception, store = desk.reception, desk.store

    @routes.get("/api/visits", summary="List today's visits, the newest first")
    async def visits_of_today() -> list[VisitState]:
        return [_written(desk, visit) for visit in store.of_day(desk.clock.shown().today)]

    @routes.get(
        "/api/visits/{visit_id}",
        summary="Read one visit",
        responses=problem_responses(Catalogue.NOT_FOUND),
    )
    async def one_visit(visit_id: VisitId) -> VisitState:
        return _written(desk, _find(desk, visit_id))

    @routes.get(
        "/api/visits/{visit_id}/pending",
        summary="Tell what is on its way to OQS for a visit's person (simulation only)",
        responses=problem_responses(Catalogue.NOT_FOUND),
    )
    async def pending(visit_id: VisitId) -> PendingState:
        changes = await reception.pending(_find(desk, visit_id))
        return PendingState.of(changes)

    @routes.get("/api/catch-up", summary="List who has to be checked again")
    async def catch_up() -> CatchUpList:
        today = desk.clock.shown().today
        return CatchUpList(
            waiting=tuple(CatchUpState.of(entry, today) for entry in store.catch_up_list())
        )


_OF_THE_LINE = (
    Catalogue.NO_CLIENT_CERTIFICATE,
    Catalogue.WRONG_CALLER,
    Catalogue.CHALLENGE_UNKNOWN,
    Catalogue.CHALLENGE_USED,
    Catalogue.SIGNATURE_INVALID,
    Catalogue.OQS_FAILED,
)


def reader_problem(error: ReaderError) -> Problem:
    """Write an error of the reader as a problem; no member of it ever held a PIN."""
    status = error.status_word
    return Problem(
        Catalogue.READER,
        str(error),
        japanese=error.ja,
        kind=type(error).__name__,
        english=error.en,
        status_word=f"0x{status:04X}" if status is not None else None,
        attempts_remaining=error.attempts_remaining,
        next_step=error.next_step.value,
    )


def refusal(error: Refused) -> Problem:
    """Hand on what OQS refused; it concerns this terminal or this attempt."""
    return Problem(error.entry, error.document.detail, japanese=error.document.japanese)


def _written(desk: Desk, visit: Visit) -> VisitState:
    return VisitState.of(visit, desk.store.previous_of(visit))


def _find(desk: Desk, visit_id: str) -> Visit:
    visit = desk.store.find(visit_id)
    if visit is None:
        raise Problem(Catalogue.NOT_FOUND, f"There is no visit {visit_id}.")
    return visit


def _birthdate(desk: Desk, text: str) -> date:
    birthdate = read_day(text)
    if birthdate > desk.clock.shown().today:
        raise Problem(
            Catalogue.INVALID_REQUEST,
            f"Birthdate {text} lies after today.",
            japanese="生年月日が今日より後です。年・月・日を確かめてください。",
            english="The date of birth lies after today. Check year, month and day.",
        )
    return birthdate


def _asked(request: NumberVisitRequest) -> QualificationConfirmSearchInfo:
    try:
        insurer = InsurerNumber.parse(request.insurer_number)
    except InvalidNumber as error:
        raise Problem(
            Catalogue.INVALID_NUMBER,
            error.text.en,
            japanese=error.text.ja,
            english=error.text.en,
        ) from error
    return QualificationConfirmSearchInfo(
        insurer_number=str(insurer),
        insured_card_symbol=request.insured_card_symbol or None,
        insured_identification_number=request.insured_identification_number,
        insured_branch_number=request.insured_branch_number or None,
        birthdate=request.birthdate,
    )
