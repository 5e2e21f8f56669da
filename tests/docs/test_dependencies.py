"""Every dependency is declared, and described with its reason."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from docs.generator.rule_catalogue import ROOMS, sources

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "dependencies.md"


def plain(name: str) -> str:
    return re.match(r"[\w-]+", name)[0].lower().replace("_", "-")


def declared() -> tuple[set[str], set[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"].values()
    return (
        {
            plain(one)
            for one in (
                *project["project"]["dependencies"],
                # What comes only with the part of the product that needs it.
                *project["project"]["optional-dependencies"]["pytest"],
            )
        },
        {plain(one) for group in groups for one in group if isinstance(one, str)},
    )


def imported(*folders: str) -> set[str]:
    found = set()
    for file in sources(*folders):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {each.name.partition(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found - set(ROOMS) - sys.stdlib_module_names - {"tests", "bench", "docs"}


def test_every_dependency_is_described_with_its_reason():
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    described = {name for row in rows for name in re.findall(r"`([\w-]+)`", row[0])}
    assert described == set.union(*declared())
    assert all(len(cell) > 0 for row in rows for cell in row)


def test_what_the_product_imports_is_declared():
    modules = packages_distributions()
    needed = {plain(modules[module][0]) for module in imported(*ROOMS)}
    # pydantic_core comes with pydantic, of the very same version.
    assert needed - {"pydantic-core", "psycopg-binary"} <= declared()[0]


def test_what_is_declared_is_imported_or_loaded_by_name():
    modules = packages_distributions()
    used = {plain(modules[module][0]) for module in imported(*ROOMS)}
    loaded_by_name = {"psycopg", "python-multipart"}  # by SQLAlchemy and by FastAPI
    assert declared()[0] - used == loaded_by_name
