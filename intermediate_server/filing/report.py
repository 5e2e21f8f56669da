"""The report on a file: one line for each of its lines, as CSV that a spreadsheet opens safely."""

from __future__ import annotations

import re
import threading
import weakref
from dataclasses import dataclass, field
from functools import lru_cache
from os import SEEK_END
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, NamedTuple

from eligibility.days.dates import TOKYO
from eligibility.identifiers.digits import to_half_width
from intermediate_server.filing.csv_file import (
    BROKEN_OFF,
    SKIPPED,
    TOTAL,
    Result,
)
from intermediate_server.filing.days_said import said_in_japanese
from intermediate_server.filing.field_parsers import LONGEST_SHORT_TEXT, shown
from intermediate_server.filing.fields import BY_ELEMENT
from wire.forms.spreadsheet import BOM, as_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from intermediate_server.filing.csv_file import CsvLine
    from intermediate_server.filing.fields import Fault
    from intermediate_server.store.bulk_recorder import RecordingOutcome

KEPT_IN_MEMORY = 1 << 20
"""Bytes of a report that are kept in memory; a longer one goes to a file."""
KEPT_OF_REPORT = 1 << 20
"""Bytes of lines that need a look and are kept until the file is mended."""
_TO_BE_LOOKED_AT = "閲覧停止か資格の重複があります。画面で確かめてください。"
_WHY_SKIPPED = (
    "は、「結果」が不受理でも空欄でもないので、取り込んでいません。"
    "取り込むときは、「結果」を空欄にしてください。"
)
COLUMNS = (
    "行", "結果", "版", "見える日", "届出種別", "番号", "整理番号", "項目", "内容", "コード", "日付"
)  # fmt: skip
"""The header of a report; behind it stand the other columns of the file."""
_ECHOED = ("Kind", "InsuredIdentificationNumber", "ReferenceNumber")
"""Columns of a file that a report has anyway."""
_SECRET = "IndividualNumber"  # noqa: S105 # the name of a column
_LONG_NUMBER = re.compile(r"\d{12}")
"""What may be a 個人番号 in another column."""


class LineOutcome(NamedTuple):
    """What became of a line."""

    line: CsvLine
    outcome: RecordingOutcome | None = None
    """None where the line was refused before anything was decided."""
    fault: Fault | None = None
    """Why it was refused."""
    code: str = ""
    """The catalogue's code of the refusal."""


@dataclass
class Report:
    """Collects the outcomes of a file's lines."""

    problems_only: bool = False
    """Whether lines that need no look are left out."""
    accepted: int = 0
    unchanged: int = 0
    refused: int = 0
    attention: int = 0
    """Lines that were accepted, of a person whose record a clerk should look at."""
    skipped: int = 0
    """Lines that were not read, as their 結果 says that they are not to be taken again."""
    interrupted: str = ""
    """Why the file was not read to its end, in Japanese."""
    left_out: int = 0
    """Lines that need a look, and are not in the report: it is one that was kept, and too long."""
    _empty: str = ""
    """The file's own columns in a line that says nothing there."""
    _file: IO[bytes] = field(
        default_factory=lambda: SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)  # noqa: SIM115 # closed with the report
    )
    _at_file: threading.Lock = field(default_factory=threading.Lock)

    _columns: tuple[str, ...] | None = None
    """The elements of the file's columns that stand behind the others; None before the header."""

    def __post_init__(self) -> None:
        # Whoever still reads a report keeps it, also when it has been let go of elsewhere.
        weakref.finalize(self, self._file.close)

    @classmethod
    def kept(cls, content: bytes, interrupted: str, counts: Mapping[str, int]) -> Report:
        """Return a report that was kept: what `worth_keeping` gave, and its counts."""
        report = cls(interrupted=interrupted)
        for name, count in counts.items():
            setattr(report, name, count)
        report._columns = ()  # the header is in what was kept
        report._write(content)
        return report

    def worth_keeping(self) -> tuple[bytes, int]:
        """Return the header and the lines that need a look, and how many of these are too many."""
        lines = self.lines_written()
        kept, size, left_out = [next(lines, b"")], 0, 0
        for line in lines:
            if not _needs_look(line):
                continue
            size += len(line)
            if size <= KEPT_OF_REPORT:
                kept.append(line)
            else:
                left_out += 1
        return b"".join(kept), left_out

    def add(self, outcomes: Iterable[LineOutcome]) -> None:
        """Write down what became of lines."""
        lines = list(outcomes)
        if lines and self._columns is None:
            columns = lines[0].line.columns
            self._begin(columns.elements if columns else ())
        written = [self._line(one) for one in lines]
        self._write("".join(written).encode("utf-8", "replace"))

    def interrupt(self, line: int, why: str) -> None:
        """Write down that the file was not read to its end."""
        self.interrupted = why
        self._write_summary(f'{line},{BROKEN_OFF},,,,,,,"{why}",,')

    def sum_up(self) -> None:
        """Write down the counts, for who reads the report before they are known."""
        counts = (
            f"受付{self.accepted}行、受付済み{self.unchanged}行、"
            f"不受理{self.refused}行、要確認{self.attention}行"
        )
        self._write_summary(f',{TOTAL},,,,,,,"{counts}",,')

    def finish(self, skipped: int = 0) -> None:
        """Write the header at the latest, and how many lines were skipped."""
        if self._columns is None:
            self._begin(())
        if skipped:
            self.skipped = skipped
            self._write_summary(f',{SKIPPED},,,,,,,"{skipped}行{_WHY_SKIPPED}",,')

    @property
    def lines(self) -> int:
        """How many lines were read."""
        return self.accepted + self.unchanged + self.refused

    @property
    def status(self) -> int:
        """The HTTP status: 200 all taken, 207 some or not read to the end, 422 none."""
        if self.interrupted:
            return 207
        if not self.refused:
            return 200
        return 207 if self.accepted or self.unchanged else 422

    def pieces(self) -> Iterator[bytes]:
        """Give the report, piece by piece; several may read it at once."""
        place = 0
        while piece := self.read(place):
            place += len(piece)
            yield piece

    def lines_written(self) -> Iterator[bytes]:
        """Give the lines of the report, the header first."""
        rest = b""
        for piece in self.pieces():
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                yield line + b"\n"

    def read(self, place: int) -> bytes:
        """Return some of what is written from this place on; empty at the end so far."""
        with self._at_file:
            self._file.seek(place)
            return self._file.read(1 << 16)

    def _begin(self, elements: Sequence[str]) -> None:
        """Write the header; the file's own columns are those of its first lines."""
        self._columns = tuple(element for element in elements if element not in _ECHOED)
        self._empty = "," * len(self._columns)
        words = [BY_ELEMENT[element].japanese for element in self._columns]
        self._write(f"{BOM}{','.join((*COLUMNS, *words))}\r\n".encode())

    def _write_summary(self, text: str) -> None:
        """Write what is no line of the file."""
        self.finish()
        self._write(f"{text}{self._empty}\r\n".encode())

    def _write(self, text: bytes) -> None:
        with self._at_file:
            self._file.seek(0, SEEK_END)
            self._file.write(text)

    def _sent(self, line: CsvLine) -> str:
        """Return what a line said in the file's own columns, to be mended there.

        Its 個人番号 is left out: no report has one.
        """
        cells = line.columns.sent(line.text) if line.columns and line.text else None
        if line.columns is None or cells is None or not self._columns:
            return self._empty
        by_element = dict(zip(line.columns.elements, cells, strict=True))
        return "".join(f",{_mendable(element, by_element[element])}" for element in self._columns)

    def _line(self, one: LineOutcome) -> str:
        line, outcome = one.line, one.outcome
        if outcome is None or outcome.entry is None:
            self.refused += 1
            fault = one.fault
            assert fault is not None
            return (
                f"{line.number},{Result.REFUSED.value},,,{_safe(line.kind)},{_safe(line.insured)},"
                f"{_safe(line.reference)},{fault.element},{quoted(fault.text.ja)},{one.code},{self._sent(line)}\r\n"
            )
        entry = outcome.entry
        note = ""
        if outcome.unchanged:
            self.unchanged += 1
            result = Result.UNCHANGED
        else:
            self.accepted += 1
            result = Result.ACCEPTED
        if outcome.attention:
            self.attention += 1
            note = _TO_BE_LOOKED_AT
        if self.problems_only and not note:
            return ""
        filing = entry.filing
        visible = "" if filing.awaits_release else _day(entry.visible_from, filing.entered_on)
        return (
            f"{line.number},{result.value},{entry.version},{visible},{_safe(line.kind)},"
            f"{_safe(line.insured)},{_safe(line.reference)},,{note},,{said_in_japanese(entry)}{self._empty}\r\n"
        )


def _needs_look(line: bytes) -> bool:
    """Tell whether a line of a report is one that a clerk looks at, or sums it up."""
    result = line.split(b",", 2)[1:2]
    taken = ([Result.ACCEPTED.value.encode()], [Result.UNCHANGED.value.encode()])
    return result not in taken or _TO_BE_LOOKED_AT.encode() in line


@lru_cache(maxsize=1024)
def _day(visible_from: datetime, entered_on: date | None) -> str:
    on = visible_from.astimezone(TOKYO).date()
    return max(on, entered_on or on).isoformat()


def _mendable(element: str, cell: str) -> str:
    """Return a cell as it was sent, but for a 個人番号 and what cannot be shown."""
    if element == _SECRET or _LONG_NUMBER.search(to_half_width(cell)):
        return ""
    if cell.isalnum() and as_cell(cell) is cell:
        return cell
    return quoted("".join(sign if sign.isprintable() or sign == "\u3000" else "�" for sign in cell))


def _safe(cell: str) -> str:
    """Return what a cell of the file said, so that a spreadsheet leaves it as it is."""
    if cell.isalnum() and as_cell(cell) is cell:
        return cell if len(cell) <= LONGEST_SHORT_TEXT else shown(cell)
    return quoted(shown(cell))


def quoted(text: str) -> str:
    """Return a text as a cell of CSV that a spreadsheet leaves as it is."""
    if not text:
        return ""
    return '"' + as_cell(text).replace('"', '""') + '"'
