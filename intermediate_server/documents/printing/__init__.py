"""Printing (印刷): a 資格確認書 and a 資格情報のお知らせ as PDF.

What stands on them is said by `eligibility.documents`; here it gets its place on the paper.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eligibility.documents import PrintedCertificate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from eligibility.documents import PrintedNotice

__all__ = ["print_documents"]


def print_documents(
    documents: Sequence[PrintedCertificate | PrintedNotice], font: Path | None = None
) -> bytes:
    """Return a PDF with these documents, in their order.

    Raises:
        Problem: FONT_MISSING, CHARACTER_NOT_PRINTABLE.
    """
    # The printer's tools take a fifth of a second to load, and most processes never print.
    from intermediate_server.documents.printing.certificate import draw_certificate  # noqa: PLC0415
    from intermediate_server.documents.printing.notice import draw_notice  # noqa: PLC0415
    from intermediate_server.documents.printing.sheet import Sheet  # noqa: PLC0415

    sheet = Sheet(font)
    for document in documents:
        if isinstance(document, PrintedCertificate):
            draw_certificate(sheet, document)
        else:
            draw_notice(sheet, document)
    return sheet.finish()
