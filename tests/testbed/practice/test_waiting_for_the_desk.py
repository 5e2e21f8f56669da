"""The practice waits for what the desk sees of its reader: for an event, not for a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from testbed.practice import desk_record
from testbed.practice.desk_record import ClinicDesk
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOTHING = {"Variant": "face_reader", "Reader": {"Insertion": None, "Trouble": None}}
PUT_IN = {"Variant": "face_reader", "Reader": {"Insertion": "2", "Trouble": None}}
LOOKED_AT = {**PUT_IN, "Card": {"Kind": "MY_NUMBER_CARD"}, "CardTrouble": None}


def seen(state: dict[str, Any]) -> dict[str, Any]:
    return {"Card": None, "CardTrouble": None, **state}


class Events(httpx2.AsyncByteStream):
    """An event for a state that is to come, and then it ends; or it stays open with nothing."""

    def __init__(self, desk: Told) -> None:
        self._desk = desk

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._desk.to_come:
            yield b"event: clock\ndata: {}\n\n"
            self._desk.now = self._desk.to_come.pop(0)
            yield b"event: reader\ndata: {}\n\n"
        else:
            await asyncio.Event().wait()


class Told:
    """A desk that tells one state after another, each with an event."""

    def __init__(self, *states: dict[str, Any]) -> None:
        self.now, *self.to_come = map(seen, states)

    async def answer(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/events":
            return httpx2.Response(200, stream=Events(self))
        return httpx2.Response(200, json=self.now)

    def desk(self) -> ClinicDesk:
        transport = httpx2.MockTransport(self.answer)
        return ClinicDesk(httpx2.AsyncClient(base_url="http://desk", transport=transport))


@pytest.mark.asyncio
async def test_it_goes_on_when_the_desk_has_looked_at_another_card() -> None:
    old = {**LOOKED_AT, "Reader": {"Insertion": "1", "Trouble": None}}
    told = Told(old, NOTHING, PUT_IN, LOOKED_AT, NOTHING)
    await told.desk().wait_for_card("1", looked_at=True)
    assert told.now == LOOKED_AT
    assert told.to_come == [seen(NOTHING)], "and reads no further"


@pytest.mark.asyncio
async def test_with_a_reader_that_is_out_a_card_is_enough() -> None:
    told = Told(NOTHING, PUT_IN, LOOKED_AT)
    await told.desk().wait_for_card(None, looked_at=False)
    assert told.now == seen(PUT_IN)


@pytest.mark.asyncio
async def test_the_card_before_has_gone_before_the_next_patient_is_there() -> None:
    told = Told(LOOKED_AT, LOOKED_AT, NOTHING)
    await told.desk().wait_until_gone()
    assert told.now == seen(NOTHING)


@pytest.mark.asyncio
async def test_a_desk_without_a_reader_and_one_whose_reader_is_gone_are_not_waited_for() -> None:
    without = Told({**NOTHING, "Variant": "no_reader"})
    await without.desk().wait_for_card(None, looked_at=True)
    gone = {**NOTHING, "Reader": {"Insertion": None, "Trouble": {"Kind": "service"}}}
    await Told(gone, gone).desk().wait_for_card(None, looked_at=True)


@pytest.mark.asyncio
async def test_a_desk_that_sees_no_card_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_record, "CARD_SECONDS", 0.05)
    with pytest.raises(Problem) as caught:
        await Told(NOTHING, NOTHING).desk().wait_for_card(None, looked_at=True)
    assert caught.value.entry is Catalogue.SERVICE_UNREACHABLE
    assert "noticed" in str(caught.value.detail)
