"""Whatever happens to workers, OQS and databases: nothing lost, nothing twice, all in order."""

import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from intermediate_server.sync.delivery import DeliveryStep
from storage import LOCK_SETTING
from tests.chaos.conftest import LAST_DAY, QUICK, TIMES, Fault, World
from tests.equipment.crashable_postgres import CrashablePostgres

SEEDS = range(TIMES)
OF_SILENCE = {Fault.SILENT, Fault.LATE}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("step", DeliveryStep)
def test_a_worker_that_is_killed_at_any_step(
    make_world: Callable[..., World], engine: str, step: DeliveryStep, seed: int
) -> None:
    world = make_world(engine, seed=seed)
    world.file(120)
    worker = world.start_mortal_worker(step, world.random.randint(1, 8))
    world.deployment.set_clock(Mode="frozen", Now="2027-11-16T09:00:00+09:00")
    assert worker.wait(60) == -signal.SIGKILL
    world.deployment.start_worker(**QUICK)
    world.settle()
    world.check()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("fault", Fault)
def test_an_oqs_in_whose_answers_something_is_wrong(
    make_world: Callable[..., World], engine: str, fault: Fault, seed: int
) -> None:
    world = make_world(engine, seed=seed)
    world.file(120)
    faults = 3 if fault in OF_SILENCE else 8
    world.faults.coming.extend(world.random.choices([fault, None], k=2 * faults))
    world.deployment.start_worker(**QUICK)
    world.settle()
    world.check()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("workers", [2, 4])
def test_several_workers_at_once_in_all_kinds_of_weather(
    make_world: Callable[..., World], engine: str, workers: int, seed: int
) -> None:
    world = make_world(engine, workers, seed)
    world.file(400)
    quick = [fault for fault in Fault if fault not in OF_SILENCE]
    world.faults.coming.extend(world.random.choices([*quick, *[None] * 5], k=40))
    for number in range(workers):
        world.deployment.start_worker(number, **QUICK)
    world.settle()
    world.check()


def test_a_year_in_one_go_returns_when_all_of_it_is_applied(
    make_world: Callable[..., World], engine: str
) -> None:
    world = make_world(engine, workers=2)
    world.file(300, persons=100, days=364)
    for number in range(2):
        world.deployment.start_worker(number)
    advanced = world.deployment.advance(Days=365).raise_for_status().json()
    world.check()
    visible = [change["VisibleFrom"] for change in advanced["BecameVisible"]]
    assert len(visible) == 300
    assert visible == sorted(visible)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_database_that_is_restarted_under_load(
    make_world: Callable[..., World], postgres: CrashablePostgres, seed: int
) -> None:
    world = make_world("postgresql", workers=2, seed=seed)
    world.file(600)
    for number in range(2):
        world.deployment.start_worker(number, **QUICK)
    with ThreadPoolExecutor(1) as threads:
        settled = threads.submit(world.settle)
        for restart in range(1, 4):
            world.faults.wait_for(restart * world.random.randint(3, 12))
            postgres.crash_and_restart()
        settled.result(100)
    world.check()


def test_a_sqlite_file_that_is_locked_for_a_while(
    make_world: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LOCK_SETTING, "1.0")
    world = make_world("sqlite")
    world.file(60)
    world.deployment.start_worker(**QUICK)
    with world.store.engine.begin():
        told = world.deployment.advance(To=LAST_DAY)
    assert told.status_code == 502
    assert "database is locked" in told.json()["detail"]
    world.settle()
    world.check()
