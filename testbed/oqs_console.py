"""The console of OQS, as the testbed calls it: the clock, J-LIS, the portal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx2

from wire.catalogue import Catalogue, Problem, entry_of
from wire.client import ask_while_up, cause_of

OQS_SECONDS = 2.0
"""How long OQS has for what takes no time."""
PATIENCE_SECONDS = 3.0
"""How long an order is waited for before OQS is asked whether it is up, and then has for that."""


@dataclass(frozen=True)
class OqsConsole:
    """Asks OQS, and hands on what it refuses."""

    client: httpx2.AsyncClient

    async def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Ask, wait as long as OQS is up, and return the answer's object; empty where it is.

        Raises:
            Problem: SERVICE_UNREACHABLE, or that of OQS.
        """
        try:
            response = await ask_while_up(
                self.client, method, path, body, patience=PATIENCE_SECONDS
            )
            answer = response.json() if response.content else {}
        except (httpx2.HTTPError, ValueError) as error:
            raise self._away(cause_of(error)) from None
        if response.is_success and isinstance(answer, dict):
            return answer
        if not isinstance(answer, dict) or "code" not in answer:
            raise self._away(f"HTTP status {response.status_code}")
        raise Problem(
            entry_of(answer["code"]), answer.get("detail"), japanese=answer.get("japanese")
        )

    def _away(self, reason: str) -> Problem:
        where = str(self.client.base_url).rstrip("/")
        return Problem(
            Catalogue.SERVICE_UNREACHABLE,
            f"OQS at {where}: {reason}.",
            japanese=f"OQS({where})が答えません。動いているか確かめ、もう一度試してください。",
        )
