"""反映の指示: a clerk releases what is held, so that clinics see it (lag mode ``manual``)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import Request  # noqa: TC002 # FastAPI reads it at run time
from fastapi.responses import HTMLResponse  # noqa: TC002 # FastAPI reads it at run time

from eligibility.days.dates import TOKYO
from intermediate_server.readings import REFERENCES, Read, Reader
from intermediate_server.store.finding.place import Page
from intermediate_server.store.finding.procedure_list import ProcedureFilter, ProcedureState
from intermediate_server.store.outgoing.control import HeldSelection
from intermediate_server.web.clerk import FiledProcedure
from intermediate_server.web.page_context import TODO, page_routes, problem_words
from intermediate_server.web.texts import long_day, say
from wire.catalogue import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from intermediate_server.procedures.change import TrackedChange
    from intermediate_server.web.page_context import PageContext
    from wire.serving.access import Routes

PATH = "/held"
SHOWN = 50
"""How many held changes the page shows, and releases at once; the oldest are first."""
_HELD = ProcedureFilter(state=ProcedureState.HELD)


def _named(written: Iterable[object]) -> list[tuple[str, int]]:
    """Read which changes are meant, as the page has written them: person and version."""
    found = []
    for one in written:
        reference, _, version = str(one).rpartition(":")
        if reference.startswith(REFERENCES) and version.isascii() and version.isdecimal():
            found.append((reference[:20], int(version[:6])))
    return [*dict.fromkeys(found)]


@dataclass(frozen=True)
class ReleaseDesk:
    """Where a clerk sees what is held, and releases it."""

    context: PageContext

    async def page(
        self,
        reader: Reader,
        *,
        named: Sequence[tuple[str, int]] = (),
        done: str = "",
        refusal: str = "",
        status: int = 200,
    ) -> HTMLResponse:
        """Show what is held; where changes are ``named``, ask whether these are meant."""
        store = self.context.store
        reading, count = await asyncio.gather(
            self.context.now(), asyncio.to_thread(store.procedure_list.count, _HELD)
        )
        async with self.context.readings.reading(reader, Read.TODO) as read:
            if named:
                found = await asyncio.to_thread(self._held_of, named)
            else:
                found, _ = await asyncio.to_thread(
                    store.procedure_list.page, _HELD, Page(SHOWN, None, oldest_first=True)
                )
            read += [one.change.person.reference for one in found]
        if named and not found:
            return await self.page(reader, done=say("held.already"))
        today = reading.today if reading else None
        return await self.context.render(
            "held.html",
            TODO,
            reading,
            status,
            changes=[FiledProcedure.of(one, today) for one in found],
            confirming=bool(named),
            count=count,
            done=done,
            refusal=refusal,
        )

    def _held_of(self, named: Sequence[tuple[str, int]]) -> tuple[TrackedChange, ...]:
        """Return which of the changes still wait for their release."""
        held = {
            (reference, one.change.version): one
            for reference in {reference for reference, _ in named}
            for one in self.context.store.ledger.history(reference)
            if one.held
        }
        return tuple(held[one] for one in named if one in held)

    async def release(
        self, reader: Reader, written: Iterable[object], *, confirmed: bool
    ) -> HTMLResponse:
        """Release the changes that are named, once it is confirmed that they are meant."""
        named = _named(written)
        if not named:
            return await self.page(reader, refusal=say("held.nothing"), status=422)
        if not confirmed:
            return await self.page(reader, named=named)
        try:
            now = (await self.context.acceptance.read_clock()).now
        except Problem as problem:
            said, status = problem_words(problem), problem.entry.kind.status
            return await self.page(reader, named=named, refusal=said, status=status)
        released = await asyncio.to_thread(
            self.context.store.control.release,
            [HeldSelection(reference, version) for reference, version in named],
            now,
        )
        await self.context.workers.wake()
        day = long_day(now.astimezone(TOKYO).date())
        done = say("held.done", count=released, day=day) if released else say("held.already")
        return await self.page(reader, done=done)


def router(context: PageContext) -> Routes:
    """Return the routes."""
    desk = ReleaseDesk(context)
    routes = page_routes()

    @routes.get(PATH, summary="What waits for a person's release")
    async def show(request: Request) -> HTMLResponse:
        return await desk.page(Reader.of(request.scope, request.cookies))

    @routes.post(PATH, summary="Release what was chosen, once it is confirmed")
    async def release(request: Request) -> HTMLResponse:
        async with request.form() as sent:
            written, confirmed = sent.getlist("Change")[:SHOWN], bool(sent.get("Confirmed"))
        reader = Reader.of(request.scope, request.cookies)
        return await desk.release(reader, written, confirmed=confirmed)

    return routes
