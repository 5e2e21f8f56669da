"""Printing (印刷): the papers of an insurer as PDF that screen readers can read.

What stands on them is said by `eligibility.documents`; here it gets its place on the paper.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from eligibility.documents import PrintedCard, PrintedLimitCertificate, PrintedNotice

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from eligibility.documents import Paper
    from intermediate_server.documents.selection import PostingPart, PostingRow
    from wire.printing.fonts import Fonts

__all__ = [
    "check_characters",
    "pages_of",
    "print_labels",
    "print_papers",
    "print_posting_list",
]


def print_papers(papers: Sequence[Paper], font: Path | None = None) -> bytes:
    """Return a PDF with these papers, in their order.

    Raises:
        Problem: FONT_MISSING, CHARACTER_NOT_PRINTABLE.
    """
    # The printer's tools take a fifth of a second to load, and most processes never print.
    from intermediate_server.documents.printing.card import draw_card  # noqa: PLC0415
    from intermediate_server.documents.printing.letter import draw_letter  # noqa: PLC0415
    from intermediate_server.documents.printing.limit_certificate import (  # noqa: PLC0415
        draw_limit_certificate,
    )
    from intermediate_server.documents.printing.notice import draw_notice  # noqa: PLC0415
    from wire.printing.sheet import Sheet  # noqa: PLC0415

    titles = {paper.title for paper in papers}
    title = titles.pop() if len(titles) == 1 else f"証類 {len(papers)}件"
    sheet = Sheet(f"{title}（模擬 / SIMULATION）", font)
    for paper in papers:
        match paper:
            case PrintedCard():
                draw_card(sheet, paper)
            case PrintedNotice():
                draw_notice(sheet, paper)
            case PrintedLimitCertificate():
                draw_limit_certificate(sheet, paper)
            case _:
                draw_letter(sheet, paper)
    return sheet.finish()


def print_posting_list(
    part: PostingPart, insurer: str, days: str, font: Path | None = None
) -> bytes:
    """Return the list that goes along with the papers of a part.

    Raises:
        Problem: FONT_MISSING.
    """
    from intermediate_server.documents.printing.posting_list import (  # noqa: PLC0415
        draw_posting_list,
    )
    from wire.printing.sheet import Sheet  # noqa: PLC0415

    sheet = Sheet("発送一覧（模擬 / SIMULATION）", font)
    draw_posting_list(sheet, part, insurer, days)
    return sheet.finish()


def print_labels(rows: Sequence[PostingRow], font: Path | None = None) -> bytes:
    """Return the address labels of some papers, in their order.

    Raises:
        Problem: FONT_MISSING.
    """
    from intermediate_server.documents.printing.labels import draw_labels  # noqa: PLC0415
    from wire.printing.sheet import Sheet  # noqa: PLC0415

    sheet = Sheet("宛名ラベル（模擬 / SIMULATION）", font)
    draw_labels(sheet, rows)
    return sheet.finish()


def pages_of(paper: Paper) -> int:
    """Return how many pages a paper has: a card has a back."""
    return 2 if isinstance(paper, PrintedCard) else 1


def check_characters(paper: Paper, font: Path | None) -> None:
    """Refuse a paper with a character that no font here can print, without printing it.

    Raises:
        Problem: FONT_MISSING, CHARACTER_NOT_PRINTABLE.
    """
    fonts = _fonts(font)
    member, membership = paper.member, paper.membership
    for line in paper.lines:
        fonts.check(line.value)
    for text in (member.name, membership.insurer_name):
        fonts.check(text)


@lru_cache(maxsize=2)
def _fonts(font: Path | None) -> Fonts:
    from wire.printing.fonts import Fonts  # noqa: PLC0415

    return Fonts(font)
