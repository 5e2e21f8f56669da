"""Insurers who file at a service that is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2

from eligibility.identifiers.numbers import individual_check_digit
from testbed.launch.line_certificates import insurer
from wire.line_credentials import INTERMEDIATE_SERVER, credentials

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def individual_number(person: int) -> str:
    """Return the fictional 個人番号 of a person."""
    body = f"99{person:09d}"
    return f"{body}{individual_check_digit(body)}"


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
