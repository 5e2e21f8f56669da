"""Posting documents: printed in parts, with their lists, and noted when they have gone out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from eligibility.days.dates import japanese_date
from intermediate_server.documents.papers import printed
from intermediate_server.documents.posting import (
    COLUMNS,
    PAPERS_IN_A_PART,
    part_of,
    parts_of,
)
from intermediate_server.documents.printing import check_characters
from intermediate_server.documents.printing.apart import print_apart
from intermediate_server.documents.selection import listed
from intermediate_server.filing.report import BOM, quoted
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from eligibility.documents import Delivery
    from intermediate_server.documents.document import Document
    from intermediate_server.documents.selection import PostingPart, PostingRow, Selection
    from intermediate_server.policies import PolicyBook
    from intermediate_server.procedures.change import Change
    from intermediate_server.store import DocumentRegister

PRINTED_AT_ONCE = 1
"""How many parts are printed at once; others wait, so that the service has a core of its own."""


@dataclass(frozen=True)
class DocumentPosting:
    """Prints what goes out together; what stands on the papers and lists is in `documents`."""

    register: DocumentRegister
    policies: PolicyBook
    font: Path | None
    _printers: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PRINTED_AT_ONCE))

    def check(self, document: Document, entry: Change) -> None:
        """Refuse a document that cannot be printed.

        Raises:
            Problem: NOT_PRINTED, HOUSEHOLDER_UNKNOWN, CHARACTER_NOT_PRINTABLE, FONT_MISSING.
        """
        policy = self.policies.of_digits(document.insurer_number)
        check_characters(printed(document, entry, policy), self.font)

    async def count(self, selection: Selection) -> tuple[dict[Delivery, int], int]:
        """Return how many papers go out together, by way, and in how many parts."""
        counts = await asyncio.to_thread(self.register.count_to_post, selection)
        return counts, parts_of(counts)

    async def part(self, selection: Selection, part: int) -> PostingPart:
        """Return a part of what goes out together, with its papers and the lines of its list.

        Raises:
            Problem: NOT_PRINTED where there is no such part; UNKNOWN_INSURER, FONT_MISSING.
        """
        policy = self.policies.of_digits(selection.insurer_number)

        def read() -> PostingPart:
            counts = self.register.count_to_post(selection)
            if part > parts_of(counts):
                raise Problem(Catalogue.NOT_PRINTED, f"There are {parts_of(counts)} parts.")
            behind = (part - 1) * PAPERS_IN_A_PART
            found = self.register.to_post(selection, behind, PAPERS_IN_A_PART)
            return part_of(found, counts, part, policy, self.font)

        return await asyncio.to_thread(read)

    async def papers(self, selection: Selection, part: int) -> tuple[PostingPart, bytes]:
        """Return a part, and its papers as one PDF.

        Raises:
            Problem: as `part`, and NOT_PRINTED where nothing is to be printed.
        """
        async with self._printers:
            made = await self.part(selection, part)
            if not made.papers:
                raise Problem(
                    Catalogue.NOT_PRINTED,
                    "Nothing that goes out can be printed.",
                    japanese="印刷するものがありません。日付と送付方法を確かめてください。",
                )
            return made, await print_apart("papers", made.papers, self.font)

    async def list_pdf(self, selection: Selection, part: int) -> tuple[PostingPart, bytes]:
        """Return a part, and its list as PDF.

        Raises:
            Problem: as `part`.
        """
        policy = self.policies.of_digits(selection.insurer_number)
        insurer = f"{policy.name}（保険者番号 {policy.insurer_number}）"
        days = japanese_date(selection.first)
        if selection.last != selection.first:
            days += f" から {japanese_date(selection.last)}"
        async with self._printers:
            made = await self.part(selection, part)
            # The list needs no papers.
            work = (made._replace(papers=()), insurer, days, self.font)
            return made, await print_apart("posting_list", *work)

    async def csv(self, selection: Selection) -> AsyncIterator[tuple[Sequence[PostingRow], bytes]]:
        """Give the list of all parts as CSV, part by part, with the rows of each.

        Raises:
            Problem: as `part`.
        """
        part, parts = 1, 1
        while part <= parts:
            made = await self.part(selection, part)
            parts = made.parts
            yield made.rows, b"".join(_csv_lines(made.rows, header=part == 1))
            part += 1

    async def listed(self, selection: Selection) -> str:
        """Return what tells the papers that go out together from any others."""
        return listed(await asyncio.to_thread(self.register.keys_to_post, selection))

    async def note_posted(self, selection: Selection, on: date, as_listed: str) -> int:
        """Write down that all of it has gone out that could be printed; return how many papers.

        Args:
            selection: What goes out together.
            on: The day on which it does.
            as_listed: What `listed` said of it when it was printed.

        Raises:
            Problem: POST_CHANGED where others wait now than were listed, and nothing is written
                down; UNKNOWN_INSURER, FONT_MISSING; what was written down before stays.
        """
        policy = self.policies.of_digits(selection.insurer_number)
        waiting = replace(selection, unsent=True)
        keys = await asyncio.to_thread(self.register.keys_to_post, waiting)
        if listed(keys) != as_listed:
            raise Problem(
                Catalogue.POST_CHANGED,
                f"{len(keys)} papers wait now, and not those that were listed; look again, and "
                "print what is new.",
                japanese=f"表示していたものと、いま発送を待つ{len(keys)}通が違います。"
                "もう一度確かめ、印刷していないものを印刷してください。",
            )
        those, count, kept_back = set(keys), 0, 0

        def note() -> tuple[int, int, int]:
            found = self.register.to_post(waiting, kept_back, PAPERS_IN_A_PART)
            rows = part_of(found, {}, 1, policy, self.font).rows
            gone = [row.document for row in rows if not row.refusal and row.document in those]
            return len(rows), len(gone), self.register.note_sent(gone, on)

        while True:
            rows, gone, noted = await asyncio.to_thread(note)
            if not rows:
                return count
            count, kept_back = count + noted, kept_back + rows - gone


def _csv_lines(rows: Iterable[PostingRow], *, header: bool) -> Iterator[bytes]:
    """Give lines of the list as CSV that a spreadsheet opens."""
    if header:
        yield f"{BOM}{','.join(COLUMNS)}\r\n".encode()
    for row in rows:
        yield (",".join(map(quoted, row.cells)) + "\r\n").encode("utf-8", "replace")
