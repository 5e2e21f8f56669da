"""Business time at the clinic goes on when the clock's host does not answer."""

from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from clinic_client.clock_follower import ClockFollower
from wire.clock import ClockMode, ClockReading, RemoteClock

pytestmark = pytest.mark.asyncio

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
READING = ClockReading(mode=ClockMode.FROZEN, now=NOON, rate=0.0, revision=1, began=NOON)


def follower_of(answers: list[ClockReading | None], told: list[ClockReading]) -> ClockFollower:
    def answer(_: httpx2.Request) -> httpx2.Response:
        reading = answers.pop(0)
        if reading is None:
            raise httpx2.ConnectError("nobody is there")
        return httpx2.Response(200, content=reading.model_dump_json(by_alias=True))

    transport = httpx2.MockTransport(answer)
    client = httpx2.AsyncClient(base_url="http://oqs", transport=transport)
    return ClockFollower(RemoteClock(client), told.append)


async def test_each_question_asks_the_host() -> None:
    later = READING.model_copy(update={"now": NOON + timedelta(days=1), "revision": 2})
    told: list[ClockReading] = []
    clock = follower_of([READING, later], told)
    assert await clock.now() == NOON
    assert await clock.now() == NOON + timedelta(days=1)
    assert told == [READING, later]


async def test_the_same_reading_is_no_news() -> None:
    told: list[ClockReading] = []
    clock = follower_of([READING, READING], told)
    await clock.now()
    await clock.now()
    assert told == [READING]


async def test_without_the_host_a_frozen_clock_stands_where_it_stood() -> None:
    clock = follower_of([READING, None], [])
    await clock.now()
    assert await clock.now() == NOON


async def test_without_the_host_a_running_clock_goes_on() -> None:
    running = READING.model_copy(update={"mode": ClockMode.ACCELERATED, "rate": 86_400.0})
    clock = follower_of([running, None], [])
    await clock.now()
    assert await clock.now() > NOON


async def test_before_the_first_reading_the_computers_own_time_is_shown() -> None:
    clock = follower_of([None], [])
    await clock.now()
    assert clock.shown().mode is ClockMode.REAL
