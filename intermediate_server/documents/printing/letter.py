"""What the letters of an insurer share: head, table of fields, and whom to ask (A4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eligibility.days.eras import era_date
from eligibility.documents.content import SIMULATION, Line
from wire.printing.sheet import ACCENT, QUIET, SEAL, Size
from wire.printing.table import A4, LEFT, RIGHT, draw_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from eligibility.documents import (
        PrintedExpiryNotice,
        PrintedLastFourNotice,
        PrintedMember,
        PrintedMembership,
    )
    from wire.printing.sheet import Sheet


def draw_letter(sheet: Sheet, letter: PrintedExpiryNotice | PrintedLastFourNotice) -> None:
    """Draw a letter that has fields, sentences, and nothing to cut out."""
    first, *rest = letter.sentences[:-1]
    with sheet.element("Sect", letter.title), sheet.page(A4):
        sheet.watermark(A4.width / 2, 160, "SIMULATION 模擬", 74, 32)
        draw_head(sheet, letter.title, letter.member, letter.membership, letter.issued_on)
        y = sheet.paragraph(LEFT, 84, first, 11, RIGHT - LEFT) + 3
        y = draw_table(sheet, numbers_in_one_row(letter.lines), y, 9.0) + 10
        for sentence in rest:
            y = sheet.paragraph(LEFT, y, sentence, 11, RIGHT - LEFT) + 2.5
        draw_contact(sheet, letter.membership, Size(RIGHT - LEFT, 0), y + 4)
        sheet.text(A4.width / 2, 289, SIMULATION, 8.5, colour=SEAL, align="centre")


def draw_head(
    sheet: Sheet, title: str, member: PrintedMember, membership: PrintedMembership, on: date
) -> None:
    """Write to whom, from whom, when, and what it is."""
    with sheet.marked("P"):
        fitted = sheet.block(LEFT, 22, member.name, 13, Size(84, 12))
        after = min(max(sheet.width(line, fitted.size) for line in fitted.lines), 84)
        sheet.text(LEFT + after + 4, 29.4, "様", 11)
    sheet.text(RIGHT, 23, era_date(on), 10.5, align="right")
    sheet.block(LEFT + 96, 26, membership.insurer_name, 11, Size(70, 9), align="right")
    number = f"保険者番号　{membership.insurer_number}"
    sheet.text(RIGHT, 39.5, number, 10, align="right")
    if membership.contact is not None:
        office = f"{membership.contact.office}　電話 {membership.contact.phone}"
        sheet.text(RIGHT, 45, office, 9, align="right", colour=QUIET, width=90)
    sheet.text(A4.width / 2, 60, title, 17, align="centre", bold=True, width=160, tag="H1")
    sheet.rule((LEFT, 64), (RIGHT, 64), colour=ACCENT, thick=1.2)


def numbers_in_one_row(lines: Sequence[Line]) -> list[Line]:
    """Return fields with 記号, 番号 and 枝番 in one, as the sample form has them (R-081)."""
    numbers = [one for one in lines if one.label in {"記号", "番号", "枝番"}]
    if not numbers:
        return list(lines)
    together = Line(
        "・".join(one.label for one in numbers),
        "　".join(f"{one.label} {one.value}" for one in numbers),
    )
    first = lines.index(numbers[0])
    return [*lines[:first], together, *lines[first + len(numbers) :]]


def draw_contact(
    sheet: Sheet, membership: PrintedMembership, room: Size, y: float, x: float = LEFT
) -> float:
    """Write whom to ask, each part in a line of its own; return where the next would begin."""
    contact = membership.contact
    if contact is None:
        return y
    y = sheet.paragraph(x, y, "【お問い合わせ】", 9.5, room.width, bold=True)
    for part in (
        f"{membership.insurer_name}　{contact.office}",
        f"電話 {contact.phone}" + (f"（{contact.hours}）" if contact.hours else ""),
        contact.place,
    ):
        y = sheet.paragraph(x, y, part, 9, room.width, leading=1.45)
    return y
