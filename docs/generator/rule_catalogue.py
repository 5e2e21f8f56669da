"""The catalogue of rules, where each is implemented, and which tests prove it.

An implementation names its rules in a docstring, a test in the marker ``rules``; both are found
by reading the source, without running it.
"""

from __future__ import annotations

import ast
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "docs" / "rules.toml"
ROOMS = (
    "eligibility",
    "reader",
    "virtual_card",
    "wire",
    "storage",
    "oqs_sim",
    "intermediate_server",
    "clinic_client",
    "testbed",
)
RULE = re.compile(r"\b(?:R|N|C)-\d{3}\b|\bP-0\d{2}\b|\bPP-\d{2}\b")
RANGE = re.compile(rf"({RULE.pattern}) to ({RULE.pattern})")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`docs/rules.toml`: what each rule, trap and scenario says, and why some have no code."""

    rules: Mapping[str, str]
    left_out: Mapping[str, str]
    library_only: tuple[str, ...]
    """Rules that no part of the running system reaches yet; the list only gets shorter."""
    traps: Mapping[str, str]
    scenarios: Mapping[str, str]


@cache
def catalogue() -> Catalogue:
    """Read the catalogue."""
    tables = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    return Catalogue(**tables)


@cache
def implementations() -> Mapping[str, tuple[str, ...]]:
    """Return the functions, classes and values whose docstrings name each rule.

    A module counts where it names a rule that nothing in it does.
    """
    found: dict[str, list[str]] = {}
    for file in sources(*ROOMS):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        tree = ast.parse(file.read_text(encoding="utf-8"))
        inside: dict[str, list[str]] = {}
        for name, text in _docstrings(tree):
            for rule in named(text):
                inside.setdefault(rule, []).append(f"{module}.{name}" if name else module)
        for rule, places in inside.items():
            found.setdefault(rule, []).extend(
                [place for place in places if place != module] or [module]
            )
    return {rule: tuple(dict.fromkeys(places)) for rule, places in found.items()}


@cache
def proofs() -> Mapping[str, tuple[str, ...]]:
    """Return the tests that are marked with each rule or scenario, as ``file::test``."""
    found: dict[str, list[str]] = {}
    for file in sources("tests"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for test, decorators in _tests(tree):
            for rule in _marked(decorators):
                found.setdefault(rule, []).append(f"{file.name}::{test}")
    return {rule: tuple(dict.fromkeys(tests)) for rule, tests in found.items()}


def named(text: str) -> list[str]:
    """Return the rules that a text names, those within a range included, each once."""
    rules = [*RULE.findall(text)]
    for first, last in RANGE.findall(text):
        family = first.rpartition("-")[0]
        rules += [
            rule
            for rule in catalogue().rules
            if rule.startswith(f"{family}-") and first <= rule <= last
        ]
    return list(dict.fromkeys(rules))


def gaps() -> list[str]:
    """Say what is wrong with the catalogue: rules without code, test or reason, and unknown ids."""
    book, code, tests = catalogue(), implementations(), proofs()
    wrong = []
    for rule in book.rules:
        if rule in book.left_out:
            if rule in code:
                wrong.append(f"{rule} is left out, but {code[rule][0]} names it")
        elif rule not in code:
            wrong.append(f"{rule} has neither an implementation nor a reason")
        elif rule not in tests:
            wrong.append(f"{rule} is implemented by {code[rule][0]}, but no test proves it")
    tested = [one for one in (*book.traps, *book.scenarios) if one not in book.left_out]
    wrong += [f"{one} has no test" for one in tested if one not in tests]
    known = {*book.rules, *book.traps, *book.scenarios}
    wrong += [
        f"{one} is left out, but not in the catalogue" for one in book.left_out.keys() - known
    ]
    wrong += [f"{one} is not in the catalogue: {code[one][0]}" for one in code.keys() - known]
    wrong += [f"{one} is not in the catalogue: {tests[one][0]}" for one in tests.keys() - known]
    return sorted(wrong)


def sources(*folders: str) -> Iterator[Path]:
    """Yield every Python file below these folders of the project."""
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def _docstrings(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield each string that stands by itself, with the name of what it describes.

    Of a class, everything within counts as the class; the module's own has an empty name.
    """
    if text := ast.get_docstring(tree):
        yield "", text
    named_last = ""
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            for within in ast.walk(node):
                if isinstance(within, ast.Expr) and _is_text(within.value):
                    yield node.name, within.value.value
            named_last = node.name
        elif isinstance(node, ast.Expr) and _is_text(node.value):
            if named_last:
                yield named_last, node.value.value
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            named_last = next((one.id for one in targets if isinstance(one, ast.Name)), named_last)


def _is_text(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _tests(tree: ast.Module) -> Iterator[tuple[str, list[ast.expr]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith(
            "test_"
        ):
            yield node.name, node.decorator_list


def _marked(decorators: list[ast.expr]) -> Iterator[str]:
    for decorator in decorators:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.rules":
            for argument in decorator.args:
                assert isinstance(argument, ast.Constant), "write a rule's id out in the marker"
                yield argument.value
