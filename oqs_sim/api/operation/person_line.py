"""The line's route for 障害時モード and 災害時モード."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request, Response  # noqa: TC002 # FastAPI reads them at run time

from oqs_sim.api.line import refused_number, rendered
from oqs_sim.api.message_route import DOCUMENT, NOT_READ, Exchange
from wire.catalogue import Catalogue
from wire.line_credentials import Role
from wire.messages.message_kind import MessageKind
from wire.serving.access import Routes, participant
from wire.serving.problem_http import problem_responses
from wire.vocabulary.answer import QualificationAnswer
from wire.vocabulary.person_search import FourItemsInquiry

if TYPE_CHECKING:
    from oqs_sim.api.message_route import MessageForms
    from oqs_sim.operation.person_lookup import PersonLookup
    from oqs_sim.timekeeping import Timekeeper


def router(lookup: PersonLookup, time: Timekeeper, messages: MessageForms) -> Routes:
    """Return what terminals ask in a mode."""
    routes = Routes(Role.TERMINAL, tags=["資格確認"])

    async def check_by_person(inquiry: FourItemsInquiry, request: Request) -> Response:
        """Answer where an operator has opened a mode; each use is logged, and is to be reported."""
        terminal = participant(request)
        return rendered(await lookup.find(inquiry, terminal.name, await time.asked_at()))

    routes.add_api_route(
        "/qualification/person",
        check_by_person,
        methods=["POST"],
        summary="資格確認 by name, sex, birthdate and address, in 障害時モード or 災害時モード",
        response_model=QualificationAnswer,
        responses={
            200: {"content": DOCUMENT},
            **problem_responses(
                Catalogue.NO_CLIENT_CERTIFICATE,
                Catalogue.CERTIFICATE_REFUSED,
                Catalogue.WRONG_CALLER,
                Catalogue.INVALID_REQUEST,
                *NOT_READ,
                Catalogue.MODE_NOT_OPEN,
                Catalogue.CONSENT_MISSING,
                Catalogue.CARD_USE_BLOCKED,
                Catalogue.STORAGE_UNAVAILABLE,
            ),
        },
        openapi_extra={"requestBody": {"content": DOCUMENT}},
        route_class_override=messages.route(
            Exchange(FourItemsInquiry, MessageKind.CONFIRMATION, refused_number)
        ),
    )
    return routes
