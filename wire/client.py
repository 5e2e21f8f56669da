"""Calling another service of the deployment."""

from __future__ import annotations

import asyncio
import re
import ssl
from typing import TYPE_CHECKING, TypeVar

import httpcore2  # noqa: F401 # httpx2 loads it when first used; services load it before they fork
import httpx2

from wire.catalogue import Catalogue, Problem
from wire.line_credentials import OQS, credentials
from wire.request_note import HEADER, current_note

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable
    from pathlib import Path
    from typing import Any

_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For addresses without TLS. It trusts nobody, and spares each client the reading of the
machine's authorities, which takes longer than all else in its making."""
_Answer = TypeVar("_Answer")
FOLLOWER_PATIENCE_SECONDS = 5.0
"""After how long a follower of the clock is asked whether it is up, and how long it has to say."""
_LONGEST_SECONDS = 3600.0
"""How long an order may take which waits until all is done that it brings about."""


async def _carry_on(request: httpx2.Request) -> None:
    """Have what is asked while a request is answered carry its id."""
    note = current_note()
    if note is not None:
        request.headers.setdefault(HEADER, note.carried_id)


CARRYING_ON = {"request": [_carry_on]}
"""The hooks of a client whose requests carry on the id of the one that is being answered."""


def cause_of(error: Exception) -> str:
    """Return in a line why a call failed, also where its error has no words of its own."""
    # What has no message is called by its name, as `ReadTimeout`: "read timeout".
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()
    return str(error).partition("\n")[0].rstrip(".: ") or name


def console_client(url: str, seconds: float) -> httpx2.AsyncClient:
    """Return a client of a service's console, which is spoken to without TLS."""
    return httpx2.AsyncClient(
        base_url=url, timeout=seconds, verify=_NO_TLS, trust_env=False, event_hooks=CARRYING_ON
    )


async def ask_while_up(
    client: httpx2.AsyncClient,
    method: str,
    path: str,
    body: object = None,
    *,
    patience: float,
    health: str = "/health",
) -> httpx2.Response:
    """Ask, and wait for the answer as long as the service is up.

    What takes long is not cut off. Each time that ``patience`` seconds have passed the service is
    asked at ``health`` whether it is up, which it has as long again to say.

    Raises:
        httpx2.HTTPError: it does not answer, or no longer.
    """
    asked = asyncio.create_task(client.request(method, path, json=body, timeout=_LONGEST_SECONDS))
    try:
        while not (await asyncio.wait({asked}, timeout=patience))[0]:
            await client.get(health, timeout=patience)
        return asked.result()
    finally:
        asked.cancel()
        await asyncio.wait({asked})


async def applied_by_any(asked: Iterable[Coroutine[Any, Any, _Answer]]) -> _Answer:
    """Return the first answer of several followers of the clock who do the same work together.

    Each of them answers when nothing is due any more, whoever did it: so the first one that does
    is enough, and one that has ended or hangs is not waited for.

    Raises:
        Problem: FOLLOWER_FAILED, with what each of them said, where none has answered.
    """
    tasks = [asyncio.create_task(one) for one in asked]
    failed: list[str] = []
    try:
        for ended in asyncio.as_completed(tasks):
            try:
                return await ended
            except Problem as problem:
                failed.append(problem.detail or str(problem))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    raise Problem(Catalogue.FOLLOWER_FAILED, " ".join(failed))


def line_client(url: str, directory: Path, participant: str, seconds: float) -> httpx2.AsyncClient:
    """Return a client of the line of OQS, which proves itself as ``participant``.

    Raises:
        FileNotFoundError: the participant's credentials are not in the directory.
    """
    context = credentials(directory, participant).client_context(OQS)
    return httpx2.AsyncClient(
        base_url=url, timeout=seconds, verify=context, trust_env=False, event_hooks=CARRYING_ON
    )
