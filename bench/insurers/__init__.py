"""Services in processes of their own, and insurers who file at them, for measurements."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2

from eligibility.identifiers.numbers import individual_check_digit
from testbed.launch.line_certificates import insurer
from testbed.launch.processes import Child, spawn, stop
from wire.line_credentials import INTERMEDIATE_SERVER, credentials
from wire.serving.serve import Application, Listener, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

HOST = "127.0.0.1"


@contextmanager
def served(name: str, build: Callable[[], Application], *listeners: Listener) -> Iterator[Child]:
    """Serve an application in a process of its own."""

    def run(started: Callable[[], None]) -> None:
        serve(build(), listeners, started)

    child = spawn(name, run, (OSError,))
    try:
        child.wait_until_ready(time.monotonic() + 60)
        yield child
    finally:
        stop([child])


def individual_number(person: int) -> str:
    """Return the fictional 個人番号 of a person."""
    body = f"99{person:09d}"
    return f"{body}{individual_check_digit(body)}"


def processor_seconds(child: Child) -> float:
    """Return how long a process has been on a processor, whatever else the machine does."""
    fields = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def client_of(number: str, certificates: Path, url: str) -> httpx2.Client:
    """Return what speaks for an insurer with the service at an address."""
    context = credentials(certificates, insurer(number)).client_context(INTERMEDIATE_SERVER)
    return httpx2.Client(base_url=url, verify=context, timeout=3600, trust_env=False)


def file_lines(
    client: httpx2.Client, content: bytes | Iterable[bytes], lines: int, counted: str
) -> None:
    """File a file, and see that all its lines were counted so."""
    answer = client.post(
        "/procedures/file",
        params={"ProblemsOnly": "true"},
        content=content,
        headers={"Content-Type": "text/csv"},
    )
    assert answer.headers[counted] == str(lines), answer.text[:1000]
