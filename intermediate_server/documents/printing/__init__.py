"""Printing (印刷): the papers of an insurer as PDF that screen readers can read.

What stands on them is said by `eligibility.documents`; here it gets its place on the paper.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from eligibility.documents import (
    PrintedCard,
    PrintedExpiryNotice,
    PrintedLastFourNotice,
    PrintedLimitCertificate,
    PrintedNotice,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Paper", "print_papers"]

Paper: TypeAlias = (
    PrintedCard
    | PrintedNotice
    | PrintedLimitCertificate
    | PrintedExpiryNotice
    | PrintedLastFourNotice
)
"""Whatever is printed."""


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
    from intermediate_server.documents.printing.sheet import Sheet  # noqa: PLC0415

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
