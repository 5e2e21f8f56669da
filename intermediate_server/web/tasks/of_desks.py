"""What waits at the desks: refused lines, tickets, answers, and the post."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import httpx2

from eligibility.documents import Delivery
from intermediate_server.documents.document import PAPER_KINDS
from intermediate_server.documents.selection import Selection
from intermediate_server.filing.ticket_fields import KIND_WORDS
from intermediate_server.procedures.attention import AttentionKind
from intermediate_server.store.finding.place import COUNTED
from intermediate_server.store.reading_log import NOBODY
from intermediate_server.web.desks.posting_desk import LONGEST_WAITING_DAYS
from intermediate_server.web.texts import long_day, say, word
from intermediate_server.web.todo_list import SHOWN, TodoCase, TodoGroup
from intermediate_server.web.uploading.upload_jobs import BROKEN_OFF

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from eligibility.policy.insurer_policy import InsurerPolicy
    from intermediate_server.acceptance import Acceptance
    from intermediate_server.store import Store
    from intermediate_server.store.incoming.unsettled_files import UnsettledFile
    from intermediate_server.web.uploading.upload_jobs import UploadJobs

Asked = TypeVar("Asked")


@dataclass(frozen=True)
class OfFiles:
    """Files with refused lines, until their insurer hands in one of the same name, or says so."""

    jobs: UploadJobs

    async def __call__(self) -> TodoGroup:
        """Return the files, each with how many lines."""
        files = await self.jobs.open()
        return TodoGroup(
            "files",
            say("todo.files"),
            say("todo.files_do"),
            len(files),
            tuple(
                TodoCase(
                    one.file_name,
                    f"/upload?Result={one.name}",
                    _file_note(one),
                )
                for one in files[:SHOWN]
            ),
        )


def _file_note(file: UnsettledFile) -> str:
    counts, notes = file.counts, [file.insurer]
    if file.interrupted == BROKEN_OFF:
        notes.append(say("todo.files_broken"))
    elif file.interrupted:
        read = counts["accepted"] + counts["unchanged"] + counts["refused"]
        notes.append(say("todo.files_stopped", count=f"{read:,}"))
    if counts["refused"]:
        notes.append(say("todo.files_note", count=f"{counts['refused']:,}"))
    return "　".join(notes)


def _of_each(
    ask: Callable[[Selection, int], Asked],
    selections: list[tuple[InsurerPolicy, Selection]] | None,
    most: int,
) -> list[tuple[InsurerPolicy, Asked]]:
    """Ask for each insurer's papers, one insurer after the other."""
    return [(policy, ask(selection, most)) for policy, selection in selections or ()]


@dataclass(frozen=True)
class OfDesks:
    """Tickets and answers of members that are open, and papers that have not been sent."""

    store: Store
    acceptance: Acceptance

    @property
    def sources(self) -> list[Callable[[], Awaitable[TodoGroup]]]:
        """The groups in their order."""
        return [self.tickets, self.last_four, self.unaddressed, self.post]

    async def tickets(self) -> TodoGroup:
        """Return the tickets of a discrepancy that are not answered (R-098)."""
        register = self.store.discrepancies
        count, found = await asyncio.gather(
            asyncio.to_thread(register.count_open),
            asyncio.to_thread(register.listed, SHOWN, unanswered=True),
        )
        names = {str(one.insurer_number): one.name for one in self.acceptance.policies}
        return TodoGroup(
            "tickets",
            say("todo.tickets"),
            say("todo.tickets_do"),
            count,
            tuple(
                TodoCase(
                    one.ticket.name,
                    f"/discrepancies/desk#{one.key}",
                    "　".join(
                        (
                            names.get(one.insurer_number, one.insurer_number),
                            word(
                                "choice", KIND_WORDS[one.ticket.kind], KIND_WORDS[one.ticket.kind]
                            ),
                            long_day(one.received_on),
                        )
                    ),
                    NOBODY,
                )
                for one in found
            ),
            "/discrepancies/desk",
        )

    async def last_four(self) -> TodoGroup:
        """Return who has not answered about the last four digits (R-190)."""
        count, found = await asyncio.gather(
            asyncio.to_thread(self.store.ledger.count_watched, AttentionKind.LAST_FOUR_OPEN),
            asyncio.to_thread(self.store.ledger.last_four_open, SHOWN),
        )
        return TodoGroup(
            "last_four",
            say("todo.last_four"),
            say("todo.last_four_do"),
            count,
            tuple(
                TodoCase(
                    one.since.person.name,
                    f"/last-four#{one.person_reference}",
                    f"{one.since.insurer_name}　{long_day(one.since.filing.filed_on)}",
                    one.person_reference,
                )
                for one in found
            ),
            "/last-four",
        )

    async def _selections(self) -> list[tuple[InsurerPolicy, Selection]] | None:
        """Return what the page of the post shows of each insurer; None without a clock."""
        try:
            today = (await self.acceptance.clock.read()).today
        except httpx2.HTTPError:
            return None
        first = today - timedelta(days=LONGEST_WAITING_DAYS)
        return [
            (
                policy,
                Selection(
                    str(policy.insurer_number),
                    first,
                    today,
                    PAPER_KINDS,
                    frozenset(Delivery),
                    today,
                ),
            )
            for policy in self.acceptance.policies
        ]

    async def unaddressed(self) -> TodoGroup:
        """Return papers that are held back, as nobody has said where they go."""
        count, cases = 0, []
        selections = await self._selections()
        held = self.store.post.unaddressed
        for policy, (more, found) in await asyncio.to_thread(_of_each, held, selections, SHOWN):
            count += more
            for one, entry in found:
                assert one.kind is not None
                assert one.issued_on is not None
                issued = say("todo.issued", day=long_day(one.issued_on))
                paper = word("document", one.kind, one.kind.japanese)
                person = entry.person
                cases.append(
                    TodoCase(
                        person.name,
                        f"/persons/{person.reference}",
                        f"{policy.name}　{paper}　{issued}",
                        person.reference,
                        person.address,
                    )
                )
        return TodoGroup(
            "unaddressed",
            say("todo.unaddressed"),
            say("todo.unaddressed_do"),
            count,
            tuple(cases[:SHOWN]),
            asked=selections is not None,
        )

    async def post(self) -> TodoGroup:
        """Return the insurers of which papers wait for the post, as its page shows them."""
        cases = []
        selections = await self._selections()
        papers = self.store.post.waiting
        for policy, waiting in await asyncio.to_thread(_of_each, papers, selections, COUNTED):
            if waiting:
                words = "posting.at_least" if waiting >= COUNTED else "posting.count"
                cases.append(
                    TodoCase(
                        policy.name,
                        f"/posting?InsurerNumber={policy.insurer_number}",
                        say(words, count=f"{waiting:,}"),
                    )
                )
        return TodoGroup(
            "post",
            say("todo.post"),
            say("todo.post_do"),
            len(cases),
            tuple(cases[:SHOWN]),
            asked=selections is not None,
        )
