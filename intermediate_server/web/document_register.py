"""The register of documents (交付簿)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import Request  # noqa: TC002 # FastAPI reads it at run time
from fastapi.responses import HTMLResponse

from intermediate_server.documents.document import RegisteredDocument
from intermediate_server.readings import Read, Reader
from intermediate_server.web.clerk import RegisterEntry
from intermediate_server.web.page_context import PAGE_ANSWERS, PageRoute
from wire.serving.access import CONSOLE, Routes

if TYPE_CHECKING:
    from intermediate_server.web.page_context import PageContext

DOCUMENTS_SHOWN = 60
"""How many decisions the page shows."""


@dataclass(frozen=True)
class RegisterDesk:
    """Where a clerk looks after documents."""

    context: PageContext

    async def register(self, reader: Reader) -> HTMLResponse:
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
            documents=entries,
        )


def router(context: PageContext) -> Routes:
    """Return the routes."""
    desk = RegisterDesk(context)
    routes = Routes(
        CONSOLE,
        tags=["画面"],
        default_response_class=HTMLResponse,
        route_class=PageRoute,
        responses=PAGE_ANSWERS,
    )

    @routes.get("/documents", summary="The register of documents")
    async def show_register(request: Request) -> HTMLResponse:
        return await desk.register(Reader.of(request.scope, request.cookies))

    return routes
