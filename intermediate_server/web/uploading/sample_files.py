"""Files to begin with: the header that a kind of procedure needs, alone or with a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from intermediate_server.filing.fields import FIELDS
from intermediate_server.procedures.kinds import KINDS, ProcedureKind
from wire.forms.spreadsheet import BOM, csv_lines

if TYPE_CHECKING:
    from datetime import date

    from intermediate_server.filing.fields import Field

_FICTIONAL = {
    "individual_number": "990000000078", "symbol": "最上", "number": "1234567", "branch": "01",
    "classification": "本人", "reason_of_loss": "03", "ratio": "3割", "name": "模擬　花子",
    "name_kana": "モギ ハナコ", "sex": "女", "birthdate": "S55.2.17",
    "address": "模擬県模擬市新町5-5", "post_number": "990-0001", "householder": "模擬　太郎",
    "limit": "ウ", "on": "あり", "last_four": "0078", "corrects": "1", "reason": "記載の誤り",
    "reference": "A0001", "new_number": "7654321", "certificate_needed": "要",
    "inpatient_days": "91",
}  # fmt: skip
"""What stands in the example by member; days are those of the day on which it is fetched."""
_DAYS = {"filed_on", "qualified_on", "disqualified_on", "effective_on"}
_SELDOM = {
    "post_number",
    "householder",
    "valid_until",
    "reason",
    "certificate_needed",
    "inpatient_days",
}
"""What an example leaves out, unless the kind needs it."""


def columns(kind: ProcedureKind) -> list[Field]:
    """Return the columns that a file of a kind may have, in the order of files."""
    needs = KINDS[kind].needs
    who = {"kind", "insurer_number", "individual_number", "filed_on"}
    return [one for one in FIELDS if one.attribute in needs.allowed | who]


def template(kind: ProcedureKind) -> bytes:
    """Return a file with nothing but its header."""
    return BOM.encode() + csv_lines([[one.japanese for one in columns(kind)]])


def example(kind: ProcedureKind, insurer: str, today: date | None) -> bytes:
    """Return a file with a line about nobody, as it is filled in."""
    needs = KINDS[kind].needs
    shown = [
        one
        for one in columns(kind)
        if one.attribute in needs.required or one.attribute not in _SELDOM
    ]
    day = f"{today:%Y%m%d}" if today else "20261116"
    values = {
        **_FICTIONAL,
        **dict.fromkeys(_DAYS, day),
        "kind": kind.japanese,
        "insurer_number": insurer,
    }
    line = [values.get(one.attribute, one.example) for one in shown]
    return BOM.encode() + csv_lines([[one.japanese for one in shown], line])
