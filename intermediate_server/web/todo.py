"""やること: what waits for a clerk, from all parts of the service, with a way to each case.

A part that has something to be done gives it as a `TodoSource`, and joins the list in `app`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from fastapi import Request  # noqa: TC002 # FastAPI reads it at run time
from fastapi.responses import HTMLResponse  # noqa: TC002 # as above

from intermediate_server.procedures.attention import AttentionKind
from intermediate_server.readings import Read, Reader
from intermediate_server.store.finding.document_list import DocumentFilter
from intermediate_server.store.finding.place import COUNTED, Page
from intermediate_server.store.finding.procedure_list import ProcedureFilter, ProcedureState
from intermediate_server.web.page_context import page_routes
from intermediate_server.web.texts import say, word

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from intermediate_server.procedures.change import Change
    from intermediate_server.store import Store
    from intermediate_server.web.page_context import PageContext
    from intermediate_server.web.uploading.upload_jobs import UploadJob, UploadJobs
    from wire.serving.access import Routes

SHOWN = 20
"""Cases of a group that the page shows."""


@dataclass(frozen=True, slots=True)
class TodoCase:
    """One thing to be done."""

    title: str
    """Whom or what it is about."""
    href: str
    """Where it is done."""
    note: str = ""
    """What is the matter, and what to do."""
    person_reference: str = ""
    """Whom it is about, for the reading log; empty where it is about nobody in particular."""


@dataclass(frozen=True, slots=True)
class TodoGroup:
    """Things to be done of one kind."""

    key: str
    """A word for the address, unlike those of other groups."""
    title: str
    what_to_do: str
    """The next step, as a sentence."""
    count: int
    cases: tuple[TodoCase, ...]
    """The first of them."""
    href: str = ""
    """Where all of them are; empty where that is nowhere else."""
    tone: str = "waiting"
    """``bad`` where clinics are told something wrong until it is done, else ``waiting``."""

    @property
    def counted(self) -> str:
        """How many there are, honestly."""
        key = "list.at_least" if self.count >= COUNTED else "list.count"
        return say(key, count=f"{self.count:,}")


class TodoSource(Protocol):
    """A part of the service that has things to be done."""

    async def __call__(self) -> TodoGroup:
        """Return what is to be done now; a group without a case is not shown."""
        ...


@dataclass
class TodoList:
    """What is to be done, from all who have something."""

    sources: list[TodoSource | Callable[[], Awaitable[TodoGroup]]] = field(default_factory=list)

    async def groups(self) -> list[TodoGroup]:
        """Return the groups in which there is something."""
        found = await asyncio.gather(*(source() for source in self.sources))
        return [group for group in found if group.count]


@dataclass(frozen=True)
class OfLedger:
    """What the ledger and the register of documents have to be done."""

    store: Store

    @property
    def sources(self) -> list[Callable[[], Awaitable[TodoGroup]]]:
        """The groups in their order."""
        return [
            self.untaken,
            lambda: self.watched(AttentionKind.CONFLICT),
            lambda: self.watched(AttentionKind.VIEW_STOPPED),
            self.held,
            self.undelivered,
        ]

    async def untaken(self) -> TodoGroup:
        """Return what OQS did not take."""
        backlog, found = await asyncio.gather(
            asyncio.to_thread(self.store.outbox.backlog, None),
            asyncio.to_thread(self.store.conflicts.untaken, SHOWN),
        )
        return TodoGroup(
            "untaken",
            say("todo.untaken"),
            say("todo.untaken_do"),
            backlog.conflicts,
            tuple(_case(one.change, f"v{one.change.version}") for one in found),
            "/procedures?State=conflicting",
            "bad",
        )

    async def watched(self, kind: AttentionKind) -> TodoGroup:
        """Return persons with two insurers for a day, or with a stopped view."""
        count, found = await asyncio.gather(
            asyncio.to_thread(self.store.ledger.count_watched, kind),
            asyncio.to_thread(self.store.ledger.watched, SHOWN, kind),
        )
        return TodoGroup(
            kind.value,
            word("attention", kind, kind.japanese),
            say(f"todo.{kind}_do"),
            count,
            tuple(_case(one.since, "", one.since.reason) for one in found),
            tone="bad",
        )

    async def held(self) -> TodoGroup:
        """Return what waits for a release."""
        wanted = ProcedureFilter(state=ProcedureState.HELD)
        count = await asyncio.to_thread(self.store.procedure_list.count, wanted)
        found, _ = await asyncio.to_thread(self.store.procedure_list.page, wanted, Page(SHOWN))
        return TodoGroup(
            "held",
            say("todo.held"),
            say("todo.held_do"),
            count,
            tuple(_case(one.change, f"v{one.change.version}") for one in found),
            "/procedures?State=held",
        )

    async def undelivered(self) -> TodoGroup:
        """Return documents that came back."""
        wanted = DocumentFilter(state="undelivered")
        count = await asyncio.to_thread(self.store.document_list.count, wanted)
        found, _ = await asyncio.to_thread(self.store.document_list.page, wanted, Page(SHOWN))
        return TodoGroup(
            "undelivered",
            say("todo.undelivered"),
            say("todo.undelivered_do"),
            count,
            tuple(_case(one.entry, "papers") for one in found),
            "/documents?State=undelivered",
        )


def _case(entry: Change, anchor: str = "", reason: str = "") -> TodoCase:
    place = f"#{anchor}" if anchor else ""
    note = "　".join(
        filter(None, (entry.insurer_name, word("kind", entry.kind, entry.kind.japanese), reason))
    )
    reference = entry.person.reference
    return TodoCase(entry.person.name, f"/persons/{reference}{place}", note, reference)


@dataclass(frozen=True)
class OfFiles:
    """Files with refused lines that their insurer has not handed in again under the same name."""

    jobs: UploadJobs

    async def __call__(self) -> TodoGroup:
        """Return the files, each with how many lines."""
        newest: dict[tuple[str, str], UploadJob] = {}
        for one in self.jobs.last():
            if not one.running:
                newest.setdefault((one.insurer, one.file_name), one)
        files = [one for one in newest.values() if one.report.refused or one.report.interrupted]
        return TodoGroup(
            "files",
            say("todo.files"),
            say("todo.files_do"),
            len(files),
            tuple(
                TodoCase(
                    one.file_name,
                    f"/upload?Result={one.name}",
                    say("todo.files_note", count=f"{one.report.refused:,}"),
                )
                for one in files[:SHOWN]
            ),
        )


def router(context: PageContext, todo: TodoList) -> Routes:
    """Return the route."""
    routes = page_routes()

    @routes.get("/todo", summary="What is to be done, with a way to each case")
    async def show_todo(request: Request) -> HTMLResponse:
        groups = await todo.groups()
        async with context.readings.reading(
            Reader.of(request.scope, request.cookies), Read.TODO
        ) as read:
            read += [
                case.person_reference
                for group in groups
                for case in group.cases
                if case.person_reference
            ]
        return await context.render("todo.html", "/todo", await context.now(), groups=groups)

    return routes
