"""有効期限通知書 on paper (A4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eligibility.days.eras import era_date
from oqs_sim.municipality.tagged_letter import ACCENT, QUIET, SEAL, WIDTH, TaggedLetter

if TYPE_CHECKING:
    from datetime import date

    from oqs_sim.municipality.expiry_notice import ExpiryNotice

TITLE = "有効期限通知書"
_LEFT, _RIGHT, _VALUES = 22.0, 188.0, 74.0
_SIMULATION = "模擬 / SIMULATION　これは本物の通知ではありません"


def print_notice(notice: ExpiryNotice, on: date) -> bytes:
    """Return the PDF of a notice that goes out on a day.

    Raises:
        Problem: FONT_MISSING, CHARACTER_NOT_PRINTABLE.
    """
    letter = TaggedLetter(f"{TITLE}（模擬 / SIMULATION）")
    person = notice.resident
    if person.post_number:
        letter.text(_LEFT, 24, f"〒{person.post_number}", 10)
    letter.text(_LEFT, 30, person.address, 10)
    letter.text(_LEFT, 38, f"{person.name}　様", 13)
    letter.text(_RIGHT, 24, era_date(on), 10.5, align="right")
    letter.text(_RIGHT, 31, f"模擬市町村（{person.municipality_code}）", 10, align="right")
    letter.text(WIDTH / 2, 60, TITLE, 18, align="centre", tag="H1")
    letter.rule(64, _LEFT, _RIGHT, ACCENT)
    first, *rest = notice.sentences
    y = letter.paragraph(_LEFT, 76, first, 11, _RIGHT - _LEFT) + 3
    with letter.element("Table"):
        letter.rule(y, _LEFT, _RIGHT)
        for label, value in notice.lines:
            with letter.element("TR"):
                heads = "/A <</O /Table /Scope /Row>>"
                letter.text(_LEFT + 2, y + 6, label, 10, colour=QUIET, tag="TH", attributes=heads)
                letter.text(_VALUES, y + 6, value, 11.5, tag="TD")
            y += 9
            letter.rule(y, _LEFT, _RIGHT)
    y += 12
    for sentence in rest:
        y = letter.paragraph(_LEFT, y, sentence, 11, _RIGHT - _LEFT) + 3.5
    letter.text(WIDTH / 2, 286, _SIMULATION, 9, colour=SEAL, align="centre")
    return letter.finish()
