"""再交付・特急発行: applications for a card, and handing it over."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

from fastapi import Path, Response

from oqs_sim.api.jlis.cards import content
from oqs_sim.api.line import rendered
from oqs_sim.jlis.reissue import Application
from oqs_sim.qualification.asking import requested_day
from wire.catalogue import Catalogue
from wire.dates import write_day
from wire.serving.problem_http import problem_responses
from wire.vocabulary.jlis import CardContent, HandingOver, NewReissue, ReissueState
from wire.vocabulary.texts import ShortLine

if TYPE_CHECKING:
    from oqs_sim.api.jlis.needs import NeedsJlis
    from oqs_sim.jlis.reissue import ReissueDesk
    from oqs_sim.store.jlis.reissue_orders import ReissueOrder
    from oqs_sim.timekeeping import Timekeeper
    from wire.serving.access import Routes

Number = Annotated[ShortLine, Path()]
"""受付番号."""


def _told(order: ReissueOrder) -> ReissueState:
    return ReissueState(
        number=order.number,
        person_reference=order.person_reference,
        reason=order.reason,
        applied_on=write_day(order.applied_on),
        express=order.express,
        soonest_on=write_day(order.soonest_on),
        usually_on=write_day(order.usually_on),
        fee_yen=order.fee_yen,
        card=order.card,
    )


def router(desk: ReissueDesk, time: Timekeeper, needs: NeedsJlis) -> Routes:
    """Return the routes of the applications; none answers while J-LIS is out."""
    routes = needs.routes()

    @routes.post(
        "/reissues",
        summary="再交付・特急発行: apply for a card; answered with its days and its fee",
        status_code=201,
        response_model=ReissueState,
        responses=problem_responses(
            Catalogue.INVALID_NUMBER,
            Catalogue.UNKNOWN_PERSON,
            Catalogue.INVALID_REQUEST,
            Catalogue.EXPRESS_NOT_POSSIBLE,
        ),
    )
    async def apply(asked: NewReissue) -> Response:
        """Revoke a card that was lost; another works until the new one comes."""
        application = Application(
            asked.individual_number,
            asked.reason,
            requested_day(asked.reason_on),
            asked.express,
            asked.own_fault,
        )
        return rendered(
            _told(await asyncio.to_thread(lambda: desk.apply(application, time.now()))), 201
        )

    @routes.get(
        "/reissues/{number}",
        summary="Say how an application stands",
        response_model=ReissueState,
        responses=problem_responses(Catalogue.NOT_FOUND),
    )
    async def show_application(number: Number) -> Response:
        return rendered(_told(await asyncio.to_thread(lambda: desk.find(number))))

    @routes.post(
        "/reissues/{number}/card",
        summary="交付: hand the card over, from its day on; the earlier one ends",
        status_code=201,
        response_model=CardContent,
        responses=problem_responses(
            Catalogue.NOT_FOUND, Catalogue.CARD_NOT_READY, Catalogue.INVALID_REQUEST
        ),
    )
    def hand_over(number: Number, order: HandingOver) -> Response:  # in a thread: keys are made
        return rendered(content(desk.hand_over(number, order.kind, time.now())), 201)

    return routes
