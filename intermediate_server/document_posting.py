"""Posting documents: printed in parts, with their lists, and noted when they have gone out."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from eligibility.days.dates import japanese_date
from intermediate_server.documents.papers import printed
from intermediate_server.documents.posting import (
    COLUMNS,
    PAPERS_IN_A_PART,
    part_of,
    parts_of,
    ready,
)
from intermediate_server.documents.printing import check_characters
from intermediate_server.documents.printing.apart import print_apart
from intermediate_server.documents.selection import DELIVERED_AFTER, MAILED, Posting, listed
from intermediate_server.filing.report import quoted
from wire.catalogue import Catalogue, Problem
from wire.clock import wall_clock
from wire.forms.spreadsheet import BOM

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from eligibility.documents import Delivery, DocumentKind
    from intermediate_server.documents.document import Document
    from intermediate_server.documents.posting import Hindrance
    from intermediate_server.documents.selection import PostingPart, PostingRow, Selection
    from intermediate_server.policies import PolicyBook
    from intermediate_server.procedures.change import Change
    from intermediate_server.store import Post

POSTS_SHOWN = 20
"""How many of the last posts are shown, to be taken back where it was a mistake."""
PRINTED_AT_ONCE = 1
"""How many parts are printed at once; others wait, so that the service has a core of its own."""


@dataclass(frozen=True)
class DocumentPosting:
    """Prints what goes out together; what stands on the papers and lists is in `documents`."""

    post: Post
    policies: PolicyBook
    font: Path | None
    _noting: asyncio.Lock = field(default_factory=asyncio.Lock)
    _printers: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PRINTED_AT_ONCE))

    def check(self, document: Document, entry: Change) -> None:
        """Refuse a document that cannot be printed.

        Raises:
            Problem: NOT_PRINTED, HOUSEHOLDER_UNKNOWN, CHARACTER_NOT_PRINTABLE, FONT_MISSING.
        """
        policy = self.policies.of_digits(document.insurer_number)
        check_characters(printed(document, entry, policy), self.font)

    def hindrances(self, document: Document, entry: Change) -> tuple[Hindrance, ...]:
        """Return why a document that waits for the post cannot go out with what it prints.

        Raises:
            Problem: UNKNOWN_INSURER.
        """
        return ready(document, entry, self.policies.of_digits(document.insurer_number), self.font)[
            1
        ]

    async def count(self, selection: Selection) -> Counter[tuple[Delivery, DocumentKind]]:
        """Return how many papers go out together, by way and kind."""
        return await asyncio.to_thread(self.post.count, selection)

    async def part(self, selection: Selection, part: int) -> PostingPart:
        """Return a part of what goes out together, with its papers and the lines of its list.

        Raises:
            Problem: NOT_PRINTED where there is no such part; UNKNOWN_INSURER, FONT_MISSING.
        """
        policy = self.policies.of_digits(selection.insurer_number)

        def read() -> PostingPart:
            counts = self.post.count(selection)
            if part > parts_of(counts):
                raise Problem(Catalogue.NOT_PRINTED, f"There are {parts_of(counts)} parts.")
            behind = (part - 1) * PAPERS_IN_A_PART
            found = self.post.papers(selection, behind, PAPERS_IN_A_PART)
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

    async def labels(self, selection: Selection, part: int) -> tuple[PostingPart, bytes]:
        """Return a part, and the address labels of what goes out by mail as PDF.

        Raises:
            Problem: as `part`, and NOT_PRINTED where nothing goes out by mail.
        """
        async with self._printers:
            made = await self.part(selection, part)
            rows = [row for row in made.rows if row.delivery in MAILED and not row.refusal]
            if not rows:
                raise Problem(
                    Catalogue.NOT_PRINTED,
                    "Nothing goes out by mail.",
                    japanese="郵送するものがありません。日付と送付方法を確かめてください。",
                )
            return made, await print_apart("labels", rows, self.font)

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
        return (await self.listed_and_counted(selection))[0]

    async def listed_and_counted(
        self, selection: Selection
    ) -> tuple[str, Counter[tuple[Delivery, DocumentKind]]]:
        """Return the same, and how many they are, by way and kind."""

        def look() -> tuple[str, Counter[tuple[Delivery, DocumentKind]]]:
            keys, counts = self.post.keys_and_count(selection)
            return listed(keys), counts

        return await asyncio.to_thread(look)

    async def posted(self, insurer_number: str, today: date) -> list[Posting]:
        """Return what has gone out together and is not taken for delivered, the last first."""
        since = _not_delivered_since(today)
        return await asyncio.to_thread(self.post.posted, insurer_number, since, POSTS_SHOWN)

    async def take_back(self, insurer_number: str, posted_at: datetime, today: date) -> int:
        """Have papers wait again that were noted as sent together by mistake.

        What was noted stays on record; so does what something has become of since. Returns of how
        many it was so.

        Raises:
            Problem: NOT_FOUND where there is no such post any more.
        """
        since = _not_delivered_since(today)
        count = await asyncio.to_thread(
            self.post.take_back, insurer_number, posted_at, since, today
        )
        if not count:
            raise Problem(
                Catalogue.NOT_FOUND,
                "There is no such post, or all its papers are delivered.",
                japanese="この発送は見つかりません。すでに戻したか、"
                f"送付から{DELIVERED_AFTER.days}日たったか、返戻などの記録があります。",
            )
        return count

    async def kept_back(self, selection: Selection) -> Counter[tuple[Delivery, DocumentKind]]:
        """Return how many of what goes out together cannot be printed, and so is not sent.

        Raises:
            Problem: UNKNOWN_INSURER, FONT_MISSING.
        """
        found: Counter[tuple[Delivery, DocumentKind]] = Counter()
        part, parts = 1, 1
        while part <= parts:
            made = await self.part(selection, part)
            parts = made.parts
            found.update((row.delivery, row.kind) for row in made.rows if row.refusal)
            part += 1
        return found

    async def note_posted(self, selection: Selection, on: date, as_listed: str) -> Posting:
        """Write down that all of it has gone out that could be printed; return what has.

        Of several who note the same at once one does, and nothing is left for the others to note.

        Args:
            selection: What goes out together.
            on: The day on which it does.
            as_listed: What `listed` said of it when it was printed.

        Raises:
            Problem: POST_CHANGED where others wait now than were listed, or some of them live
                elsewhere now, and nothing is written down; UNKNOWN_INSURER, FONT_MISSING; what was
                written down before stays.
        """
        async with self._noting:  # and no thread waits for another
            return await asyncio.to_thread(self._note_posted, selection, on, as_listed)

    def _note_posted(self, selection: Selection, on: date, as_listed: str) -> Posting:
        policy = self.policies.of_digits(selection.insurer_number)
        waiting, at = replace(selection, unsent=True), wall_clock()
        with self.post.alone(selection.insurer_number):
            keys = self.post.keys(waiting)
            if listed(keys) != as_listed:
                raise Problem(
                    Catalogue.POST_CHANGED,
                    f"{len(keys)} papers wait now, and not those that were listed; look again, and "
                    "print what is new.",
                    japanese=f"表示していたものと、いま発送を待つ{len(keys)}通が違います。"
                    "もう一度確かめ、印刷していないものを印刷してください。",
                )
            elsewhere = set(self.post.keys(waiting, at)) - set(keys)
            if elsewhere:
                raise _moved(len(elsewhere))
            those = {(one.reference, one.number) for one in keys}
            count, kept_back = 0, 0
            while True:
                found = self.post.papers(waiting, kept_back, PAPERS_IN_A_PART)
                rows = part_of(found, Counter(), 1, policy, self.font).rows
                gone = [row.document for row in rows if not row.refusal and row.document in those]
                if not rows:
                    return Posting(at, on, count)
                count += self.post.note_sent(gone, on, at)
                kept_back += len(rows) - len(gone)


def _not_delivered_since(today: date) -> date:
    """Return the first day of sending of what is not taken for delivered today."""
    return today - DELIVERED_AFTER + timedelta(days=1)


def _moved(count: int) -> Problem:
    return Problem(
        Catalogue.POST_CHANGED,
        f"{count} papers go to another address now than was listed; print them and the list again.",
        japanese=f"一覧を出したあとに、{count}通の住所か郵便番号が変わりました。"
        "印刷した証類は出さず、一覧と証類を印刷しなおしてください。",
    )


def _csv_lines(rows: Iterable[PostingRow], *, header: bool) -> Iterator[bytes]:
    """Give lines of the list as CSV that a spreadsheet opens."""
    if header:
        yield f"{BOM}{','.join(COLUMNS)}\r\n".encode()
    for row in rows:
        yield (",".join(map(quoted, row.cells)) + "\r\n").encode("utf-8", "replace")
