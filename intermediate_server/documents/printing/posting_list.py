"""Posting lists (差出票): what goes out by which way, sheet by sheet, with counts (PP-09)."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from eligibility.documents import Delivery
from wire.printing.sheet import ACCENT, LINE, QUIET, SEAL, TINT, Size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intermediate_server.documents.selection import PostingPart, PostingRow
    from wire.printing.sheet import Sheet

A4_ACROSS = Size(297.0, 210.0)
ROWS_ON_A_SHEET = 20
LEFT, RIGHT, TOP = 12.0, 285.0, 48.0
_HEIGHT = 7.2
_COLUMNS = (
    ("通番", 14.0),
    ("お届け先の氏名", 54.0),
    ("郵便番号", 20.0),
    ("住所", 92.0),
    ("証類", 36.0),
    ("PDF 部-頁", 19.0),
    ("引受番号・摘要", 38.0),
)
_OF_REFUSED = (
    ("通番", 14.0),
    ("氏名", 50.0),
    ("証類", 36.0),
    ("住所", 66.0),
    ("印刷できない理由", 107.0),
)


def draw_posting_list(sheet: Sheet, part: PostingPart, insurer: str, days: str) -> None:
    """Draw the sheets of a part: those of each way, then what cannot be printed."""
    printed = [row for row in part.rows if not row.refusal]
    refused = [row for row in part.rows if row.refusal]
    groups: list[tuple[str, Sequence[PostingRow]]] = []
    for delivery, of_way in groupby(printed, key=lambda row: row.delivery):
        groups.append((_title(delivery), tuple(of_way)))
    if refused:
        groups.append(("印刷できなかったもの（発送しません）", refused))
    if not groups:
        groups.append(("発送するものはありません", ()))
    counts = "　".join(f"{way.japanese} {count}通" for way, count in part.counts.items() if count)
    sheets = [
        (title, rows[start : start + ROWS_ON_A_SHEET], len(rows))
        for title, rows in groups
        for start in range(0, max(len(rows), 1), ROWS_ON_A_SHEET)
    ]
    for number, (title, rows, count) in enumerate(sheets, 1):
        with sheet.element("Sect"), sheet.page(A4_ACROSS):
            sheet.text(LEFT, 15, title, 15, bold=True, tag="H1", width=150)
            where = f"{number}枚目 / 全{len(sheets)}枚（第{part.part}部 / 全{part.parts}部）"
            sheet.text(RIGHT, 15, where, 10, align="right")
            sheet.rule((LEFT, 18), (RIGHT, 18), colour=ACCENT, thick=1.0)
            sheet.text(LEFT, 24.5, insurer, 10, width=150)
            sheet.text(RIGHT, 24.5, f"決定日 {days}", 9, align="right")
            here = f"この区分の通数（この部） {count}通　この枚 {len(rows)}通"
            sheet.text(LEFT, 31, here, 10, bold=True)
            sheet.text(LEFT, 37, f"発送の対象すべて: {counts or '0通'}", 9, colour=QUIET)
            _table(sheet, rows)
            sheet.text(LEFT, 202, "SIMULATION / 模擬", 7.5, colour=SEAL)
            sheet.text(RIGHT, 202, "引受日付印", 8, align="right", colour=QUIET)


def _title(delivery: Delivery) -> str:
    return {
        Delivery.RECORDED_MAIL: "特定記録郵便物等差出票",
        Delivery.REGISTERED_MAIL: "書留・特定記録郵便物等差出票（簡易書留）",
        Delivery.ORDINARY_MAIL: "普通郵便　発送一覧",
        Delivery.VIA_EMPLOYER: "事業主経由　送付一覧",
        Delivery.COUNTER: "窓口交付　一覧",
    }[delivery]


def _table(sheet: Sheet, rows: Sequence[PostingRow]) -> None:
    refused = bool(rows and rows[0].refusal)
    columns = _OF_REFUSED if refused else _COLUMNS
    lines = [_of_refused(row) if refused else _cells(row) for row in rows]
    with sheet.element("Table"):
        sheet.box(LEFT, TOP - _HEIGHT, Size(RIGHT - LEFT, _HEIGHT), fill=TINT)
        with sheet.element("TR"):
            x = LEFT
            for label, width in columns:
                with sheet.marked("TH", "/A <</O /Table /Scope /Column>>"):
                    sheet.block(x + 1, TOP - _HEIGHT, label, 8, Size(width - 2, _HEIGHT))
                x += width
        y = TOP
        for cells in lines:
            with sheet.element("TR"):
                x = LEFT
                for text, (_, width) in zip(cells, columns, strict=True):
                    room = Size(width - 2, _HEIGHT - 0.8)
                    sheet.block(x + 1, y + 0.4, sheet.printable(text), 9, room, tag="TD")
                    x += width
            sheet.rule((LEFT, y), (RIGHT, y), colour=LINE)
            y += _HEIGHT
        sheet.rule((LEFT, y), (RIGHT, y), colour=LINE)


def _cells(row: PostingRow) -> tuple[str, ...]:
    page = f"{row.part}-{row.page}"
    return (
        str(row.number), f"{row.addressee} 様", row.post_number, row.address, row.kind.japanese,
        page, row.whose,
    )  # fmt: skip


def _of_refused(row: PostingRow) -> tuple[str, ...]:
    return str(row.number), row.name, row.kind.japanese, row.address, row.refusal
