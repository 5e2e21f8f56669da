"""What terminals of medical institutions ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import Query, Request, Response

from eligibility.registration.state_machine import RegistrationChannel
from oqs_sim.api.message_route import DOCUMENT, NOT_READ, Exchange, MessageForms
from oqs_sim.qualification.challenge import ChallengePurpose
from wire.catalogue import Catalogue
from wire.line_credentials import Role
from wire.messages.message_kind import MessageKind
from wire.serving.access import Routes, participant
from wire.serving.direct import JsonAnswer
from wire.serving.problem_http import problem_responses
from wire.vocabulary.answer import QualificationAnswer
from wire.vocabulary.codes import ReferenceClassification
from wire.vocabulary.inquiry import (
    CardInquiry,
    CardProof,
    ChallengeGrant,
    NumberInquiry,
)

if TYPE_CHECKING:
    from oqs_sim.qualification.checks import Checks
    from oqs_sim.qualification.registration import Registrar
    from oqs_sim.timekeeping import Timekeeper
    from wire.messages.refusal import Refusal
    from wire.vocabulary.element import Element

_CALLER = (
    Catalogue.NO_CLIENT_CERTIFICATE,
    Catalogue.CERTIFICATE_REFUSED,
    Catalogue.WRONG_CALLER,
    Catalogue.INVALID_REQUEST,
)

CERTIFICATE = (
    Catalogue.CERTIFICATE_UNREADABLE,
    Catalogue.CERTIFICATE_ISSUER_UNKNOWN,
    Catalogue.CERTIFICATE_NOT_AUTHENTICATION,
    Catalogue.CERTIFICATE_SIGNATURE_FALSE,
    Catalogue.CERTIFICATE_IS_AUTHORITY,
    Catalogue.CERTIFICATE_KEY_USAGE,
    Catalogue.CERTIFICATE_POLICY,
    Catalogue.CERTIFICATE_EXTENSION,
    Catalogue.CERTIFICATE_NOT_YET_VALID,
    Catalogue.CERTIFICATE_ISSUER_EXPIRED,
    Catalogue.CERTIFICATE_UNKNOWN,
    Catalogue.CERTIFICATE_REVOKED,
    Catalogue.CERTIFICATE_SUSPENDED,
    Catalogue.CARD_MOVED_OUT,
    Catalogue.CARD_LAPSED_BY_MOVE,
    Catalogue.CARD_LEFT_COUNTRY,
    Catalogue.CERTIFICATE_LAPSED,
    Catalogue.CERTIFICATE_NOT_CONFIRMABLE,
)
"""Why a card's certificate is refused, in the order in which that is looked at."""


def rendered(element: Element, status: int = 200) -> Response:
    """Render an element as JSON; absent members are omitted, as in the real files."""
    return JsonAnswer(element.as_json(), status)


def refused_card(refusal: Refusal) -> QualificationAnswer:
    """Return the answer to an inquiry by card that is refused."""
    return refusal.as_confirmation(ReferenceClassification.CARD)


def refused_number(refusal: Refusal) -> QualificationAnswer:
    """Return the answer to an inquiry by number that is refused."""
    return refusal.as_confirmation(ReferenceClassification.NUMBER)


def router(
    checks: Checks, registrar: Registrar, time: Timekeeper, messages: MessageForms
) -> Routes:
    """Return the routes of the terminals' line."""
    routes = Routes(Role.TERMINAL, tags=["資格確認"])

    async def check_by_card(inquiry: CardInquiry, request: Request) -> Response:
        terminal = participant(request)
        return rendered(await checks.by_card(inquiry, terminal.name, await time.asked_at()))

    async def check_by_number(inquiry: NumberInquiry, request: Request) -> Response:
        terminal = participant(request)
        return rendered(await checks.by_number(inquiry, terminal.name, await time.asked_at()))

    routes.add_api_route(
        "/qualification/card",
        check_by_card,
        methods=["POST"],
        summary="資格確認 by card (照会区分 1)",
        response_model=QualificationAnswer,
        responses={
            200: {"content": DOCUMENT},
            **problem_responses(
                *_CALLER,
                *NOT_READ,
                Catalogue.CHALLENGE_UNKNOWN,
                Catalogue.CHALLENGE_EXPIRED,
                Catalogue.CHALLENGE_OTHER_PURPOSE,
                Catalogue.CHALLENGE_USED,
                Catalogue.SIGNATURE_INVALID,
                *CERTIFICATE,
                Catalogue.CARD_USE_BLOCKED,
                Catalogue.NOT_REGISTERED,
                Catalogue.STORAGE_UNAVAILABLE,
            ),
        },
        openapi_extra={"requestBody": {"content": DOCUMENT}},
        route_class_override=messages.route(
            Exchange(CardInquiry, MessageKind.CONFIRMATION, refused_card)
        ),
    )
    routes.add_api_route(
        "/qualification/number",
        check_by_number,
        methods=["POST"],
        summary="資格確認 by 記号・番号 (照会区分 2)",
        response_model=QualificationAnswer,
        responses={
            200: {"content": DOCUMENT},
            **problem_responses(
                *_CALLER, *NOT_READ, Catalogue.INVALID_NUMBER, Catalogue.STORAGE_UNAVAILABLE
            ),
        },
        openapi_extra={"requestBody": {"content": DOCUMENT}},
        route_class_override=messages.route(
            Exchange(NumberInquiry, MessageKind.CONFIRMATION, refused_number)
        ),
    )

    @routes.post(
        "/qualification/challenges",
        summary="Get a challenge for a card to sign",
        status_code=201,
        response_model=ChallengeGrant,
        responses=problem_responses(*_CALLER),
    )
    async def grant_challenge(
        request: Request,
        purpose: Annotated[
            Literal[ChallengePurpose.CHECK, ChallengePurpose.REGISTRATION], Query(alias="Purpose")
        ] = ChallengePurpose.CHECK,
    ) -> Response:
        """Bound to the institution of the terminal's certificate, and to what it is asked for."""
        terminal = participant(request)
        return rendered(checks.grant(terminal.name, purpose), 201)

    @routes.post(
        "/qualification/registrations",
        summary="利用登録: register the card at the reader, at once",
        status_code=204,
        responses=problem_responses(
            *_CALLER,
            Catalogue.CHALLENGE_UNKNOWN,
            Catalogue.CHALLENGE_EXPIRED,
            Catalogue.CHALLENGE_OTHER_PURPOSE,
            Catalogue.CHALLENGE_USED,
            Catalogue.SIGNATURE_INVALID,
            *CERTIFICATE,
            Catalogue.CARD_USE_BLOCKED,
            Catalogue.NO_ACTIVE_QUALIFICATION,
            Catalogue.REGISTRATION_REFUSED,
            Catalogue.REGISTRATION_NOT_POSSIBLE,
            Catalogue.STORAGE_UNAVAILABLE,
        ),
    )
    async def register_at_reader(proof: CardProof, request: Request) -> Response:
        terminal = participant(request)
        now = await time.asked_at()
        await registrar.register(proof, RegistrationChannel.READER, now, terminal.name)
        return Response(status_code=204)

    return routes
