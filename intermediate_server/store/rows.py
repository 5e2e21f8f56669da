"""A change as a row of the ledger, and back.

Which column has which part of a change is declared once, in `store.schema`. The functions here are
made of that declaration at import, and name each column as if they were written by hand: files of a
million lines go this way. What repeats from row to row (a lag, a mark) is not made anew.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from eligibility.days.reflection import ReflectionPolicy
from eligibility.qualification import Qualification
from intermediate_server.procedures.change import Change, LimitGrant, Source
from intermediate_server.procedures.kinds import Marks
from intermediate_server.procedures.person import PersonDetails
from intermediate_server.procedures.timing import Filing
from intermediate_server.store.schema import change
from storage import bucket_of
from wire.dates import write_day
from wire.vocabulary.changes import QualificationChange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

COLUMNS = tuple(column.name for column in change.c)
"""The columns of the ledger, in the order of a row."""
_PARTS = {
    "": Change,
    "person": PersonDetails,
    "qualification": Qualification,
    "filing": Filing,
    "filing.lag": ReflectionPolicy,
    "marks": Marks,
    "limit": LimitGrant,
    "source": Source,
}
"""What a change consists of, each part with several columns."""
_REPEATED = {"filing.lag", "marks", "source"}
"""Parts of which few different ones are in many rows."""
_KEPT = {column.info["path"]: column for column in change.c if column.info}
"""The columns by their paths."""
_VALUES: dict[str, dict[str | None, Any]] = {
    column.name: {"0": False, "1": True}
    if column.info["of"] is bool
    else {None: None, **{member.value: member for member in column.info["of"]}}
    for column in _KEPT.values()
    if column.info["of"]
}
"""What the texts of a column stand for, where they stand for something."""
_TEXTS = {value: text for values in _VALUES.values() for text, value in values.items()}
"""And back: plain texts, which drivers take without a second look."""


def _function(parameters: Iterable[str], expression: str, **names: Any) -> Callable[..., Any]:
    source = f"lambda {', '.join(parameters)}: {expression}"
    made: Callable[..., Any] = eval(source, names)  # noqa: S307 # of our own declaration only
    return made


def _writer() -> Callable[[Change, datetime], list[Any]]:
    """Return what writes a change: a list of all columns."""
    written = {"bucket": "bucket_of(entry.person.reference)", "recorded_at": "recorded_at"}
    for path, column in _KEPT.items():
        value = f"texts[entry.{path}]" if column.info["of"] else f"entry.{path}"
        if path.startswith("limit."):
            value += " if entry.limit else None"
        elif column.type.python_type is bytes:
            value += " or None"
        written[column.name] = value
    columns = ", ".join(written[name] for name in COLUMNS)
    return _function(("entry", "recorded_at"), f"[{columns}]", texts=_TEXTS, bucket_of=bucket_of)


def _reader(part: str) -> tuple[str, list[str], dict[str, Any]]:
    """Return how a part is made of columns: the expression, the columns, what else it names."""
    arguments: list[str] = []
    columns: list[str] = []
    names: dict[str, Any] = {_PARTS[part].__name__: _PARTS[part]}
    for field in fields(_PARTS[part]):
        path = f"{part}.{field.name}".lstrip(".")
        if path in _PARTS:
            expression, of_part, named = _reader(path)
            if path in _REPEATED:
                called = path.replace(".", "_")
                named = {called: lru_cache(maxsize=256)(_function(of_part, expression, **named))}
                expression = f"{called}({', '.join(of_part)})"
            arguments.append(expression)
            columns += of_part
            names |= named
            continue
        column = _KEPT[path]
        values = f"values_of_{column.name}"
        if column.name in _VALUES:
            names[values] = _VALUES[column.name]
            arguments.append(f"{values}[{column.name}]")
        elif column.type.python_type is bytes:
            arguments.append(f"{column.name} or b''")
        else:
            arguments.append(column.name)
        columns.append(column.name)
    expression = f"{_PARTS[part].__name__}({', '.join(arguments)})"
    if part == "limit":
        expression += f" if {columns[0]} else None"
    return expression, columns, names


_WRITE = _writer()
_MADE, _, _NAMED = _reader("")
_READ = _function((*COLUMNS, "*_"), _MADE, **_NAMED)


def values_of(entry: Change, recorded_at: datetime) -> list[Any]:
    """Return the columns of ``change`` in their order."""
    return _WRITE(entry, recorded_at)


def row_of(entry: Change, recorded_at: datetime) -> dict[str, Any]:
    """Return the columns of ``change`` by name."""
    return dict(zip(COLUMNS, _WRITE(entry, recorded_at), strict=True))


def change_of(row: Sequence[Any]) -> Change:
    """Return the change that a row holds which begins with the columns of ``change``."""
    made: Change = _READ(*row)
    return made


def for_delivery(entry: Change) -> QualificationChange:
    """Return a change in the words of the interface, which are the names of its columns."""
    row = row_of(entry, entry.visible_from)
    return QualificationChange(
        **{name: _in_words(row[name]) for name in QualificationChange.model_fields}
    )


def _in_words(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return write_day(value) if isinstance(value, date) else value
