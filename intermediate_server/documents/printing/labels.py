"""Address labels (宛名ラベル): A4 with twelve, in the order of the post, for what shows no address.

The size, 86.4 × 42.3 mm in two columns of six, is a common one of Japanese label sheets; a
parameter of ours, as no rule says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wire.printing.sheet import QUIET, SEAL, Size
from wire.printing.table import A4

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intermediate_server.documents.selection import PostingRow
    from wire.printing.sheet import Sheet

LABEL = Size(86.4, 42.3)
COLUMNS, ROWS = 2, 6
LABELS_ON_A_SHEET = COLUMNS * ROWS
LEFT = (A4.width - COLUMNS * LABEL.width) / 2
TOP = (A4.height - ROWS * LABEL.height) / 2
_EDGE = 6.0
"""What stays empty around the text, as printers move a little."""


def draw_labels(sheet: Sheet, rows: Sequence[PostingRow]) -> None:
    """Draw the sheets; nothing lies outside a label."""
    for start in range(0, len(rows), LABELS_ON_A_SHEET):
        with sheet.element("Sect"), sheet.page(A4):
            for place, row in enumerate(rows[start : start + LABELS_ON_A_SHEET]):
                down, across = divmod(place, COLUMNS)
                with sheet.at(LEFT + across * LABEL.width, TOP + down * LABEL.height):
                    _label(sheet, row)


def _label(sheet: Sheet, row: PostingRow) -> None:
    width = LABEL.width - 2 * _EDGE
    right = LABEL.width - _EDGE
    with sheet.element("Sect", f"通番 {row.number}"):
        sheet.text(_EDGE, 9.0, f"〒{row.post_number}", 11)
        address, name = sheet.printable(row.address), sheet.printable(row.addressee)
        sheet.block(_EDGE, 11.0, address, 11, Size(width, 13.0))
        sheet.block(_EDGE, 24.5, f"{name}　様", 14, Size(width, 8.0))
        whose = f"（{row.whose}）" if row.whose else ""
        what = sheet.printable(f"通番 {row.number}　{row.kind.japanese}{whose}")
        sheet.text(_EDGE, 37.0, what, 7, colour=QUIET, width=50)
        sheet.text(right, 37.0, "SIMULATION / 模擬", 6, colour=SEAL, align="right")
