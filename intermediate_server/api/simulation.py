"""What only a simulation can show: what is recorded and not yet visible."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import httpx2
from fastapi import Path, Request

from intermediate_server.api.models import PersonView
from intermediate_server.oqs_client import unreachable
from intermediate_server.readings import Read, Reader
from wire.catalogue import Catalogue
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.texts import Reference  # noqa: TC001 # FastAPI reads it at run time

if TYPE_CHECKING:
    from intermediate_server.readings import Readings
    from intermediate_server.store import Store
    from wire.clock import ClockSource


def router(store: Store, clock: ClockSource, readings: Readings) -> Routes:
    """Return the routes of the simulation's view."""
    routes = Routes(CONSOLE, prefix="/sim", tags=["模擬の操作"])

    @routes.get(
        "/persons/{person_reference}",
        summary="Show what insurers reported of a person, and what of it is on its way",
        response_model_exclude_none=True,
        responses=problem_responses(Catalogue.SERVICE_UNREACHABLE),
    )
    async def show_person(
        person_reference: Annotated[Reference, Path()], request: Request
    ) -> PersonView:
        try:
            now = (await clock.read()).now
        except httpx2.HTTPError as error:
            raise unreachable("The clock", error) from None
        async with readings.reading(
            Reader.of(request.scope, request.cookies), Read.SIMULATION, person_reference
        ):
            history = await asyncio.to_thread(store.ledger.history, person_reference)
            registered = await asyncio.to_thread(store.documents.of_person, person_reference)
        documents = tuple(one.document for one in registered)
        return PersonView.of(person_reference, history, documents, now)

    return routes
