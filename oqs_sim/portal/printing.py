"""端末に保存: the eligibility data as a tagged PDF for a phone (R-073, R-084)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from eligibility.days.eras import era_date
from eligibility.documents.content import CARD_IS_NEEDED, SIMULATION
from oqs_sim.portal.screen import NOT_BY_ITSELF, insurer_cards
from wire.catalogue import Catalogue, Problem
from wire.printing.sheet import ACCENT, LINE, QUIET, SEAL, TINT, Sheet, Size

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from eligibility.documents.content import Line
    from oqs_sim.portal.account import Account
    from oqs_sim.portal.institutions import InstitutionNames
    from oqs_sim.portal.screen import InsurerCard

TITLE = "医療保険の資格情報"
AS_FILE = {"Content-Disposition": 'attachment; filename="medical-insurance-eligibility.pdf"'}
"""How the PDF is saved: under a name that says nothing of its holder."""
PAGE = Size(105.0, 186.0)
"""About the shape of a phone's screen, so that it fills it; the real size is not public
[unverified]."""
LEFT, RIGHT = 8.0, PAGE.width - 8.0
_LABEL_WIDTH = 29.0
_ROW = 8.2


async def print_screen_aside(account: Account, names: InstitutionNames) -> bytes:
    """Return the PDF, made beside the event loop.

    Raises:
        Problem: NOT_REGISTERED where it may not be saved (R-032), FONT_MISSING.
    """
    if not account.may_download:
        raise Problem(
            Catalogue.NOT_REGISTERED,
            japanese="保存するには、マイナ保険証の利用登録が済んでいる必要があります。先に利用登録をして"
            "ください。",
        )
    return await asyncio.to_thread(print_screen, account, names)


def print_screen(account: Account, names: InstitutionNames, font: Path | None = None) -> bytes:
    """Return the PDF: a page for each insurer in force, or for the last one where none is.

    Raises:
        Problem: FONT_MISSING.
    """
    cards = insurer_cards(account, names)
    shown = [card for card in cards if card.in_force] or cards[:1]
    sheet = Sheet(f"{TITLE}（模擬 / SIMULATION）", font)
    saved = f"{era_date(account.today)} 保存"
    for card in shown:
        _page(sheet, card, saved)
    if not shown:
        _empty(sheet, saved)
    return sheet.finish()


def _head(sheet: Sheet, saved: str) -> None:
    sheet.watermark(PAGE.width / 2, PAGE.height / 2, "SIMULATION 模擬", 38, 52)
    sheet.text(LEFT, 15, TITLE, 15, bold=True, tag="H1")
    sheet.text(RIGHT, 15, saved, 7.5, align="right", colour=QUIET)
    sheet.rule((LEFT, 18.5), (RIGHT, 18.5), colour=ACCENT, thick=1.2)


def _page(sheet: Sheet, card: InsurerCard, saved: str) -> None:
    with sheet.element("Sect", card.insurer_name), sheet.page(PAGE):
        _head(sheet, saved)
        name = sheet.printable(card.insurer_name)
        sheet.block(LEFT, 20.5, name, 12, Size(RIGHT - LEFT - 22, 9), bold=True, tag="H2")
        sheet.block(RIGHT - 21, 20.5, card.standing, 10, Size(21, 9), align="right")
        y = _table(sheet, card.numbers, 31)
        y = _table(sheet, card.lines, y + 3)
        _caution(sheet, y + 8)


def _empty(sheet: Sheet, saved: str) -> None:
    with sheet.element("Sect", TITLE), sheet.page(PAGE):
        _head(sheet, saved)
        sheet.paragraph(LEFT, 32, "有効な資格情報はありません。", 11, RIGHT - LEFT)
        _caution(sheet, 44)


def _caution(sheet: Sheet, y: float) -> None:
    y = sheet.paragraph(LEFT, y, f"{CARD_IS_NEEDED}。", 10, RIGHT - LEFT, bold=True, colour=SEAL)
    sheet.paragraph(LEFT, y + 0.5, NOT_BY_ITSELF.ja, 8, RIGHT - LEFT, leading=1.5)
    sheet.text(PAGE.width / 2, PAGE.height - 5, SIMULATION, 6.5, colour=SEAL, align="centre")


def _table(sheet: Sheet, lines: Sequence[Line], y: float) -> float:
    """Draw fields, one row each; return where the table ends."""
    top = y
    with sheet.element("Table"):
        for line in lines:
            value = sheet.printable(line.value)
            with sheet.element("TR"):
                sheet.box(LEFT, top, Size(_LABEL_WIDTH, _ROW), fill=TINT)
                room = Size(_LABEL_WIDTH - 3, _ROW)
                with sheet.marked("TH", "/A <</O /Table /Scope /Row>>"):
                    sheet.block(LEFT + 2, top, line.label, 8.5, room)
                room = Size(RIGHT - LEFT - _LABEL_WIDTH - 5, _ROW - 0.6)
                sheet.block(LEFT + _LABEL_WIDTH + 3, top + 0.3, value, 10.5, room, tag="TD")
            sheet.rule((LEFT, top), (RIGHT, top))
            top += _ROW
    sheet.box(LEFT, y, Size(RIGHT - LEFT, top - y), stroke=LINE)
    return top
