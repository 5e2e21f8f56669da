"""資格情報のお知らせ: A4, with the part to cut out at the lower right (R-080 to R-082)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eligibility.documents.content import CARD_IS_NEEDED, NATIONAL, NOT_BY_ITSELF, SIMULATION
from intermediate_server.documents.printing.card import CARD
from intermediate_server.documents.printing.letter import (
    draw_contact,
    draw_head,
    numbers_in_one_row,
)
from wire.printing.sheet import ACCENT, QUIET, SEAL, Size
from wire.printing.table import A4, LEFT, RIGHT, draw_table

if TYPE_CHECKING:
    from eligibility.documents import PrintedNotice
    from wire.printing.sheet import Sheet

CUT_X, CUT_Y = A4.width - 14.0 - CARD.width, A4.height - 14.0 - CARD.height
QR_SIDE = 30.0
EDGE = 4.0


def draw_notice(sheet: Sheet, notice: PrintedNotice) -> None:
    """Draw the page."""
    with sheet.element("Sect", notice.title), sheet.page(A4):
        sheet.watermark(A4.width / 2, 128, "SIMULATION 模擬", 74, 32)
        draw_head(sheet, notice.title, notice.member, notice.membership, notice.issued_on)
        y = sheet.paragraph(LEFT, 71, notice.sentences[0], 10.5, RIGHT - LEFT)
        if notice.membership.kind in NATIONAL:
            basis = f"（根拠: {notice.legal_basis}）"
            sheet.text(LEFT, y, basis, 8, colour=QUIET)
        below = draw_table(sheet, numbers_in_one_row(notice.lines), y + 3, 7.4)
        _portal(sheet, notice, below + 8)
        _how_to_use(sheet, notice)
        with sheet.element("Sect", "切り取って使う部分"), sheet.at(CUT_X, CUT_Y):
            _cut_out(sheet, notice)
        sheet.text(A4.width / 2, 291, SIMULATION, 8.5, colour=SEAL, align="centre")


def _portal(sheet: Sheet, notice: PrintedNotice, y: float) -> None:
    width = RIGHT - LEFT - QR_SIDE - 8
    top = y - 5
    for place, sentence in enumerate(notice.sentences[1:-1]):
        y = sheet.paragraph(LEFT, y, sentence, 10 if place < 2 else 9, width) + 1.5
    meaning = f"マイナポータルへのQRコード: {notice.portal}"
    sheet.qr(RIGHT - QR_SIDE, top, QR_SIDE, notice.portal, meaning=meaning)
    sheet.text(RIGHT - QR_SIDE / 2, top + QR_SIDE + 2.5, "マイナポータル", 8, align="centre")


def _how_to_use(sheet: Sheet, notice: PrintedNotice) -> None:
    """Write the fixed sentences, left of the part to cut out, and whom to ask."""
    width = CUT_X - LEFT - 8
    sheet.box(LEFT - 3, CUT_Y, Size(width + 6, 18), stroke=SEAL, thick=0.9)
    for number, sentence in enumerate((NOT_BY_ITSELF, CARD_IS_NEEDED)):
        y = CUT_Y + 7.2 + number * 7.0
        sheet.text(LEFT, y, f"{sentence}。", 11, width=width, bold=True, colour=SEAL)
    y = CUT_Y + 23.5
    for sentence in (
        "右の部分を切り取って、マイナ保険証と一緒に持ち歩けます。",
        "資格がなくなったときは、返す必要はありません。ご自身で処分してください。",
    ):
        y = sheet.paragraph(LEFT, y, sentence, 8.5, width, colour=QUIET, leading=1.4) + 0.8
    draw_contact(sheet, notice.membership, Size(width + 3, 0), y + 0.8)
    sheet.text(CUT_X, CUT_Y - 2, "キリトリ線", 7, colour=QUIET)


def _cut_out(sheet: Sheet, notice: PrintedNotice) -> None:
    """Draw the part to cut out, of a card's size."""
    right = CARD.width - EDGE
    fields = {line.label: line.value for line in notice.cut_out}
    sheet.box(0, 0, CARD, stroke=QUIET, dashed=True, thick=0.6)
    sheet.text(EDGE, 6.4, "資格情報のお知らせ", 9, bold=True, tag="H2")
    sheet.text(right, 6.2, fields["発行"], 6.6, align="right", width=36)
    sheet.rule((EDGE, 8.4), (right, 8.4), colour=ACCENT, thick=0.8)
    for number, sentence in enumerate((NOT_BY_ITSELF, CARD_IS_NEEDED)):
        middle = EDGE if number == 0 else CARD.width / 2
        sheet.text(middle, 11.2, sentence, 5.6, colour=SEAL)

    def field(label: str, x: float, room: Size, size: float = 8.0, indent: float = 15.0) -> None:
        if label not in fields:
            return
        with sheet.element("LI"):
            sheet.text(x, y + room.height / 2 + 0.8, label, 5.6, colour=QUIET, tag="Lbl")
            inner = Size(room.width - indent, room.height)
            sheet.block(x + indent, y, fields[label], size, inner, tag="LBody")

    whole = right - EDGE
    y = 12.4
    with sheet.element("L"):
        field("交付者名", EDGE, Size(whole, 5.2))
        y += 5.4
        field("保険者番号", EDGE, Size(whole, 4.6))
        y += 4.8
        field("被保険者番号", EDGE, Size(whole, 4.6))
        field("記号", EDGE, Size(37, 4.6))
        field("番号", EDGE + 38, Size(25, 4.6), indent=7)
        field("枝番", EDGE + 64, Size(13, 4.6), indent=7)
        y += 4.8
        field("氏名", EDGE, Size(whole, 5.6))
        y += 5.8
        field("負担割合", EDGE, Size(30, 4.4))
        field("発効期日", EDGE + 38, Size(39, 4.4), indent=13)
        y += 4.5 if "負担割合" in fields else 0
        field("有効期限", EDGE, Size(whole, 4.2))
        y += 4.3 if "有効期限" in fields else 0
        field("備考", EDGE, Size(whole, 4.2))
    sheet.text(CARD.width / 2, CARD.height - 2.2, SIMULATION, 5.0, colour=SEAL, align="centre")
