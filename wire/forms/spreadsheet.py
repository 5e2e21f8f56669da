"""Files of lines for a spreadsheet (CSV): what a person opens with a double click."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BOM = "\ufeff"
"""Begins such a file, so that a spreadsheet reads it as UTF-8."""
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""How a cell begins that a spreadsheet would take for a formula."""


def csv_lines(rows: Iterable[Sequence[str]]) -> bytes:
    """Write rows for a spreadsheet, which takes none of them for a formula."""
    written_rows = io.StringIO()
    writer = csv.writer(written_rows, lineterminator="\r\n")
    for row in rows:
        # A leading apostrophe tells a spreadsheet that a text follows.
        writer.writerow([f"'{text}" if text.startswith(BEGINS_A_FORMULA) else text for text in row])
    return written_rows.getvalue().encode("utf-8", "replace")
