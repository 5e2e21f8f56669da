"""The web API, in the shape of programs that use the real one (oqs-interface §1, cases.md).

Its paths are the simulator's own: those of the real one are not public.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request, Response  # noqa: TC002 # FastAPI reads the annotations

from oqs_sim.api.line import refused_number, rendered
from oqs_sim.api.message_route import DOCUMENT, NOT_READ, Exchange, MessageForms
from oqs_sim.qualification.asking import Asking
from oqs_sim.qualification.challenge import ChallengePurpose
from wire.catalogue import Catalogue
from wire.line_credentials import Role
from wire.messages.message_kind import MessageKind
from wire.serving.access import Routes, certificate_of, participant
from wire.serving.headers import bearer_token
from wire.serving.openapi import ACCESS_TOKEN, CLIENT_CERTIFICATE
from wire.serving.problem_http import problem_responses
from wire.vocabulary.codes import ReferenceClassification
from wire.vocabulary.inquiry import NumberInquiry
from wire.vocabulary.web_api import AccessGrant, AnswerMessage, InquiryMessage

if TYPE_CHECKING:
    from oqs_sim.qualification.checks import Checks
    from oqs_sim.timekeeping import Timekeeper
    from oqs_sim.webapi.access_tokens import AccessTokens

_CALLER = (
    Catalogue.NO_CLIENT_CERTIFICATE,
    Catalogue.CERTIFICATE_REFUSED,
    Catalogue.WRONG_CALLER,
)


def router(
    checks: Checks, tokens: AccessTokens, time: Timekeeper, messages: MessageForms
) -> Routes:
    """Return the routes."""
    routes = Routes(Role.TERMINAL, prefix="/webapi", tags=["Web API"])

    @routes.post(
        "/auth",
        summary="Get a token for the client certificate (the path is the simulator's own)",
        status_code=201,
        response_model=AccessGrant,
        responses=problem_responses(*_CALLER),
    )
    async def authorise(request: Request) -> Response:
        """Good for a short time, at every process of OQS, and with this certificate only."""
        clock = await time.read()
        token = tokens.grant(participant(request).name, certificate_of(request), clock)
        return rendered(AccessGrant(token=token, valid_seconds=tokens.lifetime), 201)

    async def see_token(request: Request) -> None:
        institution, now = participant(request).name, await time.asked_at()
        asking = Asking(institution, ReferenceClassification.NUMBER, ChallengePurpose.CHECK, now)
        async with checks.refusals_logged(asking):
            token, certificate = bearer_token(request), certificate_of(request)
            given = tokens.check(token, institution, certificate)
            if tokens.outlived(given, now):
                tokens.check_not_moved(given, await time.read())

    async def answered(inquiry: NumberInquiry, request: Request) -> Response:
        now = await time.asked_at()
        return rendered(await checks.by_number(inquiry, participant(request).name, now))

    async def search(inquiry: InquiryMessage) -> None:
        """Answer as the question was written, in JSON or XML, in the order of the layout.

        A wrong number is told in the answer (ProcessingResultStatus 2), another institution than
        the certificate's in its header (SegmentOfResult 9).
        """

    problems = problem_responses(
        *_CALLER, Catalogue.TOKEN_UNKNOWN, *NOT_READ, Catalogue.STORAGE_UNAVAILABLE
    )
    routes.add_api_route(
        "/qualification/search",
        search,
        methods=["POST"],
        summary="資格確認 by 記号・番号, in the published layout (the path is the simulator's own)",
        response_model=AnswerMessage,
        responses={200: {"content": DOCUMENT}, **problems},
        openapi_extra={
            "requestBody": {"content": DOCUMENT},
            "security": [{CLIENT_CERTIFICATE: [], ACCESS_TOKEN: []}],
        },
        route_class_override=messages.route(
            Exchange(
                NumberInquiry,
                MessageKind.CONFIRMATION,
                refused_number,
                only_within_root=True,
                take=answered,
                admit=see_token,
            )
        ),
    )
    return routes
