"""What people decide about the delivery, and what they are told of it."""

from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from eligibility.days.reflection import LagMode
from intermediate_server.store import open_store
from intermediate_server.store.schema import change
from intermediate_server.sync.window import Window
from tests.intermediate_server.conftest import MONDAY
from tests.intermediate_server.sync.test_sync import EARLIER
from wire.clock import wall_clock


@pytest.fixture
def manual(prepare: Any) -> Any:
    """A deployment in which a person releases every change."""
    deployment = prepare()
    deployment.start_oqs()
    deployment.start_service(lag_mode=LagMode.MANUAL)
    deployment.start_worker()
    return deployment


def started(prepare: Any, **worker: Any) -> Any:
    deployment = prepare()
    deployment.start_oqs()
    deployment.start_service()
    deployment.start_worker(**worker)
    return deployment


def release(deployment: Any, *changes: dict[str, Any]) -> dict[str, Any]:
    answer = deployment.pages.post("/sync/release", json={"Changes": list(changes)})
    released: dict[str, Any] = answer.raise_for_status().json()
    return released


def test_a_held_change_is_not_delivered_however_late_it_is(manual: Any) -> None:
    reference = manual.register()
    manual.file().raise_for_status()
    assert manual.advance(Days=365).raise_for_status().json()["BecameVisible"] == []
    assert manual.validity() == "4"
    status = manual.pages.get("/sync/status").json()
    assert (status["Held"], status["Backlog"]) == (1, 0)
    listed = manual.pages.get("/sync/held").json()
    assert listed["Held"] == 1
    assert listed["Changes"][0]["PersonReference"] == reference
    view = manual.pages.get(f"/sim/persons/{reference}").json()
    assert [one["State"] for one in view["Changes"]] == ["held"]
    assert view["Pending"] == []


def test_a_released_change_is_delivered_at_once(manual: Any) -> None:
    references = [manual.register(person) for person in (1, 2)]
    for person in (1, 2):
        manual.file(person=person).raise_for_status()
    assert release(manual, {"PersonReference": references[0]})["Released"] == 1
    manual.faults.wait_for(1)
    assert (manual.validity(1), manual.validity(2)) == ("1", "4")
    assert release(manual, {})["Released"] == 1
    manual.faults.wait_for(2)
    assert manual.validity(2) == "1"


def test_a_release_has_to_say_which(manual: Any) -> None:
    refused = manual.pages.post("/sync/release", json={"Changes": []})
    assert (refused.status_code, refused.json()["code"]) == (422, "SIM-INVALID-REQUEST")


def test_a_pause_holds_everything_up_and_an_advance_says_so(deployment: Any) -> None:
    deployment.register()
    deployment.file().raise_for_status()
    deployment.pages.post("/sync/pause", json={"By": "係長 模擬"}).raise_for_status()
    assert deployment.advance(BusinessDays=1).status_code == 200, "nothing is due yet"
    refused = deployment.advance(BusinessDays=3)
    assert refused.status_code == 502
    assert "係長 模擬 paused the delivery" in refused.json()["detail"]
    status = deployment.pages.get("/sync/status").json()
    assert status["PausedBy"] == "係長 模擬"
    assert (status["Due"], status["Workers"][0]["State"]) == (1, "paused")
    deployment.pages.post("/sync/resume").raise_for_status()
    deployment.faults.wait_for(1)
    assert deployment.validity() == "1"
    assert "PausedBy" not in deployment.pages.get("/sync/status").json()


def test_a_pause_survives_the_restart_of_the_worker(prepare: Any) -> None:
    deployment = prepare()
    deployment.start_oqs()
    deployment.start_service()
    deployment.register()
    deployment.pages.post("/sync/pause", json={"By": "clerk"}).raise_for_status()
    deployment.start_worker()
    deployment.file(**EARLIER).raise_for_status()
    assert deployment.worker.get("/status").json()["Due"] == 1
    assert deployment.advance(Seconds=1).status_code == 502
    assert deployment.faults.batches == []


def test_a_deployment_counts_every_lag_in_its_own_way(prepare: Any) -> None:
    deployment = prepare()
    deployment.start_oqs()
    deployment.start_service(lag_mode=LagMode.IMMEDIATE)
    deployment.start_worker()
    deployment.register()
    assert deployment.file().json()["ReflectionDate"] == "20261116"
    deployment.faults.wait_for(1)
    assert deployment.validity() == "1"


def test_a_deployment_has_a_cutoff_for_insurers_that_name_none(prepare: Any) -> None:
    deployment = prepare()
    deployment.start_oqs()
    deployment.start_service(cutoff=time(9))
    deployment.register()
    assert deployment.file().json()["ReflectionDate"] == "20261120"


def test_outside_of_the_window_nothing_goes_out_until_it_opens(prepare: Any) -> None:
    deployment = started(prepare, window=Window(time(1), time(5)))
    deployment.register()
    deployment.file(**EARLIER).raise_for_status()
    assert deployment.advance(To="2026-11-17T00:59:59+09:00").json()["BecameVisible"] == []
    assert len(deployment.advance(To="2026-11-17T01:00:00+09:00").json()["BecameVisible"]) == 1


def test_a_clock_that_passes_a_window_in_one_go_uses_it(prepare: Any) -> None:
    deployment = started(prepare, window=Window(time(1), time(5)))
    deployment.register()
    deployment.register(2)
    deployment.file(**EARLIER).raise_for_status()
    passed = deployment.advance(To="2026-11-17T12:00:00+09:00").json()
    assert len(passed["BecameVisible"]) == 1
    deployment.file(person=2, **EARLIER).raise_for_status()
    assert deployment.advance(To="2026-11-17T23:00:00+09:00").json()["BecameVisible"] == []
    assert len(deployment.advance(To="2026-11-18T23:00:00+09:00").json()["BecameVisible"]) == 1


def test_a_window_in_which_there_was_nothing_to_do_is_used_as_well(prepare: Any) -> None:
    deployment = started(prepare, window=Window(time(1), time(5)))
    deployment.register()
    deployment.advance(To="2026-11-17T12:00:00+09:00").raise_for_status()
    deployment.file(**EARLIER).raise_for_status()
    assert deployment.advance(Seconds=1).json()["BecameVisible"] == []
    assert len(deployment.advance(Days=1).json()["BecameVisible"]) == 1


@pytest.mark.parametrize("looks_between", [True, False])
def test_a_clock_that_was_set_back_uses_its_windows_again(
    prepare: Any,
    looks_between: bool,  # noqa: FBT001 # of the parameters
) -> None:
    """A worker may have looked at a clock that was then set to a day long before."""
    deployment = started(prepare, window=Window(time(1), time(5)))
    store = open_store(deployment.database_url)
    store.control.swept(MONDAY + timedelta(days=35))
    store.close()
    deployment.register()
    if looks_between:
        deployment.advance(Seconds=1).raise_for_status()
    deployment.file(**EARLIER).raise_for_status()
    # The worker may look by itself before, and find that Monday's window has not been used.
    deployment.advance(To="2026-11-17T12:00:00+09:00").raise_for_status()
    assert deployment.faults.versions == [1]
    assert deployment.validity() == "1"


def test_the_status_tells_how_long_changes_take(deployment: Any) -> None:
    deployment.register()
    deployment.file().raise_for_status()
    deployment.advance(BusinessDays=3).raise_for_status()
    status = deployment.pages.get("/sync/status").json()
    assert [step for step in status["LagDays"] if step["Changes"]] == [{"AtMost": 3, "Changes": 1}]
    (worker,) = status["Workers"]
    assert (worker["State"], worker["Delivered"]) == ("working", 1)
    assert sum(step["Changes"] for step in worker["LagSeconds"]) == 1
    assert worker["LagUnknown"] == 0
    assert "LastError" not in status


def test_a_jump_of_the_clock_that_no_worker_saw_is_counted_apart(prepare: Any) -> None:
    deployment = prepare()
    deployment.start_oqs()
    deployment.start_service()
    deployment.register()
    deployment.file().raise_for_status()
    store = open_store(deployment.database_url)
    with store.engine.begin() as connection:
        connection.execute(update(change).values(recorded_at=wall_clock() - timedelta(hours=1)))
    store.close()
    assert deployment.advance(BusinessDays=3).status_code == 502
    deployment.start_worker()
    deployment.faults.wait_for(1)
    (worker,) = deployment.pages.get("/sync/status").json()["Workers"]
    assert (worker["LagUnknown"], sum(step["Changes"] for step in worker["LagSeconds"])) == (1, 0)


def test_what_is_filed_for_a_day_that_is_over_is_due_from_then_on(deployment: Any) -> None:
    deployment.register()
    deployment.advance(Days=1).raise_for_status()
    deployment.file(**EARLIER).raise_for_status()
    deployment.faults.wait_for(1)
    deployment.advance(Seconds=1).raise_for_status()
    (worker,) = deployment.pages.get("/sync/status").json()["Workers"]
    assert worker["LagUnknown"] == 0
    assert sum(step["Changes"] for step in worker["LagSeconds"]) == 1


def test_a_worker_that_does_not_answer_is_told_as_silent(prepare: Any) -> None:
    deployment = prepare()
    deployment.start_oqs()
    deployment.start_service()
    (worker,) = deployment.pages.get("/sync/status").json()["Workers"]
    assert worker["State"] == "silent"
    assert "Start it; nothing is lost" in worker["LastError"]


def test_on_sqlite_a_second_worker_stands_by_and_takes_over(prepare: Any) -> None:
    deployment = prepare(workers=2)
    deployment.start_oqs()
    deployment.start_service()
    first = deployment.start_worker(0)
    deployment.start_worker(1)
    deployment.register()
    deployment.file().raise_for_status()
    told = deployment.advance(BusinessDays=3).raise_for_status().json()
    assert len(told["BecameVisible"]) == 1, "each change is told once"
    states = [one["State"] for one in deployment.pages.get("/sync/status").json()["Workers"]]
    assert states == ["working", "standing-by"]
    first.ask_to_end()
    first.__exit__()
    deployment.started.remove(first)
    deployment.worker.post("/wake").raise_for_status()
    deployment.file(Kind="change", PersonalFamilyClassification="2", **EARLIER)
    deployment.faults.wait_for(2)
    assert deployment.faults.versions == [1, 2]
