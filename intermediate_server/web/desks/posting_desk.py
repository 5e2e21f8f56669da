"""発送: what waits for the post, printed in posting order, and noted when it has gone out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import Request  # noqa: TC002 # FastAPI reads it at run time
from fastapi.responses import HTMLResponse, Response  # noqa: TC002 # FastAPI reads it at run time

from eligibility.documents import Delivery
from intermediate_server.documents.document import PAPER_KINDS
from intermediate_server.documents.selection import (
    POSTING_ORDER,
    Selection,
    read_recorded_until,
    write_recorded_until,
)
from intermediate_server.web.lists.asked import Asked
from intermediate_server.web.page_context import page_routes, problem_words
from intermediate_server.web.texts import say, word
from wire.catalogue import Problem
from wire.clock import wall_clock

if TYPE_CHECKING:
    from intermediate_server.document_posting import DocumentPosting
    from intermediate_server.web.page_context import PageContext
    from wire.serving.access import Routes

PATH = "/posting"
LONGEST_WAITING_DAYS = 400
"""How far back the page looks for what has not been sent, where no day is named."""


@dataclass(frozen=True)
class Mail:
    """What waits for the post, as the page shows it."""

    selection: Selection
    counts: tuple[tuple[str, int], ...]
    """How many papers go by each way."""
    parts: range
    listed: str
    """What tells these papers from any others."""

    @property
    def total(self) -> int:
        """How many papers wait."""
        return sum(count for _, count in self.counts)

    @property
    def asked(self) -> dict[str, str]:
        """The same selection, as routes are asked for it."""
        one = self.selection
        return {
            "InsurerNumber": one.insurer_number,
            "From": one.first.isoformat(),
            "To": one.last.isoformat(),
            "Delivery": next(iter(one.deliveries)) if len(one.deliveries) == 1 else "",
            "RecordedUntil": write_recorded_until(one),
        }

    @property
    def query(self) -> str:
        """The same, as it stands in an address."""
        return urlencode(self.asked)


@dataclass(frozen=True)
class PostingDesk:
    """Where a clerk gets the day's papers out of the house."""

    context: PageContext
    posting: DocumentPosting

    async def waiting(self, asked: Asked) -> Mail | None:
        """Return what waits for the post; None where the clock does not answer.

        Raises:
            Problem: UNKNOWN_INSURER; INVALID_REQUEST for a moment that cannot be read.
        """
        reading = await self.context.now()
        if reading is None:
            return None
        insurer = self.context.insurer(asked.text("InsurerNumber"))
        self.context.acceptance.policies.of_digits(insurer)
        first = asked.day("From") or reading.today - timedelta(days=LONGEST_WAITING_DAYS)
        last = max(first, asked.day("To") or reading.today)
        way = asked.code("Delivery", Delivery)
        selection = Selection(
            insurer,
            first,
            last,
            PAPER_KINDS,
            frozenset({way} if way else Delivery),
            recorded_until=read_recorded_until(asked.text("RecordedUntil")) or wall_clock(),
        )
        as_listed = await self.posting.listed(selection)
        counts, parts = await self.posting.count(selection)
        shown = tuple(
            (word("delivery", way, way.japanese), count) for way, count in counts.items() if count
        )
        return Mail(selection, shown, range(1, parts + 1), as_listed)

    async def page(
        self, asked: Asked, *, done: str = "", refusal: str = "", status: int = 200
    ) -> HTMLResponse:
        """Show what waits for the post."""
        mail = await self.waiting(asked)
        return await self.context.render(
            "posting.html",
            PATH,
            await self.context.now(),
            status,
            insurers=self.context.insurers,
            mail=mail,
            ways=[(way.value, word("delivery", way, way.japanese)) for way in POSTING_ORDER],
            faults=asked.faults,
            done=done,
            refusal=refusal,
        )

    async def note_sent(self, asked: Asked) -> HTMLResponse:
        """Note that what the page has shown has gone out, and show what waits still."""
        again = Asked({"InsurerNumber": asked.text("InsurerNumber")})
        try:
            mail = await self.waiting(asked)
            reading = await self.context.acceptance.read_clock()
            if asked.faults or mail is None:
                return await self.page(asked, status=422)
            count = await self.posting.note_posted(
                mail.selection, reading.today, asked.text("Listed")
            )
        except Problem as problem:
            said = problem_words(problem)
            return await self.page(again, refusal=said, status=problem.entry.kind.status)
        return await self.page(again, done=say("posting.noted", count=count))


def router(context: PageContext, posting: DocumentPosting) -> Routes:
    """Return the routes."""
    desk = PostingDesk(context, posting)
    routes = page_routes()

    @routes.get(PATH, summary="What waits for the post, with its papers and lists")
    async def show(request: Request) -> HTMLResponse:
        return await desk.page(Asked(request.query_params))

    @routes.post(PATH, summary="Note that what the page has shown has been sent")
    async def note_sent(request: Request) -> Response:
        async with request.form() as sent:
            written = {name: str(value) for name, value in sent.items()}
        return await desk.note_sent(Asked(written))

    return routes
