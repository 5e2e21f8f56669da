"""The tree of exceptions that the package draws."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re

import intermediate_server


def drawn() -> set[tuple[str, str]]:
    """Return each exception of the drawing with its parent."""
    assert intermediate_server.__doc__ is not None
    parents: dict[int, str] = {-1: ""}
    found = set()
    for line in intermediate_server.__doc__.splitlines():
        if branch := re.fullmatch(r"    ((?:│   |    )*(?:[├└]── )?)([A-Z]\w+)(?: .*)?", line):
            depth = len(branch[1]) // 4
            parents[depth] = branch[2]
            found.add((branch[2], parents[depth - 1]))
    return found


def test_the_package_draws_the_exceptions_that_there_are() -> None:
    defined = set()
    for module in pkgutil.walk_packages(intermediate_server.__path__, "intermediate_server."):
        if ".migrations" in module.name:
            continue
        for name, one in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if (
                issubclass(one, Exception)
                and one.__module__ == module.name
                and not name.startswith("_")
            ):
                defined.add((name, one.__base__.__name__))
    elsewhere = {
        ("Exception", ""),
        ("ValueError", "Exception"),
        ("Problem", ""),
        ("ReadTimeout", ""),
    }
    assert drawn() - elsewhere == defined
