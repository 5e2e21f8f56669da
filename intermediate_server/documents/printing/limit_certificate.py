"""限度額適用認定証: one page, as wide as a postcard is high (R-153)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eligibility.documents.content import SEAL, SIMULATION
from intermediate_server.documents.printing.letter import numbers_in_one_row
from wire.printing.sheet import ACCENT, LINE, QUIET, TINT, Size
from wire.printing.sheet import SEAL as RED

if TYPE_CHECKING:
    from eligibility.documents import PrintedLimitCertificate
    from wire.printing.sheet import Sheet

PAGE = Size(128.0, 91.0)
"""In millimetres [unverified: insurers' forms differ]."""
LEFT, RIGHT = 7.0, 121.0
_LABEL_WIDTH = 28.0


def draw_limit_certificate(sheet: Sheet, paper: PrintedLimitCertificate) -> None:
    """Draw the page."""
    shown = [line for line in paper.lines if line.label not in {"交付者名", "保険者番号"}]
    fields = numbers_in_one_row(shown)
    share = 52.0 / (len(fields) + 1)
    with sheet.element("Sect", paper.title), sheet.page(PAGE):
        sheet.watermark(PAGE.width / 2, 48, "SIMULATION 模擬", 40, 28)
        sheet.text(PAGE.width / 2, 9, paper.title, 11.5, bold=True, align="centre", width=112,
                   tag="H1")  # fmt: skip
        sheet.rule((LEFT, 11.5), (RIGHT, 11.5), colour=ACCENT, thick=0.9)
        y = 13.0
        with sheet.element("Table"):
            for line in fields:
                height = share * (2 if line.label == "住所" else 1)
                with sheet.element("TR"):
                    sheet.box(LEFT, y, Size(_LABEL_WIDTH, height), fill=TINT)
                    room = Size(_LABEL_WIDTH - 3, height)
                    with sheet.marked("TH", "/A <</O /Table /Scope /Row>>"):
                        sheet.block(LEFT + 1.5, y, line.label, 6.6, room, colour=QUIET)
                    room = Size(RIGHT - LEFT - _LABEL_WIDTH - 4, height - 0.3)
                    large = line.label == "適用区分"
                    sheet.block(
                        LEFT + _LABEL_WIDTH + 2, y + 0.15, line.value, 9 if large else 8, room,
                        bold=large, tag="TD",
                    )  # fmt: skip
                sheet.rule((LEFT, y), (RIGHT, y))
                y += height
        sheet.box(LEFT, 13.0, Size(RIGHT - LEFT, 52.0), stroke=LINE)
        _foot(sheet, paper)


def _foot(sheet: Sheet, paper: PrintedLimitCertificate) -> None:
    membership = paper.membership
    y = 69.0
    for sentence in paper.sentences[:-1]:
        y = sheet.paragraph(LEFT, y, sentence, 5.6, RIGHT - LEFT, leading=1.4) + 0.4
    number = f"保険者番号　{membership.insurer_number}"
    sheet.text(LEFT, 80.5, number, 7.5, bold=True)
    sheet.block(LEFT + 40, 77.4, membership.insurer_name, 8, Size(62, 5))
    sheet.box(RIGHT - 8, 76.6, Size(7.2, 7.2), stroke=RED, thick=0.9)
    sheet.text(RIGHT - 4.4, 81.2, SEAL, 8, colour=RED, align="centre")
    if membership.contact is not None:
        asked = f"お問い合わせ　{membership.contact.line}　{membership.contact.place}"
        sheet.block(LEFT, 82.4, asked, 5.4, Size(RIGHT - LEFT - 10, 4))
    sheet.text(PAGE.width / 2, 89, SIMULATION, 5.5, colour=RED, align="centre")
