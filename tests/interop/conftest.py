"""Clients that nobody here wrote, against the virtual card in the real pcscd."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

from testbed.readers.private_pcscd import PcscStack
from virtual_card.card import VirtualCard
from virtual_card.plugs.vpcd import VpcdPlug

TIMEOUT = 60


class Run(Protocol):
    """Runs a program of the system that finds our pcscd; returns all that it says."""

    def __call__(
        self, *command: str | Path, fails: bool = False, env: dict[str, str] | None = None
    ) -> str: ...


@pytest.fixture
def card(make_card: Callable[..., VirtualCard], insert: Callable[..., VpcdPlug]) -> VirtualCard:
    made = make_card()
    insert(made)
    return made


@pytest.fixture
def run(pcsc_stack: PcscStack, opensc_module: Path) -> Run:
    assert opensc_module.is_file()

    def run(*command: str | Path, fails: bool = False, env: dict[str, str] | None = None) -> str:
        done = subprocess.run(
            command,
            env={"PATH": "/usr/bin:/bin", **pcsc_stack.environment(), **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT,
        )
        said = done.stdout + done.stderr
        assert (done.returncode != 0) is fails, said
        return said

    return run


@pytest.fixture(scope="session")
def opensc_module() -> Path:
    """Where Debian puts OpenSC's PKCS#11 module."""
    return next(Path("/usr/lib").glob("*/opensc-pkcs11.so"))
