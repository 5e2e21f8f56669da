"""`house.md`: the rooms, their folders, and who knows whom, as the code has it."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING

import grimp

from docs.generator.markdown import NOTE, inline, table
from docs.generator.rule_catalogue import ROOMS, ROOT

if TYPE_CHECKING:
    from pathlib import Path

INTRO = """\
# The house

The rooms (packages) and the folders in them, each with the sentence that its own docstring says of
it, and who knows whom as the imports have it. How to add what
is added most often stands in `CONTRIBUTING.md`.
"""


@cache
def graph() -> grimp.ImportGraph:
    """Return who imports whom, of all modules of the project."""
    return grimp.build_graph(*ROOMS, include_external_packages=False, cache_dir=None)


@cache
def known_rooms(room: str) -> tuple[str, ...]:
    """Return the rooms that a room imports, in the order of the house."""
    modules = {room, *graph().find_descendants(room)}
    imported = {
        each.partition(".")[0]
        for module in modules
        for each in graph().find_modules_directly_imported_by(module)
    }
    return tuple(each for each in ROOMS if each in imported - {room})


def house_page() -> str:
    """Describe every room and its folders."""
    parts = [NOTE, INTRO]
    for room in ROOMS:
        known = ", ".join(f"`{each}`" for each in known_rooms(room)) or "no other room"
        parts += [f"## {room}\n", f"{_says(ROOT / room)}\n", f"Knows {known}.\n"]
        rows = [
            (f"`{folder.relative_to(ROOT / room)}/`", _says(folder), _modules(folder))
            for folder in sorted((ROOT / room).rglob("*"))
            if _is_package(folder) and "migrations" not in folder.parts
        ]
        top = _modules(ROOT / room)
        if top:
            rows.insert(0, ("on top", "", top))
        parts.append(table(("folder", "what it is", "modules"), rows))
    return "\n".join(parts)


def _is_package(folder: Path) -> bool:
    return folder.is_dir() and (folder / "__init__.py").exists()


def _modules(folder: Path) -> str:
    names = sorted(file.stem for file in folder.glob("*.py") if not file.stem.startswith("__"))
    return ", ".join(names)


def _says(folder: Path) -> str:
    tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
    return inline((ast.get_docstring(tree) or "").partition("\n\n")[0])
