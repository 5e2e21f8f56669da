"""Medical information as a PDF to be read by people, on A4, each page marked 模擬."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas

from wire.catalogue import Catalogue, Problem
from wire.dates import read_day
from wire.vocabulary.medical import HealthCheckups

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wire.vocabulary.medical import DiDateInf, MedicinesAndTreatment, MonthInf

FONTS = (
    Path("/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf"),
    Path("/usr/share/fonts/truetype/fonts-japanese-gothic.ttf"),
)
"""Where Debian puts the Japanese font (fonts-ipaexfont-gothic)."""
_GETA = "〓"
"""In the place of a character that the font does not have."""
_WIDTH, _HEIGHT = A4
_LEFT, _RIGHT, _TOP, _BOTTOM = 18 * mm, _WIDTH - 18 * mm, _HEIGHT - 20 * mm, 20 * mm
_SEX = {"1": "男", "2": "女", "3": "未設定"}


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a table: what stands in its columns, each with its place in millimetres."""

    cells: tuple[tuple[float, str], ...]
    bold: bool = False


def pdf_of(title: str, document: MedicinesAndTreatment | HealthCheckups) -> bytes:
    """Return a document as a PDF; the same document gives the same bytes.

    Raises:
        Problem: FONT_MISSING.
    """
    if isinstance(document, HealthCheckups):
        who = document.message_header.qualifications_info
        person = (who.name, who.kanas_name, who.birthday, who.administrative_gender_code)
        rows = list(_checkup_rows(document))
    else:
        one = document.message_header.qua_inf
        person = (one.name, one.kana_name, one.birth, one.adm_gend_code)
        rows = list(_month_rows(document))
    made = document.message_header.process_execution_time
    return _Paper(title, person, made).written(
        rows or [_Row(((0, "表示できる情報はありません。"),))]
    )


@dataclass
class _Paper:
    """The pages of one document."""

    title: str
    person: tuple[str, str, str, str]
    made: str
    _bytes: io.BytesIO = field(default_factory=io.BytesIO)
    _page: int = 0
    _y: float = 0.0

    def written(self, rows: Sequence[_Row]) -> bytes:
        """Write rows onto as many pages as they take."""
        self._canvas = Canvas(
            self._bytes, pagesize=A4, invariant=1, pageCompression=1, lang="ja-JP"
        )
        self._canvas.setTitle(f"{self.title}（模擬）")
        self._canvas.setAuthor("oqs-sim (SIMULATION)")
        self._begin_page()
        for row in rows:
            if self._y < _BOTTOM + 6 * mm:
                self._canvas.showPage()
                self._begin_page()
            self._row(row)
        self._canvas.showPage()
        self._canvas.save()
        return self._bytes.getvalue()

    def _begin_page(self) -> None:
        self._page += 1
        name, kana, birth, sex = self.person
        self._text(_LEFT, _TOP, self.title, 15)
        self._text(_RIGHT, _TOP, "模擬　SIMULATION", 10, right=True)
        born = read_day(birth)
        line = f"{name}（{kana}）　{born.year}年{born.month}月{born.day}日生　{_SEX.get(sex, '')}"
        self._text(_LEFT, _TOP - 8 * mm, line, 11)
        made = self.made
        when = f"作成 {made[:4]}年{int(made[4:6])}月{int(made[6:8])}日 {made[8:10]}:{made[10:12]}"
        self._text(_RIGHT, _TOP - 8 * mm, when, 9, right=True)
        self._canvas.setLineWidth(0.6)
        self._canvas.line(_LEFT, _TOP - 11 * mm, _RIGHT, _TOP - 11 * mm)
        self._text(
            _LEFT, _BOTTOM - 8 * mm, "架空の情報です。実在の人や医療機関のものではありません。", 8
        )
        self._text(_RIGHT, _BOTTOM - 8 * mm, f"{self._page}", 8, right=True)
        self._y = _TOP - 18 * mm

    def _row(self, row: _Row) -> None:
        if row.bold:
            self._y -= 2 * mm
            self._canvas.setFillGray(0.92)
            self._canvas.rect(_LEFT, self._y - 1.6 * mm, _RIGHT - _LEFT, 6 * mm, stroke=0, fill=1)
            self._canvas.setFillGray(0)
        for number, (x, text) in enumerate(row.cells):
            follows = row.cells[number + 1][0] if number + 1 < len(row.cells) else None
            until = _RIGHT if follows is None else _LEFT + follows * mm - 2
            self._text(_LEFT + x * mm, self._y, text, 9.5, until=until)
        self._y -= 6 * mm

    def _text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        right: bool = False,
        until: float | None = None,
    ) -> None:
        font, characters = _font()
        text = "".join(one if ord(one) in characters else _GETA for one in text)
        wide = pdfmetrics.stringWidth(text, font, size)
        if until is not None and wide > until - x:
            size *= (until - x) / wide
        self._canvas.setFont(font, size)
        draw = self._canvas.drawRightString if right else self._canvas.drawString
        draw(x, y, text)


def _month_rows(document: MedicinesAndTreatment) -> Iterator[_Row]:
    body = document.message_body
    for one in body.cz_di_month_inf or ():
        yield from _rows_of_month(one, "電子処方箋")
    for one in body.me_tr_month_inf or ():
        yield from _rows_of_month(one, "入院" if one.in_out == "1" else "")


def _rows_of_month(month: MonthInf, note: str) -> Iterator[_Row]:
    name = month.me_tr_di_h_nm
    by = f"　処方 {month.prls_h_nm}" if month.prls_h_nm else ""
    said = f"　{note}" if note else ""
    yield _Row(
        ((1, f"{month.me_tr_month[:4]}年{int(month.me_tr_month[4:])}月"), (26, name + by + said)),
        bold=True,
    )
    for day in month.di_date_infs:
        yield from _rows_of_day(day)


def _rows_of_day(day: DiDateInf) -> Iterator[_Row]:
    on = read_day(day.di_date)
    shown = f"{on.month}月{on.day}日"
    for drug in day.drug_infs or ():
        yield _Row(
            (
                (3, shown),
                (20, drug.drug_n),
                (106, drug.usage_n),
                (137, f"{drug.qua1}{drug.unit}"),
                (154, _how_much(drug.usage_n, drug.times)),
            )
        )
        shown = ""
    for act in day.me_tr_infs or ():
        yield _Row(((3, shown), (20, act.sin_inf_n)))
        shown = ""
    if shown:
        yield _Row(((3, shown), (20, "受診")))


def _how_much(usage: str, times: str) -> str:
    """Return for how long a drug is given, in the words of a pharmacy."""
    if usage.startswith(("分", "皮下注", "吸入")):
        return f"{times}日分"
    return f"{times}回分" if usage.startswith("頓用") else f"× {times}"


def _checkup_rows(document: HealthCheckups) -> Iterator[_Row]:
    for one in document.message_body.specific_health_checkup_info or ():
        on = read_day(one.effective_time)
        yield _Row(((1, f"{on.year}年{on.month}月{on.day}日"), (40, "特定健診")), bold=True)
        for item in one.health_checkup_result_and_question_infos:
            shown = item.data_value_name or f"{item.data_value} {item.unit or ''}".rstrip()
            yield _Row(((5, item.item_name), (75, shown)))


@lru_cache(maxsize=1)
def _font() -> tuple[str, frozenset[int]]:
    """Return the name of the font, and the characters that it has.

    Raises:
        Problem: FONT_MISSING.
    """
    for path in FONTS:
        try:
            font = TTFont(f"medical-{path.stem}", str(path))
        except (TTFError, OSError):
            continue
        pdfmetrics.registerFont(font)
        return font.fontName, frozenset(font.face.charToGlyph)
    raise Problem(
        Catalogue.FONT_MISSING,
        f"No font was found at {', '.join(map(str, FONTS))}. Install fonts-ipaexfont-gothic.",
    )
