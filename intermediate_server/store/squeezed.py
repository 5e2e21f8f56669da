"""A text as it is searched by its beginning: without blanks, compared by code points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.sql.compiler import SQLCompiler

LAST = "\U0010ffff"
"""Comes after every character of a name or a number."""


class squeezed(FunctionElement[str]):  # noqa: N801 # stands in statements as a function does
    """A column's text without blanks, half or full width.

    PostgreSQL compares it by code points, whatever language the database was made for.
    """

    type = Text()
    inherit_cache = True


@compiles(squeezed)
def _write(element: squeezed, compiler: SQLCompiler, **options: Any) -> str:
    column = compiler.process(element.clauses, **options)
    return f"replace(replace({column}, ' ', ''), '\u3000', '')"


@compiles(squeezed, "postgresql")
def _write_on_postgresql(element: squeezed, compiler: SQLCompiler, **options: Any) -> str:
    return f'({_write(element, compiler, **options)} COLLATE "C")'


def begins(column: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that a column begins with ``low``, of which ``high`` is the last."""
    text = squeezed(column)
    return and_(text >= bindparam("low", type_=Text()), text < bindparam("high", type_=Text()))


def beginning(text: str) -> dict[str, str]:
    """Return the parameters of `begins`."""
    return {"low": text, "high": text + LAST}
