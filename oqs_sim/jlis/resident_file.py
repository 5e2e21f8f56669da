"""A file of residents: CSV, or one object of JSON in each line; every line is read by itself."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError
from pydantic.alias_generators import to_pascal

from wire.catalogue import Catalogue, Problem
from wire.forms.spreadsheet import as_typed
from wire.messages.field_reason import why_unfit
from wire.messages.json_document import RepeatedMember, loads_once
from wire.vocabulary.jlis import NewResident

if TYPE_CHECKING:
    from collections.abc import Sequence

CSV = "text/csv"
NDJSON = "application/x-ndjson"
LONGEST_LINE = 16_384
"""Bytes of a line; a file with a longer one is no file of residents."""
_ELEMENTS = {to_pascal(name): one.is_required() for name, one in NewResident.model_fields.items()}
"""The columns, and whether each is needed."""
_JAPANESE = {
    "個人番号": "IndividualNumber",
    "氏名": "Name",
    "カナ氏名": "NameKana",
    "性別": "Sex1",
    "生年月日": "Birthdate",
    "住所": "Address",
    "郵便番号": "PostNumber",
    "市区町村コード": "MunicipalityCode",
}
"""What the header may call them as well."""


class ResidentLine(NamedTuple):
    """A line of a file, as it was read."""

    number: int
    """Of the line in the file, from 1; of CSV, the header is line 1."""
    resident: NewResident | None
    fault: str = ""
    """What is wrong with it, where there is no resident; it never says the individual number."""


@dataclass
class ResidentReader:
    """Reads the lines of a file as its bytes come; blank ones are passed over."""

    media_type: str
    """`CSV` or `NDJSON`."""
    _rest: bytes = b""
    _line: int = 0
    _columns: list[str] = field(default_factory=list)

    def feed(self, received: bytes) -> list[ResidentLine]:
        """Return the lines that ended within ``received``.

        Raises:
            Problem: INVALID_REQUEST for a wrong header, or for a line that has no end.
        """
        *pieces, self._rest = (self._rest + received).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            raise _unreadable(f"Line {self._line + len(pieces) + 1} has no end.")
        return self._read(pieces)

    def finish(self) -> list[ResidentLine]:
        """Return the last line, where no line break ends it.

        Raises:
            Problem: INVALID_REQUEST, also for a file without a header.
        """
        rest, self._rest = self._rest, b""
        lines = self._read([rest] if rest else [])
        if self.media_type == CSV and not self._columns:
            raise _unreadable("The file is empty.")
        return lines

    def _read(self, pieces: Sequence[bytes]) -> list[ResidentLine]:
        found = []
        for piece in pieces:
            self._line += 1
            if self._line == 1:
                piece = piece.removeprefix(b"\xef\xbb\xbf")  # noqa: PLW2901 # the same line
            if self.media_type == CSV and not self._columns:
                self._columns = _columns(piece)
            elif not piece.isspace() and piece:
                found.append(self._resident(piece))
        return found

    def _resident(self, piece: bytes) -> ResidentLine:
        try:
            if self.media_type == NDJSON:
                asked: Any = loads_once(piece)
            else:
                cells = _cells(piece)
                if len(cells) != len(self._columns):
                    fault = f"has {len(cells)} columns, the header {len(self._columns)}."
                    return ResidentLine(self._line, None, fault)
                typed = map(as_typed, cells)
                asked = {
                    name: cell for name, cell in zip(self._columns, typed, strict=True) if cell
                }
            return ResidentLine(self._line, NewResident.model_validate(asked))
        except ValidationError as error:
            # Without the input, which may be an individual number.
            faults = error.errors(include_url=False, include_input=False)
            fault = "; ".join(
                f"{why_unfit(one).en}: {'.'.join(map(str, one['loc']))}" for one in faults
            )
            return ResidentLine(self._line, None, fault)
        except RepeatedMember as repeated:
            return ResidentLine(self._line, None, f"{repeated}.")
        except (UnicodeDecodeError, ValueError, RecursionError, csv.Error):
            kind = "CSV" if self.media_type == CSV else "JSON"
            return ResidentLine(self._line, None, f"is no line of {kind} in UTF-8.")


def _columns(header: bytes) -> list[str]:
    try:
        names = [_JAPANESE.get(cell, cell) for cell in _cells(header)]
    except (UnicodeDecodeError, ValueError, csv.Error):
        raise _unreadable("The first line is no line of CSV in UTF-8.") from None
    unknown = [name for name in names if name not in _ELEMENTS]
    missing = [name for name, needed in _ELEMENTS.items() if needed and name not in names]
    if unknown or missing or len(set(names)) < len(names):
        raise _unreadable(
            f"The first line must name columns out of {', '.join(_ELEMENTS)}, each once"
            f"{', and needs ' + ', '.join(missing) if missing else ''}."
        )
    return names


def _cells(line: bytes) -> list[str]:
    (cells,) = csv.reader([line.decode().rstrip("\r")], strict=True)
    return [cell.strip() for cell in cells]


def _unreadable(why: str) -> Problem:
    return Problem(
        Catalogue.INVALID_REQUEST,
        f"{why} Nothing after that was read.",
        japanese="住民のファイルが読めません。見出しと文字コード（UTF-8）を確かめてください。",
    )
