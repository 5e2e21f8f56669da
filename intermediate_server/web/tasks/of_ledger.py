"""What the ledger and the register of documents have to be done."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from intermediate_server.procedures.attention import AttentionKind
from intermediate_server.store.finding.document_list import DocumentFilter
from intermediate_server.store.finding.place import Page
from intermediate_server.store.finding.procedure_list import ProcedureFilter, ProcedureState
from intermediate_server.web.texts import long_day, say, word
from intermediate_server.web.todo_list import SHOWN, TodoCase, TodoGroup
from wire.catalogue import Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from intermediate_server.acceptance import Acceptance
    from intermediate_server.procedures.change import Change, TrackedChange
    from intermediate_server.store import Store
    from intermediate_server.store.finding.document_list import ListedDocument


@dataclass(frozen=True)
class OfLedger:
    """What the ledger and the register of documents have to be done."""

    store: Store
    acceptance: Acceptance

    @property
    def sources(self) -> list[Callable[[], Awaitable[TodoGroup]]]:
        """The groups in their order."""
        return [
            self.untaken,
            lambda: self.watched(AttentionKind.CONFLICT),
            lambda: self.watched(AttentionKind.VIEW_STOPPED),
            self.held,
            self.undelivered,
            self.headless,
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
        found: tuple[TrackedChange, ...] = ()
        if count:
            found, _ = await asyncio.to_thread(self.store.procedure_list.page, wanted, Page(SHOWN))
        return TodoGroup(
            "held",
            say("todo.held"),
            say("todo.held_do"),
            count,
            tuple(_case(one.change, f"v{one.change.version}") for one in found),
            "/held",
            way=say("held.way"),
        )

    async def undelivered(self) -> TodoGroup:
        """Return documents that came back, and would be of use still."""
        try:
            today = (await self.acceptance.read_clock()).today
        except Problem:
            today = None
        wanted = DocumentFilter(state="undelivered", of_use_on=today)
        count, found = await asyncio.to_thread(self._documents, wanted)
        return TodoGroup(
            "undelivered",
            say("todo.undelivered"),
            say("todo.undelivered_do"),
            count,
            tuple(_paper(one) for one in found),
            "/documents?State=undelivered",
        )

    def _documents(self, wanted: DocumentFilter) -> tuple[int, tuple[ListedDocument, ...]]:
        """Count the documents of a kind, and return the first of them where there are any."""
        register = self.store.document_list
        count = register.count(wanted)
        return count, register.page(wanted, Page(SHOWN))[0] if count else ()

    async def headless(self) -> TodoGroup:
        """Return papers that cannot be printed, as nobody has reported the head (R-056)."""
        try:
            today = (await self.acceptance.read_clock()).today
        except Problem:
            return TodoGroup(
                "headless", say("todo.headless"), say("todo.headless_do"), 0, (), asked=False
            )
        wanted = DocumentFilter(headless_on=today)
        count, found = await asyncio.to_thread(self._documents, wanted)
        cases = tuple(map(_paper, found))
        return TodoGroup("headless", say("todo.headless"), say("todo.headless_do"), count, cases)


def _paper(one: ListedDocument) -> TodoCase:
    """Draw a document; several of one person differ by kind, or by the day of issue."""
    assert one.document.kind is not None
    assert one.document.issued_on is not None
    issued = say("todo.issued", day=long_day(one.document.issued_on))
    paper = word("document", one.document.kind, one.document.kind.japanese)
    case = _case(one.entry, "papers")
    return replace(case, note=f"{one.entry.insurer_name}　{paper}　{issued}")


def _case(entry: Change, anchor: str = "", reason: str = "") -> TodoCase:
    place = f"#{anchor}" if anchor else ""
    what = word("kind", entry.kind, entry.kind.japanese)
    filed = say("todo.filed", day=long_day(entry.filing.filed_on))
    note = f"{entry.insurer_name}　{what}　{filed}"
    reference = entry.person.reference
    return TodoCase(entry.person.name, f"/persons/{reference}{place}", note, reference, reason)
