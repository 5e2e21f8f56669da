"""What a person sees of the own care: お薬, 健診, 医療費通知."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

from fastapi import Query, Request  # FastAPI reads them at run time
from fastapi.responses import HTMLResponse  # noqa: TC002 # likewise

from eligibility.days.eras import era_year
from eligibility.reception.advice import COST_NOTICE
from eligibility.sentence import Sentence
from oqs_sim.portal.medical import YEARS_OF_COSTS
from oqs_sim.web.portal import frame

if TYPE_CHECKING:
    from oqs_sim.portal.services import Portal
    from wire.serving.access import Routes

MEDICINES_ON_A_PAGE = 20


def router(portal: Portal) -> Routes:
    """Return the pages."""
    routes = frame.page_routes()

    @routes.get("/medicines", summary="お薬: what was dispensed, as far as it can be seen")
    async def show_medicines(
        request: Request, page: Annotated[int, Query(alias="page", ge=1, le=9_999)] = 1
    ) -> HTMLResponse:
        _, account = await frame.account_of(request, portal)
        seen = await portal.care.medicines(account)
        first = (page - 1) * MEDICINES_ON_A_PAGE
        window = portal.care.window
        return frame.render(
            "medicines.html",
            here="care",
            seen=seen[first : first + MEDICINES_ON_A_PAGE],
            total=len(seen),
            page=page,
            more=len(seen) > first + MEDICINES_ON_A_PAGE,
            window=window,
        )

    @routes.get("/checkups", summary="健診: the results of the checkups")
    async def show_checkups(request: Request) -> HTMLResponse:
        _, account = await frame.account_of(request, portal)
        found = await portal.care.checkups(account)
        return frame.render("checkups.html", here="care", checkups=found)

    @routes.get("/costs", summary="医療費通知: what a year's care cost")
    async def show_costs(
        request: Request, year: Annotated[int | None, Query(alias="year", ge=2000, le=2100)] = None
    ) -> HTMLResponse:
        _, account = await frame.account_of(request, portal)
        this_year = account.today.year
        years = range(this_year, this_year - YEARS_OF_COSTS, -1)
        chosen = year if year is not None and year in years else this_year
        costs = await portal.care.costs(account, chosen)
        months = [(month, list(ones)) for month, ones in groupby(costs, lambda one: one.month)]
        return frame.render(
            "costs.html",
            here="care",
            year=chosen,
            years=[(each, Sentence(era_year(date(each, 12, 31)), str(each))) for each in years],
            months=months,
            total=sum(one.total for one in costs),
            paid=sum(one.paid for one in costs),
            advice=COST_NOTICE.text,
            goes_on=chosen == this_year,
        )

    return routes
