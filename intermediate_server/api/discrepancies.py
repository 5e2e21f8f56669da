"""Discrepancy tickets: the check says otherwise than a paper, or than the patient (R-098)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

from fastapi import Path, Query, Request, Response
from pydantic import StringConstraints

from eligibility.reception.discrepancy import DiscrepancyKind
from intermediate_server.api.models import Text, problem_of
from intermediate_server.counter.ticket import ANSWERED_BEFORE, Finding, TicketAnswer
from intermediate_server.filing.fields import FaultyFields
from intermediate_server.filing.ticket_fields import read_ticket
from intermediate_server.procedures.change import FilingChannel, Source
from intermediate_server.procedures.refusal import refused
from intermediate_server.readings import Read, Reader
from intermediate_server.store.discrepancy_register import TicketKnown
from intermediate_server.store.reading_log import NOBODY
from storage import IdempotentRequest
from wire.catalogue import Catalogue, Problem
from wire.dates import write_day
from wire.line_credentials import Role
from wire.request_key import REPLAYED, KeysUnderWay, read_key, require_same
from wire.serving.access import Routes, allow, participant
from wire.serving.idempotency import PROBLEMS, IdempotencyKey
from wire.serving.problem_http import problem_responses
from wire.vocabulary.codes import Day
from wire.vocabulary.element import Element
from wire.vocabulary.texts import FIT, Reference

if TYPE_CHECKING:
    from datetime import date

    from eligibility.reception.discrepancy import DiscrepancyTicket
    from intermediate_server.acceptance import Acceptance
    from intermediate_server.counter.ticket import FiledTicket
    from intermediate_server.readings import Readings
    from intermediate_server.store import Store
    from wire.line_credentials import Caller

_CALLER = (
    Catalogue.NO_CLIENT_CERTIFICATE,
    Catalogue.CERTIFICATE_REFUSED,
    Catalogue.WRONG_CALLER,
    Catalogue.INVALID_REQUEST,
)
_ROUTE = "/discrepancies"
TicketKey = Annotated[Reference, Path()]


class DiscrepancyForm(Element):
    """What differs, and the eight things that the insurer needs to know."""

    insurer_number: Text
    kind: Text
    """``ratio`` (負担割合), ``limit`` (限度額適用区分), ``name``, ``birthdate``, ``number``, or
    ``person`` (別人の情報)."""
    on_check: Text = ""
    """What the online check shows."""
    should_be: Text = ""
    """What it should be, as the patient or the paper says."""
    name: Text = ""
    birthdate: Text = ""
    sex1: Text = ""
    address: Text = ""
    insured_number: Text = ""
    """被保険者番号: 記号・番号・枝番."""
    visited_on: Text = ""
    institution: Text = ""
    """医療機関等の名称・所在地."""
    ratio_paid: Text = ""
    """支払った一部負担金の割合, as ``3割``; ``10割`` for the whole cost."""


class AnswerForm(Element):
    """What the insurer found."""

    finding: Finding
    text: Annotated[str, StringConstraints(max_length=200), FIT] = ""


class AnswerView(Element):
    """What the insurer answered."""

    finding: Finding
    text: str
    answered_on: Day
    next_step: str | None = None
    """What the insurer does about it, in Japanese."""


class DiscrepancyView(Element):
    """A ticket."""

    ticket: str
    insurer_number: str
    kind: DiscrepancyKind
    name: str
    birthdate: Day
    sex: str
    address: str
    insured_number: str
    visited_on: Day
    institution: str
    ratio_paid: int
    """In tenths."""
    on_check: str | None = None
    should_be: str | None = None
    received_on: Day
    filed_by: str
    channel: FilingChannel
    answer: AnswerView | None = None

    @classmethod
    def of(cls, filed: FiledTicket) -> DiscrepancyView:
        """Render a ticket, which is complete."""
        one, answer = filed.ticket, filed.answer
        assert one.birthdate is not None
        assert one.visited_on is not None
        assert one.ratio_paid is not None
        return cls(
            ticket=filed.key,
            insurer_number=filed.insurer_number,
            kind=one.kind,
            name=one.name,
            birthdate=write_day(one.birthdate),
            sex=one.sex,
            address=one.address,
            insured_number=one.insured_number,
            visited_on=write_day(one.visited_on),
            institution=one.institution,
            ratio_paid=one.ratio_paid,
            on_check=one.on_check or None,
            should_be=one.should_be or None,
            received_on=write_day(filed.received_on),
            filed_by=filed.source.filed_by,
            channel=filed.source.channel,
            answer=AnswerView(
                finding=answer.finding,
                text=answer.text,
                answered_on=write_day(answer.answered_on),
                next_step=answer.finding.next_step or None,
            )
            if answer
            else None,
        )


class DiscrepancyList(Element):
    """Tickets of an insurer."""

    tickets: tuple[DiscrepancyView, ...]


def router(acceptance: Acceptance, store: Store, readings: Readings) -> Routes:
    """Return the routes of tickets."""
    routes = Routes(Role.INSURER, tags=["相違"])
    _add_telling(routes, acceptance, store)
    _add_handling(routes, acceptance, store, readings)
    return routes


def _add_telling(routes: Routes, acceptance: Acceptance, store: Store) -> None:
    under_way = KeysUnderWay()

    @routes.post(
        _ROUTE,
        summary="Tell an insurer that the check and a paper differ",
        status_code=201,
        response_model=DiscrepancyView,
        response_model_exclude_none=True,
        responses=problem_responses(
            *_CALLER,
            Catalogue.INVALID_NUMBER,
            Catalogue.UNKNOWN_INSURER,
            Catalogue.SERVICE_UNREACHABLE,
            Catalogue.STORAGE_UNAVAILABLE,
            *PROBLEMS,
        ),
        openapi_extra=allow(Role.INSURER, Role.TERMINAL),
    )
    async def file_ticket(
        form: DiscrepancyForm, request: Request, idempotency_key: IdempotencyKey = None
    ) -> Response:
        caller = participant(request)
        texts = form.model_dump(by_alias=True)
        insurer = str(acceptance.policies.of_digits(form.insurer_number.strip()).insurer_number)
        _require_own(caller, insurer)
        today = (await acceptance.read_clock()).today
        ticket = _read(texts, today)
        source = Source(caller.name, FilingChannel.LINE)
        key = read_key(idempotency_key)
        add = store.discrepancies.add
        if key is None:
            return _answer(_written(await asyncio.to_thread(add, insurer, ticket, today, source)))
        asked = key.fingerprint(texts)
        once = IdempotentRequest(caller.name, _ROUTE, key.digest, asked), _written
        try:
            with under_way.hold(caller.name, _ROUTE, key.digest):
                taken = await asyncio.to_thread(add, insurer, ticket, today, source, once)
        except TicketKnown as before:
            require_same(before.kept.fingerprint, asked)
            return _answer(before.kept.answer, {REPLAYED: "true"})
        return _answer(_written(taken))


def _add_handling(routes: Routes, acceptance: Acceptance, store: Store, readings: Readings) -> None:
    @routes.get(
        _ROUTE,
        summary="List an insurer's tickets: the open ones, or the last",
        response_model_exclude_none=True,
        responses=problem_responses(*_CALLER),
    )
    async def list_tickets(
        request: Request,
        limit: Annotated[int, Query(alias="Limit", ge=1, le=1_000)] = 100,
        unanswered: Annotated[bool, Query(alias="Open")] = True,  # noqa: FBT002 # a query
    ) -> DiscrepancyList:
        insurer = participant(request).name
        reader = Reader.of(request.scope, request.cookies)
        async with readings.reading(reader, Read.DISCREPANCY) as read:
            found = await asyncio.to_thread(
                store.discrepancies.listed, limit, insurer, unanswered=unanswered
            )
            if found:
                read.append(NOBODY)
        return DiscrepancyList(tickets=tuple(map(DiscrepancyView.of, found)))

    @routes.get(
        "/discrepancies/tickets/{ticket}",
        summary="Read a ticket, as its insurer or as who told it",
        response_model_exclude_none=True,
        responses=problem_responses(*_CALLER, Catalogue.NOT_FOUND),
        openapi_extra=allow(Role.INSURER, Role.TERMINAL),
    )
    async def read_one(ticket: TicketKey, request: Request) -> DiscrepancyView:
        caller = participant(request)
        reader = Reader.of(request.scope, request.cookies)
        async with readings.reading(reader, Read.DISCREPANCY) as read:
            found = await asyncio.to_thread(store.discrepancies.find, ticket)
            if found is None or not _concerns(caller, found):
                raise Problem(Catalogue.NOT_FOUND, "There is no such ticket.")
            read.append(NOBODY)
        return DiscrepancyView.of(found)

    @routes.post(
        "/discrepancies/{ticket}/answer",
        summary="Answer a ticket",
        response_model_exclude_none=True,
        responses=problem_responses(
            *_CALLER,
            Catalogue.NOT_FOUND,
            Catalogue.PROCEDURE_REFUSED,
            Catalogue.SERVICE_UNREACHABLE,
        ),
    )
    async def answer_ticket(
        ticket: TicketKey, form: AnswerForm, request: Request
    ) -> DiscrepancyView:
        insurer = participant(request).name
        reader = Reader.of(request.scope, request.cookies)
        async with readings.reading(reader, Read.DISCREPANCY) as read:
            read.append(NOBODY)
            found = await asyncio.to_thread(store.discrepancies.find, ticket)
            if found is None or found.insurer_number != insurer:
                raise Problem(Catalogue.NOT_FOUND, "There is no such ticket.")
            today = (await acceptance.read_clock()).today
            answer = TicketAnswer(form.finding, form.text, today, insurer)
            if not await asyncio.to_thread(store.discrepancies.answer, found.key, answer):
                raise refused(ANSWERED_BEFORE)
            made = await asyncio.to_thread(store.discrepancies.find, found.key)
            assert made is not None
        return DiscrepancyView.of(made)


def _concerns(caller: Caller, filed: FiledTicket) -> bool:
    """Tell whether a ticket is for the insurer, or came from this very clinic over the line."""
    if caller.role is Role.INSURER:
        return filed.insurer_number == caller.name
    source = filed.source
    return source.channel is FilingChannel.LINE and source.filed_by == caller.name


def _require_own(caller: Caller, insurer: str) -> None:
    """See that an insurer's window tells its own insurer; a clinic may tell any."""
    if caller.role is Role.INSURER and caller.name != insurer:
        raise Problem(
            Catalogue.WRONG_CALLER,
            f"The certificate is of {caller.name}, the ticket for {insurer}.",
        )


def _read(texts: dict[str, str], today: date) -> DiscrepancyTicket:
    try:
        return read_ticket(texts, today)
    except FaultyFields as error:
        raise problem_of(error.faults) from None


def _written(filed: FiledTicket) -> str:
    return DiscrepancyView.of(filed).model_dump_json(by_alias=True, exclude_none=True)


def _answer(ticket: str, headers: dict[str, str] | None = None) -> Response:
    return Response(ticket, 201, headers, media_type="application/json")
