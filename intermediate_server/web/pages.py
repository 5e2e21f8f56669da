"""The page that a clerk of an insurer opens."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING

import httpx2
from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from eligibility.sentence import japanese_date
from intermediate_server.web.clerk import FiledProcedure, InsurerCard
from wire.clock import TOKYO

if TYPE_CHECKING:
    from intermediate_server.policies import PolicyBook
    from intermediate_server.store import Store
    from wire.clock import ClockSource

SHOWN = 12
"""How many procedures the page shows."""


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("intermediate_server.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def router(store: Store, policies: PolicyBook, clock: ClockSource) -> APIRouter:
    """Return the pages."""
    routes = APIRouter(tags=["画面"])

    @routes.get("/", summary="The clerk's page", response_class=HTMLResponse)
    async def show_clerk() -> HTMLResponse:
        try:
            now = (await clock.read()).now
        except httpx2.HTTPError:
            now = None
        local = now.astimezone(TOKYO) if now else None
        recent = await asyncio.to_thread(store.ledger.recent, SHOWN)
        backlog = await asyncio.to_thread(store.outbox.backlog, now)
        page = _templates().get_template("clerk.html")
        return HTMLResponse(
            page.render(
                today=f"{japanese_date(local.date())} {local:%H:%M}" if local else None,
                insurers=[InsurerCard.of(policy, now) for policy in policies],
                procedures=[
                    FiledProcedure.of(tracked, local.date() if local else None)
                    for tracked in recent
                ],
                backlog=backlog,
            )
        )

    return routes
