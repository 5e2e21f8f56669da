"""`vocabulary.md`: the codes and elements that the services share."""

from __future__ import annotations

import importlib
import pkgutil
from enum import Enum

from docs.generator.markdown import NOTE, attribute_docstrings, inline, table
from docs.generator.schemas import schema_of
from wire import vocabulary
from wire.vocabulary.codes import Code, Sources
from wire.vocabulary.element import Element

VOCABULARY_INTRO = """\
# Vocabulary

The elements that the services share, by the names of the real XML interface where it has one.
Values are texts with significant leading zeros; an absent element is omitted. Names that only the
simulator has are marked in their text. For Japanese terms see the [glossary](glossary.md).
"""


def shared() -> list[type]:
    """Return every code and element of the vocabulary, by module and in its order there."""
    modules = [
        importlib.import_module(f"{vocabulary.__name__}.{found.name}")
        for found in pkgutil.iter_modules(vocabulary.__path__)
    ]
    return [
        each
        for module in modules
        for each in vars(module).values()
        if isinstance(each, type)
        and each.__module__ == module.__name__
        and issubclass(each, (Enum, Element))
        and each not in {Element, Code, Sources}
    ]


def vocabulary_page() -> str:
    """List the elements that all services share."""
    parts = [NOTE, VOCABULARY_INTRO, "## Codes\n"]
    for code in shared():
        if issubclass(code, Enum):
            meanings = attribute_docstrings(code)
            rows = [
                (f"`{each.value}`", f"`{each.name}`", _meaning(each, meanings.get(each.name, "")))
                for each in code
            ]
            number = f" ({code.table})" if issubclass(code, Code) else ""
            parts += [
                f"### {code.__name__}{number}\n",
                f"{inline(code.__doc__ or '')}\n",
                table(("code", "name", "meaning"), rows),
            ]
    parts.append("## Elements\n")
    for element in shared():
        if issubclass(element, Element):
            parts += [f"### {element.__name__}\n", schema_of(element.model_json_schema())]
    return "\n".join(parts)


def _meaning(one: Enum, explained: str) -> str:
    """Say what a code means, and whether a single source has it."""
    if not isinstance(one, Code):
        return inline(explained)
    alone = " *(one source)*" if one.sources is Sources.ONE else ""
    return f"{inline(f'{one.label}. {explained}').strip()}{alone}"
