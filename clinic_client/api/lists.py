"""The lists over HTTP: visits that are looked for, a day, the claims of a month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clinic_client.api.list_models import DayState, FoundVisits, MonthState
from clinic_client.desk.list_pages import After, Asked, Day, Lists, Month, Number
from clinic_client.lists.summary import summary_of
from eligibility.sentence import Sentence
from storage import read_aside
from wire.catalogue import Catalogue
from wire.forms.typed_day import typed_day
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses

if TYPE_CHECKING:
    from clinic_client.reception.desk import Desk

_PROBLEMS = problem_responses(Catalogue.INVALID_REQUEST, Catalogue.STORAGE_UNAVAILABLE)


def router(desk: Desk) -> Routes:
    """Return the routes of the lists."""
    routes, lists = Routes(CONSOLE, tags=["一覧"]), Lists(desk)

    @routes.get(
        "/api/visit-list",
        summary="Find visits by name, kana, number, days, cause and state; 50 at a time",
        responses=_PROBLEMS,
    )
    async def find_visits(search: Asked, after: After = "") -> FoundVisits:
        found, more, count = await lists.found(search, after)
        return FoundVisits.of(found, count, more=more)

    @routes.get(
        "/api/claims",
        summary="List the claims of a month: how each visit is claimed, what is open, the sums",
        responses=_PROBLEMS,
    )
    async def claims_of_month(month: Month = "", number: Number = "77777777") -> MonthState:
        first, lines = await lists.claims(month, number)
        return MonthState.of(first, lines)

    @routes.get(
        "/api/day-summary",
        summary="Sum a day up: visits by cause, way and claim, and what is open",
        responses=_PROBLEMS,
    )
    async def sum_day_up(day: Day = "") -> DayState:
        on = typed_day(day, Sentence("日付", "Day")) or lists.today
        summary = await read_aside(desk.store.engine, lambda: summary_of(lists.visits, on))
        return DayState.of(summary)

    return routes
