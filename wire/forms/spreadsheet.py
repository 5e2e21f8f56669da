"""Files of lines for a spreadsheet (CSV): what a person opens with a double click."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BOM = "\ufeff"
"""Begins such a file, so that a spreadsheet reads it as UTF-8."""
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""How a cell begins that a spreadsheet would take for a formula."""


_WOULD_CHANGE = re.compile(
    r"""\s*(?:
        0\d+                             # 01, which would become 1
        | \d{12,}                        # shown as 1.23E+11; the 16th digit is lost
        | \d+e\d+                        # a power of ten
        | \d+\.\d*0                      # 1.10, which would become 1.1
        | \(\d+\)                        # (1), which would become -1
        | \d{1,2}[-/]\d{1,2}             # 1-2, which would become a day
        | \d{4}[-/]\d{1,2} | \d{1,2}[-/]\d{4}
        | \d{1,2}[-/]\d{1,2}[-/]\d{1,4}
    )\s*""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
"""What a spreadsheet would not leave as it is. A whole day, 2026-11-20, and a time may be read as
what they are."""


def as_cell(text: str) -> str:
    """Return a text as a spreadsheet keeps it: ``="01"``, as Japanese office software writes it.

    What would be taken for a formula begins with an apostrophe, which tells that a text follows.
    """
    if text.startswith(BEGINS_A_FORMULA):
        return f"'{text}"
    # It reads full width as half width.
    half = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return f'="{text}"' if _WOULD_CHANGE.fullmatch(half) else text


def as_typed(cell: str) -> str:
    """Return what stands in a cell that `as_cell` wrote as a text; another one is as it is."""
    if len(cell) > 3 and cell.startswith('="') and cell.endswith('"') and '"' not in cell[2:-1]:
        return cell[2:-1]
    return cell


def csv_lines(rows: Iterable[Sequence[str]]) -> bytes:
    """Write rows for a spreadsheet, which leaves all cells as they are."""
    written_rows = io.StringIO()
    writer = csv.writer(written_rows, lineterminator="\r\n")
    for row in rows:
        writer.writerow(map(as_cell, row))
    return written_rows.getvalue().encode("utf-8", "replace")
