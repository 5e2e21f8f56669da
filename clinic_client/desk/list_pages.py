"""Pages and files of the lists: visits that are looked for, a day, a month's claims."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import httpx2
from fastapi import Depends, Query, Request  # FastAPI reads it at run time
from fastapi.responses import HTMLResponse, Response

from clinic_client.desk.page_frame import page_frame
from clinic_client.lists import rows
from clinic_client.lists.asked import last_day, month_wanted, visits_wanted
from clinic_client.lists.summary import claims_of, summary_of
from clinic_client.store.visit_list import VisitFilter, VisitList, VisitState
from clinic_client.visits.claims import ClaimLine, sums_by_insurer
from clinic_client.web.dates import long_day
from clinic_client.web.rendering import phrasebook, render
from clinic_client.web.texts import all_texts
from eligibility.days.office_calendar import add_months
from eligibility.reception.case import Cause
from storage import read_aside
from wire.catalogue import Problem
from wire.forms.spreadsheet import BOM, csv_lines
from wire.forms.typed_day import typed_day
from wire.serving.access import CONSOLE, Routes
from wire.vocabulary.texts import Line, ShortLine  # FastAPI reads them at run time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from clinic_client.reception.desk import Desk
    from clinic_client.visits.claims import VisitStanding
ROWS_SHOWN = 50
UnknownNumber = Literal["77777777", "77777779"]
"""P-081: the second where the billing computer refuses the first."""


_STATES = (
    "``confirmed``, at the visit or afterwards; ``unconfirmed``, by neither; ``waiting``, to be "
    "checked again; ``withdrawn``"
)


@dataclass(frozen=True, slots=True)
class Search:
    """What a search was asked for, as it was typed."""

    name: str = ""
    first: str = ""
    last: str = ""
    cause: str = ""
    state: str = ""

    @property
    def wanted(self) -> VisitFilter:
        """Read it; raises `Problem` (INVALID_REQUEST)."""
        return visits_wanted(self.name, self.first, self.last, self.cause, self.state)

    def address(self, path: str, after: str = "") -> str:
        """Return the address of the same search."""
        asked = {
            "Name": self.name, "From": self.first, "Until": self.last,
            "Cause": self.cause, "State": self.state, "After": after,
        }  # fmt: skip
        query = str(httpx2.QueryParams({key: text for key, text in asked.items() if text}))
        return f"{path}?{query}" if query else path


def search_of(
    name: Annotated[Line, Query(alias="Name", max_length=60)] = "",
    first: Annotated[Line, Query(alias="From", max_length=40)] = "",
    last: Annotated[Line, Query(alias="Until", max_length=40)] = "",
    cause: Annotated[ShortLine, Query(alias="Cause")] = "",
    state: Annotated[ShortLine, Query(alias="State", description=_STATES)] = "",
) -> Search:
    """Read a search from the address."""
    return Search(name.strip(), first.strip(), last.strip(), cause, state)


Asked = Annotated[Search, Depends(search_of)]
Month = Annotated[ShortLine, Query(alias="Month", description="2026-11; without it, this month")]
Day = Annotated[Line, Query(alias="Day", max_length=40, description="without it, today")]
After = Annotated[ShortLine, Query(alias="After", description="the last visit that was seen")]
Number = Annotated[UnknownNumber, Query(alias="UnknownNumber", description="of 不詳 (P-081)")]


class Lists:
    """Reads the lists of one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.visits = VisitList(desk.store.engine)

    @property
    def today(self) -> date:
        """The business day."""
        return self._desk.clock.shown().today

    async def found(
        self, search: Search, after: str = ""
    ) -> tuple[Sequence[VisitStanding], bool, int]:
        """Return a page of visits, whether more follow, and how many there are."""
        wanted, store = search.wanted, self._desk.store

        def read() -> tuple[Sequence[VisitStanding], bool, int]:
            last_seen = store.find(after) if after else None
            found, more = self.visits.page(wanted, ROWS_SHOWN, last_seen)
            return self.visits.listed(found), more, self.visits.count(wanted)

        return await read_aside(store.engine, read)

    async def claims(self, month: str, number: str) -> tuple[date, list[ClaimLine]]:
        """Return the claims of a month, which begins on the day."""
        today = self.today
        first = month_wanted(month, today)
        lines = await read_aside(
            self._desk.store.engine,
            lambda: claims_of(self.visits, first, last_day(first), number, today=today),
        )
        return first, lines


def router(desk: Desk) -> Routes:
    """Return the pages and the files."""
    pages, routes = ListPages(desk), Routes(CONSOLE)
    for path, page in (
        ("/visits", pages.visits),
        ("/claims", pages.claims),
        ("/day", pages.day),
    ):
        routes.add_api_route(path, page, include_in_schema=False, response_class=HTMLResponse)
    for path, file in (("/visits.csv", pages.visits_file), ("/claims.csv", pages.claims_file)):
        routes.add_api_route(path, file, include_in_schema=False, response_class=Response)
    return routes


class ListPages:
    """Shows the lists of one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lists = Lists(desk)

    async def visits(
        self,
        request: Request,
        search: Asked,
        after: After = "",
    ) -> Response:
        """Show the visits that are looked for."""
        t, fault = phrasebook(request), ""
        found: Sequence[VisitStanding] = ()
        more, count = False, 0
        try:
            found, more, count = await self._lists.found(search, after)
        except Problem as problem:
            fault = t.of_error(problem)
        return render(
            request,
            t,
            "visits.html",
            frame=await page_frame(self._desk, request, t, None),
            search=search,
            fault=fault,
            count=count,
            visits=[rows.visit_row(t, one) for one in found],
            following=search.address("/visits", found[-1].visit.visit_id) if more else "",
            first=search.address("/visits") if after else "",
            file=search.address("/visits.csv"),
            causes=[(one.value, rows.cause_word(t, one)) for one in Cause],
            states=[(one.value, t(f"lists.state_{one}")) for one in VisitState],
        )

    async def visits_file(self, request: Request, search: Asked) -> Response:
        """Give the same visits out as a file, all of them."""
        t, wanted = phrasebook(request), search.wanted

        def read() -> bytes:
            visits = self._lists.visits
            found = (one for page in visits.all_of(wanted) for one in visits.listed(page))
            lines = [rows.VISIT_COLUMNS, *(rows.visit_cells(t, one) for one in found)]
            return BOM.encode() + csv_lines(lines)

        return _file(await read_aside(self._desk.store.engine, read), "visits.csv")

    async def claims(
        self, request: Request, month: Month = "", number: Number = "77777777"
    ) -> Response:
        """Show the claims of a month."""
        t, fault = phrasebook(request), ""
        first, lines = self._lists.today.replace(day=1), list[ClaimLine]()
        try:
            first, lines = await self._lists.claims(month, number)
        except Problem as problem:
            fault = t.of_error(problem)
        return render(
            request,
            t,
            "claims.html",
            frame=await page_frame(self._desk, request, t, None),
            fault=fault,
            month=f"{first:%Y-%m}",
            before=f"{add_months(first, -1):%Y-%m}",
            after=f"{add_months(first, 1):%Y-%m}",
            number=number,
            lines=[rows.claim_row(t, one) for one in lines],
            open=sum(bool(one.open_points) for one in lines),
            sums=[rows.sum_cells(t, one) for one in sums_by_insurer(lines)],
        )

    async def claims_file(
        self, request: Request, month: Month = "", number: Number = "77777777"
    ) -> Response:
        """Give the claims of a month out as a file: a line for each visit, then the sums."""
        t = phrasebook(request)
        first, lines = await self._lists.claims(month, number)
        parts = (
            csv_lines([rows.CLAIM_COLUMNS]),
            csv_lines(rows.claim_cells(t, one) for one in lines),
            csv_lines([(), rows.SUM_COLUMNS]),
            csv_lines(rows.sum_cells(t, one) for one in sums_by_insurer(lines)),
        )
        return _file(BOM.encode() + b"".join(parts), f"claims-{first:%Y%m}.csv")

    async def day(self, request: Request, day: Day = "") -> Response:
        """Show a day summed up."""
        t, fault, on = phrasebook(request), "", self._lists.today
        try:
            on = typed_day(day, all_texts()["lists.day"]) or on
        except Problem as problem:
            fault = t.of_error(problem)
        summary = await read_aside(
            self._desk.store.engine, lambda: summary_of(self._lists.visits, on)
        )
        return render(
            request,
            t,
            "day.html",
            frame=await page_frame(self._desk, request, t, None),
            fault=fault,
            on=on.isoformat(),
            long=long_day(on, t.language, self._desk.settings.years),
            before=(on - timedelta(days=1)).isoformat(),
            after=(on + timedelta(days=1)).isoformat(),
            count=len(summary.lines),
            withdrawn=summary.withdrawn,
            numbers=rows.counted(t, summary),
            open=[rows.claim_row(t, one) for one in summary.open_lines],
        )


def _file(content: bytes, name: str) -> Response:
    attached = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=attached, media_type="text/csv; charset=utf-8")
