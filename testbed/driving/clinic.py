"""The clinic as its two pages ask it: pages, JSON, and the stream of what changes."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2

from testbed.driving.markup import page_of
from wire.catalogue import Catalogue, Problem
from wire.client import cause_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from testbed.driving.markup import Node

_SECONDS = 30.0
"""How long a press may take: a card may be slow, and a line be waited for."""


@dataclass(frozen=True)
class Told:
    """What came of a request."""

    ok: bool
    content: dict[str, Any]
    """The answer, or the problem."""


@dataclass(frozen=True)
class Clinic:
    """Asks the clinic. Every method raises `Problem`: SERVICE_UNREACHABLE."""

    client: httpx2.AsyncClient

    async def page(self, path: str, lang: str) -> Node:
        """Return a page as it is shown now."""
        asked = f"{path}{'&' if '?' in path else '?'}lang={lang}"
        return page_of((await self._ask("GET", asked)).text)

    async def state(self) -> dict[str, Any]:
        """Return everything that the desk shows now."""
        found: dict[str, Any] = (await self._ask("GET", "/api/state")).json()
        return found

    async def steps(self) -> dict[str, Any]:
        """Return how far the patient has come."""
        found: dict[str, Any] = (await self._ask("GET", "/api/reader/steps")).json()
        return found

    async def send(self, path: str, body: object = None, method: str = "POST") -> Told:
        """Send JSON; a refusal is what came of it. Nothing is sent twice."""
        response = await self._ask(method, path, body, refusable=True)
        try:
            content = response.json() if response.content else {}
        except ValueError:
            raise self._away(f"{path}: HTTP status {response.status_code}") from None
        return Told(response.is_success, content)

    @asynccontextmanager
    async def changes(self) -> AsyncIterator[AsyncIterator[str]]:
        """Follow the desk: a line for each thing that is told, beginning with how things are."""
        try:
            async with self.client.stream("GET", "/events", timeout=None) as stream:
                yield stream.aiter_lines()
        except httpx2.HTTPError as error:
            raise self._away(error) from None

    async def _ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        refusable: bool = False,
    ) -> httpx2.Response:
        try:
            response = await self.client.request(method, path, json=body, timeout=_SECONDS)
        except httpx2.HTTPError as error:
            raise self._away(error) from None
        if not refusable and not response.is_success:
            raise self._away(f"{path}: HTTP status {response.status_code}")
        return response

    def _away(self, reason: Exception | str) -> Problem:
        why = reason if isinstance(reason, str) else cause_of(reason)
        where = str(self.client.base_url).rstrip("/")
        return Problem(
            Catalogue.SERVICE_UNREACHABLE,
            f"The clinic's desk at {where}: {why}.",
            japanese=f"受付({where})が答えません。動いているか確かめ、もう一度試してください。",
        )
