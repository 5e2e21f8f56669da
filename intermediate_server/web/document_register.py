"""The register of documents (交付簿), and the runs over all members of an insurer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import HTMLResponse, Response  # noqa: TC002 # FastAPI reads it at run time
from pydantic import Field

from eligibility.documents import Delivery
from intermediate_server.documents.document import PAPER_KINDS, RegisteredDocument
from intermediate_server.documents.selection import POSTING_ORDER, Selection
from intermediate_server.filing import field_parsers
from intermediate_server.readings import Read, Reader
from intermediate_server.web.clerk import RegisterEntry
from intermediate_server.web.page_context import page_routes
from wire.catalogue import Catalogue, Problem
from wire.vocabulary import texts
from wire.vocabulary.element import Element

if TYPE_CHECKING:
    from datetime import date

    from intermediate_server.document_posting import DocumentPosting
    from intermediate_server.web.page_context import PageContext
    from wire.serving.access import Routes

DOCUMENTS_SHOWN = 60
"""How many decisions the page shows."""


LONGEST_WAITING_DAYS = 31
"""How far back the page looks for what has not been sent, where no day is named."""


@dataclass(frozen=True)
class Mail:
    """What waits for the post, as the page shows it."""

    selection: Selection
    counts: tuple[tuple[str, int], ...]
    """How many papers go by each way."""
    parts: range

    @property
    def total(self) -> int:
        """How many papers wait."""
        return sum(count for _, count in self.counts)

    @property
    def query(self) -> str:
        """The same selection, as routes are asked for it."""
        one = self.selection
        way = next(iter(one.deliveries)) if len(one.deliveries) == 1 else ""
        days = {"From": one.first.isoformat(), "To": one.last.isoformat()}
        return urlencode({"InsurerNumber": one.insurer_number, **days, "Delivery": way})


class RegisterQuery(Element):
    """Which papers that wait for the post the page shows."""

    insurer_number: texts.ShortLine = ""
    from_: Annotated[texts.ShortLine, Field(alias="From")] = ""
    to: texts.ShortLine = ""
    delivery: Delivery | Literal[""] = ""


@dataclass(frozen=True)
class RegisterDesk:
    """Where a clerk looks after documents."""

    context: PageContext
    posting: DocumentPosting

    async def waiting(self, asked: RegisterQuery) -> Mail | None:
        """Return what waits for the post; None where the clock does not answer.

        Raises:
            Problem: INVALID_NUMBER, UNKNOWN_INSURER.
        """
        reading = await self.context.now()
        if reading is None:
            return None
        first = _day(asked.from_) or reading.today - timedelta(days=LONGEST_WAITING_DAYS)
        last = max(first, _day(asked.to) or reading.today)
        selection = Selection(
            asked.insurer_number,
            first,
            last,
            PAPER_KINDS,
            frozenset({asked.delivery} if asked.delivery else Delivery),
        )
        counts, parts = await self.posting.count(selection)
        shown = tuple((way.japanese, count) for way, count in counts.items() if count)
        return Mail(selection, shown, range(1, parts + 1))

    async def register(
        self,
        reader: Reader,
        asked: RegisterQuery | None = None,
        *,
        said: str = "",
        refusal: str = "",
        status: int = 200,
    ) -> HTMLResponse:
        """Show the register of documents."""
        async with self.context.readings.reading(reader, Read.REGISTER) as read:
            documents = await asyncio.to_thread(
                self.context.store.documents.recent, DOCUMENTS_SHOWN
            )
            read += [one.person_reference for one in documents]
        entries = []
        for one in documents:
            found = await asyncio.to_thread(
                self.context.store.documents.find, one.person_reference, one.number
            )
            entries.append(
                (RegisterEntry.of(RegisteredDocument(one)), found[1].person.name if found else "")
            )
        asked = asked or RegisterQuery()
        if not asked.insurer_number:
            last = documents[0].insurer_number if documents else self.context.insurers[0][0]
            asked = asked.model_copy(update={"insurer_number": last})
        return await self.context.render(
            "register.html",
            "/documents",
            await self.context.now(),
            status,
            documents=entries,
            insurers=self.context.insurers,
            insurer=asked.insurer_number,
            mail=await self.waiting(asked),
            ways=[(way.value, way.japanese) for way in POSTING_ORDER],
            said=said,
            refusal=refusal,
        )


def _day(written: str) -> date | None:
    try:
        return field_parsers.day(written.strip()) if written.strip() else None
    except field_parsers.Unreadable as error:
        raise Problem(Catalogue.INVALID_REQUEST, error.text.en, japanese=error.text.ja) from None


def router(context: PageContext, posting: DocumentPosting) -> Routes:
    """Return the routes."""
    desk = RegisterDesk(context, posting)
    routes = page_routes()

    @routes.get("/documents", summary="The register of documents")
    async def show_register(
        request: Request, asked: Annotated[RegisterQuery, Query()]
    ) -> HTMLResponse:
        return await desk.register(Reader.of(request.scope, request.cookies), asked)

    @routes.post("/documents/sent", summary="Note that what waits for the post has been sent")
    async def note_sent(request: Request) -> Response:
        async with request.form() as sent:
            names = ("InsurerNumber", "From", "To", "Delivery")
            written = {name: str(sent.get(name, ""))[:20] for name in names}
        if written["Delivery"] not in {"", *Delivery}:
            raise Problem(Catalogue.INVALID_REQUEST)
        asked = RegisterQuery.model_validate(written)
        mail = await desk.waiting(asked)
        if mail is None:
            raise Problem(Catalogue.SERVICE_UNREACHABLE)
        count = await posting.note_posted(
            mail.selection, (await context.acceptance.read_clock()).today
        )
        reader = Reader.of(request.scope, request.cookies)
        return await desk.register(reader, asked, said=f"{count}通を送付済みにしました。")

    return routes
