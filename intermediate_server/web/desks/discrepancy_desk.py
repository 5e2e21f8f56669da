"""The desk of discrepancies: tickets come in, are listed, and are answered (R-098)."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import httpx2
from fastapi import Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from intermediate_server.counter.ticket import ANSWERED_BEFORE, Finding, TicketAnswer
from intermediate_server.filing.field_parsers import with_year_before
from intermediate_server.filing.fields import Fault, FaultyFields
from intermediate_server.filing.ticket_fields import (
    KIND_WORDS,
    OPTIONAL,
    TICKET_FIELDS,
    TicketField,
    read_ticket,
)
from intermediate_server.procedures.change import FilingChannel, Source
from intermediate_server.procedures.refusal import refused
from intermediate_server.readings import LONGEST_NAME, REFERENCES, Read, Reader, operator_of
from intermediate_server.store.discrepancy_register import TicketKnown
from intermediate_server.store.reading_log import NOBODY
from intermediate_server.web.desks.ticket_subject import (
    Candidate,
    NextStep,
    TicketSubject,
    next_steps,
    ticket_texts,
)
from intermediate_server.web.form import NOTHING, FormField, choices, field_label, listed
from intermediate_server.web.lists.finder import individual_number
from intermediate_server.web.lists.search_terms import LONGEST, understood
from intermediate_server.web.page_context import page_routes, refusal_words, remember
from intermediate_server.web.texts import long_day, said, say, word
from storage import IdempotentRequest
from wire.catalogue import Catalogue, Problem
from wire.request_key import read_key
from wire.vocabulary.texts import Reference, has_unfit_character

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from intermediate_server.counter.ticket import FiledTicket
    from intermediate_server.policies import PolicyBook
    from intermediate_server.web.page_context import PageContext
    from wire.clock import ClockReading
    from wire.serving.access import Routes

SHOWN = 60
FOUND = 20
"""Persons at most among whom a clerk chooses who tells it."""
CITY = "tsuchiura"
"""The insurer whose desks the public notice names (R-098, R-201)."""
_ROUTE = "/discrepancies/desk"
_CHOICES = {
    "Kind": (("", ""), *((word, word) for word in KIND_WORDS.values())),
    "Sex1": (("", ""), ("1", "男"), ("2", "女"), ("3", "未設定")),
    "RatioPaid": (("", ""), ("1割", "1割"), ("2割", "2割"), ("3割", "3割"), ("10割", "10割")),
}
_WIDE = frozenset({"OnCheck", "ShouldBe", "Name", "Address", "Institution", "InsuredNumber"})


@dataclass(frozen=True, slots=True)
class TicketEntry:
    """A ticket on the page."""

    key: str
    insurer: str
    kind: str
    differs: tuple[str, ...]
    """What the check shows, and what it should be, where that was told."""
    desk: str
    """Which desk answers, where a public notice names it; else empty."""
    who: str
    born: str
    address: str
    number: str
    visited: str
    institution: str
    paid: str
    received: str
    source: str
    """By which way it came, and from whom."""
    answer: str
    next_step: str
    next_steps: tuple[NextStep, ...] = ()
    """The ways there."""

    @classmethod
    def of(
        cls,
        filed: FiledTicket,
        insurers: Mapping[str, str],
        city: str,
        lost_on: date | None = None,
    ) -> TicketEntry:
        """Draw it; ``city`` is the number of the city's insurer.

        ``lost_on`` is when the membership was lost, where somebody looked that up.
        """
        one, answer = filed.ticket, filed.answer
        assert one.birthdate is not None
        assert one.visited_on is not None
        source, desk = filed.source, one.kind.desk
        came = word("channel", source.channel, source.channel.japanese)
        ratio = f"{one.ratio_paid}割"
        return cls(
            key=filed.key,
            insurer=insurers.get(filed.insurer_number, filed.insurer_number),
            kind=word("choice", KIND_WORDS[one.kind], KIND_WORDS[one.kind]),
            differs=(
                *([say("discrepancy.shown", text=one.on_check)] if one.on_check else ()),
                *([say("discrepancy.wanted", text=one.should_be)] if one.should_be else ()),
            ),
            desk=say("discrepancy.extension", desk=desk.name, extension=desk.extension)
            if desk is not None and filed.insurer_number == city
            else "",
            who=f"{one.name}　{word('choice', one.sex, one.sex)}",
            born=say("person.born", day=long_day(one.birthdate)),
            address=one.address,
            number=one.insured_number,
            visited=long_day(one.visited_on),
            institution=one.institution,
            paid=say("discrepancy.paid", ratio=word("choice", ratio, ratio)),
            received=long_day(filed.received_on),
            source=f"{came} {source.filed_by}".rstrip(),
            answer=""
            if answer is None
            else f"{long_day(answer.answered_on)}　{_finding(answer.finding)}　{answer.text}",
            next_step=_next_step(answer, lost_on),
            next_steps=tuple(next_steps(filed, lost=lost_on is not None)),
        )


@dataclass(frozen=True)
class DiscrepancyDesk:
    """Where a clerk takes and answers tickets."""

    context: PageContext

    @property
    def _policies(self) -> PolicyBook:
        return self.context.acceptance.policies

    async def page(
        self,
        reader: Reader,
        texts: Mapping[str, str],
        *,
        faults: Sequence[Fault] = (),
        refusal: str = "",
        candidates: Sequence[Candidate] = (),
        unanswered: Mapping[str, str] = NOTHING,
        answered: str = "",
        status: int = 200,
    ) -> HTMLResponse:
        """Show the open tickets, the last ones, and the form.

        ``candidates`` fit what was searched, ``unanswered`` is what was written to tickets without
        a finding, ``answered`` is the key of what was answered just before.
        """
        register = self.context.store.discrepancies
        async with self.context.readings.reading(reader, Read.DISCREPANCY) as read:
            waiting, last, open_count = await asyncio.gather(
                asyncio.to_thread(register.listed, SHOWN, unanswered=True),
                asyncio.to_thread(register.listed, SHOWN),
                asyncio.to_thread(register.count_open),
            )
            if last:
                read.append(NOBODY)
        reading = await self.context.now()
        names = dict(self.context.insurers)
        city = next((str(one.insurer_number) for one in self._policies if one.key == CITY), "")
        return await self.context.render(
            "discrepancies.html",
            _ROUTE,
            reading,
            status,
            fields=[_field(one.element, texts, faults) for one in TICKET_FIELDS],
            faults=listed(faults),
            insurers=self.context.insurers,
            insurer=self.context.insurer(texts.get("InsurerNumber", "")),
            operator=reader.name,
            key=secrets.token_urlsafe(16),
            findings=[(one.value, _finding(one)) for one in Finding],
            open_count=open_count,
            waiting=[TicketEntry.of(one, names, city) for one in waiting],
            answered=[TicketEntry.of(one, names, city) for one in last if one.answer],
            refusal=refusal,
            candidates=candidates,
            unanswered=unanswered,
            receipt=await self._receipt(answered, reading, (names, city), reader),
        )

    async def _receipt(
        self,
        key: str,
        reading: ClockReading | None,
        insurers: tuple[Mapping[str, str], str],
        reader: Reader,
    ) -> TicketEntry | None:
        """Draw what was answered just before, with what is next for a membership as it stands."""
        if not key or await asyncio.to_thread(self.context.store.discrepancies.find, key) is None:
            return None
        filed, subject = await self.whom(key, reader)
        lost_on = subject.lost_on(filed.insurer_number, reading.today) if reading else None
        return TicketEntry.of(filed, *insurers, lost_on) if filed.answer else None

    async def sent(self, texts: dict[str, str], operator: str) -> Response:
        """Do what the form was sent for: to fill it in, to show it again, or to take a ticket."""
        reader = Reader(operator, FilingChannel.PAGE)
        key, text = texts.pop("IdempotencyKey", ""), texts.pop("Find", "")[:LONGEST].strip()
        texts.pop("Search", "")
        switch, chosen = texts.pop("Switch", None), texts.pop("Choose", "")
        if chosen.startswith(REFERENCES) and not has_unfit_character(chosen):
            return await self.choose(texts, chosen[:20], reader)
        if switch is not None:
            return await self.page(reader, texts)
        if text:
            return await self.search(texts, text, reader)
        return await self.take(texts, operator, key)

    async def search(self, texts: dict[str, str], text: str, reader: Reader) -> HTMLResponse:
        """Find who tells it, and fill in what is on record; what was typed besides stays."""
        search = self.context.store.search
        number = individual_number(text)
        try:
            async with self.context.readings.reading(reader, Read.SEARCH) as read:
                if number is not None:
                    match = await self.context.acceptance.oqs.match(number)
                    entries = await asyncio.to_thread(search.newest, match.person.reference)
                    found = [entries] if entries else []
                else:
                    persons = await asyncio.to_thread(search.find, understood(text), FOUND)
                    found = list(persons.persons)
                read += [one[0].person.reference for one in found]
                if not found:
                    read.append(NOBODY)
        except Problem as problem:
            status = problem.entry.kind.status
            return await self.page(reader, texts, refusal=refusal_words(problem), status=status)
        if not found:
            return await self.page(reader, texts, refusal=say("discrepancy.nobody"), status=404)
        if len(found) == 1:
            return await self.page(reader, {**texts, **ticket_texts(found[0][0])})
        return await self.page(reader, texts, candidates=[Candidate.of(one[0]) for one in found])

    async def choose(
        self, texts: Mapping[str, str], reference: str, reader: Reader
    ) -> HTMLResponse:
        """Fill in what is on record of a person."""
        async with self.context.readings.reading(reader, Read.PERSON, reference) as read:
            entries = await asyncio.to_thread(self.context.store.search.newest, reference)
            if not entries:
                read.clear()
        filled = ticket_texts(entries[0]) if entries else {}
        return await self.page(reader, {**texts, **filled})

    async def whom(self, key: str, reader: Reader) -> tuple[FiledTicket, TicketSubject]:
        """Find whom a ticket is about.

        Raises:
            Problem: NOT_FOUND.
        """
        filed = await asyncio.to_thread(self.context.store.discrepancies.find, key)
        if filed is None:
            raise Problem(Catalogue.NOT_FOUND)
        async with self.context.readings.reading(reader, Read.SEARCH) as read:
            subject = await asyncio.to_thread(TicketSubject.of, filed, self.context.store.search)
            read.append(subject.reference or NOBODY)
        return filed, subject

    async def take(self, texts: dict[str, str], operator: str, sent: str) -> Response:
        """Take a ticket in, or show it again with what is wrong."""
        reader = Reader(operator, FilingChannel.PAGE)
        register = self.context.store.discrepancies
        insurer = self._policies.of_digits(texts.get("InsurerNumber", "")).insurer_number.digits
        today = (await self.context.acceptance.read_clock()).today
        visited = with_year_before(texts.get("VisitedOn", ""), today)
        try:
            ticket = read_ticket({**texts, "VisitedOn": visited}, today)
        except FaultyFields as error:
            return await self.page(reader, texts, faults=error.faults, status=422)
        key = read_key(sent or None)
        once = None
        if key is not None:
            asked = IdempotentRequest("page", _ROUTE, key.digest, key.fingerprint(texts))
            once = asked, _nothing
        source = Source(operator, FilingChannel.PAGE)
        try:
            await asyncio.to_thread(register.add, insurer, ticket, today, source, once)
        except TicketKnown:
            return await self.page(reader, {}, refusal=say("discrepancy.known"), status=409)
        return RedirectResponse(_ROUTE, 303)

    async def answer(self, key: str, finding: str, text: str, operator: str) -> Response:
        """Answer a ticket.

        Raises:
            Problem: INVALID_REQUEST, PROCEDURE_REFUSED where it was answered before.
        """
        if not finding:
            reader, refusal = Reader(operator, FilingChannel.PAGE), say("discrepancy.no_finding")
            return await self.page(reader, {}, refusal=refusal, unanswered={key: text}, status=422)
        if finding not in set(Finding) or has_unfit_character(text):
            raise Problem(Catalogue.INVALID_REQUEST)
        today = (await self.context.acceptance.read_clock()).today
        answer = TicketAnswer(Finding(finding), text, today, operator)
        async with self.context.readings.reading(
            Reader(operator, FilingChannel.PAGE), Read.DISCREPANCY
        ) as read:
            read.append(NOBODY)
            if not await asyncio.to_thread(self.context.store.discrepancies.answer, key, answer):
                raise refused(ANSWERED_BEFORE)
        return RedirectResponse(f"{_ROUTE}?Answered={key}", 303)


def _next_step(answer: TicketAnswer | None, lost_on: date | None) -> str:
    if answer is None or not answer.finding.next_step:
        return ""
    if lost_on is not None:
        return say("discrepancy.lost", day=long_day(lost_on))
    return word("next_step", answer.finding, answer.finding.next_step)


def _finding(one: Finding) -> str:
    return word("finding", one, one.japanese)


def _nothing(_: FiledTicket) -> str:
    return ""


def _field(element: str, texts: Mapping[str, str], faults: Sequence[Fault]) -> FormField:
    one = next(field for field in TICKET_FIELDS if field.element == element)
    return FormField(
        element=element,
        label=_label(one),
        how=word("how", one.element, one.how),
        value=texts.get(element, ""),
        required=element not in OPTIONAL,
        mark="" if element in OPTIONAL else say("form.required"),
        wide=element in _WIDE,
        choices=choices(_CHOICES.get(element, ())),
        faults=tuple(said(fault.text) for fault in faults if fault.element == element),
        autofocus=False,
        example="",
    )


def _label(one: TicketField) -> str:
    """Return what a field is called; ``Kind`` is here what differs."""
    if one.element == "Kind":
        return word("field", "Differs", one.japanese)
    return field_label(one.element, one.japanese)


def router(context: PageContext) -> Routes:
    """Return the routes."""
    desk = DiscrepancyDesk(context)
    routes = page_routes()

    @routes.get("/discrepancies/desk", summary="Discrepancies: the open tickets, and the form")
    async def show_desk(
        request: Request,
        person: Annotated[str, Query(alias="Person", max_length=20)] = "",
        answered: Annotated[str, Query(alias="Answered", max_length=20)] = "",
    ) -> HTMLResponse:
        reader = Reader.of(request.scope, request.cookies)
        if person.startswith(REFERENCES) and not has_unfit_character(person):
            return await desk.choose({}, person, reader)
        return await desk.page(reader, {}, answered=answered)

    @routes.post("/discrepancies/desk", summary="Take a ticket in from the form")
    async def take(request: Request) -> Response:
        async with request.form() as sent:
            texts = {name: text for name, text in sent.items() if isinstance(text, str)}
        operator = texts.pop("Operator", operator_of(request.cookies))[:LONGEST_NAME].strip()
        response = await desk.sent(texts, operator)
        remember(response, operator)
        return response

    @routes.get("/discrepancies/desk/{ticket}/person", summary="The page of whom a ticket is about")
    async def show_person(ticket: Annotated[Reference, Path()], request: Request) -> Response:
        reader = Reader.of(request.scope, request.cookies)
        filed, subject = await desk.whom(ticket, reader)
        if subject.reference:
            return RedirectResponse(f"/persons/{subject.reference}#papers", 303)
        asked = httpx2.QueryParams({"Find": filed.ticket.name[:LONGEST]})
        return RedirectResponse(f"/persons?{asked}", 303)

    @routes.get(
        "/discrepancies/desk/{ticket}/next", summary="The form that corrects what a ticket told"
    )
    async def show_next(ticket: Annotated[Reference, Path()], request: Request) -> Response:
        filed, subject = await desk.whom(ticket, Reader.of(request.scope, request.cookies))
        today = await context.today()
        return RedirectResponse(subject.next_form(filed, today), 303)

    @routes.post("/discrepancies/desk/{ticket}", summary="Answer a ticket from the page")
    async def answer(ticket: Annotated[Reference, Path()], request: Request) -> Response:
        async with request.form() as sent:
            finding, text = str(sent.get("Finding", "")), str(sent.get("Text", ""))[:200]
        return await desk.answer(ticket, finding, text, operator_of(request.cookies))

    return routes
