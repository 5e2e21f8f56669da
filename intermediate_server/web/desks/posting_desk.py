"""発送: what waits for the post, printed in posting order, and noted when it has gone out."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from fastapi import Request  # noqa: TC002 # FastAPI reads it at run time
from fastapi.responses import HTMLResponse, Response  # noqa: TC002 # FastAPI reads it at run time

from eligibility.documents import Delivery
from intermediate_server.documents.document import ISSUED, PAPER_KINDS
from intermediate_server.documents.posting import PAPERS_IN_A_PART, parts_of
from intermediate_server.documents.selection import (
    POSTING_ORDER,
    Selection,
    read_moment,
    write_moment,
)
from intermediate_server.store.finding.document_list import DocumentFilter
from intermediate_server.store.finding.place import COUNTED
from intermediate_server.web.lists.asked import Asked
from intermediate_server.web.page_context import page_routes, problem_words
from intermediate_server.web.texts import long_day, say, word
from wire.catalogue import Catalogue, Problem
from wire.clock import wall_clock

if TYPE_CHECKING:
    from eligibility.documents import DocumentKind
    from intermediate_server.document_posting import DocumentPosting
    from intermediate_server.web.page_context import PageContext
    from wire.serving.access import Routes

PATH = "/posting"
LONGEST_WAITING_DAYS = 400
"""How far back the page looks for what has not been sent, where no day is named."""


PDFS = {
    "papers": ("print", "posting.papers"),
    "list": ("posting", "posting.list"),
    "labels": ("labels", "posting.labels"),
}
"""What is printed of a post: the name of its file, and what the page calls it."""


class Share(NamedTuple):
    """How many papers of a kind go by one way."""

    way: str
    kind: str
    papers: int
    kept_back: int = 0
    """How many of them cannot be printed, and so stay."""


@dataclass(frozen=True)
class Mail:
    """What waits for the post, as the page shows it."""

    selection: Selection
    shares: tuple[Share, ...]
    parts: range
    listed: str
    """What tells these papers from any others."""
    unsent: int = 0
    """How many the register has as not sent; 0 where that is not to be compared."""
    not_going: int = 0
    """How many of those do not go out any more."""

    @property
    def total(self) -> int:
        """How many papers wait."""
        return sum(one.papers for one in self.shares)

    @property
    def kept_back(self) -> int:
        """How many of them cannot be printed."""
        return sum(one.kept_back for one in self.shares)

    @property
    def by_way(self) -> dict[str, int]:
        """How many papers go by each way."""
        found = Counter[str]()
        for one in self.shares:
            found[one.way] += one.papers
        return found

    @property
    def asked(self) -> dict[str, str]:
        """The same selection, as routes are asked for it."""
        one = self.selection
        return {
            "InsurerNumber": one.insurer_number,
            "From": one.first.isoformat(),
            "To": one.last.isoformat(),
            "Delivery": next(iter(one.deliveries)) if len(one.deliveries) == 1 else "",
            "RecordedUntil": write_moment(one.recorded_until),
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
        way, until = asked.code("Delivery", Delivery), asked.text("RecordedUntil")
        selection = Selection(
            insurer,
            first,
            last,
            PAPER_KINDS,
            frozenset({way} if way else Delivery),
            reading.today,
            recorded_until=read_moment("RecordedUntil", until) if until else wall_clock(),
        )
        as_listed, counts = await self.posting.listed_and_counted(selection)
        unsent = 0
        if not any(map(asked.text, ("From", "To", "Delivery"))):
            wanted = DocumentFilter(insurer=insurer, state=ISSUED)
            counted = await asyncio.to_thread(self.context.store.document_list.count, wanted)
            unsent = counted if counted < COUNTED else 0
        return Mail(
            selection,
            _shares(counts),
            range(1, parts_of(counts) + 1),
            as_listed,
            unsent,
            max(0, unsent - counts.total()),
        )

    async def page(
        self,
        asked: Asked,
        *,
        done: str = "",
        refusal: str = "",
        confirming: Mail | None = None,
        status: int = 200,
    ) -> HTMLResponse:
        """Show what waits for the post, or ask whether what was shown has gone out."""
        mail = confirming or await self.waiting(asked)
        reading = await self.context.now()
        posted, going = [], None
        if mail and reading and not confirming:
            insurer = mail.selection.insurer_number
            posted = await self.posting.posted(insurer, reading.today)
            going = await self._going(mail)
        return await self.context.render(
            "posting.html",
            PATH,
            reading,
            status,
            insurers=self.context.insurers,
            mail=mail,
            ways=[(way.value, word("delivery", way, way.japanese)) for way in POSTING_ORDER],
            faults=asked.faults,
            done=done,
            refusal=refusal,
            confirming=confirming is not None,
            going=going,
            most=PAPERS_IN_A_PART,
            seconds=_seconds(mail.total if mail else 0),
            posted=[(write_moment(one.at), long_day(one.on), f"{one.papers:,}") for one in posted],
        )

    async def _going(self, mail: Mail) -> int | None:
        """Return how many can be printed, and so go out; None where to look would take long."""
        if mail.total > PAPERS_IN_A_PART:
            return None
        try:
            kept_back = await self.posting.kept_back(mail.selection)
        except Problem:
            return None  # without a font nothing is printed, which whoever prints is told
        return max(0, mail.total - kept_back.total())

    async def making(self, asked: Asked) -> HTMLResponse:
        """Say that a PDF is being made, on a page that leads to it by itself.

        Raises:
            Problem: INVALID_REQUEST; UNKNOWN_INSURER.
        """
        what, part = asked.text("What"), asked.text("Part") or "1"
        if what not in PDFS or not (part.isascii() and part.isdigit()):
            raise Problem(Catalogue.INVALID_REQUEST)
        reading = await self.context.now()
        mail = await self.waiting(asked)
        asked.require_read()
        papers = mail.total - (int(part) - 1) * PAPERS_IN_A_PART if mail else 0
        papers = max(0, min(papers, PAPERS_IN_A_PART))
        sent = mail.asked if mail else {"InsurerNumber": asked.text("InsurerNumber")}
        return await self.context.render(
            "making.html",
            PATH,
            reading,
            title=say(PDFS[what][1]),
            pdf=f"/documents/{PDFS[what][0]}.pdf?{urlencode({**sent, 'Part': part})}",
            papers=papers,
            seconds=_seconds(papers),
            insurer=sent["InsurerNumber"],
        )

    async def note_sent(self, asked: Asked) -> HTMLResponse:
        """Ask whether what the page has shown has gone out; told so, note it, and show the rest."""
        again = Asked({"InsurerNumber": asked.text("InsurerNumber")})
        try:
            mail = await self.waiting(asked)
            if asked.faults or mail is None:
                return await self.page(asked, status=422)
            if not asked.text("Confirmed") and mail.listed == asked.text("Listed"):
                kept_back = await self.posting.kept_back(mail.selection)
                counts = await self.posting.count(mail.selection)
                asking = replace(mail, shares=_shares(counts, kept_back))
                return await self.page(asked, confirming=asking)
            made = await self.posting.note_posted(
                mail.selection, mail.selection.today, asked.text("Listed")
            )
        except Problem as problem:
            said = problem_words(problem)
            return await self.page(again, refusal=said, status=problem.entry.kind.status)
        return await self.page(again, done=say("posting.noted", count=f"{made.papers:,}"))

    async def take_back(self, asked: Asked) -> HTMLResponse:
        """Have a post that was noted by mistake wait again, and show what waits."""
        again = Asked({"InsurerNumber": asked.text("InsurerNumber")})
        try:
            insurer = self.context.insurer(asked.text("InsurerNumber"))
            self.context.acceptance.policies.of_digits(insurer)
            at = read_moment("Posting", asked.text("Posting"))
            today = (await self.context.acceptance.read_clock()).today
            count = await self.posting.take_back(insurer, at, today)
        except Problem as problem:
            said = problem_words(problem)
            return await self.page(again, refusal=said, status=problem.entry.kind.status)
        return await self.page(again, done=say("posting.taken_back", count=f"{count:,}"))


def _seconds(papers: int) -> int:
    """Return how long the PDF of a part may take on a small machine, in whole seconds."""
    return max(3, 20 * min(papers, PAPERS_IN_A_PART) // PAPERS_IN_A_PART)


def _shares(
    counts: Counter[tuple[Delivery, DocumentKind]],
    kept_back: Counter[tuple[Delivery, DocumentKind]] | None = None,
) -> tuple[Share, ...]:
    return tuple(
        Share(
            word("delivery", way, way.japanese),
            word("document", kind, kind.japanese),
            count,
            kept_back[way, kind] if kept_back else 0,
        )
        for (way, kind), count in counts.items()
    )


def router(context: PageContext, posting: DocumentPosting) -> Routes:
    """Return the routes."""
    desk = PostingDesk(context, posting)
    routes = page_routes()

    @routes.get(PATH, summary="What waits for the post, with its papers and lists")
    async def show(request: Request) -> HTMLResponse:
        return await desk.page(Asked(request.query_params))

    @routes.get(f"{PATH}/making", summary="A page that says that a PDF is made, and leads to it")
    async def making(request: Request) -> HTMLResponse:
        return await desk.making(Asked(request.query_params))

    @routes.post(PATH, summary="Note that what the page has shown has been sent")
    async def note_sent(request: Request) -> Response:
        async with request.form() as sent:
            written = {name: str(value) for name, value in sent.items()}
        return await desk.note_sent(Asked(written))

    @routes.post(f"{PATH}/take-back", summary="Have what was noted as sent by mistake wait again")
    async def take_back(request: Request) -> Response:
        async with request.form() as sent:
            written = {name: str(value) for name, value in sent.items()}
        return await desk.take_back(Asked(written))

    return routes
