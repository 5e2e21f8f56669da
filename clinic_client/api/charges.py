"""What a patient pays for the points of a visit, and what is settled afterwards."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Self

from fastapi import Path, Query, Response

from clinic_client.api.models import SentenceElement
from clinic_client.store.visit_list import VisitList
from clinic_client.visits.shown import shown_of
from clinic_client.visits.withdrawal import require_standing
from eligibility.cost.burden import window_charge
from eligibility.reception.decision import RatioSource
from eligibility.sentence import Sentence
from storage import read_aside
from wire.catalogue import Catalogue, Problem
from wire.clock import wall_clock
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.element import Element
from wire.vocabulary.texts import Reference

if TYPE_CHECKING:
    from clinic_client.reception.desk import Desk
    from clinic_client.visits.visit import Visit

VisitId = Annotated[Reference, Path()]
MOST_POINTS = 99_999_999
"""More than any visit has."""
Points = Annotated[
    int, Query(alias="Points", ge=0, le=MOST_POINTS, description="点数 of the visit, 10 yen each")
]

_WITHOUT_LIMITS = Sentence(
    "限度額・公費・医療費助成は計算に入っていません。",
    "Limits (限度額) and public subsidies (公費) are not reckoned with.",
)
_BY_TICKET = Sentence(
    "割合ではなく、医療券の本人支払額までを受け取ります。",
    "No share holds: the patient pays up to what the medical ticket says.",
)
_UNKNOWN = Sentence(
    "負担割合が分からないので、計算できません。生年月日か書類で割合を確かめます。",
    "The share is not known: find it by the date of birth or on a paper first.",
)


class ChargeState(Element):
    """What the patient pays at the window for some points (P-074). It is kept nowhere."""

    points: int
    ratio: int | None
    """In tenths, as the visit has it."""
    yen: int | None
    """Rounded to ten yen, five upwards; null where no share is known, or holds."""
    note: SentenceElement
    """What the amount does not know, or why there is none."""

    @classmethod
    def of(cls, visit: Visit, points: int) -> Self:
        """Reckon it."""
        decision = visit.decision
        note = _WITHOUT_LIMITS
        if decision.ratio is None:
            note = _BY_TICKET if decision.ratio_source is RatioSource.TICKET else _UNKNOWN
        return cls(
            points=points,
            ratio=decision.ratio,
            yen=None if decision.ratio is None else window_charge(points, decision.ratio),
            note=SentenceElement.of(note),
        )


def router(desk: Desk) -> Routes:
    """Return the routes of what is paid."""
    routes = Routes(CONSOLE, tags=["受付"])
    store, visits = desk.store, VisitList(desk.store.engine)

    async def find(visit_id: str) -> Visit:
        visit = await read_aside(store.engine, lambda: store.find(visit_id))
        if visit is None:
            raise Problem(Catalogue.NOT_FOUND, f"There is no visit {visit_id}.")
        require_standing(visit)
        return visit

    @routes.get(
        "/api/visits/{visit_id}/charge",
        summary="Tell what the patient pays at the window for some points, by the visit's share",
        responses=problem_responses(
            Catalogue.NOT_FOUND,
            Catalogue.VISIT_WITHDRAWN,
            Catalogue.INVALID_REQUEST,
            Catalogue.STORAGE_UNAVAILABLE,
        ),
    )
    async def charge(visit_id: VisitId, points: Points) -> ChargeState:
        return ChargeState.of(await find(visit_id), points)

    @routes.put(
        "/api/visits/{visit_id}/settled",
        summary="精算済み: note that what the confirmation contradicts is put right",
        status_code=204,
        responses=problem_responses(
            Catalogue.NOT_FOUND, Catalogue.VISIT_WITHDRAWN, Catalogue.STORAGE_UNAVAILABLE
        ),
    )
    async def settle(visit_id: VisitId) -> Response:
        """Note it; a later confirmation that says otherwise again opens it anew."""
        visit, at = await find(visit_id), wall_clock()
        (standing,) = await read_aside(store.engine, lambda: visits.standings([visit]))
        if standing.confirmed_by is None or not standing.contradictions:
            raise Problem(
                Catalogue.NOT_FOUND,
                f"Nothing is to be settled of visit {visit_id}.",
                japanese="この受付に、精算することはありません。",
            )
        shown = replace(shown_of(visit), settled_by=standing.confirmed_by.visit_id)
        await asyncio.to_thread(lambda: store.record_shown(visit_id, shown, at))
        desk.changed(await find(visit_id))
        return Response(status_code=204)

    return routes
