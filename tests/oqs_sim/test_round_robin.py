"""Two processes of OQS behind a round robin: no challenge refused, none accepted twice.

``OQS_SIM_CHECKS`` says how many checks are made; ``make test-round-robin`` makes ten thousand.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import httpx2
import pytest
from sqlalchemy import select, update

from oqs_sim.store.schema import challenge_key
from tests.oqs_sim.conftest import INSTITUTION

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.oqs_sim.conftest import Oqs, TestCard

pytestmark = pytest.mark.deployment

CHECKS = int(os.environ.get("OQS_SIM_CHECKS", "300"))
AT_ONCE = 8
SECONDS = 60.0
DAYS = 86_400.0


class ShiftedOqs:
    """A process of OQS on a machine whose uptime and clock are others."""

    def __init__(self, engine: Engine, uptime: float, clock: float, *workers: str) -> None:
        url = engine.url.render_as_string(hide_password=False)
        self._command = [sys.executable, "-m", "tests.oqs_sim.shifted_process"]
        self._command += [url, INSTITUTION, str(uptime), str(clock), *workers]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        address = self._process.stdout.readline().strip()
        assert address, "it did not start; its output is above"
        self.client = httpx2.AsyncClient(base_url=address, timeout=SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(SECONDS)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def kill(self) -> None:
        """End it in the midst of what it does."""
        self._process.kill()

    async def restart(self) -> None:
        """End, and start again."""
        await self.client.aclose()
        self.__exit__()
        self.__enter__()

    async def challenge(self) -> str:
        granted = (await self.client.post("/qualification/challenges")).raise_for_status()
        challenge: str = granted.json()["Challenge"]
        return challenge

    async def ask(self, how: str, body: dict[str, Any]) -> Any:
        """Ask for a check; return the response."""
        header = {"MedicalInstitutionCode": INSTITUTION}
        inquiry = {"MessageHeader": header, "MessageBody": body}
        return await self.client.post(f"/qualification/{how}", json=inquiry)

    async def check(self, proof: dict[str, str]) -> str:
        """Return what is answered: ``valid``, or the code of the problem."""
        answer = await self.ask("card", {"CardProof": proof})
        if answer.status_code == 200:
            assert answer.json()["MessageBody"]["QualificationValidity"] == "1"
            return "valid"
        code: str = answer.json()["code"]
        return code


@dataclass
class RoundRobin:
    """Two processes that are asked in turns."""

    processes: tuple[ShiftedOqs, ShiftedOqs]
    card: TestCard
    first: Counter[str] = field(default_factory=Counter)
    """What the first use of each challenge came to."""
    at_once: Counter[str] = field(default_factory=Counter)
    """What its replay came to, at the other process."""
    proofs: list[dict[str, str]] = field(default_factory=list)

    async def check_all(self, numbers: range) -> None:
        """Get a challenge from one, check at the other, replay it at the first."""
        left = iter(numbers)

        async def work() -> None:
            for number in left:
                issuing, checking = self._pair(number)
                proof = self.card.sign(await issuing.challenge())
                self.first[await checking.check(proof)] += 1
                self.at_once[await issuing.check(proof)] += 1
                self.proofs.append(proof)

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))

    async def replay_all(self) -> Counter[str]:
        """Replay all that was used, each at both; return what came of it."""
        came: Counter[str] = Counter()
        left = iter(self.proofs)

        async def work() -> None:
            for proof in left:
                for process in self.processes:
                    came[await process.check(proof)] += 1

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        return came

    async def wait_until_they_agree(self) -> None:
        """On SQLite it takes a moment until both have heard of the clock that is ahead."""
        until = time.monotonic() + SECONDS
        agreed = False
        while not agreed:
            assert time.monotonic() < until, "they never agreed on the time"
            agreed = True
            for number in range(2):
                issuing, checking = self._pair(number)
                came = await checking.check(self.card.sign(await issuing.challenge()))
                agreed &= came == "valid"

    def _pair(self, number: int) -> tuple[ShiftedOqs, ShiftedOqs]:
        one, other = self.processes
        return (one, other) if number % 2 else (other, one)


@pytest.mark.asyncio
@pytest.mark.timeout(120 + CHECKS // 10)
async def test_no_challenge_is_refused_and_none_accepted_twice(member: Oqs) -> None:
    engine = member.engine
    member.close()  # what runs from here on are the two processes
    with (
        ShiftedOqs(engine, uptime=30 * DAYS, clock=-240.0) as old,
        ShiftedOqs(engine, uptime=0.0, clock=300.0) as new,
    ):
        robin = RoundRobin((old, new), member.card)
        if engine.dialect.name == "sqlite":
            await robin.wait_until_they_agree()
        began = time.monotonic()
        await robin.check_all(range(CHECKS // 2))
        half_way = time.monotonic() - began
        kept = [(await one.challenge(), other) for one, other in ((old, new), (new, old)) * 5]
        kept += [(await one.challenge(), one) for one in (old, new) * 5]
        with engine.begin() as connection:
            connection.execute(update(challenge_key).values(made_at=0))  # so old that it is time
        await new.restart()
        with engine.connect() as connection:
            numbers = list(connection.scalars(select(challenge_key.c.number)))
        assert numbers[-2:] == [numbers[-1] - 1, numbers[-1]], "a new secret was made"
        for challenge, at in kept:
            assert await at.check(member.card.sign(challenge)) == "valid"
        began = time.monotonic()
        await robin.check_all(range(CHECKS // 2, CHECKS))
        taken = half_way + time.monotonic() - began
        later = await robin.replay_all()
        sys.stdout.write(
            f"{engine.dialect.name}: {CHECKS} checks in {taken:.0f} s, {CHECKS / taken:.0f}/s "
            f"with challenge, signature and replay; first use {dict(robin.first)}, "
            f"replay at once {dict(robin.at_once)}, later {dict(later)}\n"
        )
        for process in robin.processes:
            await process.client.aclose()
    assert robin.first == {"valid": CHECKS}
    assert robin.at_once == {"SIM-CHALLENGE-USED": CHECKS}
    assert sum(later.values()) == 2 * CHECKS
    assert set(later) <= {"SIM-CHALLENGE-USED", "SIM-CHALLENGE-EXPIRED"}
