"""資格確認書 and the older cards: of the size of a card, front and back (R-056, R-151)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eligibility.documents.content import NATIONAL, SEAL, SIMULATION, scheme
from wire.printing.sheet import (
    ACCENT,
    INK,
    LINE,
    QUIET,
    TINT,
    Fitted,
    Size,
)
from wire.printing.sheet import SEAL as RED

if TYPE_CHECKING:
    from eligibility.documents import PrintedCard
    from wire.printing.sheet import Sheet

CARD = Size(85.6, 54.0)
"""ISO/IEC 7810 ID-1, in millimetres."""
EDGE = 3.6
RIGHT = CARD.width - EDGE
LABEL = 4.6
"""Points of a label."""


def draw_card(sheet: Sheet, card: PrintedCard) -> None:
    """Draw both sides."""
    with sheet.element("Sect", card.title):
        with sheet.page(CARD):
            small = _front(sheet, card)
        with sheet.page(CARD):
            _back(sheet, card, small)


def _front(sheet: Sheet, card: PrintedCard) -> dict[str, str]:
    """Draw the front; return the fields that are too small there to be read."""
    fields = {line.label: line.value for line in card.lines}
    small: dict[str, str] = {}

    def field(
        label: str, x: float, y: float, room: Size, size: float = 6.4, *, bold: bool = False
    ) -> None:
        """Write a field, where the paper has it: its label, and 9 or 14 mm behind it the value."""
        if label not in fields:
            return
        indent = 9.0 if len(label) < 5 else 2.2 + len(label) * 1.7
        with sheet.element("LI"):
            sheet.text(x, y + room.height / 2 + 0.75, label, LABEL, colour=QUIET, tag="Lbl")
            fitted: Fitted = sheet.block(
                x + indent,
                y,
                fields[label],
                size,
                Size(room.width - indent, room.height),
                bold=bold,
                colour=RED if label == "備考" else INK,
                tag="LBody",
            )
        if not fitted.legible:
            small[label] = fields[label]

    sheet.watermark(CARD.width / 2, 31, "SIMULATION 模擬", 25, 22)
    sheet.box(0, 0, Size(CARD.width, 9.4), fill=TINT)
    sheet.rule((0, 9.4), (CARD.width, 9.4), colour=ACCENT, thick=0.8)
    kind = scheme(card.membership.kind)
    with sheet.marked("H1"):
        sheet.text(EDGE, 3.9, kind, 5.6, colour=ACCENT)
        sheet.text(EDGE, 8.0, card.title.removeprefix(kind), 9.6, bold=True, spacing=1.0, width=48)
    with sheet.element("L"):
        with sheet.element("LI"):
            sheet.text(RIGHT, 3.9, "有効期限", LABEL, colour=QUIET, align="right", tag="Lbl")
            until = fields["有効期限"]
            sheet.text(RIGHT, 8.0, until, 8.6, bold=True, align="right", tag="LBody")
        field("被保険者番号", EDGE, 10.2, Size(60, 4.6), 9, bold=True)
        field("記号", EDGE, 10.2, Size(30, 4.6))
        field("番号", 36, 10.2, Size(27, 4.6))
        field("枝番", 66, 10.2, Size(16, 4.6))
        sheet.rule((EDGE, 15.2), (RIGHT, 15.2))
        field("氏名", EDGE, 15.6, Size(55, 5.8), 9.4)
        field("性別", 61, 15.6, Size(21, 5.8))
        field("生年月日", EDGE, 21.7, Size(36, 4.0))
        if "負担割合" in fields:
            sheet.box(40.2, 21.8, Size(RIGHT - 40.2, 4.2), fill=TINT)
        field("負担割合", 41, 21.8, Size(16.5, 4.2), bold=True)
        field("発効期日", 58.4, 21.8, Size(RIGHT - 58.4, 4.2), 5.8)
        field("適用開始年月日", EDGE, 25.9, Size(38, 3.8))
        field("交付年月日", 43.2, 25.9, Size(RIGHT - 43.2, 3.8))
        field("世帯主氏名", EDGE, 29.8, Size(RIGHT - EDGE, 4.0))
        field("住所", EDGE, 33.9, Size(RIGHT - EDGE, 6.4), 6.2)
        sheet.rule((EDGE, 40.6), (RIGHT, 40.6))
        field("保険者番号", EDGE, 41.2, Size(38, 3.8), bold=True)
        field("備考", 42, 41.2, Size(30.5, 3.8), 5.6, bold=True)
        field("交付者名", EDGE, 45.1, Size(68, 4.8))
    sheet.box(RIGHT - 8.2, 42.0, Size(7.4, 7.4), stroke=RED, thick=0.9)
    sheet.text(RIGHT - 4.5, 46.7, SEAL, 8.0, colour=RED, align="centre")
    sheet.text(CARD.width / 2, 52.4, SIMULATION, 5.0, colour=RED, align="centre")
    return small


def _back(sheet: Sheet, card: PrintedCard, small: dict[str, str]) -> None:
    sheet.watermark(CARD.width / 2, 27, "SIMULATION 模擬", 25, 22)
    sheet.text(EDGE, 5.4, "ご注意", 6.4, bold=True, tag="H2")
    y = 9.0
    with sheet.element("L"):
        for sentence in card.notes:
            with sheet.element("LI"):
                sheet.text(EDGE, y, "・", 5.2, tag="Lbl")
                y = sheet.paragraph(
                    EDGE + 2.2, y, sentence, 5.2, RIGHT - EDGE - 2.2, leading=1.42, tag="LBody"
                )
            y += 0.5
    room = Size(RIGHT - EDGE, 42.6 - y)
    sheet.box(EDGE, y - 1.4, room, stroke=LINE)
    sheet.text(EDGE + 1.2, y + 1.2, "備考", LABEL, colour=QUIET)
    full = "　".join(f"{label}: {value}" for label, value in small.items())
    sheet.block(EDGE + 8, y - 1.0, full, 5.6, Size(room.width - 9.2, room.height - 0.8), tag="P")
    contact = card.membership.contact
    if contact is not None:
        asked = f"お問い合わせ　{contact.line}　{contact.place}"
        sheet.block(EDGE, 42.2, asked, 4.9, Size(RIGHT - EDGE, 3.6))
    if card.legal_basis and card.membership.kind in NATIONAL:
        basis = f"根拠: {card.legal_basis}"
        sheet.block(EDGE, 46.0, basis, 4.6, Size(RIGHT - EDGE, 2.8), colour=QUIET)
    sheet.text(CARD.width / 2, 51.8, SIMULATION, 5.0, colour=RED, align="centre")
