"""Writing Markdown: tables, one-line texts, what stands beneath an attribute."""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

NOTE = "<!-- Written by docs/generate.py; do not edit by hand. -->\n"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Write a table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def inline(text: str) -> str:
    """Turn a docstring into one line of Markdown."""
    plain = " ".join(text.split()).replace("``", "`").replace("|", "\\|")
    return re.sub(r":(?:class|attr|func):`~?([^`]+)`", r"`\1`", plain)


def first_line(documented: object) -> str:
    """Return the first line of a docstring, empty without one."""
    return (inspect.getdoc(documented) or "").partition("\n")[0]


def attribute_docstrings(cls: type) -> dict[str, str]:
    """Return the string beneath each attribute in a class's source."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    assert isinstance(definition, ast.ClassDef)
    found = {}
    for node, following in itertools.pairwise(definition.body):
        match node, following:
            case (
                (ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)])),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = inspect.cleandoc(text)
    return found
