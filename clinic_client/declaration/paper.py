"""The declaration as a PDF, to be printed and signed (A4).

The official form's layout was not available [unverified]; this one has its contents (P-084).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clinic_client.declaration.draft import SEX
from eligibility.days.eras import era_date
from eligibility.documents.content import Line
from wire.printing.sheet import ACCENT, QUIET, SEAL, Sheet
from wire.printing.table import A4, LEFT, RIGHT, draw_table

if TYPE_CHECKING:
    from datetime import date

    from clinic_client.declaration.draft import DeclarationDraft
    from eligibility.identifiers.numbers import InsurerKind

TITLE = "被保険者資格申立書"
INSURER_KINDS = {
    "kyokai": "協会けんぽ",
    "kumiai": "健康保険組合",
    "kyosai": "共済組合",
    "kokuho": "国民健康保険（市町村）",
    "kokuho_kumiai": "国民健康保険組合",
    "kouki": "後期高齢者医療",
    "senin": "船員保険",
    "hiyatoi": "日雇特例",
    "jieikan": "自衛官",
}
"""保険種別 as the form offers it, the most frequent first; none of them is わからない."""
_STATED = (
    "有効な保険に加入していますが、オンライン資格確認で資格を確かめられないため、"
    "次のとおり申し立てます。分かる範囲で記入し、分からない欄は空けたままにします。"
)
_CONSENTED = (
    "保険者や番号が分かったときは、すぐに医療機関に知らせます。申し立てた内容が事実と異なり、"
    "負担割合が違っていたときなどは、医療費の差額を支払います。"
)
_NOT_THE_FORM = (
    "国の様式の体裁は確かめられていないため、項目だけを合わせています。"
    "個人番号（マイナンバー）は書かないでください。"
)
_KEPT = "医療機関は、支払いが確認できるまでこの申立書を保管し、そのあと廃棄します。"


def print_declaration(draft: DeclarationDraft, visited_on: date, institution: str) -> bytes:
    """Return the PDF; what is open is an empty field to be written by hand.

    Raises:
        Problem: CHARACTER_NOT_PRINTABLE or FONT_MISSING.
    """
    sheet = Sheet(f"{TITLE}（模擬 / SIMULATION）")
    with sheet.element("Sect", TITLE), sheet.page(A4):
        sheet.watermark(A4.width / 2, 160, "SIMULATION 模擬", 74, 32)
        sheet.text(RIGHT, 23, f"受診日　{era_date(visited_on)}", 10.5, align="right")
        sheet.text(LEFT, 31, f"{institution}　御中", 11, width=120)
        sheet.text(A4.width / 2, 46, TITLE, 17, align="centre", bold=True, tag="H1")
        sheet.rule((LEFT, 50), (RIGHT, 50), colour=ACCENT, thick=1.2)
        y = sheet.paragraph(LEFT, 59, _STATED, 10.5, RIGHT - LEFT) + 2
        y = _part(sheet, "マイナンバーカードの券面のとおり", y)
        y = draw_table(sheet, _of_the_card(draft), y, 10.0) + 8
        y = _part(sheet, "連絡先と保険について（分かる範囲で）", y)
        y = draw_table(sheet, _of_the_insurance(draft), y, 10.0) + 9
        y = sheet.paragraph(LEFT, y, _CONSENTED, 10.5, RIGHT - LEFT) + 8
        y = _signature(sheet, y)
        y = sheet.paragraph(LEFT, y, _KEPT, 9, RIGHT - LEFT, colour=QUIET)
        sheet.paragraph(LEFT, y, _NOT_THE_FORM, 9, RIGHT - LEFT, colour=QUIET)
        sheet.text(A4.width / 2, 289, "SIMULATION / 模擬", 8.5, colour=SEAL, align="centre")
    return sheet.finish()


def insurer_kind_name(kind: InsurerKind | None) -> str:
    """Return what the form calls a kind of insurer; empty where it is open."""
    return INSURER_KINDS[kind.value] if kind else ""


def _part(sheet: Sheet, title: str, y: float) -> float:
    sheet.text(LEFT, y, title, 11, bold=True, tag="H2")
    return y + 3


def _of_the_card(draft: DeclarationDraft) -> list[Line]:
    return [
        Line("氏名", draft.name),
        Line("生年月日", draft.born() or "　　　　　年　　　月　　　日"),
        Line("性別", SEX.get(draft.sex, "男　・　女")),
        Line("住所", draft.address),
    ]


def _of_the_insurance(draft: DeclarationDraft) -> list[Line]:
    kind = insurer_kind_name(draft.insurer_kind)
    ratio = f"{draft.ratio}割" if draft.ratio else "1割　・　2割　・　3割　・　わからない"
    return [
        Line("電話番号", draft.telephone),
        Line("保険の種類", kind or "社保　・　国保　・　後期高齢者　・　その他　・　わからない"),
        Line("保険者の名称", draft.insurer_name),
        Line("勤め先（事業所名）", draft.workplace),
        Line("加入・交付の時期", draft.given_when),
        Line("一部負担金の割合", ratio),
    ]


def _signature(sheet: Sheet, y: float) -> float:
    sheet.text(LEFT, y + 6, "記入日　　令和　　　年　　　月　　　日", 10.5)
    sheet.text(LEFT + 82, y + 6, "署名", 10.5)
    sheet.rule((LEFT + 93, y + 8), (RIGHT, y + 8))
    sheet.text(LEFT + 82, y + 14, "本人が書けないときは、代わりの方の氏名と続柄", 8.5, colour=QUIET)
    return y + 24
