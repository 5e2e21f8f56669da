"""What the intermediate server asks and delivers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from oqs_sim.api.line import rendered
from wire.bulk import HEADER, MEDIA_TYPE
from wire.problem import Catalogue, problem_responses
from wire.tls import Role, require_caller
from wire.vocabulary import (
    BatchReceipt,
    ChangeBatch,
    MatchedPerson,
    PersonMatch,
    Sex,
)

if TYPE_CHECKING:
    from oqs_sim.intake import Intake
    from oqs_sim.issuance import Counter

_CALLER = (Catalogue.NO_CLIENT_CERTIFICATE, Catalogue.WRONG_CALLER, Catalogue.INVALID_REQUEST)

_TABLE = {
    "required": True,
    "content": {MEDIA_TYPE: {"schema": {"type": "string", "examples": [HEADER]}}},
}


def router(counter: Counter, intake: Intake) -> APIRouter:
    """Return the routes of the intermediate server's line."""
    routes = APIRouter(prefix="/intermediate", tags=["中間サーバー"])

    @routes.post(
        "/persons",
        summary="Match a person by 個人番号 with the resident register",
        response_model=MatchedPerson,
        responses=problem_responses(*_CALLER, Catalogue.INVALID_NUMBER, Catalogue.UNKNOWN_PERSON),
    )
    async def match_person(match: PersonMatch, request: Request) -> Response:
        require_caller(request, Role.INTERMEDIATE_SERVER)
        found = counter.match(match.individual_number)
        return rendered(
            MatchedPerson(
                person_reference=found.person_reference,
                name=found.name,
                name_kana=found.name_kana,
                sex1=Sex(found.sex1),
                birthdate=f"{found.birthdate:%Y%m%d}",
                address=found.address,
                post_number=found.post_number,
            )
        )

    @routes.post(
        "/changes",
        summary="Deliver changes that have become visible",
        response_model=BatchReceipt,
        responses=problem_responses(*_CALLER, Catalogue.INTAKE_BUSY),
    )
    async def deliver_changes(batch: ChangeBatch, request: Request) -> Response:
        require_caller(request, Role.INTERMEDIATE_SERVER)
        return rendered(await intake.take(batch))

    @routes.post(
        "/changes/{bucket}",
        summary="Deliver many changes that have become visible, as a table",
        response_model=BatchReceipt,
        responses=problem_responses(*_CALLER, Catalogue.INTAKE_BUSY),
        openapi_extra={"requestBody": _TABLE},
    )
    async def deliver_table(bucket: int, request: Request) -> Response:
        """Take a batch whose first line names the columns, in the order of QualificationChange."""
        require_caller(request, Role.INTERMEDIATE_SERVER)
        return rendered(await intake.take_table(bucket, await request.body()))

    return routes
