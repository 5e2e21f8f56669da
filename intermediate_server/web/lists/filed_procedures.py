"""届出一覧: the ledger as a list, filtered, in pages, and as a file."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx2
from fastapi import Request  # noqa: TC002 # FastAPI reads it at run time
from fastapi.responses import HTMLResponse, Response  # noqa: TC002 # FastAPI reads it at run time

from intermediate_server.procedures.change import FilingChannel
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.readings import Read, Reader
from intermediate_server.store.finding.place import Page
from intermediate_server.store.finding.procedure_list import ProcedureFilter, ProcedureState
from intermediate_server.web.clerk import FiledProcedure
from intermediate_server.web.lists.asked import ROWS_OF_CSV, Asked, Choice, Paging
from intermediate_server.web.page_context import CsvFile, page_routes
from intermediate_server.web.texts import say, word
from wire.dates import write_day
from wire.forms.spreadsheet import BOM, csv_lines

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import date

    from intermediate_server.procedures.change import TrackedChange
    from intermediate_server.web.page_context import PageContext
    from wire.serving.access import Routes

PATH = "/procedures"
_COLUMNS = (
    "届出種別", "保険者番号", "記号", "番号", "枝番", "氏名", "カナ氏名", "生年月日", "届出日",
    "見える日", "資格取得日", "資格喪失日", "負担割合", "経路", "入力者", "状態",
    "個人の参照", "版",
)  # fmt: skip


def wanted(asked: Asked) -> ProcedureFilter:
    """Read which procedures are asked for."""
    return ProcedureFilter(
        asked.text("Insurer") or None,
        asked.code("Kind", ProcedureKind),
        asked.code("Way", FilingChannel),
        *asked.days(),
        asked.code("State", ProcedureState),
        asked.text("By") or None,
    )


def of_today(today: date, operator: str) -> str:
    """Return the address of what was filed today on the pages, by a clerk or by anybody."""
    day = write_day(today)
    wanted = {"Way": FilingChannel.PAGE.value, "By": operator, "From": day, "Until": day}
    return f"{PATH}?{httpx2.QueryParams({name: text for name, text in wanted.items() if text})}"


def choices(context: PageContext, asked: Asked) -> list[Choice]:
    """Return the filters as the page shows them."""
    insurers = tuple((number, f"{number}　{name}") for number, name in context.insurers)
    kinds = tuple((one.value, word("kind", one, one.japanese)) for one in ProcedureKind)
    ways = tuple((one.value, word("channel", one, one.japanese)) for one in FilingChannel)
    states = tuple((one.value, say(f"state.{one}")) for one in ProcedureState)
    return [
        Choice("Insurer", say("list.insurer"), asked.text("Insurer"), insurers),
        Choice("Kind", say("list.kind"), asked.text("Kind"), kinds),
        Choice("Way", say("list.way"), asked.text("Way"), ways),
        Choice("State", say("list.state"), asked.text("State"), states),
        Choice("From", say("list.filed_from"), asked.text("From"), ()),
        Choice("Until", say("list.until"), asked.text("Until"), ()),
        Choice("By", say("upload.operator"), asked.text("By"), (), ""),
    ]


async def _lines(
    context: PageContext, reader: Reader, filtered: ProcedureFilter, *, oldest_first: bool
) -> AsyncIterator[bytes]:
    yield BOM.encode() + csv_lines([_COLUMNS])
    place = None
    while True:
        found, place = await asyncio.to_thread(
            context.store.procedure_list.page, filtered, Page(ROWS_OF_CSV, place, oldest_first)
        )
        async with context.readings.reading(reader, Read.LIST) as read:
            read += [one.change.person.reference for one in found]
        yield csv_lines(map(_row, found))
        if place is None:
            return


def _row(one: TrackedChange) -> tuple[str, ...]:
    entry = one.change
    qualification = entry.qualification
    lost = qualification.disqualified_on
    return (
        entry.kind.japanese, qualification.insurer_number, qualification.symbol,
        qualification.number, qualification.branch, entry.person.name, entry.person.name_kana,
        write_day(entry.person.birthdate), write_day(entry.filing.filed_on),
        "" if one.held else write_day(entry.filing.seen_on),
        write_day(qualification.qualified_on),
        write_day(lost) if lost else "", entry.ratio, entry.source.channel.japanese,
        entry.source.filed_by, say(f"state.{state_of(one)}"), entry.person.reference,
        str(entry.version),
    )  # fmt: skip


def state_of(one: TrackedChange) -> ProcedureState:
    """Return how far a procedure is."""
    if one.delivered_at is not None:
        return ProcedureState.DELIVERED
    if one.held:
        return ProcedureState.HELD
    return ProcedureState.CONFLICTING if one.conflicting else ProcedureState.WAITING


def router(context: PageContext) -> Routes:
    """Return the routes."""
    routes = page_routes()

    @routes.get(PATH, summary="All procedures: by insurer, kind, way, day and state; in pages")
    async def show_procedures(request: Request) -> HTMLResponse:
        asked = Asked(request.query_params)
        filtered = wanted(asked)
        (found, following), count, reading = await asyncio.gather(
            asyncio.to_thread(context.store.procedure_list.page, filtered, asked.page),
            asyncio.to_thread(context.store.procedure_list.count, filtered),
            context.now(),
        )
        reader = Reader.of(request.scope, request.cookies)
        async with context.readings.reading(reader, Read.LIST) as read:
            read += [one.change.person.reference for one in found]
        return await context.render(
            "procedures.html",
            PATH,
            reading,
            chosen=choices(context, asked),
            operator=reader.name,
            mine=of_today(reading.today, reader.name) if reading else "",
            faults=asked.faults,
            paging=Paging.of(asked, PATH, count, following),
            procedures=[
                FiledProcedure.of(one, reading.today if reading else None) for one in found
            ],
        )

    @routes.get(
        f"{PATH}.csv", response_class=CsvFile, summary="The same procedures as a file, all of them"
    )
    async def show_file(request: Request) -> Response:
        asked = Asked(request.query_params)
        reader = Reader.of(request.scope, request.cookies)
        filtered = wanted(asked)
        asked.require_read()
        lines = _lines(context, reader, filtered, oldest_first=asked.page.oldest_first)
        return CsvFile(lines, "procedures.csv")

    return routes
