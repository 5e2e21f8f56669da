"""The register of documents (交付簿), and the runs over all members of an insurer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import Request  # noqa: TC002 # FastAPI reads it at run time
from fastapi.responses import HTMLResponse, Response  # noqa: TC002 # as above

from intermediate_server.documents.document import RegisteredDocument
from intermediate_server.documents.document_runs import RunKind
from intermediate_server.readings import Read, Reader
from intermediate_server.web.clerk import RegisterEntry
from intermediate_server.web.page_context import page_routes
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from intermediate_server.document_issuance import DocumentIssuance
    from intermediate_server.web.page_context import PageContext
    from wire.serving.access import Routes

DOCUMENTS_SHOWN = 60
"""How many decisions the page shows."""


@dataclass(frozen=True)
class RegisterDesk:
    """Where a clerk looks after documents."""

    context: PageContext
    issuance: DocumentIssuance

    async def register(
        self,
        reader: Reader,
        insurer: str = "",
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
        return await self.context.render(
            "register.html",
            "/documents",
            await self.context.now(),
            status,
            documents=entries,
            runs=[(one.value, one.japanese) for one in RunKind],
            insurers=self.context.insurers,
            insurer=insurer or self.context.insurers[0][0],
            said=said,
            refusal=refusal,
        )

    async def run(self, kind: RunKind, insurer: str, reader: Reader) -> HTMLResponse:
        """Run over an insurer's members, and show the register."""
        try:
            report = await self.issuance.run(
                kind, self.context.acceptance.policies.of_digits(insurer)
            )
        except Problem as problem:
            return await self.register(
                reader, insurer, refusal=problem.japanese, status=problem.entry.kind.status
            )
        issued = "、".join(f"{one.japanese} {count}件" for one, count in report.issued.items())
        none = sum(report.not_issued.values())
        return await self.register(
            reader,
            insurer,
            said=f"{kind.japanese}: {report.members}人を確かめ、"
            f"{issued or '新しい交付はありません'}{f'、交付なし {none}件' if none else ''}。",
        )


def router(context: PageContext, issuance: DocumentIssuance) -> Routes:
    """Return the routes."""
    desk = RegisterDesk(context, issuance)
    routes = page_routes()

    @routes.get("/documents", summary="The register of documents")
    async def show_register(request: Request) -> HTMLResponse:
        return await desk.register(Reader.of(request.scope, request.cookies))

    @routes.post("/documents/run", summary="Run over an insurer's members")
    async def run(request: Request) -> Response:
        async with request.form() as sent:
            kind, insurer = str(sent.get("Kind", "")), str(sent.get("InsurerNumber", ""))
        if kind not in set(RunKind):
            raise Problem(Catalogue.INVALID_REQUEST)
        return await desk.run(RunKind(kind), insurer, Reader.of(request.scope, request.cookies))

    return routes
