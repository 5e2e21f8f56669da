"""Medical information as a PDF to be read by people, on A4, each page marked 模擬."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wire.dates import read_day
from wire.printing.sheet import QUIET, SEAL, TINT, Sheet, Size
from wire.printing.table import A4
from wire.vocabulary.medical import HealthCheckups

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wire.vocabulary.medical import DiDateInf, MedicinesAndTreatment, MonthInf

_LEFT, _RIGHT = 18.0, A4.width - 18.0
_FIRST_ROW, _LAST_ROW, _ROW = 38.0, 271.0, 6.0
"""Where the feet of a page's first and last row stand, and how far rows are apart."""
_SEX = {"1": "男", "2": "女", "3": "未設定"}
_FICTITIOUS = "架空の情報です。実在の人や医療機関のものではありません。"
_NOTHING = "表示できる情報はありません。"


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
    return _written(title, person, made, rows or [_Row(((0, _NOTHING),))])


def _written(title: str, person: tuple[str, str, str, str], made: str, rows: list[_Row]) -> bytes:
    """Write rows onto as many pages as they take."""
    sheet = Sheet(f"{title}（模擬）")
    for number, beneath in enumerate(_pages(rows), 1):
        with sheet.page(A4):
            _draw_frame(sheet, title, person, made, number)
            with sheet.element("Table"):
                for y, row in beneath:
                    _draw_row(sheet, y, row)
    return sheet.finish()


def _pages(rows: Sequence[_Row]) -> Iterator[list[tuple[float, _Row]]]:
    """Give the rows of each page, each with the place of its foot; a heading ends no page."""
    page: list[tuple[float, _Row]] = []
    y = _FIRST_ROW
    for row in rows:
        if row.bold and page:
            y += 2
        if y + (_ROW if row.bold else 0) > _LAST_ROW:
            yield page
            page, y = [], _FIRST_ROW
        page.append((y, row))
        y += _ROW
    yield page


def _draw_frame(
    sheet: Sheet, title: str, person: tuple[str, str, str, str], made: str, page: int
) -> None:
    name, kana, birth, sex = person
    born = read_day(birth)
    whose = f"{name}（{kana}）　{born.year}年{born.month}月{born.day}日生　{_SEX.get(sex, '')}"
    when = f"作成 {made[:4]}年{int(made[4:6])}月{int(made[6:8])}日 {made[8:10]}:{made[10:12]}"
    sheet.text(_LEFT, 20, title, 15, bold=True, tag="H1")
    sheet.text(_RIGHT, 20, "模擬　SIMULATION", 10, align="right", colour=SEAL)
    sheet.text(_LEFT, 28, sheet.printable(whose), 11, width=130)
    sheet.text(_RIGHT, 28, when, 9, align="right", colour=QUIET)
    sheet.rule((_LEFT, 31), (_RIGHT, 31), thick=0.6)
    sheet.text(_LEFT, 285, _FICTITIOUS, 8, colour=QUIET)
    sheet.text(_RIGHT, 285, str(page), 8, align="right", colour=QUIET)


def _draw_row(sheet: Sheet, y: float, row: _Row) -> None:
    if row.bold:
        sheet.box(_LEFT, y - 4.4, Size(_RIGHT - _LEFT, _ROW), fill=TINT)
    places = [_LEFT + x for x, _ in row.cells]
    with sheet.element("TR"):
        for x, end, (_, text) in zip(places, [*places[1:], _RIGHT + 1], row.cells, strict=True):
            tag = "TH" if row.bold else "TD"
            sheet.text(x, y, sheet.printable(text), 9.5, width=end - x - 1, tag=tag)


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
