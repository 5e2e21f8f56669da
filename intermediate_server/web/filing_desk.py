"""The form of a procedure: typed, sent, and shown again with what is wrong or what it came to."""

from __future__ import annotations

import asyncio
import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import httpx2
from fastapi import BackgroundTasks, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from intermediate_server.filing.fields import (
    BY_ELEMENT,
    Fault,
    FaultyFields,
    kind_of,
    read_procedure,
    with_years,
)
from intermediate_server.procedures.change import FilingChannel, Source
from intermediate_server.procedures.kinds import KINDS, ProcedureKind
from intermediate_server.procedures.memberships import newest
from intermediate_server.readings import LONGEST_NAME, REFERENCES, Read, Reader, operator_of
from intermediate_server.store.ledger import Once
from intermediate_server.web.clerk import FiledProcedure, PersonPage, RegisterEntry
from intermediate_server.web.form import PERSON, Form
from intermediate_server.web.page_context import (
    page_routes,
    refusal_words,
    remember,
    templates,
)
from intermediate_server.web.preview import Preview
from storage import AnsweredBefore, IdempotentRequest
from wire.catalogue import Catalogue, Problem
from wire.request_key import KeysUnderWay, read_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from intermediate_server.procedures.person import PersonDetails
    from intermediate_server.procedures.procedure import Procedure
    from intermediate_server.store.ledger import Recorded
    from intermediate_server.web.page_context import PageContext
    from intermediate_server.web.texts import Told
    from wire.clock import ClockReading
    from wire.serving.access import Routes


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was accepted just before."""

    filed: FiledProcedure | None = None
    warnings: tuple[Told, ...] = ()
    documents: tuple[RegisterEntry, ...] = ()


@dataclass(frozen=True)
class FilingDesk:
    """Where a clerk files procedures."""

    context: PageContext
    under_way: KeysUnderWay = field(default_factory=KeysUnderWay)

    async def form(
        self,
        texts: Mapping[str, str],
        operator: str,
        *,
        faults: tuple[Fault, ...] = (),
        refusal: str = "",
        holder: PersonDetails | None = None,
        filed: tuple[str, int] | None = None,
        status: int = 200,
    ) -> HTMLResponse:
        """Show the form with what was typed; ``filed`` is what was accepted just before."""
        reading = await self.context.now()
        kind = kind_of(texts.get("Kind", "")) or ProcedureKind.JOIN
        insurer = self.context.insurer(texts.get("InsurerNumber", ""))
        reader = Reader(operator, FilingChannel.PAGE)
        if "individual_number" in KINDS[kind].needs.required:  # the number is what it is about
            texts = {name: text for name, text in texts.items() if name != PERSON}
        receipt = await self._receipt(*filed, reading, reader) if filed else Receipt()
        person = await self._person(texts.get(PERSON, ""), reader)
        if person is None:
            texts = {name: text for name, text in texts.items() if name != PERSON}
        preview = Preview.of(
            self.context.acceptance.policies,
            kind,
            {**texts, "InsurerNumber": insurer},
            reading.now if reading else None,
        )
        return await self.context.render(
            "file.html",
            "/file",
            reading,
            status,
            form=Form.of(kind, texts, faults),
            insurers=self.context.insurers,
            insurer=insurer,
            operator=operator,
            refusal=refusal,
            holder=holder,
            person=person,
            key=secrets.token_urlsafe(16),
            receipt=receipt.filed,
            warnings=receipt.warnings,
            documents=receipt.documents,
            preview=preview.strip,
            lag=preview.lag,
            fault=preview.fault,
            days=preview.days,
        )

    async def _person(self, reference: str, reader: Reader) -> PersonDetails | None:
        """Return the person from whose page the form was opened."""
        if not reference:
            return None
        async with self.context.readings.reading(reader, Read.PERSON, reference) as read:
            entries = await asyncio.to_thread(self.context.store.search.newest, reference)
            if not entries:
                read.clear()
                return None
        return entries[0].person

    async def _receipt(
        self, reference: str, version: int, reading: ClockReading | None, reader: Reader
    ) -> Receipt:
        store, policies = self.context.store, self.context.acceptance.policies
        async with self.context.readings.reading(reader, Read.RECEIPT, reference):
            tracked = await asyncio.to_thread(store.ledger.history, reference)
            documents = await asyncio.to_thread(store.documents.of_person, reference)
            sharing = await asyncio.to_thread(
                store.search.sharing, newest([one.change for one in tracked]).values()
            )
        for one in tracked:
            if one.change.version == version:
                now = reading.now if reading else None
                return Receipt(
                    FiledProcedure.of(one, reading.today if reading else None),
                    PersonPage.of(tracked, documents, policies, now, sharing=sharing).warnings,
                    tuple(
                        RegisterEntry.of(one)
                        for one in documents
                        if one.document.occasioned_by == version
                    ),
                )
        return Receipt()

    async def file(self, texts: dict[str, str], operator: str, key: str = "") -> Response:
        """File what was typed, or show it again with what is wrong.

        ``key`` was made when the form was shown: sent twice, the procedure is filed once.
        """
        reading = await self.context.now()
        whole = with_years(texts, reading.today) if reading else texts
        try:
            procedure = read_procedure(
                {name: text for name, text in whole.items() if name in BY_ELEMENT},
                who_is_known=bool(texts.get(PERSON)),
            )
        except FaultyFields as error:
            return await self.form(texts, operator, faults=error.faults, status=422)
        once = _once(texts, key)
        try:
            async with self.context.readings.reading(
                Reader(operator, FilingChannel.PAGE), Read.FILING
            ):
                if once is None:
                    filed = _place(await self._accept(procedure, operator, texts))
                else:
                    with self.under_way.hold(_CALLER, _ROUTE, once.request.key):
                        filed = _place(await self._accept(procedure, operator, texts, once))
        except AnsweredBefore as before:
            if once is None or before.kept.fingerprint != once.request.fingerprint:
                refusal = refusal_words(Problem(Catalogue.IDEMPOTENCY_KEY_REUSED))
                return await self.form(texts, operator, refusal=refusal, status=422)
            filed = before.kept.answer
        except Problem as problem:
            return await self.form(
                texts,
                operator,
                refusal=refusal_words(problem),
                holder=await self.context.holder(problem, operator),
                status=problem.entry.kind.status,
            )
        kept = {
            name: texts[name] for name in ("Kind", "InsurerNumber", "FiledOn") if texts.get(name)
        }
        query = httpx2.QueryParams({**kept, "Filed": filed})
        return RedirectResponse(f"/file?{query}", 303)

    async def _accept(
        self,
        procedure: Procedure,
        operator: str,
        texts: Mapping[str, str],
        once: Once | None = None,
    ) -> Recorded:
        source = Source(operator, FilingChannel.PAGE)
        known = texts.get(PERSON) or None
        return await self.context.acceptance.accept(procedure, source, once, known)


_REFERENCE = re.compile(rf"(?:{'|'.join(REFERENCES)})[0-9A-Z]{{1,16}}")
_CALLER = "page"
_ROUTE = "/file"


def _once(texts: Mapping[str, str], sent: str) -> Once | None:
    """Return how what was typed is filed once; a form without a key has none.

    Raises:
        Problem: INVALID_REQUEST.
    """
    key = read_key(sent or None)
    if key is None:
        return None
    filled = {name: text for name, text in texts.items() if text and name in {*BY_ELEMENT, PERSON}}
    request = IdempotentRequest(_CALLER, _ROUTE, key.digest, key.fingerprint(filled))
    return Once(request, 303, lambda recorded: _place(recorded[0]))


def _place(recorded: Recorded) -> str:
    entry = recorded.entries[0]
    return f"{entry.person.reference}:{entry.version}"


def router(context: PageContext) -> Routes:
    """Return the routes."""
    desk = FilingDesk(context)
    routes = page_routes()

    @routes.get("/file", summary="The form for a procedure")
    async def show_form(
        request: Request, filed: Annotated[str, Query(alias="Filed", max_length=40)] = ""
    ) -> HTMLResponse:
        reference, _, version = filed.partition(":")
        known = (reference, int(version)) if version.isascii() and version.isdigit() else None
        texts = {
            name: text
            for name, text in request.query_params.items()
            if name in {*BY_ELEMENT, PERSON}
        }
        texts.pop("IndividualNumber", None)  # never from an address
        if not _REFERENCE.fullmatch(texts.get(PERSON, "")):
            texts.pop(PERSON, None)
        return await desk.form(texts, operator_of(request.cookies), filed=known)

    @routes.get("/file/preview", summary="From when a procedure of this kind would be seen")
    async def show_preview(request: Request) -> HTMLResponse:
        reading = await context.now()
        kind = kind_of(request.query_params.get("Kind", "")) or ProcedureKind.JOIN
        preview = Preview.of(
            context.acceptance.policies,
            kind,
            request.query_params,
            reading.now if reading else None,
        )
        page = templates().get_template("preview.html")
        return HTMLResponse(
            page.render(
                preview=preview.strip, lag=preview.lag, fault=preview.fault, days=preview.days
            )
        )

    @routes.post("/file", summary="File a procedure from the form, or change its kind")
    async def file(request: Request, afterwards: BackgroundTasks) -> Response:
        async with request.form() as sent:
            texts = {name: text for name, text in sent.items() if isinstance(text, str)}
        operator = texts.pop("Operator", operator_of(request.cookies))[:LONGEST_NAME].strip()
        switch = texts.pop("Switch", "")
        if not _REFERENCE.fullmatch(texts.get(PERSON, "")):
            texts.pop(PERSON, None)
        key = texts.pop("IdempotencyKey", "")
        if switch:
            response: Response = await desk.form({**texts, "Kind": switch}, operator)
        else:
            response = await desk.file(texts, operator, key)
            afterwards.add_task(context.workers.wake)
        remember(response, operator)
        return response

    return routes
