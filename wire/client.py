"""Calling another service of the deployment."""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING

import httpcore2  # noqa: F401 # httpx2 loads it when first used; services load it before they fork
import httpx2

from wire.line_credentials import OQS, credentials

if TYPE_CHECKING:
    from pathlib import Path

_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For addresses without TLS. It trusts nobody, and spares each client the reading of the
machine's authorities, which takes longer than all else in its making."""


def cause_of(error: Exception) -> str:
    """Return in a line why a call failed, also where its error has no words of its own."""
    # What has no message is called by its name, as `ReadTimeout`: "read timeout".
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()
    return str(error).partition("\n")[0].rstrip(".: ") or name


def console_client(url: str, seconds: float) -> httpx2.AsyncClient:
    """Return a client of a service's console, which is spoken to without TLS."""
    return httpx2.AsyncClient(base_url=url, timeout=seconds, verify=_NO_TLS, trust_env=False)


def line_client(url: str, directory: Path, participant: str, seconds: float) -> httpx2.AsyncClient:
    """Return a client of the line of OQS, which proves itself as ``participant``.

    Raises:
        FileNotFoundError: the participant's credentials are not in the directory.
    """
    context = credentials(directory, participant).client_context(OQS)
    return httpx2.AsyncClient(base_url=url, timeout=seconds, verify=context, trust_env=False)
