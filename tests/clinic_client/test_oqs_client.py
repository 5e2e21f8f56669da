"""Whether the line to OQS is up: for this terminal, not for anybody."""

import asyncio
import base64
from typing import TYPE_CHECKING

import httpx2
import pytest

from clinic_client.oqs_client import LineDown, OqsClient

if TYPE_CHECKING:
    from collections.abc import Callable

GRANT = {"Challenge": base64.b64encode(bytes(32)).decode(), "ValidSeconds": 300}


class Oqs:
    """OQS as a terminal meets it: it is there for whoever asks, and answers this one, or not."""

    def __init__(self) -> None:
        self.challenge: Callable[[], httpx2.Response] = self.grant
        self.looks = 0
        self.looked = asyncio.Event()

    def grant(self) -> httpx2.Response:
        return httpx2.Response(200, json=GRANT)

    def cut(self) -> httpx2.Response:
        raise httpx2.RemoteProtocolError("the connection was cut")

    def away(self) -> httpx2.Response:
        return httpx2.Response(503)

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path != "/health":
            return self.challenge()
        self.looks += 1
        self.looked.set()
        return httpx2.Response(200)

    async def after_looks(self, more: int) -> None:
        """Wait until the line has been looked at so many times more, and the last is over."""
        wanted = self.looks + more
        while self.looks <= wanted:
            self.looked.clear()
            await asyncio.wait_for(self.looked.wait(), 10)


@pytest.mark.asyncio
@pytest.mark.parametrize("outage", ["cut", "away"])
async def test_a_line_on_which_nothing_comes_back_stays_down_until_something_does(
    outage: str,
) -> None:
    oqs = Oqs()
    told: list[bool] = []
    async with httpx2.AsyncClient(
        transport=httpx2.MockTransport(oqs.answer), base_url="https://oqs.invalid"
    ) as client:
        line = OqsClient(client, "9900000017", 0.001, told.append)
        line.start()
        await oqs.after_looks(1)
        await line.challenge()
        oqs.challenge = getattr(oqs, outage)
        with pytest.raises(LineDown):
            await line.challenge()
        await oqs.after_looks(5)
        assert told == [True, False], "that OQS is there for others tells nothing of this line"
        oqs.challenge = oqs.grant
        await oqs.after_looks(3)
        assert told == [True, False, True]
        await line.stop()


@pytest.mark.asyncio
@pytest.mark.parametrize("outage", ["cut", "away"])
async def test_a_line_whose_outage_is_forgotten_is_one_that_never_was_out(outage: str) -> None:
    oqs = Oqs()
    told: list[bool] = []
    async with httpx2.AsyncClient(
        transport=httpx2.MockTransport(oqs.answer), base_url="https://oqs.invalid"
    ) as client:
        line = OqsClient(client, "9900000017", 60, told.append)
        line.start()
        await oqs.after_looks(0)
        await line.challenge()
        oqs.challenge = getattr(oqs, outage)
        with pytest.raises(LineDown):
            await line.challenge()
        assert told == [True, False]
        await line.forget_outage()
        assert told == [True, False, True], "as at a start it is enough that OQS is there"
        oqs.challenge = oqs.grant
        await line.challenge()
        await line.stop()
