"""Documents: on application, the register of what became of them, and their PDF."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Annotated, TypeVar

from fastapi import Path, Request, Response
from pydantic import StringConstraints

from eligibility.documents import Occasion
from intermediate_server.api.models import DocumentDecision, Text, problem_of
from intermediate_server.counter.noting import check_event
from intermediate_server.documents.document import DocumentEvent, EventKind
from intermediate_server.documents.papers import printed
from intermediate_server.documents.printing import print_papers
from intermediate_server.filing import field_parsers
from intermediate_server.filing.fields import Fault
from intermediate_server.procedures.change import Source
from intermediate_server.readings import Read, Reader
from wire.catalogue import Catalogue, Problem
from wire.dates import write_day
from wire.line_credentials import Role
from wire.serving.access import CONSOLE, Routes, allow, caller, participant
from wire.serving.problem_http import problem_responses
from wire.vocabulary import texts
from wire.vocabulary.codes import Day
from wire.vocabulary.element import Element
from wire.vocabulary.texts import FIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from intermediate_server.document_issuance import DocumentIssuance
    from intermediate_server.documents.document import Document
    from intermediate_server.readings import Readings
    from intermediate_server.settings import Settings

_CALLER = (
    Catalogue.NO_CLIENT_CERTIFICATE,
    Catalogue.CERTIFICATE_REFUSED,
    Catalogue.WRONG_CALLER,
    Catalogue.INVALID_REQUEST,
)
_Value = TypeVar("_Value")
Reference = Annotated[texts.Reference, Path()]
Number = Annotated[int, Path(ge=1, le=999_999)]


class DocumentApplication(Element):
    """A member asks for a document, or gives one back."""

    insurer_number: Text
    individual_number: Text
    insured_card_symbol: Text = ""
    insured_identification_number: Text
    insured_branch_number: Text = ""
    occasion: Occasion


class EventForm(Element):
    """What became of a document."""

    event: EventKind
    on: Text
    note: Annotated[str, StringConstraints(max_length=100), FIT] = ""


class RecordedEvent(Element):
    """What became of a document, as it is in the register."""

    number: int
    event: EventKind
    on: Day
    note: str

    @classmethod
    def of(cls, one: DocumentEvent) -> RecordedEvent:
        """Render an event."""
        return cls(number=one.number, event=one.event, on=write_day(one.on), note=one.note)


def router(issuance: DocumentIssuance, settings: Settings, readings: Readings) -> Routes:
    """Return the routes of documents."""
    routes = Routes(Role.INSURER, tags=["証類"])

    @routes.post(
        "/documents",
        summary="Decide on a document that a member asks for",
        status_code=201,
        response_model_exclude_none=True,
        responses=problem_responses(
            *_CALLER,
            Catalogue.INVALID_NUMBER,
            Catalogue.UNKNOWN_INSURER,
            Catalogue.UNKNOWN_PERSON,
            Catalogue.PROCEDURE_REFUSED,
            Catalogue.MATCHING_NOT_POSSIBLE,
            Catalogue.SERVICE_UNREACHABLE,
        ),
    )
    async def apply(application: DocumentApplication, request: Request) -> DocumentDecision:
        insurer = own_number(request, application.insurer_number)
        individual = read_field(
            "IndividualNumber", field_parsers.individual_number, application.individual_number
        )
        number = (
            insurer,
            application.insured_card_symbol,
            application.insured_identification_number,
            application.insured_branch_number,
        )
        async with readings.reading(
            Reader.of(request.scope, request.cookies), Read.APPLICATION
        ) as read:
            match = await issuance.acceptance.oqs.match(individual)
            read.append(match.person.reference)
            if application.occasion is Occasion.LAST_FOUR_CHECK:
                made = await issuance.ask_last_four(individual, number, Source(insurer))
            else:
                made = await issuance.apply(match.person.reference, number, application.occasion)
        return DocumentDecision.of(made)

    @routes.post(
        "/documents/{person_reference}/{number}/events",
        summary="Write down what became of a document: sent, withdrawn, come back, given back",
        status_code=201,
        responses=problem_responses(
            *_CALLER,
            Catalogue.NOT_PRINTED,
            Catalogue.PROCEDURE_REFUSED,
            Catalogue.SERVICE_UNREACHABLE,
        ),
    )
    async def note(
        person_reference: Reference, number: Number, form: EventForm, request: Request
    ) -> RecordedEvent:
        insurer = participant(request).name
        async with readings.reading(
            Reader.of(request.scope, request.cookies), Read.DOCUMENT, person_reference
        ):
            papers = await asyncio.to_thread(issuance.register.of_person, person_reference)
            found = next((one for one in papers if one.document.number == number), None)
            if (
                found is None
                or found.document.kind is None
                or found.document.insurer_number != insurer
            ):
                raise Problem(Catalogue.NOT_PRINTED)
        on = read_field("On", field_parsers.day, form.on)
        today = (await issuance.acceptance.read_clock()).today
        return RecordedEvent.of(
            await asyncio.to_thread(
                issuance.register.note,
                person_reference,
                number,
                form.event,
                on,
                form.note,
                check=partial(check_event, event=form.event, on=on, today=today, note=form.note),
            )
        )

    @routes.get(
        "/documents/{person_reference}/{number}.pdf",
        summary="The PDF of a document",
        response_class=Response,
        responses={
            200: {"content": {"application/pdf": {}}, "description": "The document."},
            **problem_responses(
                *_CALLER,
                Catalogue.NOT_PRINTED,
                Catalogue.HOUSEHOLDER_UNKNOWN,
                Catalogue.FONT_MISSING,
                Catalogue.CHARACTER_NOT_PRINTABLE,
            ),
        },
        openapi_extra=allow(Role.INSURER, CONSOLE),
    )
    async def show_pdf(person_reference: Reference, number: Number, request: Request) -> Response:
        insurer = caller(request)  # a clerk at the console has no certificate, and sees all
        today = await issuance.today()

        def read() -> tuple[Document, bytes]:
            found = issuance.register.find(person_reference, number, today)
            if found is None or (insurer is not None and insurer.name != found[0].insurer_number):
                raise Problem(Catalogue.NOT_PRINTED)
            policy = issuance.acceptance.policies.of_digits(found[0].insurer_number)
            return found[0], print_papers([printed(*found, policy)], settings.font)

        async with readings.reading(
            Reader.of(request.scope, request.cookies), Read.DOCUMENT, person_reference
        ):
            document, content = await asyncio.to_thread(read)
        name = f"{document.kind}-{person_reference}-{number}.pdf"
        return Response(
            content,
            media_type="application/pdf",
            headers={"Content-Disposition": f'inline; filename="{name}"'},
        )

    return routes


def own_number(request: Request, written_number: str) -> str:
    """Return the insurer number of the request, which must be that of the certificate."""
    holder = participant(request)
    insurer = read_field("InsurerNumber", field_parsers.insurer_number, written_number)
    if holder.name != str(insurer):
        raise Problem(
            Catalogue.WRONG_CALLER,
            f"The certificate is of {holder.name}, the request of {insurer}.",
        )
    return str(insurer)


def read_field(element: str, read: Callable[[str], _Value], text: str) -> _Value:
    """Read a member of a request; what is wrong with it is a `Problem`."""
    try:
        return read(text.strip())
    except field_parsers.Unreadable as error:
        raise problem_of([Fault(element, error.text)]) from None
