"""The reader's side asks nothing of Linux: it is what Windows and macOS have to run as well.

It could not be tried there; what can be proved here is that nothing is imported and no call is made
that only one system has.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import reader

ROOM = Path(reader.__file__).parent
MODULES = sorted(ROOM.rglob("*.py"))
ONE_SYSTEM_ONLY = {
    *("fcntl", "grp", "pwd", "resource", "termios", "tty", "pty", "syslog", "posix"),
    *("msvcrt", "winreg", "_winapi", "winsound", "ctypes"),
}
OF_OS = {
    *("fork", "getuid", "geteuid", "pidfd_open", "memfd_create", "setsid", "kill"),
    "sched_setaffinity",
    *("mkfifo", "sendfile", "eventfd", "uname", "chown"),
}  # fmt: skip


def read(module: Path) -> tuple[set[str], set[str]]:
    """Return the packages that a module imports, and what it takes of `os`."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    imported, called = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            called |= {node.attr} if node.value.id == "os" else set()
    return imported, called


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOM)))
def test_no_module_needs_one_system(module: Path) -> None:
    imported, called = read(module)
    assert not imported & ONE_SYSTEM_ONLY
    assert not called & OF_OS
    assert imported <= sys.stdlib_module_names | {"reader", "smartcard", "cryptography"}


def test_a_module_of_one_system_is_seen() -> None:
    assert ONE_SYSTEM_ONLY & sys.stdlib_module_names
    assert len(MODULES) > 20
