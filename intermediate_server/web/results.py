"""The reports on the last files that came by the page, kept for those who look at them."""

from __future__ import annotations

import csv
import itertools
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from intermediate_server.filing.report import Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from intermediate_server.filing.report import Report

KEPT = 8
"""Reports that are kept; an older one is let go of."""
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
    """What became of a file."""

    name: str
    href: str
    accepted: int
    unchanged: int
    refused: int
    attention: int
    interrupted: str
    rows: tuple[ResultRow, ...]
    more: int
    """Rows that are not shown."""


@dataclass
class Results:
    """The last reports, each under a name that nobody guesses."""

    _reports: OrderedDict[str, tuple[str, Report]] = field(default_factory=OrderedDict)

    def keep(self, file_name: str, report: Report) -> str:
        """Keep a report; return its name."""
        name = secrets.token_urlsafe(12)
        self._reports[name] = (file_name, report)
        while len(self._reports) > KEPT:
            self._reports.popitem(last=False)
        return name

    def report(self, name: str) -> Report | None:
        """Return a report; None where it is no longer kept."""
        found = self._reports.get(name)
        return found[1] if found else None

    def find(self, name: str) -> ResultPage | None:
        """Return a report for the page; None where it is no longer kept."""
        found = self._reports.get(name)
        if found is None:
            return None
        file_name, report = found
        rows = tuple(itertools.islice(_rows(report), ROWS_SHOWN))
        return ResultPage(
            name=file_name,
            href=f"/upload/{name}.csv",
            accepted=report.accepted,
            unchanged=report.unchanged,
            refused=report.refused,
            attention=report.attention,
            interrupted=report.interrupted,
            rows=rows,
            more=max(0, report.refused + report.attention - len(rows)),
        )


def _rows(report: Report) -> Iterator[ResultRow]:
    """Give the lines that need a look."""
    texts = (line.decode("utf-8-sig") for line in report.lines_written())
    for row in csv.DictReader(texts):
        refused = row["結果"] == Result.REFUSED
        if refused or row["内容"]:
            yield ResultRow(
                row["行"], row["結果"], row["届出種別"], row["番号"], row["整理番号"], row["内容"],
                row["コード"], refused,
            )  # fmt: skip
