"""Who was asked to compare the last four digits, and has not answered yet (R-190)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import Request  # noqa: TC002 # FastAPI reads it at run time
from fastapi.responses import HTMLResponse  # noqa: TC002 # FastAPI reads it at run time

from intermediate_server.readings import Read, Reader
from intermediate_server.web.page_context import TODO, page_routes
from intermediate_server.web.texts import long_day, say

if TYPE_CHECKING:
    from datetime import date

    from intermediate_server.store.ledger import Watched
    from intermediate_server.web.page_context import PageContext
    from wire.serving.access import Routes

SHOWN = 200
"""How many the page shows; the longest waiting are first."""


@dataclass(frozen=True, slots=True)
class OpenAnswer:
    """Somebody who has not answered."""

    reference: str
    name: str
    name_kana: str
    insurer: str
    insurer_number: str
    symbol: str
    number: str
    branch: str
    sent: str
    to: str
    days: str

    @classmethod
    def of(cls, watched: Watched, today: date | None) -> OpenAnswer:
        """Draw it."""
        entry = watched.since
        one, sent_on = entry.qualification, entry.filing.filed_on
        return cls(
            reference=watched.person_reference,
            name=entry.person.name,
            name_kana=entry.person.name_kana,
            insurer=entry.insurer_name,
            insurer_number=one.insurer_number,
            symbol=one.symbol,
            number=one.number,
            branch=one.branch,
            sent=long_day(sent_on),
            to=entry.reason.removeprefix("送付先: "),
            days=say("last_four.count_days", days=(today - sent_on).days) if today else "",
        )


def router(context: PageContext) -> Routes:
    """Return the routes."""
    routes = page_routes()

    @routes.get("/last-four", summary="Who has not answered about the last four digits")
    async def show_open(request: Request) -> HTMLResponse:
        reading = await context.now()
        reader = Reader.of(request.scope, request.cookies)
        async with context.readings.reading(reader, Read.LAST_FOUR) as read:
            found = await asyncio.to_thread(context.store.ledger.last_four_open, SHOWN)
            read += [one.person_reference for one in found]
        today = reading.today if reading else None
        return await context.render(
            "last_four.html",
            TODO,
            reading,
            waiting=[OpenAnswer.of(one, today) for one in found],
            shown=SHOWN,
        )

    return routes
