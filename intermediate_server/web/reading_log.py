"""閲覧記録: who has read about whom."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse  # noqa: TC002 # FastAPI reads it at run time

from eligibility.sentence import Sentence
from intermediate_server.readings import Read
from intermediate_server.web.page_context import page_routes
from intermediate_server.web.texts import moment, said, say, word
from wire.catalogue import entry_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from intermediate_server.store.reading_log import PersonReading
    from intermediate_server.web.page_context import PageContext
    from wire.serving.access import Routes

READINGS_SHOWN = 100
"""How many lines the page shows."""


@dataclass(frozen=True, slots=True)
class ReadingLine:
    """A line of the log as the page shows it."""

    reference: str
    name: str
    """Whose it is, as it was recorded last; empty where nothing is recorded."""
    what: str
    reader: str
    read_at: str
    recorded_at: str
    outcome: str

    @classmethod
    def of(cls, one: PersonReading, names: Mapping[str, str]) -> ReadingLine:
        """Draw a line."""
        return cls(
            reference=one.person_reference,
            name=names.get(one.person_reference, ""),
            what=word("read", one.what, Read(one.what).japanese),
            reader=one.reader or say("readings.nameless"),
            read_at=_written(one.read_at),
            recorded_at=_written(one.recorded_at),
            outcome=_refusal(one.refusal) if one.refusal else say("readings.shown"),
        )


def _refusal(code: str) -> str:
    kind = entry_of(code).kind
    return said(Sentence(kind.japanese, kind.title))


def _written(instant: datetime | None) -> str:
    if instant is None:
        return say("readings.unknown")
    return moment(instant)


def router(context: PageContext) -> Routes:
    """Return the route."""
    routes = page_routes()

    @routes.get("/readings", summary="Who has read about whom, the last first")
    async def show_readings(
        person: Annotated[str, Query(alias="Person", max_length=20)] = "",
    ) -> HTMLResponse:
        found = await asyncio.to_thread(
            context.store.readings.recent, READINGS_SHOWN, person or None
        )
        names = await asyncio.to_thread(
            context.store.search.names, {one.person_reference for one in found}
        )
        return await context.render(
            "readings.html",
            "/readings",
            await context.now(),
            person=" ".join(filter(None, (names.get(person, ""), person))),
            readings=[ReadingLine.of(one, names) for one in found],
        )

    return routes
