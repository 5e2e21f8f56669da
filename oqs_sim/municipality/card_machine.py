"""The machine with the cards themselves: it writes PINs and certificates on them.

In a deployment that is the testbed, over HTTP. A PIN passes through to the card, and is neither
kept nor logged here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx2

from wire.catalogue import Catalogue, Problem, entry_of
from wire.client import ask_while_up, cause_of, console_client
from wire.dates import write_day

if TYPE_CHECKING:
    from oqs_sim.municipality.course import Application
    from wire.vocabulary.consoles.municipality import PinOfCard

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
"""What a card may be called there."""
PATIENCE_SECONDS = 3.0
"""How long an order is waited for before the machine is asked whether it is up."""


@dataclass(frozen=True)
class CardMachine:
    """The machine at an address, or none, where the deployment has no cards."""

    url: str | None = None

    async def name_of(self, serial_number: str) -> str | None:
        """Return what a card is called there; None where it is not there.

        Raises:
            Problem: SERVICE_UNREACHABLE.
        """
        if self.url is None:
            return None
        answer = await self._ask("GET", f"/cards?SerialNumber={quote(serial_number, safe='')}")
        names: list[str] = answer.get("Cards", [])
        return names[0] if names else None

    async def serial_number_of(self, name: str) -> str | None:
        """Return the 製造番号 of a card by what it is called there; None where it is not there.

        Raises:
            Problem: SERVICE_UNREACHABLE.
        """
        if self.url is None or not _NAME.fullmatch(name):
            return None
        try:
            answer = await self._ask("GET", f"/cards/{quote(name, safe='')}")
        except Problem as problem:
            if problem.entry is Catalogue.CARD_UNKNOWN:
                return None
            raise
        return str(answer["SerialNumber"])

    async def reset_pin(self, serial_number: str, which: PinOfCard, pin: str) -> None:
        """Give a secret of a card all its tries back, and a new value.

        Raises:
            Problem: CARD_NOT_AT_COUNTER, SERVICE_UNREACHABLE, or INVALID_REQUEST for what nobody
                can choose.
        """
        name = await self._present(serial_number)
        await self._ask("PUT", f"/cards/{name}/pins/{which}", {"Pin": pin})

    async def renew(self, serial_number: str) -> None:
        """Have J-LIS renew a card's certificates, and write them on it.

        Raises:
            Problem: CARD_NOT_AT_COUNTER, SERVICE_UNREACHABLE, or what J-LIS refuses.
        """
        name = await self._present(serial_number)
        await self._ask("POST", f"/cards/{name}/renewal")

    async def make(self, individual_number: str, application: Application) -> str | None:
        """Have J-LIS issue a card that was applied for, and make it; return its 製造番号.

        Where the machine knows nobody of this number, nothing is issued, and None is returned.

        Raises:
            Problem: SERVICE_UNREACHABLE, or what J-LIS refuses.
        """
        if self.url is None:
            return None
        order = {
            "IndividualNumber": individual_number,
            "Kind": application.kind,
            "AppliedOn": write_day(application.applied_on),
        }
        if application.stay_ends_on is not None:
            order["StayEndsOn"] = write_day(application.stay_ends_on)
        try:
            answer = await self._ask("POST", "/cards/orders", order)
        except Problem as problem:
            if problem.entry is Catalogue.CARD_UNKNOWN:
                return None
            raise
        return str(answer["SerialNumber"])

    async def _present(self, serial_number: str) -> str:
        name = await self.name_of(serial_number)
        if name is None:
            raise Problem(Catalogue.CARD_NOT_AT_COUNTER)
        return name

    async def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        assert self.url is not None
        try:
            async with console_client(self.url, PATIENCE_SECONDS) as client:
                response = await ask_while_up(client, method, path, body, patience=PATIENCE_SECONDS)
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
        return Problem(
            Catalogue.SERVICE_UNREACHABLE,
            f"The machine with the cards at {self.url}: {reason}.",
            japanese="カードを読み書きする機械が答えません。動いているか確かめ、もう一度試してください。",
        )
