"""資格確認書: a card of the size of the old one, front and back (R-056)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eligibility.documents.content import SIMULATION
from eligibility.identifiers.numbers import InsurerKind
from intermediate_server.documents.printing.sheet import ACCENT, LINE, QUIET, SEAL, TINT, Size

if TYPE_CHECKING:
    from eligibility.documents import PrintedCertificate
    from intermediate_server.documents.printing.sheet import Sheet

CARD = Size(85.6, 54.0)
"""ISO/IEC 7810 ID-1, in millimetres."""
EDGE = 3.6
_SCHEMES = {
    InsurerKind.KOKUHO: "国民健康保険",
    InsurerKind.KOKUHO_KUMIAI: "国民健康保険",
    InsurerKind.KOUKI: "後期高齢者医療",
    InsurerKind.KYOSAI: "共済組合",
    InsurerKind.SENIN: "船員保険",
}
_ON_THE_BACK = (
    "医療機関などの窓口では、この面ではなく表面を見せてください。",
    (
        "資格がなくなったとき、氏名や住所が変わったときは、届け出てください。"
        "有効期限内に資格がなくなったときは、この確認書を返してください。"
    ),
    "有効期限が過ぎたものは使えません。はさみで切るなどして処分してください。",
    "マイナ保険証を利用登録したあとも、有効期限まで使えます。",
)
"""What its holder should know (R-041, R-049, R-050, R-053)."""


def scheme(kind: InsurerKind) -> str:
    """Return what kind of insurance stands in the title."""
    return _SCHEMES.get(kind, "健康保険")


def draw_certificate(sheet: Sheet, certificate: PrintedCertificate) -> None:
    """Draw both sides."""
    with sheet.page(CARD):
        _front(sheet, certificate)
    with sheet.page(CARD):
        _back(sheet, certificate)


def _front(sheet: Sheet, certificate: PrintedCertificate) -> None:
    fields = {line.label: line.value for line in certificate.lines}
    right = CARD.width - EDGE
    sheet.box(0, 0, Size(CARD.width, 9.4), fill=TINT)
    sheet.rule((0, 9.4), (CARD.width, 9.4), colour=ACCENT, thick=0.8)
    sheet.watermark(CARD.width / 2, 31, "SIMULATION 模擬", 25, 22)
    sheet.text(EDGE, 3.9, scheme(certificate.membership.kind), 5.6, colour=ACCENT)
    sheet.text(EDGE, 8.0, "資格確認書", 9.6, bold=True, spacing=1.2)
    sheet.text(right, 3.9, "有効期限", 4.6, colour=QUIET, align="right")
    sheet.text(right, 8.0, fields["有効期限"], 8.6, bold=True, align="right")

    _field(sheet, EDGE, 14.2, "記号", fields.get("記号", "－"), 20)
    _field(sheet, 28.5, 14.2, "番号", fields["番号"], 26)
    _field(sheet, 61.0, 14.2, "枝番", fields.get("枝番", "－"), 9)
    sheet.rule((EDGE, 15.9), (right, 15.9))

    sheet.text(EDGE, 20.4, "氏名", 4.6, colour=QUIET)
    sheet.fitted(EDGE + 9, 20.6, fields["氏名"], 9.4, 41)
    _field(sheet, 61.0, 20.4, "性別", fields["性別"], 11)
    _field(sheet, EDGE, 25.2, "生年月日", fields["生年月日"], 26)
    if "負担割合" in fields:
        sheet.box(41.6, 22.1, Size(right - 41.6, 4.6), fill=TINT, round_by=0.6)
        _field(sheet, 42.6, 25.2, "負担割合", fields["負担割合"], 7, bold=True)
        _field(sheet, 58.6, 25.2, "発効期日", fields["発効期日"], 15, size=5.8, indent=8.0)
    _field(sheet, EDGE, 29.6, "適用開始年月日", fields["適用開始年月日"], 22, indent=14)
    _field(sheet, 43.2, 29.6, "交付年月日", fields["交付年月日"], 24, indent=11)
    if "世帯主氏名" in fields:
        _field(sheet, EDGE, 33.8, "世帯主氏名", fields["世帯主氏名"], 62, indent=14)
    sheet.text(EDGE, 38.0, "住所", 4.6, colour=QUIET)
    sheet.fitted(EDGE + 14, 38.1, fields["住所"], 6.2, right - EDGE - 14)
    sheet.rule((EDGE, 40.4), (right, 40.4))

    _field(sheet, EDGE, 44.0, "保険者番号", fields["保険者番号"], 26, indent=14, bold=True)
    sheet.text(EDGE, 48.0, "交付者名", 4.6, colour=QUIET)
    sheet.fitted(EDGE + 14, 48.1, fields["交付者名"], 6.4, 50)
    sheet.box(right - 8.2, 41.9, Size(7.2, 7.2), stroke=SEAL, thick=0.9, round_by=0.5)
    sheet.text(right - 4.6, 46.5, certificate.seal, 8.0, colour=SEAL, align="centre")
    if "備考" in fields:
        sheet.text(43.2, 44.0, fields["備考"], 5.6, colour=SEAL, width=29, bold=True)
    sheet.text(
        CARD.width / 2, 52.3, SIMULATION, 5.0, colour=SEAL, align="centre", width=right - EDGE
    )


def _back(sheet: Sheet, certificate: PrintedCertificate) -> None:
    right = CARD.width - EDGE
    sheet.watermark(CARD.width / 2, 27, "SIMULATION 模擬", 25, 22)
    sheet.text(EDGE, 6.0, "ご注意", 6.4, bold=True)
    y = 10.0
    for sentence in _ON_THE_BACK:
        sheet.text(EDGE, y, "・", 5.4)
        y = sheet.paragraph(EDGE + 2.2, y, sentence, 5.4, right - EDGE - 2.2, leading=1.5) + 0.9
    sheet.box(EDGE, 33.4, Size(right - EDGE, 10.6), stroke=LINE, round_by=0.8)
    sheet.text(EDGE + 1.6, 36.4, "備考", 4.6, colour=QUIET)
    kind = certificate.membership.kind
    if kind in {InsurerKind.KOKUHO, InsurerKind.KOKUHO_KUMIAI}:
        sheet.text(
            EDGE, 47.4, f"根拠: {certificate.legal_basis}", 4.6, colour=QUIET, width=right - EDGE
        )
    sheet.text(
        CARD.width / 2, 51.4, SIMULATION, 5.0, colour=SEAL, align="centre", width=right - EDGE
    )


def _field(
    sheet: Sheet,
    x: float,
    y: float,
    label: str,
    value: str,
    width: float,
    *,
    size: float = 6.4,
    indent: float = 9.0,
    bold: bool = False,
) -> None:
    """Write a label and, ``indent`` behind its beginning, its value."""
    sheet.text(x, y, label, 4.6, colour=QUIET)
    sheet.text(x + indent, y, value, size, width=width, bold=bold)
