r"""Changes in bulk: a batch as a table, one line for each change.

The third rendering of :class:`~wire.vocabulary.changes.QualificationChange`, beside JSON and XML,
for the night on which a million of them fall due. The first line names the elements, in the order
of the model; each further line holds their values, with a tab between two. ``\N`` stands for an
absent element; a backslash, tab or line break within a value is written as in C. PostgreSQL reads
and writes this form itself (the text format of its COPY), so that no change is taken apart on the
way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args

from pydantic import StringConstraints
from pydantic.alias_generators import to_pascal

from wire.vocabulary.changes import QualificationChange
from wire.vocabulary.codes import Bounds
from wire.vocabulary.texts import UNFIT

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence
    from typing import Self

MEDIA_TYPE = "text/tab-separated-values"
LEDGER_EPOCH = "OQS-Ledger-Epoch"
"""The header that says of which epoch of the ledger a batch is: it grows when that goes back to its
seed, and what was read of it before is not applied any more."""
COLUMNS = tuple(QualificationChange.model_fields)
"""The columns, by their Python names."""
assert COLUMNS[:2] == ("person_reference", "version")
HEADER = "\t".join(map(to_pascal, COLUMNS)) + "\n"
ABSENT = r"\N"

_ESCAPES = {
    "\\": r"\\", "\b": r"\b", "\t": r"\t", "\n": r"\n", "\v": r"\v", "\f": r"\f", "\r": r"\r",
}  # fmt: skip
_MEANT = {escape: character for character, escape in _ESCAPES.items()}
_SPECIAL = re.compile(r"[\\\x08-\x0d]")
_BREAK = re.compile(r"[\x08\x0a-\x0d]")
_ESCAPE = re.compile(r"\\[\\btnvfr]")
_TEXT = rf"[^\\{UNFIT}]*(?:\\\\[^\\{UNFIT}]*)*"


class TableError(ValueError):
    """A line of the table is not what the model says; the message names it."""


@dataclass(frozen=True)
class ChangeTable:
    """Changes as lines, each as the model wants it."""

    lines: tuple[str, ...]

    @classmethod
    def read(cls, document: bytes) -> Self:
        """Read a table and check every line.

        Raises:
            TableError: it is cut off, has other columns, or a line has a value that the model
                does not allow.
        """
        try:
            header, *lines = document.decode().split("\n")
        except UnicodeDecodeError as error:
            raise TableError(f"The table is not UTF-8: {error.reason}.") from None
        if f"{header}\n" != HEADER:
            raise TableError(f"The first line should name the columns: {HEADER.split()}.")
        if not lines or lines.pop():
            raise TableError("The table is cut off: its last line has no end.")
        for number, line in enumerate(lines, start=2):
            found = _LINE.fullmatch(line)
            # No day is less than an absent one, by the characters that these are written in.
            if found is None or found["disqualification_date"] < found["qualification_date"]:
                raise TableError(f"Line {number}: {_what_is_wrong(line)}.")
        return cls(tuple(lines))

    @classmethod
    def of(cls, changes: Iterable[QualificationChange]) -> Self:
        """Render changes."""
        return cls(tuple(written(change.model_dump().values()) for change in changes))

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def body(self) -> bytes:
        """The lines without the first one."""
        return "".join(f"{line}\n" for line in self.lines).encode()

    @property
    def document(self) -> bytes:
        """The whole table."""
        return HEADER.encode() + self.body

    @property
    def persons(self) -> Iterator[str]:
        """Whose change each line is."""
        for line in self.lines:
            person = line[: line.index("\t")]
            yield unescaped(person) if "\\" in person else person

    @property
    def versions(self) -> Iterator[tuple[str, int]]:
        """Whose change each line is, and which of theirs."""
        for line in self.lines:
            person, version, _ = line.split("\t", 2)
            yield unescaped(person) if "\\" in person else person, int(version)

    def without(self, places: Container[int]) -> Self:
        """Return the table without the lines at some places, from 0."""
        kept = (line for place, line in enumerate(self.lines) if place not in places)
        return type(self)(tuple(kept))

    @property
    def rows(self) -> Iterator[list[str | None]]:
        """The values of each line, in the order of ``COLUMNS``; a version is still a text."""
        for line in self.lines:
            values: list[str | None] = [
                None if value == ABSENT else value for value in line.split("\t")
            ]
            if "\\" in line.replace(ABSENT, ""):
                values = [value and unescaped(value) for value in values]
            yield values

    @property
    def changes(self) -> tuple[QualificationChange, ...]:
        """The changes as models."""
        return tuple(
            # In a table a version is text, as all values are.
            QualificationChange.model_validate(
                {**dict(zip(COLUMNS, row, strict=True)), "version": int(row[_VERSION] or "")}
            )
            for row in self.rows
        )


def written(values: Iterable[object]) -> str:
    """Write the values of one change, in the order of ``COLUMNS``, as a line without its end."""
    given = tuple(values)
    line = "\t".join([ABSENT if value is None else str(value) for value in given])
    plain = (
        line.count("\\") == given.count(None)
        and line.count("\t") == _TABS
        and _BREAK.search(line) is None
    )
    if not plain:
        line = "\t".join(ABSENT if value is None else _escaped(str(value)) for value in given)
    return line


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], text)


def unescaped(text: str) -> str:
    """Return what a value of a line means."""
    return _ESCAPE.sub(lambda found: _MEANT[found[0]], text)


def _pattern(annotation: Any, constraints: Sequence[Any]) -> str:  # as typing gives them
    """Return what a value of a field may look like."""
    choices = get_args(annotation)
    if NoneType in choices:
        (kind,) = (choice for choice in choices if choice is not NoneType)
        return rf"\\N|{_pattern(kind, ())}"
    if choices:  # Annotated
        annotation, *constraints = choices
    bounds = next((one for one in constraints if isinstance(one, Bounds)), None)
    if bounds is not None:
        return bounds.form
    for constraint in constraints:
        if isinstance(constraint, StringConstraints) and isinstance(constraint.pattern, str):
            return constraint.pattern.removeprefix("^").removesuffix("$")
    if annotation is int:
        return "[1-9][0-9]{0,8}"
    if issubclass(annotation, StrEnum):
        return "|".join(map(re.escape, annotation))
    return _TEXT


_PATTERNS = {
    name: _pattern(field.annotation, field.metadata)
    for name, field in QualificationChange.model_fields.items()
}
_COMPARED = {"qualification_date", "disqualification_date"}
_LINE = re.compile(
    "\t".join(
        f"(?P<{name}>{pattern})" if name in _COMPARED else f"(?:{pattern})"
        for name, pattern in _PATTERNS.items()
    )
)
_TABS = len(COLUMNS) - 1
_VERSION = COLUMNS.index("version")


def _what_is_wrong(line: str) -> str:
    values = line.split("\t")
    if len(values) != len(COLUMNS):
        return f"it has {len(values)} columns, not {len(COLUMNS)}"
    for (name, pattern), value in zip(_PATTERNS.items(), values, strict=True):
        if re.fullmatch(pattern, value) is None:
            return f"{to_pascal(name)} cannot be {value!r}"
    return "DisqualificationDate lies before QualificationDate"
