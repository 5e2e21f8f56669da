"""What terminals of medical institutions ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from wire.problem import Catalogue, Problem, problem_responses
from wire.tls import Role, require_caller
from wire.vocabulary import (
    CardInquiry,
    ChallengeGrant,
    Element,
    NumberInquiry,
    QualificationAnswer,
    RequestHeader,
)

if TYPE_CHECKING:
    from oqs_sim.checks import Checks
    from oqs_sim.timekeeping import Timekeeper

_CALLER = (Catalogue.NO_CLIENT_CERTIFICATE, Catalogue.WRONG_CALLER, Catalogue.INVALID_REQUEST)


def rendered(element: Element, status: int = 200) -> Response:
    """Render an element as JSON; absent members are omitted, as in the real files."""
    return Response(
        element.model_dump_json(by_alias=True, exclude_none=True),
        status,
        media_type="application/json",
    )


def _require_terminal(request: Request, header: RequestHeader) -> None:
    caller = require_caller(request, Role.TERMINAL)
    if caller.name != header.medical_institution_code:
        raise Problem(
            Catalogue.WRONG_CALLER,
            f"The certificate is of {caller.name}, "
            f"the request of {header.medical_institution_code}.",
        )


def router(checks: Checks, time: Timekeeper) -> APIRouter:
    """Return the routes of the terminals' line."""
    routes = APIRouter(tags=["資格確認"])

    @routes.post(
        "/qualification/challenges",
        summary="Get a challenge for a card to sign",
        status_code=201,
        response_model=ChallengeGrant,
        responses=problem_responses(*_CALLER),
    )
    async def grant_challenge(request: Request) -> Response:
        require_caller(request, Role.TERMINAL)
        grant = ChallengeGrant(
            challenge=checks.challenge(), valid_seconds=checks.challenges.lifetime
        )
        return rendered(grant, 201)

    @routes.post(
        "/qualification/card",
        summary="資格確認 by card (照会区分 1)",
        response_model=QualificationAnswer,
        responses=problem_responses(
            *_CALLER,
            Catalogue.CHALLENGE_UNKNOWN,
            Catalogue.CHALLENGE_USED,
            Catalogue.SIGNATURE_INVALID,
            Catalogue.CERTIFICATE_UNKNOWN,
            Catalogue.CERTIFICATE_LAPSED,
            Catalogue.CERTIFICATE_REVOKED,
            Catalogue.NOT_REGISTERED,
        ),
    )
    async def check_by_card(inquiry: CardInquiry, request: Request) -> Response:
        _require_terminal(request, inquiry.message_header)
        return rendered(checks.by_card(inquiry, time.now()))

    @routes.post(
        "/qualification/number",
        summary="資格確認 by 記号・番号 (照会区分 2)",
        response_model=QualificationAnswer,
        responses=problem_responses(*_CALLER, Catalogue.INVALID_NUMBER),
    )
    async def check_by_number(inquiry: NumberInquiry, request: Request) -> Response:
        _require_terminal(request, inquiry.message_header)
        return rendered(checks.by_number(inquiry, time.now()))

    return routes
