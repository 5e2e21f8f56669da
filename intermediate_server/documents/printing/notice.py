"""資格情報のお知らせ: A4, with the part to cut out at the lower right (R-080 to R-082)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eligibility.days.eras import era_date
from eligibility.documents.content import CARD_IS_NEEDED, NOT_BY_ITSELF, SIMULATION
from eligibility.identifiers.numbers import InsurerKind
from intermediate_server.documents.printing.certificate import CARD, scheme
from intermediate_server.documents.printing.sheet import ACCENT, LINE, QUIET, SEAL, TINT, Size

if TYPE_CHECKING:
    from eligibility.documents import PrintedNotice
    from intermediate_server.documents.printing.sheet import Sheet

A4 = Size(210.0, 297.0)
LEFT, RIGHT = 22.0, 188.0
CUT_X, CUT_Y = A4.width - 14.0 - CARD.width, A4.height - 14.0 - CARD.height
QR_SIDE = 30.0


def draw_notice(sheet: Sheet, notice: PrintedNotice) -> None:
    """Draw the page."""
    with sheet.page(A4):
        sheet.watermark(A4.width / 2, 128, "SIMULATION 模擬", 74, 32)
        _head(sheet, notice)
        below = _table(sheet, notice)
        _portal(sheet, notice, below + 9)
        _how_to_use(sheet)
        with sheet.at(CUT_X, CUT_Y):
            _cut_out(sheet, notice)
        sheet.text(A4.width / 2, 291, SIMULATION, 8.5, colour=SEAL, align="centre")


def _head(sheet: Sheet, notice: PrintedNotice) -> None:
    membership = notice.membership
    sheet.text(RIGHT, 24, era_date(notice.issued_on), 10.5, align="right")
    sheet.text(LEFT, 32, notice.member.name, 13, width=90)
    sheet.text(LEFT + min(sheet.width(notice.member.name, 13), 90) + 5, 32, "様", 11)
    sheet.text(RIGHT, 40, membership.insurer_name, 11, align="right", width=110)
    sheet.text(
        A4.width / 2,
        57,
        f"{scheme(membership.kind)}　資格情報のお知らせ",
        17,
        align="centre",
        bold=True,
    )
    sheet.rule((LEFT, 61), (RIGHT, 61), colour=ACCENT, thick=1.2)
    y = sheet.paragraph(LEFT, 70, notice.sentences[0], 10.5, RIGHT - LEFT)
    if membership.kind in {InsurerKind.KOKUHO, InsurerKind.KOKUHO_KUMIAI}:
        sheet.text(LEFT, y, f"（根拠: {notice.legal_basis}）", 8, colour=QUIET)


def _table(sheet: Sheet, notice: PrintedNotice) -> float:
    """Draw the fields, one row each; return where the table ends."""
    y, height, label_width = 86.0, 7.6, 46.0
    for number, line in enumerate(notice.lines):
        top = y + number * height
        sheet.box(LEFT, top, Size(label_width, height), fill=TINT)
        sheet.text(LEFT + 3, top + 5.2, line.label, 9.5)
        sheet.text(
            LEFT + label_width + 4, top + 5.3, line.value, 11, width=RIGHT - LEFT - label_width - 8
        )
        sheet.rule((LEFT, top), (RIGHT, top))
    bottom = y + len(notice.lines) * height
    sheet.box(LEFT, y, Size(RIGHT - LEFT, bottom - y), stroke=LINE)
    return bottom


def _portal(sheet: Sheet, notice: PrintedNotice, y: float) -> None:
    sheet.qr(RIGHT - QR_SIDE, y - 4, QR_SIDE, notice.portal)
    sheet.text(RIGHT - QR_SIDE / 2, y + QR_SIDE - 1, "マイナポータル", 8, align="centre")
    width = RIGHT - LEFT - QR_SIDE - 8
    for sentence in notice.sentences[1:3]:
        y = sheet.paragraph(LEFT, y, sentence, 10, width) + 1.5


def _how_to_use(sheet: Sheet) -> None:
    """Write the fixed sentences, left of the part to cut out."""
    x, width = LEFT, CUT_X - LEFT - 8
    sheet.box(x - 3, CUT_Y, Size(width + 6, 19), stroke=SEAL, round_by=1.5, thick=0.9)
    for number, sentence in enumerate((NOT_BY_ITSELF, CARD_IS_NEEDED)):
        y = CUT_Y + 7.6 + number * 7.2
        sheet.text(x, y, f"{sentence}。", 11, width=width, bold=True, colour=SEAL)
    y = CUT_Y + 27
    for sentence in (
        "右の部分を切り取って、マイナ保険証と一緒に持ち歩けます。",
        "資格がなくなったときは、返す必要はありません。ご自身で処分してください。",
    ):
        y = sheet.paragraph(x, y, sentence, 9, width, colour=QUIET) + 1.2
    sheet.text(CUT_X, CUT_Y - 2, "キリトリ線", 7, colour=QUIET)


def _cut_out(sheet: Sheet, notice: PrintedNotice) -> None:
    """Draw the part to cut out, of a card's size."""
    edge = 4.0
    right = CARD.width - edge
    sheet.box(0, 0, CARD, stroke=QUIET, dashed=True, thick=0.6)
    sheet.text(edge, 6.4, "資格情報のお知らせ", 9, bold=True)
    for number, sentence in enumerate((NOT_BY_ITSELF, CARD_IS_NEEDED)):
        sheet.text(right, 4.6 + number * 2.9, sentence, 5.4, colour=SEAL, align="right", width=40)
    sheet.rule((edge, 8.8), (right, 8.8), colour=ACCENT, thick=0.8)
    fields = {line.label: line.value for line in notice.cut_out}
    rows = [
        ("保険者番号", fields["保険者番号"]),
        ("記号", fields.get("記号", "－")),
        ("氏名", fields["氏名"]),
        ("負担割合", fields.get("負担割合")),
        ("有効期限", fields.get("有効期限")),
        ("交付年月日", fields["交付年月日"]),
        ("交付者名", fields["交付者名"]),
        ("備考", fields.get("備考")),
    ]
    y = 13.4
    step = 34.5 / max(sum(value is not None for _, value in rows), 6)
    for label, value in rows:
        if value is None:
            continue
        sheet.text(edge, y, label, 5.8, colour=QUIET)
        alone = label not in {"記号", "負担割合"}
        sheet.text(edge + 17, y, value, 8.2, width=right - edge - 17 if alone else 18)
        if label == "記号":
            sheet.text(edge + 37, y, "番号", 5.8, colour=QUIET)
            sheet.text(edge + 44, y, fields["番号"], 8.2, width=20)
            sheet.text(edge + 65, y, "枝番", 5.8, colour=QUIET)
            sheet.text(edge + 72, y, fields.get("枝番", "－"), 8.2, width=6)
        if label == "負担割合":
            sheet.text(edge + 32, y, "発効期日", 5.8, colour=QUIET)
            sheet.text(edge + 44, y, fields["発効期日"], 8.2, width=30)
        y += step
    sheet.text(CARD.width / 2, CARD.height - 2.4, SIMULATION, 5.0, colour=SEAL, align="centre")
