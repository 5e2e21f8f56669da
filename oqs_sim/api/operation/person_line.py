"""The line's route for 障害時モード and 災害時モード."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request, Response  # noqa: TC002 # FastAPI reads them at run time

from oqs_sim.api.line import rendered
from wire.catalogue import Catalogue
from wire.line_credentials import Role
from wire.serving.access import Routes, participant
from wire.serving.problem_http import problem_responses
from wire.vocabulary.answer import QualificationAnswer
from wire.vocabulary.person_search import FourItemsInquiry  # noqa: TC001 # as those

if TYPE_CHECKING:
    from oqs_sim.operation.person_lookup import PersonLookup
    from oqs_sim.timekeeping import Timekeeper


def router(lookup: PersonLookup, time: Timekeeper) -> Routes:
    """Return what terminals ask in a mode."""
    routes = Routes(Role.TERMINAL, tags=["資格確認"])

    @routes.post(
        "/qualification/person",
        summary="資格確認 by name, sex, birthdate and address, in 障害時モード or 災害時モード",
        response_model=QualificationAnswer,
        responses=problem_responses(
            Catalogue.NO_CLIENT_CERTIFICATE,
            Catalogue.CERTIFICATE_REFUSED,
            Catalogue.WRONG_CALLER,
            Catalogue.INVALID_REQUEST,
            Catalogue.MODE_NOT_OPEN,
            Catalogue.CONSENT_MISSING,
            Catalogue.CARD_USE_BLOCKED,
            Catalogue.STORAGE_UNAVAILABLE,
        ),
    )
    async def check_by_person(inquiry: FourItemsInquiry, request: Request) -> Response:
        """Answer where an operator has opened a mode; each use is logged, and is to be reported."""
        terminal = participant(request)
        return rendered(await lookup.find(inquiry, terminal.name, await time.asked_at()))

    return routes
