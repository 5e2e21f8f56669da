"""Sets and ends what goes wrong, and looks what is set: at the part itself, whoever has set it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import httpx2

from testbed.disturbing.disturbance import (
    ALL,
    Disturbance,
    Manner,
    OqsFault,
    Place,
    oqs_fault,
    reader_fault,
)
from virtual_card.wrappers.fault import Fault
from wire.catalogue import Catalogue, Problem, entry_of
from wire.client import cause_of, console_client

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from testbed.readers.slots import Slots
    from testbed.settings import Settings

LOOK_SECONDS = 0.8
"""How long a part has to say how it is; the panel is shown without it then."""
ORDER_SECONDS = 3.0
"""How long a part has to set or end something."""
PAUSED_BY = "模擬操作盤"
"""As whom the panel pauses the delivery."""


class Service(StrEnum):
    """A service that the panel looks at."""

    CLINIC = "clinic"
    OQS = "oqs"
    INTERMEDIATE = "intermediate"
    WORKER = "worker"


@dataclass(frozen=True)
class Standing:
    """How all parts are at a moment."""

    now: datetime | None
    """Business time; None where OQS does not answer."""
    answers: Mapping[Service, bool]
    """Of each service of the deployment, whether it answers."""
    disturbances: Mapping[Disturbance, bool | None]
    """Whether each is set; None where the part that knows does not answer."""


@dataclass
class Switchboard:
    """Asks the services, each beside the others and none for long."""

    settings: Settings
    slots: Slots
    _clients: dict[Service, tuple[httpx2.AsyncClient, ...]] = field(init=False)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    """That two presses at once do not set the same twice."""

    def __post_init__(self) -> None:
        """Make the clients of all services that the deployment names."""
        urls = {
            Service.CLINIC: (self.settings.clinic_url,),
            Service.OQS: (self.settings.oqs_console_url,),
            Service.INTERMEDIATE: (self.settings.intermediate_console_url,),
            Service.WORKER: self.settings.worker_urls,
        }
        self._clients = {
            service: tuple(console_client(url, LOOK_SECONDS) for url in named if url)
            for service, named in urls.items()
        }
        self._exits = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open the clients."""
        for clients in self._clients.values():
            for client in clients:
                await self._exits.enter_async_context(client)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close them."""
        await self._exits.aclose()

    async def look(self) -> Standing:
        """Ask every part how it is; those that do not answer in time are not waited for."""
        services = [service for service, clients in self._clients.items() if clients]
        answers, operation, sync = await asyncio.gather(
            asyncio.gather(*map(self._answers, services)),
            self._read(Service.OQS, "/sim/operation"),
            self._read(Service.INTERMEDIATE, "/sync/status"),
        )
        known = dict(zip(services, answers, strict=True))
        if operation is None:
            known[Service.OQS] = False
        return Standing(
            None if operation is None else datetime.fromisoformat(operation["Now"]),
            known,
            {
                what: self._is_set(what, operation, sync)
                for what in ALL
                if what != Disturbance(Place.WORKER, Manner.OUTAGE)
                or self._clients[Service.INTERMEDIATE]
            },
        )

    async def switch(self, what: Disturbance, *, on: bool) -> None:
        """Have something go wrong, or no longer; to do it twice changes nothing.

        Raises:
            Problem: SERVICE_UNREACHABLE, or that of the part.
        """
        async with self._turn:
            fault = oqs_fault(what, self.settings.institution_code)
            if fault is not None:
                await self._switch_fault(fault, on=on)
            elif what.place is Place.WORKER:
                order = ("/sync/pause", {"By": PAUSED_BY}) if on else ("/sync/resume", None)
                await self._order(Service.INTERMEDIATE, "POST", *order)
            else:
                await asyncio.to_thread(self._switch_reader, what.manner, on=on)

    def _switch_reader(self, manner: Manner, *, on: bool) -> None:
        fault = Fault.parse(reader_fault(manner))
        with self.slots.lock:
            others = [one for one in self.slots.reader_faults if one != fault]
            self.slots.set_reader_faults([*others, fault] if on else others)

    async def _switch_fault(self, fault: OqsFault, *, on: bool) -> None:
        operation = await self._order(Service.OQS, "GET", "/sim/operation")
        there = _numbers(fault, operation)
        if on and not there:
            await self._order(Service.OQS, "POST", "/sim/operation/faults", fault.order())
        if on:
            return
        for number in there:
            try:
                await self._order(Service.OQS, "DELETE", f"/sim/operation/faults/{number}")
            except Problem as problem:
                if problem.entry is not Catalogue.NO_SUCH_RULE:  # somebody else ended it
                    raise

    def _is_set(
        self, what: Disturbance, operation: dict[str, Any] | None, sync: dict[str, Any] | None
    ) -> bool | None:
        fault = oqs_fault(what, self.settings.institution_code)
        if fault is not None:
            return None if operation is None else bool(_numbers(fault, operation))
        if what.place is Place.WORKER:
            return None if sync is None else sync.get("PausedBy") is not None
        return Fault.parse(reader_fault(what.manner)) in self.slots.reader_faults

    async def _answers(self, service: Service) -> bool:
        """Tell whether all processes of a service answer, whatever they say."""

        async def answers(client: httpx2.AsyncClient) -> bool:
            try:
                await client.get("/health")
            except httpx2.HTTPError:
                return False
            return True

        return all(await asyncio.gather(*map(answers, self._clients[service])))

    async def _read(self, service: Service, path: str) -> dict[str, Any] | None:
        for client in self._clients[service]:
            try:
                response = await client.get(path)
                if response.is_success:
                    found: dict[str, Any] = response.json()
                    return found
            except (httpx2.HTTPError, ValueError):
                continue
        return None

    async def _order(
        self, service: Service, method: str, path: str, body: object = None
    ) -> dict[str, Any]:
        if not self._clients[service]:
            raise Problem(Catalogue.INVALID_REQUEST, f"The panel knows no {service} service.")
        (client,) = self._clients[service]
        try:
            response = await client.request(method, path, json=body, timeout=ORDER_SECONDS)
            answer = response.json() if response.content else {}
        except (httpx2.HTTPError, ValueError) as error:
            raise _away(service, client, cause_of(error)) from None
        if response.is_success and isinstance(answer, dict):
            return answer
        if not isinstance(answer, dict) or "code" not in answer:
            raise _away(service, client, f"HTTP status {response.status_code}")
        raise Problem(
            entry_of(answer["code"]), answer.get("detail"), japanese=answer.get("japanese")
        )


def _numbers(fault: OqsFault, operation: Mapping[str, Any]) -> list[int]:
    """Return the numbers of the faults of OQS that are this one, and still strike."""
    return [
        one["Number"]
        for one in operation["Faults"]
        if not one["IsOver"]
        and one["Effect"] == fault.effect
        and one["Path"] == fault.path
        and one["MedicalInstitutionCode"] == fault.institution_code
    ]


_NAMES = {
    Service.OQS: ("OQS", "OQS"),
    Service.INTERMEDIATE: ("中間サーバー", "The intermediate server"),
}


def _away(service: Service, client: httpx2.AsyncClient, reason: str) -> Problem:
    japanese, english = _NAMES[service]
    where = str(client.base_url).rstrip("/")
    return Problem(
        Catalogue.SERVICE_UNREACHABLE,
        f"{english} at {where}: {reason}.",
        japanese=f"{japanese}({where})が答えないので、変えられませんでした。"
        "動いているか確かめ、もう一度押してください。",
    )
