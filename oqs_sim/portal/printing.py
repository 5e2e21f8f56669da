"""端末に保存: the eligibility data as a tagged PDF for a phone (R-073, R-084)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.days.eras import plain_day
from eligibility.documents.content import CARD_IS_NEEDED, SIMULATION
from eligibility.sentence import Language, Sentence
from oqs_sim.portal.refusals import PatientProblem
from oqs_sim.portal.screen import NOT_BY_ITSELF, insurer_cards
from wire.catalogue import Catalogue
from wire.printing.sheet import ACCENT, LINE, QUIET, SEAL, TINT, Sheet, Size

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from oqs_sim.portal.account import Account
    from oqs_sim.portal.institutions import InstitutionNames
    from oqs_sim.portal.screen import InsurerCard, ShownLine

TITLE = Sentence("医療保険の資格情報", "Eligibility / 資格情報")
_CARD_IS_NEEDED = Sentence(
    f"{CARD_IS_NEEDED}。",
    f"You need your My Number Card to see a doctor. / {CARD_IS_NEEDED}。",
)
_NOTHING = Sentence("有効な資格情報はありません。", "No eligibility is in force.")
_SIMULATION = Sentence(
    SIMULATION, "SIMULATION / 模擬　This paper is not valid at any medical institution"
)
AS_FILE = {"Content-Disposition": 'attachment; filename="medical-insurance-eligibility.pdf"'}
"""How the PDF is saved: under a name that says nothing of its holder."""
PAGE = Size(105.0, 186.0)
"""About the shape of a phone's screen, so that it fills it; the real size is not public
[unverified]."""
LEFT, RIGHT = 8.0, PAGE.width - 8.0
_LABEL_WIDTH = 29.0
_ROW = 8.2


async def print_screen_aside(
    account: Account, names: InstitutionNames, language: Language = Language.JAPANESE
) -> bytes:
    """Return the PDF, made beside the event loop.

    Raises:
        Problem: NOT_REGISTERED where it may not be saved (R-032), FONT_MISSING.
    """
    if not account.may_download:
        raise PatientProblem(
            Catalogue.NOT_REGISTERED,
            Sentence(
                "保存するには、マイナ保険証の利用登録が済んでいる必要があります。先に利用登録をして"
                "ください。",
                "To save it, your card has to be registered as a health insurance card. Register "
                "it first.",
            ),
        )
    return await asyncio.to_thread(print_screen, account, names, language)


def print_screen(
    account: Account,
    names: InstitutionNames,
    language: Language = Language.JAPANESE,
    font: Path | None = None,
) -> bytes:
    """Return the PDF: a page for each insurer in force, or for the last one where none is.

    Raises:
        Problem: FONT_MISSING.
    """
    cards = insurer_cards(account, names)
    shown = [card for card in cards if card.in_force] or cards[:1]
    sheet = Sheet(f"{language.of(TITLE)}（模擬 / SIMULATION）", font, language=language)
    drawn = _Screen(sheet, language, plain_day(account.today))
    for card in shown:
        drawn.card(card)
    if not shown:
        drawn.empty()
    return sheet.finish()


@dataclass(frozen=True)
class _Screen:
    """The pages of a PDF, in a language."""

    sheet: Sheet
    language: Language
    saved: Sentence
    """The day of saving."""

    def card(self, card: InsurerCard) -> None:
        """Draw the page of an insurer."""
        sheet, said = self.sheet, self.language.of
        name = sheet.printable(said(card.insurer_name))
        with sheet.element("Sect", name), sheet.page(PAGE):
            self._head()
            sheet.block(LEFT, 20.5, name, 12, Size(RIGHT - LEFT - 22, 9), bold=True, tag="H2")
            sheet.block(RIGHT - 21, 20.5, said(card.standing), 10, Size(21, 9), align="right")
            y = self._table(card.numbers, 31)
            y = self._table(card.lines, y + 3)
            self._caution(y + 8)

    def empty(self) -> None:
        """Draw a page that says that nothing is in force."""
        sheet = self.sheet
        with sheet.element("Sect", self.language.of(TITLE)), sheet.page(PAGE):
            self._head()
            sheet.paragraph(LEFT, 32, self.language.of(_NOTHING), 11, RIGHT - LEFT)
            self._caution(44)

    def _head(self) -> None:
        sheet, saved = self.sheet, Sentence(f"{self.saved.ja} 保存", f"saved {self.saved.en}")
        sheet.watermark(PAGE.width / 2, PAGE.height / 2, "SIMULATION 模擬", 38, 52)
        sheet.text(LEFT, 15, self.language.of(TITLE), 15, bold=True, tag="H1")
        sheet.text(RIGHT, 15, self.language.of(saved), 7.5, align="right", colour=QUIET)
        sheet.rule((LEFT, 18.5), (RIGHT, 18.5), colour=ACCENT, thick=1.2)

    def _caution(self, y: float) -> None:
        sheet, said, width = self.sheet, self.language.of, RIGHT - LEFT
        y = sheet.paragraph(LEFT, y, said(_CARD_IS_NEEDED), 10, width, bold=True, colour=SEAL)
        sheet.paragraph(LEFT, y + 0.5, said(NOT_BY_ITSELF), 8, width, leading=1.5)
        foot = said(_SIMULATION)
        sheet.text(PAGE.width / 2, PAGE.height - 5, foot, 6.5, colour=SEAL, align="centre")

    def _label(self, line: ShownLine) -> str:
        """Name a field; in English also as the desk, which reads it, knows it."""
        if self.language is Language.JAPANESE:
            return line.label.ja
        return f"{line.label.en.partition(' (')[0]} / {line.label.ja}"

    def _table(self, lines: Sequence[ShownLine], y: float) -> float:
        """Draw fields, one row each; return where the table ends."""
        sheet, said, top = self.sheet, self.language.of, y
        with sheet.element("Table"):
            for line in lines:
                value = sheet.printable(said(line.value))
                with sheet.element("TR"):
                    sheet.box(LEFT, top, Size(_LABEL_WIDTH, _ROW), fill=TINT)
                    room = Size(_LABEL_WIDTH - 3, _ROW)
                    with sheet.marked("TH", "/A <</O /Table /Scope /Row>>"):
                        sheet.block(LEFT + 2, top, self._label(line), 8.5, room)
                    room = Size(RIGHT - LEFT - _LABEL_WIDTH - 5, _ROW - 0.6)
                    sheet.block(LEFT + _LABEL_WIDTH + 3, top + 0.3, value, 10.5, room, tag="TD")
                sheet.rule((LEFT, top), (RIGHT, top))
                top += _ROW
        sheet.box(LEFT, y, Size(RIGHT - LEFT, top - y), stroke=LINE)
        return top
