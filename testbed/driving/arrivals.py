"""What insurers reported of a person, and whether OQS has it: for a test that files something."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx2

from testbed.cards.personas import find_persona, townspeople
from wire.catalogue import Catalogue, Problem
from wire.client import cause_of

if TYPE_CHECKING:
    from testbed.oqs_console import OqsConsole

ARRIVED = "delivered"


@dataclass(frozen=True)
class Report:
    """A change that an insurer reported."""

    kind: str
    insurer_number: str
    visible_from: datetime
    state: str
    """``delivered`` where OQS has it, else ``pending``, ``held`` or ``conflicting``."""


@dataclass(frozen=True)
class Reports:
    """What was reported of a person, in order."""

    person_reference: str
    changes: tuple[Report, ...]


@dataclass(frozen=True)
class Arrivals:
    """Asks OQS and the intermediate server."""

    oqs: OqsConsole
    intermediate: httpx2.AsyncClient
    _under_way: set[asyncio.Task[Any]] = field(default_factory=set)

    async def wait(self, person: str, seconds: float) -> Reports:
        """Return what was reported of a person, as soon as OQS has all of it that is due.

        Raises:
            Problem: UNKNOWN_PERSON; DRIVER_WAITED, with what is still on its way when the time is
                up; SERVICE_UNREACHABLE, or why OQS cannot have it.
        """
        reference = await self._reference(person)
        # The clock answers when all that is due has been applied; it moves by nothing. Where the
        # time is up first, the question goes on: one that is given up may leave its connection.
        asked = asyncio.create_task(self.oqs.ask("POST", "/sim/clock/advance", {"Seconds": 0}))
        self._under_way.add(asked)
        asked.add_done_callback(self._ended)
        if (await asyncio.wait({asked}, timeout=seconds))[0]:
            asked.result()
        now = datetime.fromisoformat((await self.oqs.ask("GET", "/sim/clock"))["Now"])
        reports = await self._reports(reference)
        late = [
            f"{one.kind} of {one.insurer_number} ({one.state})"
            for one in reports.changes
            if one.state != ARRIVED and one.visible_from <= now
        ]
        if late:
            raise Problem(
                Catalogue.DRIVER_WAITED,
                f"OQS does not have what is due: {', '.join(late)}.",
                japanese="保険者の届出が、まだオンライン資格確認等システムに届いていません。",
            )
        return reports

    def _ended(self, asked: asyncio.Task[Any]) -> None:
        self._under_way.discard(asked)
        if not asked.cancelled():
            asked.exception()  # told to who waits, if anybody still does

    async def _reference(self, person: str) -> str:
        """Find a person by a persona's key or surname, by what a card is called, or a reference."""
        who = townspeople().get(person)  # those without a card as well
        if who is None:
            with suppress(Problem):
                who = find_persona(person)
        sought = person if who is None else who.individual_number or who.name
        path = f"/sim/municipality/residents?Sought={quote(sought, safe='')}"
        found = (await self.oqs.ask("GET", path))["Residents"]
        if len(found) != 1:
            raise Problem(
                Catalogue.UNKNOWN_PERSON, f"{len(found)} residents are found by {person!r}."
            )
        reference: str = found[0]["PersonReference"]
        return reference

    async def _reports(self, reference: str) -> Reports:
        path = f"/sim/persons/{quote(reference, safe='')}"
        try:
            response = await self.intermediate.get(path)
            if response.status_code == httpx2.codes.NOT_FOUND:
                return Reports(reference, ())
            view: dict[str, Any] = response.raise_for_status().json()
        except (httpx2.HTTPError, ValueError) as error:
            where = str(self.intermediate.base_url).rstrip("/")
            raise Problem(
                Catalogue.SERVICE_UNREACHABLE,
                f"The intermediate server at {where}: {cause_of(error)}.",
                japanese=f"中間サーバー({where})が答えません。動いているか確かめ、もう一度試してください。",
            ) from None
        return Reports(reference, tuple(map(_report, view["Changes"])))


def _report(change: dict[str, Any]) -> Report:
    return Report(
        change["Kind"],
        change["InsurerNumber"],
        datetime.fromisoformat(change["VisibleFrom"]),
        change["State"],
    )
