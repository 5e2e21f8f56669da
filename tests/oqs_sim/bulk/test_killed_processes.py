"""No unit is lost and none is done twice, however many processes work and are killed."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from oqs_sim.bulk.policy import BulkPolicy
from oqs_sim.bulk.works import BulkWorks
from oqs_sim.visiting.home_consents import HomeConsents
from storage import reading
from tests.oqs_sim.bulk.sending import HANAKO_ASKED, fetch, send

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.oqs_sim.conftest import Oqs

PATH = "/bulk/qualification"
LEASE = 0.7


class Workers:
    """Processes of OQS that work in bulk."""

    def __init__(self, oqs: Oqs) -> None:
        self._url = oqs.engine.url.render_as_string(hide_password=False)
        self.running: list[subprocess.Popen[str]] = []

    def start(self, stop_at: str = "-") -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [
                sys.executable, "-m", "tests.oqs_sim.bulk.processing_process",
                self._url, str(LEASE), stop_at,
            ],
            stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        self.running.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        return process

    def kill(self, process: subprocess.Popen[str]) -> None:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
        self.running.remove(process)


@pytest.fixture
def workers(member: Oqs) -> Iterator[Workers]:
    """Let only the processes of a test work: those of the service itself rest."""
    member.app.state.bulk.processor.stop()
    workers = Workers(member)
    yield workers
    for process in list(workers.running):
        workers.kill(process)


def ask(oqs: Oqs, units: int) -> str:
    asked = [{**HANAKO_ASKED, "ArbitraryIdentifier": str(number)} for number in range(units)]
    return send(oqs.terminal, PATH, {"QualificationConfirmSearchInfo": asked})


def logged(oqs: Oqs) -> int:
    """Return how many checks by number of Hanako are in the log."""
    query = text(
        "SELECT count(*) FROM inquiry_log WHERE person_reference = :person "
        "AND reference_classification = '2'"
    )
    with reading(oqs.engine) as connection:
        found: int = connection.execute(query, {"person": oqs.hanako}).scalar_one()
    return found


def answered(oqs: Oqs, number: str) -> list[str]:
    units = fetch(oqs.terminal, PATH, number)["MessageBody"]["BulkConfirmUnit"]
    return [one["QualificationConfirmSearchInfo"]["ArbitraryIdentifier"] for one in units]


@pytest.mark.deployment
@pytest.mark.parametrize("stop_at", ["claimed", "done", "written"])
def test_what_a_killed_process_had_begun_is_done_by_another(
    member: Oqs, workers: Workers, stop_at: str
) -> None:
    number = ask(member, 5)
    first = workers.start(stop_at)
    assert first.stdout is not None
    assert first.stdout.readline() == f"{stop_at}\n"
    assert logged(member) == 0
    workers.kill(first)
    workers.start()
    assert answered(member, number) == list(map(str, range(5)))
    assert logged(member) == 5


@pytest.mark.deployment
def test_a_process_that_was_overtaken_writes_nothing(member: Oqs) -> None:
    member.app.state.bulk.processor.stop()
    number = ask(member, 3)
    checks = member.app.state.checks
    slow = BulkWorks(checks, HomeConsents(checks), BulkPolicy(lease_seconds=0.0), member.keeper.now)
    claimed = slow.processor.claim()
    assert claimed is not None
    outcome = slow.processor._works[claimed.reception.message](claimed)
    with member.another():
        assert answered(member, number) == ["0", "1", "2"]
    assert not slow.processor.finish(claimed, outcome)
    asyncio.run(slow.stop())
    assert logged(member) == 3


@pytest.mark.deployment
def test_processes_killed_at_any_moment_lose_and_double_nothing(
    member: Oqs, workers: Workers
) -> None:
    chance = random.Random(20261109)
    units, receptions = 600, 6
    numbers = [ask(member, units) for _ in range(receptions)]
    until = time.monotonic() + 60
    for _ in range(6):
        while len(workers.running) < 2:
            workers.start()
        time.sleep(chance.uniform(0.0, 0.4))
        workers.kill(chance.choice(workers.running))
        if time.monotonic() > until:
            break
    workers.start()
    for number in numbers:
        assert answered(member, number) == list(map(str, range(units)))
    assert logged(member) == units * receptions
    with reading(member.engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM bulk_waiting")).scalar_one() == 0
