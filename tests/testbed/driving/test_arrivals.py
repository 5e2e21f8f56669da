"""What insurers reported of a person is waited for by what the person is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from testbed.cards.personas import personas, townspeople
from testbed.driving.arrivals import Arrivals
from testbed.oqs_console import OqsConsole
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from testbed.driving.arrivals import Reports

HANAKO = personas()["hanako"].individual_number
WITHOUT_CARD = next(
    who for who in townspeople().values() if not who.has_card and who.individual_number
)
CARDLESS = WITHOUT_CARD.individual_number
REFERENCE = "p-1"
NOW, LATER = "2026-11-25T09:00:00+09:00", "2026-11-25T00:00:01Z"


class Played:
    """OQS and the intermediate server, and what they were asked."""

    def __init__(self, *states: tuple[str, str]) -> None:
        self.asked: list[str] = []
        self.changes = [
            {"Kind": "join", "InsurerNumber": "990010", "VisibleFrom": when, "State": state}
            for state, when in states
        ]
        self.residents = [{"PersonReference": REFERENCE}]
        self.status = 200

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        self.asked.append(f"{request.method} {request.url.raw_path.decode()}")
        if path == "/sim/municipality/residents":
            sought = request.url.params["Sought"]
            known = self.residents if sought in {HANAKO, CARDLESS, REFERENCE} else []
            return httpx2.Response(200, json={"Residents": known})
        if path == f"/sim/persons/{REFERENCE}":
            return httpx2.Response(self.status, json={"Changes": self.changes})
        return httpx2.Response(200, json={"Now": NOW})

    async def wait(self, person: str) -> Reports:
        transport = httpx2.MockTransport(self)
        async with (
            httpx2.AsyncClient(transport=transport, base_url="http://oqs") as oqs,
            httpx2.AsyncClient(transport=transport, base_url="http://intermediate") as other,
        ):
            return await Arrivals(OqsConsole(oqs), other).wait(person, 5)


@pytest.mark.asyncio
@pytest.mark.parametrize("person", ["hanako", HANAKO, WITHOUT_CARD.key, REFERENCE])
async def test_a_person_is_found_by_what_a_test_knows_of_them(person: str) -> None:
    played = Played(("delivered", NOW), ("pending", LATER))
    reports = await played.wait(person)
    assert reports.person_reference == REFERENCE
    assert [one.state for one in reports.changes] == ["delivered", "pending"]
    # All that is due has been applied before anything is told.
    waited = played.asked.index("POST /sim/clock/advance")
    assert waited < played.asked.index(f"GET /sim/persons/{REFERENCE}")


@pytest.mark.asyncio
@pytest.mark.parametrize("state", ["pending", "held", "conflicting"])
async def test_what_is_due_and_not_there_is_named(state: str) -> None:
    with pytest.raises(Problem) as raised:
        await Played(("delivered", NOW), (state, NOW)).wait("hanako")
    assert raised.value.entry is Catalogue.DRIVER_WAITED
    assert f"join of 990010 ({state})" in str(raised.value)


@pytest.mark.asyncio
async def test_of_whom_nothing_was_reported_there_is_nothing() -> None:
    played = Played()
    played.status = 404
    assert (await played.wait("hanako")).changes == ()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("person", "residents", "status", "told"),
    [
        ("nobody", 1, 200, Catalogue.UNKNOWN_PERSON),
        ("hanako", 2, 200, Catalogue.UNKNOWN_PERSON),
        ("hanako", 1, 503, Catalogue.SERVICE_UNREACHABLE),
    ],
)
async def test_who_is_nobody_or_several_and_what_does_not_answer_is_said(
    person: str, residents: int, status: int, told: Any
) -> None:
    played = Played()
    played.residents *= residents
    played.status = status
    with pytest.raises(Problem) as raised:
        await played.wait(person)
    assert raised.value.entry is told
