"""The plan of the house: small folders, names that can be told apart, no circles, nothing dead."""

import itertools
import re
from pathlib import Path

import grimp
import pytest

from docs.generator.house_page import graph, known_rooms
from docs.generator.rule_catalogue import ROOMS, ROOT

MOST_MODULES = 15
ENDINGS = ("s", "es", "ing", "er", "ed", "y", "ies", "or", "ation", "ance", "ment", "al")
"""What two names may not differ by: whoever looks for one finds the other."""


def folders(*tops: str) -> list[Path]:
    """Return the folders of modules; one of migrations grows with each change of the tables."""
    found = {file.parent for top in tops for file in (ROOT / top).rglob("*.py")}
    return sorted(folder for folder in found if "migrations" not in folder.parts)


@pytest.mark.parametrize(
    "folder",
    folders(*ROOMS, "bench", "docs", "tests"),
    ids=lambda folder: str(folder.relative_to(ROOT)),
)
def test_a_folder_has_few_modules(folder: Path) -> None:
    modules = [file.name for file in folder.glob("*.py") if file.name != "__init__.py"]
    assert len(modules) <= MOST_MODULES


def stem(name: str) -> str:
    *first, last = name.split("_")
    shortest = last
    for ending in sorted(ENDINGS, key=len, reverse=True):
        if last.endswith(ending) and len(last) - len(ending) >= 3:
            shortest = stem(last.removesuffix(ending))
            break
    return "_".join([*first, shortest.rstrip("e")])


def alike(names: set[str]) -> list[tuple[str, str]]:
    return [
        (one, other)
        for one, other in itertools.combinations(sorted(names), 2)
        if stem(one) == stem(other)
    ]


@pytest.mark.parametrize("room", ROOMS)
def test_no_two_modules_of_a_room_differ_by_an_ending_only(room: str) -> None:
    modules = {
        file.stem for file in (ROOT / room).rglob("*.py") if "migrations" not in file.parts
    } - {"__init__", "__main__"}
    assert alike(modules) == []


def test_endings_are_seen() -> None:
    assert alike({"fault", "faults"}) == [("fault", "faults")]
    assert alike({"reading", "readers", "readings"}) != []
    assert alike({"fault", "faulty"}) == [("fault", "faulty")]
    assert alike({"issue", "issuing"}) == [("issue", "issuing")]
    assert alike({"pin", "pin_pad", "status", "state"}) == []


def circles(level: int | None) -> list[list[str]]:
    """Return the sets of modules (or of folders, cut at a level) that reach one another."""

    def cut(module: str) -> str:
        parts = module.split(".")
        return ".".join(parts[:level]) if level and len(parts) > level else module

    below: dict[str, set[str]] = {}
    for module in graph().modules:
        for imported in graph().find_modules_directly_imported_by(module):
            one, other = cut(module), cut(imported)
            if one != other:
                below.setdefault(one, set()).add(other)
    return strongly_connected(below)


def strongly_connected(below: dict[str, set[str]]) -> list[list[str]]:
    def reach(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            for following in below.get(waiting.pop(), ()):
                if following not in seen:
                    seen.add(following)
                    waiting.append(following)
        return seen

    reached = {one: reach(one) for one in below}
    found = {
        tuple(sorted({one} | {other for other in reached[one] if one in reached.get(other, ())}))
        for one in below
        if one in reached[one]
    }
    return [list(each) for each in sorted(found)]


def test_a_circle_is_seen() -> None:
    assert strongly_connected({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    assert strongly_connected({"a": {"b"}, "b": {"c"}}) == []


def test_no_modules_import_one_another_in_a_circle() -> None:
    assert circles(None) == []


@pytest.mark.parametrize("level", [2, 3])
def test_no_folders_import_one_another_in_a_circle(level: int) -> None:
    assert circles(level) == []


def test_every_package_is_a_room() -> None:
    beside = {"bench", "docs", "tests", "tools", "build"}
    packages = {
        folder.name
        for folder in ROOT.iterdir()
        if folder.is_dir() and not folder.name.startswith(".") and any(folder.rglob("*.py"))
    }
    assert packages - beside == set(ROOMS)


WEB = {"fastapi", "starlette", "uvicorn"}
MAY_KNOW_THE_WEB = re.compile(
    r"wire\.serving(\.|$)|\w+\.(app|worker)$|\w+\.(api|web|desk|patient|commands)(\.|$)"
    r"|testbed\.launch(\.|$)"
)


def test_domain_modules_do_not_know_the_web() -> None:
    everything = grimp.build_graph(*ROOMS, include_external_packages=True, cache_dir=None)
    knowing = {
        module
        for package in (*WEB, "wire.serving")
        for module in (
            everything.find_modules_that_directly_import(package)
            if package in WEB
            else {
                each
                for inner in {package, *everything.find_descendants(package)}
                for each in everything.find_modules_that_directly_import(inner)
            }
        )
    }
    assert sorted(each for each in knowing if not MAY_KNOW_THE_WEB.match(each)) == []


def test_the_table_of_rooms_says_who_knows_whom() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|$", page, re.MULTILINE)
    assert [room for room, _ in rows] == list(ROOMS)
    for room, cell in rows:
        named = [each for each in re.findall(r"`(\w+)`", cell) if each in ROOMS]
        assert "all" in cell.split() or tuple(named) == known_rooms(room), room
