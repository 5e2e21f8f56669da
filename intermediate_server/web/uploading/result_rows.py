"""What became of the lines of a file, as a page shows it: some of them at a time."""

from __future__ import annotations

import csv
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from intermediate_server.filing.csv_file import SKIPPED, Result
from wire.forms.spreadsheet import as_typed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from intermediate_server.filing.report import Report

ROWS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class ResultRow:
    """A line of a file that needs a look."""

    line: str
    result: str
    kind: str
    insured: str
    reference: str
    sentence: str
    code: str
    refused: bool


@dataclass(frozen=True, slots=True)
class ResultPage:
    """Some of the lines that need a look."""

    rows: tuple[ResultRow, ...]
    number: int
    """Counted from 1."""
    pages: int

    @classmethod
    def of(cls, report: Report, number: int) -> ResultPage:
        """Read a page of a report; a page that is not there is the last one."""
        found = report.refused + report.attention - report.left_out
        pages = max(1, -(-found // ROWS_SHOWN))
        number = min(max(1, number), pages)
        start = (number - 1) * ROWS_SHOWN
        rows = tuple(itertools.islice(_rows(report), start, start + ROWS_SHOWN))
        return cls(rows, number, pages)


def _rows(report: Report) -> Iterator[ResultRow]:
    """Give the lines that need a look; the report may have a million others."""
    texts = (line.decode("utf-8-sig") for line in report.lines_written())
    for cells in csv.DictReader(texts):
        row = {name: as_typed(cell) for name, cell in cells.items()}
        refused = row["結果"] == Result.REFUSED
        if refused or (row["内容"] and row["結果"] not in {"中断", SKIPPED}):
            yield ResultRow(
                row["行"], row["結果"], row["届出種別"], row["番号"], row["整理番号"], row["内容"],
                row["コード"], refused,
            )  # fmt: skip
