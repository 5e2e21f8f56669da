"""What welfare offices and municipalities register (simulation): 医療扶助 and 医療費助成."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

from fastapi import Path, Query, Response
from pydantic import StringConstraints

from oqs_sim.api.line import rendered
from wire.catalogue import Catalogue
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.care.assistance import (
    NewRecipient,
    NewSubsidyCertificate,
    NewSubsidyMunicipality,
    NewTickets,
    NewWelfareOffice,
    SubsidyInspection,
    WelfareOfficeStanding,
)
from wire.vocabulary.codes import Institution
from wire.vocabulary.texts import Reference

if TYPE_CHECKING:
    from oqs_sim.subsidy.certificates import SubsidyCertificates
    from oqs_sim.timekeeping import Timekeeper
    from oqs_sim.welfare.offices import WelfareOffices

OfficeNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$"), Path()]
"""公費負担者番号, 8 digits that begin with 12."""
MunicipalityCode = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{5}$"),
    Path(description="市区町村コード: five digits without a check digit, as 99201."),
]
"""市区町村コード, 5 digits."""
PersonAsked = Annotated[Reference, Query(alias="PersonReference")]
InstitutionAsked = Annotated[Institution, Query(alias="MedicalInstitutionCode")]
"""Whose desk is looked at."""
_KNOWN = (Catalogue.INVALID_NUMBER, Catalogue.WELFARE_OFFICE_UNKNOWN, Catalogue.INVALID_REQUEST)


def welfare_router(offices: WelfareOffices, time: Timekeeper) -> Routes:
    """Return what welfare offices report."""
    routes = Routes(CONSOLE, prefix="/sim/welfare", tags=["福祉事務所（模擬）"])

    @routes.put(
        "/offices/{office_number}",
        summary="Register a welfare office, or say that it still reports",
        status_code=204,
        responses=problem_responses(Catalogue.INVALID_NUMBER, Catalogue.INVALID_REQUEST),
    )
    async def keep_office(office_number: OfficeNumber, office: NewWelfareOffice) -> Response:
        now = await time.asked_at()
        await asyncio.to_thread(lambda: offices.keep_office(office_number, office.name, now))
        return Response(status_code=204)

    @routes.get(
        "/offices/{office_number}",
        summary="Say when a welfare office last reported, and whether it is trusted",
        response_model=WelfareOfficeStanding,
        responses=problem_responses(*_KNOWN),
    )
    async def show_office(office_number: OfficeNumber) -> Response:
        now = await time.asked_at()
        return rendered(await asyncio.to_thread(lambda: offices.standing(office_number, now)))

    @routes.post(
        "/offices/{office_number}/recipients",
        summary="Register who receives 医療扶助; the same number again puts it right",
        status_code=204,
        responses=problem_responses(*_KNOWN, Catalogue.UNKNOWN_PERSON, Catalogue.ALREADY_EXISTS),
    )
    async def keep_recipient(office_number: OfficeNumber, recipient: NewRecipient) -> Response:
        now = await time.asked_at()
        await asyncio.to_thread(lambda: offices.keep_recipient(office_number, recipient, now))
        return Response(status_code=204)

    @routes.post(
        "/offices/{office_number}/tickets",
        summary="Register 医療券 and 調剤券 of a month, seen from about its 15th on",
        status_code=204,
        responses=problem_responses(*_KNOWN, Catalogue.RECIPIENT_UNKNOWN),
    )
    async def keep_tickets(office_number: OfficeNumber, tickets: NewTickets) -> Response:
        now = await time.asked_at()
        await asyncio.to_thread(lambda: offices.keep_tickets(office_number, tickets.tickets, now))
        return Response(status_code=204)

    return routes


def subsidy_router(subsidies: SubsidyCertificates, time: Timekeeper) -> Routes:
    """Return what municipalities register, and the inspection of it."""
    routes = Routes(CONSOLE, prefix="/sim/subsidies", tags=["医療費助成（模擬）"])

    @routes.put(
        "/municipalities/{municipality_code}",
        summary="Register a municipality, and from when it is connected to PMH",
        status_code=204,
        responses=problem_responses(Catalogue.INVALID_REQUEST),
    )
    async def keep_municipality(
        municipality_code: MunicipalityCode, new: NewSubsidyMunicipality
    ) -> Response:
        await asyncio.to_thread(
            lambda: subsidies.keep_municipality(municipality_code, new.name, new.connected_on),
        )
        return Response(status_code=204)

    @routes.post(
        "/municipalities/{municipality_code}/certificates",
        summary="Register a person's 医療費助成の受給者証",
        status_code=204,
        responses=problem_responses(
            Catalogue.INVALID_REQUEST,
            Catalogue.INVALID_NUMBER,
            Catalogue.NOT_FOUND,
            Catalogue.UNKNOWN_PERSON,
        ),
    )
    async def keep_certificate(
        municipality_code: MunicipalityCode, new: NewSubsidyCertificate
    ) -> Response:
        await asyncio.to_thread(lambda: subsidies.keep_certificate(municipality_code, new))
        return Response(status_code=204)

    @routes.get(
        "/inspection",
        summary="Tell why an institution sees a person's certificates, or none",
        response_model=SubsidyInspection,
        responses=problem_responses(Catalogue.INVALID_REQUEST),
    )
    async def inspect(
        person_reference: PersonAsked,
        institution: InstitutionAsked,
    ) -> Response:
        now = await time.asked_at()
        found = await asyncio.to_thread(
            lambda: subsidies.inspect(person_reference, institution, now)
        )
        return rendered(found)

    return routes
