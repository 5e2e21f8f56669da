"""有効期限通知書 on paper (A4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eligibility.days.eras import era_date
from eligibility.documents.content import Line
from wire.printing.sheet import ACCENT, SEAL, Sheet, Size
from wire.printing.table import A4, LEFT, RIGHT, draw_table

if TYPE_CHECKING:
    from datetime import date

    from oqs_sim.municipality.expiry_notice import ExpiryNotice

TITLE = "有効期限通知書"
_SIMULATION = "模擬 / SIMULATION　これは本物の通知ではありません"


def print_notice(notice: ExpiryNotice, on: date) -> bytes:
    """Return the PDF of a notice that goes out on a day.

    Raises:
        Problem: FONT_MISSING, CHARACTER_NOT_PRINTABLE.
    """
    sheet = Sheet(f"{TITLE}（模擬 / SIMULATION）")
    person = notice.resident
    first, *rest = notice.sentences
    with sheet.page(A4):
        if person.post_number:
            sheet.text(LEFT, 20, f"〒{person.post_number}", 10)
        sheet.block(LEFT, 21, person.address, 10, Size(100, 9))
        sheet.block(LEFT, 31, f"{person.name}　様", 13, Size(100, 12))
        sheet.text(RIGHT, 24, era_date(on), 10.5, align="right")
        sheet.text(RIGHT, 31, f"模擬市町村（{person.municipality_code}）", 10, align="right")
        sheet.text(A4.width / 2, 60, TITLE, 18, align="centre", bold=True, tag="H1")
        sheet.rule((LEFT, 64), (RIGHT, 64), colour=ACCENT, thick=1.2)
        y = sheet.paragraph(LEFT, 76, first, 11, RIGHT - LEFT) + 1
        y = draw_table(sheet, [Line(*line) for line in notice.lines], y, 9) + 12
        for sentence in rest:
            y = sheet.paragraph(LEFT, y, sentence, 11, RIGHT - LEFT) + 3.5
        sheet.text(A4.width / 2, 286, _SIMULATION, 9, colour=SEAL, align="centre")
    return sheet.finish()
