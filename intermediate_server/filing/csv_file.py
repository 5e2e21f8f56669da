"""A file of procedures: CSV, one line each, of which every line is read or refused by itself."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from enum import StrEnum
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from eligibility.sentence import Sentence
from intermediate_server.filing.field_parsers import Unreadable, shown
from intermediate_server.filing.fields import (
    BY_WORD,
    DIGITS_COMPARED,
    FIELDS,
    Fault,
    FaultyFields,
    as_compared,
    content_key,
    procedure_of,
)
from intermediate_server.filing.lines import LineCutter, LineFault
from wire.catalogue import Catalogue, Problem
from wire.forms.spreadsheet import BEGINS_A_FORMULA, as_typed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from intermediate_server.procedures.procedure import Procedure

NEEDED_COLUMNS = ("Kind", "InsurerNumber", "IndividualNumber", "FiledOn",
                  "InsuredIdentificationNumber")  # fmt: skip
"""Without these columns no line of a file can be taken."""
_NUMBER_COLUMN = "InsuredIdentificationNumber"
FAULTS_TOLD = 3
"""How many faults of a line its report tells in full: the report of a file of nothing but faults is
not many times as long as the file."""
RESULT_COLUMNS = ("行", "結果", "版", "見える日", "項目", "内容", "コード", "日付")
"""Columns of the report on a file that are its own: a report that was mended is a file as well."""
_OF_NOTHING = ', "\t\u3000'
"""What a line has in which nothing stands, as Excel leaves them behind the last one."""
_SECRET = "IndividualNumber"  # noqa: S105 # the name of a column


class Result(StrEnum):
    """What became of a line, in one word."""

    ACCEPTED = "受付"
    UNCHANGED = "受付済み"
    """The same was recorded before."""
    REFUSED = "不受理"


TOTAL, BROKEN_OFF, SKIPPED = "合計", "中断", "読み飛ばし"
SUMMARIES = (TOTAL, BROKEN_OFF, SKIPPED)
"""What a report has for 結果 where it counts lines, or says that it is not of all."""
_RESULT = "結果"
_TO_BE_TAKEN = {"", Result.REFUSED.value}
"""Which lines of a report are taken again; the others were taken before, or are no lines."""


class SenderGone(Exception):
    """The sender of a file went away before its end."""


class CsvLine(NamedTuple):
    """A line of a file, as it was read."""

    number: int
    """Of the line in the file, the header being line 1."""
    procedure: Procedure | None
    fault: Fault | None = None
    """What is wrong with it, where there is no procedure."""
    kind: str = ""
    """What it says for 届出種別, for the report."""
    insured: str = ""
    """What it says for 番号, for the report."""
    reference: str = ""
    """What it says for 整理番号, for the report."""
    text: str = ""
    """As it was sent."""
    columns: Columns | None = None
    """Those of its file; None of what was no line of a file."""


@dataclass
class CsvReader:
    """Reads the lines of a file as its bytes come."""

    is_cut_off: bool = False
    """Whether the sender went away before the end."""
    skipped: int = 0
    """Lines of a report that are not taken again, as they were taken before or are no lines."""
    _cutter: LineCutter = field(default_factory=LineCutter)
    _line: int = 0
    _columns: Columns | None = None

    def feed(self, received: bytes) -> list[CsvLine]:
        """Return the lines that ended within ``received``.

        Raises:
            Problem: FILE_HEADER_WRONG; nothing of the file was read.
        """
        return self._read(self._cutter.feed(received))

    def cut_off(self) -> None:
        """Take note that the sender has gone: what has no line break yet is no line."""
        self.is_cut_off = True

    def finish(self) -> list[CsvLine]:
        """Return the last line, where no line break ends it.

        Raises:
            Problem: FILE_HEADER_WRONG, also for an empty file.
        """
        if self.is_cut_off:
            return []
        lines = self._read(self._cutter.finish())
        if self._columns is None:
            raise _wrong_header(Sentence("ファイルが空です。", "The file is empty."))
        return lines

    def _read(self, texts: Sequence[str | LineFault]) -> list[CsvLine]:
        found = []
        for text in texts:
            self._line += 1
            if self._columns is None:
                self._columns = Columns.of(text)
            elif text.strip(_OF_NOTHING):
                if (line := self._columns.line(self._line, text)) is not None:
                    found.append(line)
                elif not self._columns.sums_up(text):
                    self.skipped += 1
        return found


class Columns:
    """The columns of a file, in the order of its header."""

    def __init__(self, names: Sequence[str]) -> None:
        """Take what the header calls them."""
        self._names = tuple(names)
        self._width = len(names)
        self._result = names.index(_RESULT) if _RESULT in names else None
        self._kept = [place for place, name in enumerate(names) if name not in RESULT_COLUMNS]
        fields = [BY_WORD[names[place]] for place in self._kept]
        self.elements = tuple(one.element for one in fields)
        """In the order of the file."""
        self._fields: list[tuple[str, Callable[[str], Any], str]] = [
            (one.attribute, one.read, one.element) for one in fields
        ]
        places = {one.element: place for place, one in enumerate(fields)}
        # One place past the last cell stands for a column that the file does not have.
        self._of_key = itemgetter(
            *(places.get(one.element, len(fields)) for one in FIELDS if one.element != _SECRET)
        )
        self._filed_on = places["FiledOn"]
        self._in_several_ways = [
            (place, one.attribute)
            for place, one in enumerate(fields)
            if one.attribute in DIGITS_COMPARED
        ]
        self._of_report = itemgetter(
            *(places.get(name, len(fields)) for name in ("Kind", _NUMBER_COLUMN, "ReferenceNumber"))
        )

    def __eq__(self, other: object) -> bool:
        """Tell whether both are the columns of one header."""
        return isinstance(other, Columns) and self._names == other._names

    def __hash__(self) -> int:
        """Return the hash of the header."""
        return hash(self._names)

    @classmethod
    def of(cls, header: str | LineFault) -> Columns:
        """Read the header.

        Raises:
            Problem: FILE_HEADER_WRONG.
        """
        if isinstance(header, LineFault):
            raise _wrong_header(header.text)
        try:
            (cells,) = csv.reader([header], strict=True)
        except (csv.Error, ValueError) as error:
            raise _wrong_header(
                Sentence(
                    "1行目（見出し）が読めません。", f"The first line cannot be read ({error})."
                )
            ) from None
        names = [cell.strip() for cell in cells]
        unknown = [name for name in names if name not in BY_WORD and name not in RESULT_COLUMNS]
        if unknown:
            raise _wrong_header(
                Sentence(
                    f"見出しの「{shown(unknown[0])}」という列はありません。形式の説明を見てください。",
                    f"There is no column {shown(unknown[0])!r}; see the format of the file.",
                )
            )
        elements = [BY_WORD[name].element for name in names if name in BY_WORD]
        twice = [element for element in elements if elements.count(element) > 1]
        if twice:
            word = BY_WORD[twice[0]].japanese
            raise _wrong_header(
                Sentence(
                    f"見出しに「{word}」が2回あります。", f"The column {twice[0]} is there twice."
                )
            )
        missing = [element for element in NEEDED_COLUMNS if element not in elements]
        if missing:
            words = "、".join(BY_WORD[element].japanese for element in missing)
            raise _wrong_header(
                Sentence(
                    f"見出しに「{words}」がありません。", f"The header lacks {', '.join(missing)}."
                )
            )
        return cls(names)

    def line(self, number: int, text: str | LineFault) -> CsvLine | None:
        """Read a line; None of a report's that is not to be taken again."""
        if isinstance(text, LineFault):
            return CsvLine(number, None, Fault("", text.text), columns=self)
        cells = self._cells(text)
        if isinstance(cells, Sentence):
            return CsvLine(number, None, Fault("", cells), text=text, columns=self)
        if self._result is not None:
            if cells[self._result] not in _TO_BE_TAKEN:
                return None
            cells = [without_mark(cells[place]) for place in self._kept]
            if not any(cells):
                return None
        return self._procedure(number, cells, text)

    def sums_up(self, text: str | LineFault) -> bool:
        """Tell whether a report's line is of the report itself, or has nothing in it."""
        if isinstance(text, LineFault) or self._result is None:
            return False
        cells = self._cells(text)
        return not isinstance(cells, Sentence) and cells[self._result] in {"", *SUMMARIES}

    def sent(self, text: str) -> list[str] | None:
        """Return the cells of a line in the order of `elements`; None where it has no such."""
        cells = self._cells(text)
        if isinstance(cells, Sentence):
            return None
        if self._result is None:
            return cells
        return [without_mark(cells[place]) for place in self._kept]

    def _cells(self, text: str) -> list[str] | Sentence:
        """Return the cells of a line, or why it has none."""
        if '"' in text:
            try:
                ((*read,),) = csv.reader([text], strict=True)
            except (csv.Error, ValueError):
                return Sentence(
                    '引用符（"）が閉じていません。',
                    "A quotation mark is not closed, or stands within a cell.",
                )
            cells = [as_typed(cell) for cell in read]
        else:
            cells = text.split(",")
        if len(cells) != self._width:
            return Sentence(
                f"列が{len(cells)}個あります。見出しは{self._width}個です。",
                f"The line has {len(cells)} columns, the header {self._width}.",
            )
        if text.split(None, 1) != [text]:  # a blank, as seldom
            cells = [cell.strip() for cell in cells]
        return cells

    def _procedure(self, number: int, cells: list[str], text: str) -> CsvLine:
        values: dict[str, Any] = {}
        faults: list[Fault] = []
        for cell, (attribute, read, element) in zip(cells, self._fields, strict=True):
            if cell:
                try:
                    values[attribute] = read(cell)
                except Unreadable as error:
                    faults.append(Fault(element, error.text, BY_WORD[element].japanese))
        if not cells[self._filed_on]:
            # A file may be sent again on another day, and must then mean the same.
            faults.append(
                Fault("FiledOn", Sentence("届出日を入れてください。", "is needed in a file."))
            )
        for place, attribute in self._in_several_ways:
            cells[place] = as_compared(attribute, cells[place], values)
        cells.append("")
        kind, insured, reference = self._of_report(cells)
        try:
            key = content_key(self._of_key(cells))
            procedure = procedure_of(values, key, faults)
        except (FaultyFields, UnicodeEncodeError) as error:
            fault = _together(error)
            return CsvLine(number, None, fault, kind, insured, reference, text, self)
        return CsvLine(number, procedure, None, kind, insured, reference, text, self)


def without_mark(cell: str) -> str:
    """Return a cell of a report without the apostrophe that kept it from being a formula."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(BEGINS_A_FORMULA) else cell


def _together(error: Exception) -> Fault:
    """Return the faults of a line as one: the first few, and how many more there are."""
    if not isinstance(error, FaultyFields):
        return Fault("", LineFault.NOT_TEXT.text)
    faults, more = error.faults[:FAULTS_TOLD], len(error.faults[FAULTS_TOLD:])
    return Fault(
        " ".join(dict.fromkeys(fault.element for fault in faults)),
        Sentence(
            "".join(fault.named for fault in faults)
            + (f"ほかに{more}か所あります。列がずれていないか確かめてください。" if more else ""),
            "; ".join(f"{fault.element}: {fault.text.en}" for fault in faults)
            + (f"; and {more} more" if more else ""),
        ),
    )


def _wrong_header(why: Sentence) -> Problem:
    return Problem(
        Catalogue.FILE_HEADER_WRONG,
        why.en,
        japanese=f"{why.ja}ファイルは取り込まれていません。",
    )
