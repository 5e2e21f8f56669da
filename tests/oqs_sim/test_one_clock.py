"""Two processes of OQS on one database have one clock, on machines whose own clocks differ.

``OQS_SIM_CLOCK_STEPS`` says how many random steps are made.
"""

from __future__ import annotations

import asyncio
import os
import random
import threading
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from eligibility.days.dates import TOKYO
from oqs_sim.store.clock import LEASE_SECONDS
from oqs_sim.store.schema import clock
from storage import reading
from tests.oqs_sim.test_round_robin import DAYS, RoundRobin, ShiftedOqs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.oqs_sim.conftest import Oqs, TestCard

pytestmark = pytest.mark.deployment

STEPS = int(os.environ.get("OQS_SIM_CLOCK_STEPS", "60"))
SECONDS = 60.0
BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
MINUTES = 60.0
NUMBER = {
    "InsurerNumber": "990010",
    "InsuredCardSymbol": "最上",
    "InsuredIdentificationNumber": "1234567",
    "InsuredBranchNumber": "01",
    "Birthdate": "19800217",
}


@dataclass
class Both:
    """Two processes, and Hanako's card; her insurance ends with 10 November 2026."""

    one: ShiftedOqs
    other: ShiftedOqs
    card: TestCard

    def __iter__(self) -> Iterator[ShiftedOqs]:
        return iter((self.one, self.other))

    async def by_number(self, at: ShiftedOqs) -> str:
        """Return the validity: ``1`` is valid, ``2`` is not."""
        answer = await at.ask("number", {"QualificationConfirmSearchInfo": NUMBER})
        validity: str = answer.raise_for_status().json()["MessageBody"]["QualificationValidity"]
        return validity

    async def by_card(self, at: ShiftedOqs) -> str:
        """Return the validity, or the code of the problem."""
        answer = await at.ask("card", {"CardProof": self.card.sign(await at.challenge())})
        found = answer.json()
        told: str = (
            found["MessageBody"]["QualificationValidity"] if answer.is_success else found["code"]
        )
        return told


@asynccontextmanager
async def both(member: Oqs, *workers: str) -> AsyncIterator[Both]:
    """Have two processes, one of them a quarter of an hour ahead of the other."""
    member.report(2, DisqualificationDate="20261111", ReasonOfLoss="03")
    member.close()  # what runs from here on are the two processes
    with ExitStack() as stack:
        one = stack.enter_context(ShiftedOqs(member.engine, 30 * DAYS, -5 * MINUTES, *workers))
        other = stack.enter_context(ShiftedOqs(member.engine, 0.0, 10 * MINUTES, *workers))
        yield Both(one, other, member.card)
        for process in (one, other):
            await process.client.aclose()


async def shown(at: ShiftedOqs) -> datetime:
    reading = (await at.client.get("/sim/clock")).raise_for_status().json()
    return datetime.fromisoformat(reading["Now"])


async def advance(at: ShiftedOqs, **body: Any) -> datetime:
    done = (await at.client.post("/sim/clock/advance", json=body)).raise_for_status().json()
    return datetime.fromisoformat(done["Reading"]["Now"])


async def set_clock(at: ShiftedOqs, mode: str, **body: Any) -> None:
    (await at.client.put("/sim/clock", json={"Mode": mode, **body})).raise_for_status()


@pytest.mark.asyncio
async def test_an_advance_at_one_is_known_to_the_next_check_at_the_other(member: Oqs) -> None:
    async with both(member) as oqs:
        if member.engine.dialect.name == "sqlite":  # whose challenges go by the machine's clock
            await RoundRobin((oqs.one, oqs.other), oqs.card).wait_until_they_agree()
        for process in oqs:
            assert (await oqs.by_number(process), await oqs.by_card(process)) == ("1", "1")
        await advance(oqs.one, To="2026-11-11T00:00:00+09:00")
        assert (await oqs.by_number(oqs.other), await oqs.by_card(oqs.other)) == ("2", "2")
        assert (await oqs.by_number(oqs.one), await oqs.by_card(oqs.one)) == ("2", "2")


MODES = (
    ("offset", {}), ("accelerated", {"SecondsPerDay": 600}), ("frozen", {}),
    ("accelerated", {"SecondsPerDay": 60}), ("offset", {}), ("frozen", {}),
)  # fmt: skip


@dataclass
class Interleaving:
    """Reads, checks and movements of the clock, each at either process, as chance has it."""

    oqs: Both
    chance: random.Random
    known: datetime = BEFORE
    """What somebody has been shown."""
    reads: int = 0
    ended: bool = False

    async def read(self) -> None:
        while not self.ended:
            at, least = self._either(), self.known
            found = await shown(at)
            assert found >= least, f"{least - found} back"
            self.known = max(self.known, found)
            self.reads += 1

    async def check(self) -> None:
        while not self.ended:
            at, least = self._either(), self.known
            validity = await self.oqs.by_number(at)
            if least.astimezone(TOKYO).date().isoformat() >= "2026-11-11":
                assert validity == "2", f"the answer of an earlier day than {least}"

    async def move(self) -> None:
        for number in range(STEPS):
            if number % 3 == 0:
                mode, setting = MODES[number // 3 % len(MODES)]
                await set_clock(self._either(), mode, **setting)
            else:
                seconds = 14_400 if number % 2 else self.chance.choice((0, 1, 60))
                self.known = max(self.known, await advance(self._either(), Seconds=seconds))
        self.ended = True

    def _either(self) -> ShiftedOqs:
        return self.chance.choice(tuple(self.oqs))


@pytest.mark.asyncio
@pytest.mark.timeout(120 + STEPS)
async def test_no_process_shows_less_than_any_has_shown_before(member: Oqs) -> None:
    async with both(member) as oqs:
        all_of_it = Interleaving(oqs, random.Random(20261111))
        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(all_of_it.read())
            group.create_task(all_of_it.check())
            group.create_task(all_of_it.move())
    assert all_of_it.reads >= STEPS
    if STEPS >= 60:
        assert all_of_it.known > datetime(2026, 11, 10, 15, tzinfo=UTC), "the loss has been passed"


def forget_the_clock(member: Oqs) -> None:
    """Have it as if it had never been set, so that it may go to the machine's own time."""
    with member.engine.begin() as connection:
        connection.execute(update(clock).values(revision=0))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("mode", "rate"), [("real", 1.0), ("offset", 1.0), ("accelerated", 86_400.0)]
)
async def test_a_running_clock_is_the_same_on_machines_with_other_clocks(
    member: Oqs, mode: str, rate: float
) -> None:
    """A read at one lies between two reads at the other, whatever their machines' clocks."""
    async with both(member) as oqs:
        setting = {"SecondsPerDay": 1} if mode == "accelerated" else {}
        if mode == "real":
            forget_the_clock(member)
        await set_clock(oqs.one, mode, **setting)
        for _ in range(20):
            before, between, after = (
                await shown(oqs.other), await shown(oqs.one), await shown(oqs.other),
            )  # fmt: skip
            assert before <= between <= after
        assert after - before < timedelta(seconds=rate * SECONDS)
        if mode == "real":
            assert abs(datetime.now(UTC) - after) < timedelta(seconds=SECONDS)


class Held(BaseHTTPRequestHandler):
    """A sync worker that applies nothing, when it may."""

    def do_POST(self) -> None:  # the library's name
        self.rfile.read(int(self.headers["Content-Length"]))
        server: Any = self.server
        server.asked.set()
        server.may_answer.wait(SECONDS)
        body = b'{"BecameVisible": []}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(OSError):  # who asked may have been killed
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def worker() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Held)
    server.asked, server.may_answer = threading.Event(), threading.Event()
    server.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.may_answer.set()
    server.shutdown()
    thread.join(SECONDS)
    server.server_close()


async def begun_at_one(oqs: Both, worker: Any) -> asyncio.Task[Any]:
    """Begin an advance that waits for the worker."""
    body = {"To": "2026-11-11T00:00:00+09:00"}
    first = asyncio.create_task(oqs.one.client.post("/sim/clock/advance", json=body))
    assert await asyncio.to_thread(worker.asked.wait, SECONDS)
    return first


def advancing_until(member: Oqs) -> datetime:
    """Return until when whoever advances the clock has it."""
    with reading(member.engine) as connection:
        until = connection.scalar(select(clock.c.advancing_until))
    assert until is not None
    return until


@pytest.mark.asyncio
async def test_a_second_advance_at_another_process_is_told_that_one_runs(
    member: Oqs, worker: Any
) -> None:
    async with both(member, worker.address) as oqs:
        first = await begun_at_one(oqs, worker)
        for process in oqs:
            busy = await process.client.post("/sim/clock/advance", json={"Days": 1})
            assert (busy.status_code, busy.json()["code"]) == (409, "SIM-CLOCK-BUSY")
        taken = advancing_until(member)
        async with asyncio.timeout(SECONDS):
            # It is kept for longer than a process that has ended would keep it.
            while advancing_until(member) < taken + timedelta(seconds=LEASE_SECONDS):
                busy = await oqs.other.client.post("/sim/clock/advance", json={"Days": 1})
                assert busy.json()["code"] == "SIM-CLOCK-BUSY"
        worker.may_answer.set()
        assert (await first).status_code == 200
        assert await advance(oqs.other, Days=1) == datetime(2026, 11, 11, 15, tzinfo=UTC)


@pytest.mark.asyncio
async def test_a_process_killed_in_an_advance_keeps_the_clock_for_seconds_only(
    member: Oqs, worker: Any
) -> None:
    async with both(member, worker.address) as oqs:
        first = await begun_at_one(oqs, worker)
        oqs.one.kill()
        await asyncio.gather(first, return_exceptions=True)
        worker.may_answer.set()
        assert await oqs.by_number(oqs.other) == "2", "it had moved the clock"
        async with asyncio.timeout(LEASE_SECONDS + SECONDS):
            while True:
                done = await oqs.other.client.post("/sim/clock/advance", json={"Days": 1})
                if done.status_code == 200:
                    break
                assert done.json()["code"] == "SIM-CLOCK-BUSY"
        assert done.json()["Reading"]["Now"] == "2026-11-11T15:00:00Z"


@pytest.mark.asyncio
async def test_who_waits_at_one_is_told_of_a_change_at_the_other(member: Oqs) -> None:
    async with both(member) as oqs:
        revision = (await oqs.one.client.get("/sim/clock")).json()["Revision"]
        wait = {"AfterRevision": revision, "WaitSeconds": 50}
        waiting = asyncio.create_task(oqs.other.client.get("/sim/clock", params=wait))
        await shown(oqs.other)  # which is answered after that was asked
        moved = await advance(oqs.one, Days=1)
        async with asyncio.timeout(20):
            told = (await waiting).json()
        assert (datetime.fromisoformat(told["Now"]), told["Revision"]) == (moved, revision + 1)


@pytest.mark.asyncio
async def test_an_advance_with_a_key_is_made_once_by_both(member: Oqs) -> None:
    async with both(member) as oqs:
        for process in oqs:
            done = await process.client.post(
                "/sim/clock/advance", json={"Days": 1}, headers={"Idempotency-Key": "k"}
            )
            assert done.json()["Reading"]["Now"] == "2026-11-10T00:00:00Z"
        assert done.headers["Idempotency-Replayed"] == "true"
