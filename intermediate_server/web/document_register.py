"""The register of documents (交付簿): filtered, in pages, as a file; and runs over all members."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import Request  # noqa: TC002 # FastAPI reads it at run time
from fastapi.responses import HTMLResponse, Response  # noqa: TC002 # FastAPI reads it at run time

from eligibility.documents import Delivery, DocumentKind
from intermediate_server.documents.document import (
    ISSUED,
    NOT_ISSUED,
    PRINTED_KINDS,
    EventKind,
    RegisteredDocument,
)
from intermediate_server.readings import Read, Reader
from intermediate_server.store.finding.document_list import DocumentFilter
from intermediate_server.store.finding.place import Page
from intermediate_server.web.clerk import RegisterEntry
from intermediate_server.web.lists.asked import ROWS_OF_CSV, Asked, Choice, Paging
from intermediate_server.web.page_context import CsvFile, page_routes
from intermediate_server.web.texts import long_day, say, word
from wire.dates import write_day
from wire.forms.spreadsheet import BOM, csv_lines

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from intermediate_server.store.finding.document_list import ListedDocument
    from intermediate_server.web.page_context import PageContext
    from wire.serving.access import Routes

PATH = "/documents"
_COLUMNS = (
    "証類", "保険者番号", "記号", "番号", "枝番", "氏名", "カナ氏名", "郵便番号", "住所",
    "決定日", "交付日", "有効期限", "送付方法", "状態", "状態の日", "理由", "規則",
    "個人の参照", "決定の番号",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """A line of the register."""

    entry: RegisterEntry
    name: str
    name_kana: str
    insured: str
    state: str

    @classmethod
    def of(cls, one: ListedDocument) -> RegisterLine:
        """Draw a line."""
        person, number = one.entry.person, one.entry.number
        return cls(
            RegisterEntry.of(RegisteredDocument(one.document)),
            person.name,
            person.name_kana,
            " ".join(filter(None, number[1:])),
            _state(one),
        )


def _state(one: ListedDocument) -> str:
    on = f" {long_day(one.state_on)}" if one.state_on else ""
    return f"{_state_word(one.state)}{on}"


def _state_word(state: str) -> str:
    if state in set(EventKind):
        return word("event", state, EventKind(state).japanese)
    return say(f"document.{state}")


def _kinds() -> list[DocumentKind]:
    """Return the kinds of which an insurer keeps a register, those that are printed first."""
    return sorted(DocumentKind, key=lambda one: one not in PRINTED_KINDS)


def wanted(asked: Asked) -> DocumentFilter:
    """Read which decisions are asked for."""
    return DocumentFilter(
        asked.text("Insurer") or None,
        asked.code("Kind", DocumentKind),
        asked.code("Way", Delivery),
        *asked.days(),
        asked.text("State") or None,
    )


def _choices(context: PageContext, asked: Asked) -> list[Choice]:
    insurers = tuple((number, f"{number}　{name}") for number, name in context.insurers)
    kinds = tuple((one.value, word("document", one, one.japanese)) for one in _kinds())
    ways = tuple((one.value, word("delivery", one, one.japanese)) for one in Delivery)
    states = (NOT_ISSUED, ISSUED, *(one for one in EventKind if one.state != ISSUED))
    return [
        Choice("Insurer", say("list.insurer"), asked.text("Insurer"), insurers),
        Choice("Kind", say("list.document"), asked.text("Kind"), kinds),
        Choice("Way", say("list.delivery"), asked.text("Way"), ways),
        Choice(
            "State",
            say("list.state"),
            asked.text("State"),
            tuple((str(one), _state_word(one)) for one in states),
        ),
        Choice("From", say("list.decided_from"), asked.text("From"), ()),
        Choice("Until", say("list.until"), asked.text("Until"), ()),
    ]


@dataclass(frozen=True)
class RegisterDesk:
    """Where a clerk looks after documents."""

    context: PageContext

    async def register(
        self,
        reader: Reader,
        asked: Asked,
    ) -> HTMLResponse:
        """Show the register of documents."""
        documents, filtered = self.context.store.document_list, wanted(asked)
        (found, following), count = await asyncio.gather(
            asyncio.to_thread(documents.page, filtered, asked.page),
            asyncio.to_thread(documents.count, filtered),
        )
        async with self.context.readings.reading(reader, Read.REGISTER) as read:
            read += [one.document.person_reference for one in found]
        return await self.context.render(
            "register.html",
            PATH,
            await self.context.now(),
            documents=[RegisterLine.of(one) for one in found],
            chosen=_choices(self.context, asked),
            faults=asked.faults,
            paging=Paging.of(asked, PATH, count, following),
        )

    async def lines(
        self, reader: Reader, filtered: DocumentFilter, *, oldest_first: bool
    ) -> AsyncIterator[bytes]:
        """Write all that is asked for as a file, some at a time."""
        yield BOM.encode() + csv_lines([_COLUMNS])
        place = None
        while True:
            page = Page(ROWS_OF_CSV, place, oldest_first)
            found, place = await asyncio.to_thread(
                self.context.store.document_list.page, filtered, page
            )
            async with self.context.readings.reading(reader, Read.REGISTER) as read:
                read += [one.document.person_reference for one in found]
            yield csv_lines(map(_row, found))
            if place is None:
                return


def _row(one: ListedDocument) -> tuple[str, ...]:
    document, person = one.document, one.entry.person
    return (
        word("document", document.kind, document.kind.japanese)
        if document.kind
        else say("document.none"),
        *one.entry.number, person.name, person.name_kana, person.post_number, person.address,
        write_day(document.decided_on),
        write_day(document.issued_on) if document.issued_on else "",
        write_day(document.expires_on) if document.expires_on else "",
        word("delivery", document.delivery, document.delivery.japanese)
        if document.delivery
        else "",
        _state_word(one.state), write_day(one.state_on) if one.state_on else "", document.reason,
        " ".join(document.rules), document.person_reference, str(document.number),
    )  # fmt: skip


def router(context: PageContext) -> Routes:
    """Return the routes."""
    desk = RegisterDesk(context)
    routes = page_routes()

    @routes.get(PATH, summary="The register of documents, filtered and in pages")
    async def show_register(request: Request) -> HTMLResponse:
        reader = Reader.of(request.scope, request.cookies)
        return await desk.register(reader, Asked(request.query_params))

    @routes.get(
        f"{PATH}.csv", response_class=CsvFile, summary="The same decisions as a file, all of them"
    )
    async def show_file(request: Request) -> Response:
        reader = Reader.of(request.scope, request.cookies)
        asked = Asked(request.query_params)
        filtered = wanted(asked)
        asked.require_read()
        lines = desk.lines(reader, filtered, oldest_first=asked.page.oldest_first)
        return CsvFile(lines, "documents.csv")

    return routes
