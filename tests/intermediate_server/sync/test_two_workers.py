"""One of two workers ends or hangs: what is told, and that an advance is done without it."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from intermediate_server.sync import delivery, worker_client
from oqs_sim import timekeeping
from tests.intermediate_server.conftest import SECONDS


@pytest.fixture
def deployment(prepare: Any) -> Any:
    """A deployment with two workers, of which the first is started."""
    deployment = prepare(workers=2)
    deployment.start_oqs()
    deployment.start_service()
    deployment.start_worker()
    deployment.register()
    deployment.file().raise_for_status()
    return deployment


def hang(deployment: Any, number: int) -> None:
    """Have a worker take connections, and never answer."""
    deployment.worker_listeners[number].socket.listen()


def part(deployment: Any) -> str:
    shown = deployment.pages.get("/state").text
    (found,) = re.findall(r'id="part-delivery".*?</b></span>', shown, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found).split()) + shown[shown.find("outs") :]


@pytest.mark.parametrize("hangs", [False, True])
def test_an_advance_is_done_when_the_other_worker_has_delivered(
    deployment: Any,
    hangs: bool,  # noqa: FBT001 # of the parameters
) -> None:
    if hangs:
        hang(deployment, 1)
    advanced = deployment.advance(BusinessDays=3)
    assert advanced.status_code == 200
    assert len(advanced.json()["BecameVisible"]) == 1
    assert deployment.validity() == "1"


@pytest.mark.parametrize("hangs", [False, True])
def test_while_one_works_the_delivery_is_told_to_work_by_one_of_two(
    deployment: Any,
    hangs: bool,  # noqa: FBT001 # of the parameters
) -> None:
    if hangs:
        hang(deployment, 1)
    status = deployment.pages.get("/sync/status").json()
    assert [one["State"] for one in status["Workers"]] == ["working", "silent"]
    assert "Start it" in status["Workers"][1]["LastError"]
    assert "LastError" not in status
    shown = part(deployment)
    assert "▲" in shown
    assert "2つのうち1つが稼働" in shown
    assert "届出は届いています" in shown
    assert "応答なし" not in shown


def test_where_none_works_it_is_told_as_out(prepare: Any) -> None:
    deployment = prepare(workers=2)
    deployment.start_oqs()
    deployment.start_service()
    assert "応答なし" in part(deployment)
    assert "Start it" in deployment.pages.get("/sync/status").json()["LastError"]


@pytest.mark.parametrize("of", [timekeeping, worker_client])
def test_a_worker_that_hangs_is_named_and_not_waited_for(
    prepare: Any, monkeypatch: pytest.MonkeyPatch, of: Any
) -> None:
    monkeypatch.setattr(of, "FOLLOWER_PATIENCE_SECONDS", 0.5)
    deployment = prepare(runs=of is worker_client)
    deployment.start_oqs()
    deployment.start_service()
    hang(deployment, 0)
    deployment.register()
    hung = deployment.worker_listener.url
    who = f"the sync worker at {hung}"
    if of is worker_client:
        who = f"the intermediate server, with its workers, at {deployment.console.url}"
    before = deployment.oqs.get("/sim/clock").json()["Now"]
    with ThreadPoolExecutor(1) as other:
        first = other.submit(deployment.advance, BusinessDays=3)
        while deployment.oqs.get("/sim/clock").json()["Now"] == before:
            assert not first.done()
        while "detail" not in (busy := deployment.advance(Days=9).json()):
            assert busy["code"] == "SIM-CLOCK-BUSY"
        assert busy["detail"] == f"It waits for {who}."
        failed = first.result(SECONDS)
    assert (failed.status_code, failed.json()["code"]) == (502, "SIM-FOLLOWER-FAILED")
    assert hung in failed.json()["detail"]


def test_a_worker_that_stands_by_does_not_wait_for_ever(
    deployment: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that has the file knows nothing of what the other is asked for."""
    monkeypatch.setattr(delivery, "STALLED_SECONDS", -29.5)  # half a second, with a lease of 30
    assert deployment.worker.get("/status").json()["Workers"][0]["State"] == "working"
    deployment.start_worker(1)
    refused = deployment.worker.post("/follow", json={"Now": "2026-11-30T00:00:00Z"})
    assert refused.status_code == 502
    assert "has delivered nothing for" in refused.json()["detail"]
