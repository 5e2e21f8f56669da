"""What the clinic's desk has on record of a patient, as its API tells it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import httpx2

from eligibility.cost.claims import ClaimMode
from eligibility.days.dates import TOKYO
from eligibility.qualification import QualificationValidity
from eligibility.reception.case import Cause
from eligibility.reception.options import FallbackOptionId
from eligibility.terminal.clinic_variant import ClinicVariant
from eligibility.terminal.identity import Method
from wire.catalogue import Catalogue, Problem, entry_of
from wire.client import cause_of
from wire.dates import read_day, write_day

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

DESK_SECONDS = 4.0
"""How long the desk has to answer, or to do as it is told: longer than a busy machine takes."""
LOOK_SECONDS = 2.0
"""How long it has where a page only shows what is on record, and is read anew each second."""
CARD_SECONDS = 20.0
"""How long the desk may take to see what becomes of the card on its reader."""
CARD, NUMBER, CATCH_UP = "card", "number", "catch_up"
"""Channels of a visit, as the clinic names them."""


@dataclass(frozen=True)
class VisitRecord:
    """A visit as the desk has it."""

    visit_id: str
    on: date
    """The business day in Tokyo."""
    channel: str
    """``card``, ``number`` or ``unchecked``."""
    cause: Cause
    name: str | None
    """As OQS told it, or as it was typed."""
    birthdate: date | None
    validity: QualificationValidity | None
    """What OQS answered, where it did."""
    method: Method | None
    """By what the holder was identified at the reader; None where that is not known."""
    accepted: FallbackOptionId | None
    ratio: int | None
    claim: ClaimMode
    known: bool
    """Whether a qualification is on record: of the answer, or without one of an earlier visit."""
    known_ratio: int | None
    """The ratio of that qualification, in tenths."""
    known_current: bool
    """Whether an earlier visit of this month confirmed it (P-080)."""
    identified: bool
    """Whether OQS told who it is: name, birth, sex and address."""
    noted: frozenset[str] = frozenset()
    """What a declaration has of name, birthdate, sex and address; empty where none is kept."""


FOUR_ITEMS = frozenset({"Name", "Birthdate", "Sex1", "Address"})
"""券面4項目, as a declaration names them."""


def read_visit(visit: Mapping[str, Any], declared: Mapping[str, Any] | None = None) -> VisitRecord:
    """Read a visit of the clinic's API, and the declaration that is kept of it."""
    decision, result = visit["Decision"], visit["Result"]
    on = datetime.fromisoformat(visit["At"]).astimezone(TOKYO).date()
    reading, answer, previous = visit["Reading"], visit["Answer"], visit["Previous"]
    content = (declared or {}).get("Content") if (declared or {}).get("Kept") else None
    return VisitRecord(
        visit_id=visit["VisitId"],
        on=on,
        channel=visit["Channel"],
        cause=Cause[visit["Cause"]],
        name=visit["Name"] or visit["NotedName"],
        birthdate=read_day(visit["Birthdate"]) if visit["Birthdate"] else None,
        validity=QualificationValidity(int(visit["Validity"])) if visit["Validity"] else None,
        method=Method(reading["Method"]) if reading else None,
        accepted=FallbackOptionId(decision["Accepted"]) if decision["Accepted"] else None,
        ratio=decision["Ratio"],
        claim=ClaimMode(decision["Claim"]["Mode"]),
        known=result is not None,
        known_ratio=_tenths(result),
        known_current=_confirmed_lately(previous, on),
        identified=bool(answer and answer.get("ResultList")),
        noted=frozenset(item for item in FOUR_ITEMS if content and content.get(item)),
    )


def _tenths(result: Mapping[str, Any] | None) -> int | None:
    written = (result or {}).get("InsuredPartialContributionRatio")
    return int(written) // 10 if written else None


def _confirmed_lately(previous: Mapping[str, Any] | None, on: date) -> bool:
    if previous is None or previous["Word"] != "VALID":
        return False
    day = read_day(previous["Day"])
    return (day.year, day.month) == (on.year, on.month)


@dataclass(frozen=True)
class ClinicDesk:
    """The clinic over its API. All calls raise SERVICE_UNREACHABLE where it does not answer."""

    client: httpx2.AsyncClient | None
    """None where this testbed knows no clinic."""

    async def today(self) -> date:
        """Return the business day of the desk."""
        return read_day((await self._seen())["Clock"]["Today"])

    async def insertion(self) -> str | None:
        """Return what names the card that the desk sees on its reader; None without one."""
        insertion: str | None = (await self._seen())["Reader"]["Insertion"]
        return insertion

    async def wait_for_card(self, before: str | None, *, looked_at: bool) -> None:
        """Wait until the desk sees another card than before, and has ``looked_at`` it.

        Raises:
            Problem: SERVICE_UNREACHABLE, also where it does not see it in time.
        """

        def there(state: Mapping[str, Any]) -> bool:
            another = state["Reader"]["Insertion"] not in {None, before}
            return another and bool(not looked_at or state["Card"] or state["CardTrouble"])

        await self._wait_until(there)

    async def wait_until_gone(self) -> None:
        """Wait until the desk sees no card on its reader any more.

        Raises:
            Problem: SERVICE_UNREACHABLE, also where it sees one for too long.
        """
        await self._wait_until(lambda state: state["Reader"]["Insertion"] is None)

    async def _wait_until(self, holds: Callable[[Mapping[str, Any]], bool]) -> None:
        """Follow the desk until it is as wanted, or its reader is out; one without a reader is."""
        seen = await self._seen()
        if holds(seen) or seen["Variant"] == ClinicVariant.NO_READER:
            return
        assert self.client is not None
        try:
            async with asyncio.timeout(CARD_SECONDS):
                while not await self._told(self.client, holds):
                    pass  # it lets a slow reader of its events go, who follows it anew
        except TimeoutError:
            raise self._away(
                f"it has not noticed the card on its reader for {CARD_SECONDS:g} s"
            ) from None
        except httpx2.HTTPError as error:
            raise self._away(cause_of(error)) from None

    async def _told(
        self, client: httpx2.AsyncClient, holds: Callable[[Mapping[str, Any]], bool]
    ) -> bool:
        """Follow the desk's events until it is as wanted; False where they end before."""
        async with client.stream("GET", "/events", timeout=None) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("event: reader"):
                    state = await self._seen()
                    if holds(state) or state["Reader"]["Trouble"]:
                        return True
        return False

    async def _seen(self) -> Mapping[str, Any]:
        state: Mapping[str, Any] = await self._ask("GET", "/api/state")
        return state

    async def visits(self, since: date) -> Sequence[Mapping[str, Any]]:
        """Return the visits since a day at which somebody came and that stand, newest first.

        A patient may be at the desk over midnight.
        """
        found = await self._ask("GET", f"/api/visits?Since={write_day(since)}")
        return [one for one in found if one["Channel"] != CATCH_UP and not one["Withdrawal"]]

    async def record(self, visit: Mapping[str, Any]) -> VisitRecord:
        """Return a visit with what was written down beside it."""
        return read_visit(
            visit, await self._ask("GET", f"/api/visits/{visit['VisitId']}/declaration")
        )

    async def clear(self) -> None:
        """Have its screen ready for the next patient."""
        await self._ask("POST", "/api/next")

    async def switch_camera_on(self) -> None:
        """Have the reader's camera recognise faces, where somebody has switched that off."""
        await self._ask("PUT", "/api/reader/camera", {"Recognises": True})

    async def _ask(self, method: str, path: str, body: object = None) -> Any:
        if self.client is None:
            raise Problem(
                Catalogue.SERVICE_UNREACHABLE,
                "This testbed was started without a clinic.",
                japanese="この操作盤には受付がつながっていません。oqs up で全体を始めてください。",
            )
        try:
            response = await self.client.request(method, path, json=body)
            answer = response.json() if response.content else None
        except (httpx2.HTTPError, ValueError) as error:
            raise self._away(cause_of(error)) from None
        if response.is_success:
            return answer
        if not isinstance(answer, dict) or "code" not in answer:
            raise self._away(f"HTTP status {response.status_code}")
        raise Problem(
            entry_of(answer["code"]), answer.get("detail"), japanese=answer.get("japanese")
        )

    def _away(self, reason: str) -> Problem:
        assert self.client is not None
        where = str(self.client.base_url).rstrip("/")
        return Problem(
            Catalogue.SERVICE_UNREACHABLE,
            f"The clinic's desk at {where}: {reason}.",
            japanese=f"受付({where})が答えません。動いているか確かめ、もう一度押してください。"
            "練習はこのまま続けられます。",
        )
