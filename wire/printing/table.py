"""A table of fields on a sheet of A4: what letters and forms of all services share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wire.printing.sheet import LINE, TINT, Size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eligibility.documents.content import Line
    from wire.printing.sheet import Sheet

A4 = Size(210.0, 297.0)
LEFT, RIGHT = 22.0, 188.0
_LABEL_WIDTH = 52.0


def draw_table(sheet: Sheet, lines: Sequence[Line], y: float, height: float) -> float:
    """Draw fields, one row each; return where the table ends."""
    top = y
    with sheet.element("Table"):
        for line in lines:
            with sheet.element("TR"):
                sheet.box(LEFT, top, Size(_LABEL_WIDTH, height), fill=TINT)
                room = Size(_LABEL_WIDTH - 6, height)
                with sheet.marked("TH", "/A <</O /Table /Scope /Row>>"):
                    sheet.block(LEFT + 3, top, line.label, 9.5, room)
                room = Size(RIGHT - LEFT - _LABEL_WIDTH - 8, height - 0.6)
                sheet.block(LEFT + _LABEL_WIDTH + 4, top + 0.3, line.value, 11, room, tag="TD")
            sheet.rule((LEFT, top), (RIGHT, top))
            top += height
    sheet.box(LEFT, y, Size(RIGHT - LEFT, top - y), stroke=LINE)
    return top
