"""A delivery that is under way while the system goes back to its seed: neither done nor doubled."""

from __future__ import annotations

import threading
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

import intermediate_server.worker
import oqs_sim.app
import oqs_sim.store.schema
from intermediate_server.store import MIGRATIONS
from intermediate_server.store.schema import metadata
from intermediate_server.sync.delivery import DeliveryStep
from tests.equipment.served import Served
from tests.intermediate_server.conftest import SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.intermediate_server.conftest import Deployment

NONE, VALID = "4", "1"
EARLIER = {"FiledOn": "20261110", "QualificationDate": "20261101"}
"""A procedure that is due at once."""
HELD_AT = [
    DeliveryStep.BEFORE_CLAIM,
    DeliveryStep.AFTER_CLAIM,
    DeliveryStep.AFTER_DELIVERY,
    DeliveryStep.BEFORE_MARK,
]


class Hold:
    """Stops a worker at a step of its next batch, once, until it is let go."""

    def __init__(self) -> None:
        self.step: DeliveryStep | None = None
        self.reached, self.let_go = threading.Event(), threading.Event()

    def __call__(self, step: DeliveryStep) -> None:
        if step is self.step:
            self.step = None
            self.reached.set()
            assert self.let_go.wait(SECONDS)


@pytest.fixture
def hold() -> Hold:
    return Hold()


@pytest.fixture
def deployment(
    prepare: Callable[..., Deployment], new_database: Callable[..., str], hold: Hold
) -> Deployment:
    made = prepare(
        runs=True,
        database_url=new_database(metadata, MIGRATIONS),
        oqs_database_url=new_database(oqs_sim.store.schema.metadata, oqs_sim.app.MIGRATIONS),
    )
    made.start_oqs()
    made.start_service()
    app = intermediate_server.worker.build_app(made.worker_settings(), hold)
    made._start(Served(app, made.worker_listener, graceful_seconds=1))
    made.worker = made.client(made.worker_listener.url)
    made.register()
    return made


def operate(deployment: Deployment, what: str) -> dict[str, Any]:
    done = deployment.oqs.post(f"/sim/operation/{what}")
    assert done.is_success, done.text
    outcome: dict[str, Any] = done.json()
    assert not [one for one in outcome["Parts"] if "Code" in one], outcome
    return outcome


def deliver_all(deployment: Deployment) -> list[Any]:
    """Have all be delivered that is due; return what that was."""
    now = deployment.oqs.get("/sim/clock").json()["Now"]
    done = deployment.worker.post("/follow", json={"Now": now}).raise_for_status()
    return list(done.json()["BecameVisible"])


def status(deployment: Deployment) -> tuple[int, int]:
    told = deployment.pages.get("/sync/status").raise_for_status().json()
    return told["Backlog"], told["Delivered"]


@pytest.mark.parametrize("step", HELD_AT)
def test_what_was_under_way_at_a_reset_is_not_delivered_by_it(
    deployment: Deployment, hold: Hold, step: DeliveryStep
) -> None:
    operate(deployment, "seed")
    hold.step = step
    deployment.file(**EARLIER).raise_for_status()
    assert hold.reached.wait(SECONDS)
    operate(deployment, "reset")
    hold.let_go.set()
    assert deliver_all(deployment) == []
    assert status(deployment) == (0, 0)
    assert deployment.validity() == NONE
    # The same again is the first of its kind, and comes through.
    deployment.file(**EARLIER).raise_for_status()
    assert len(deliver_all(deployment)) == 1
    assert status(deployment) == (0, 1)
    assert deployment.validity() == VALID


@pytest.mark.parametrize("step", HELD_AT)
def test_what_waited_at_the_seed_is_delivered_once_after_each_reset(
    deployment: Deployment, hold: Hold, step: DeliveryStep
) -> None:
    hold.step = step
    deployment.file(**EARLIER).raise_for_status()
    assert hold.reached.wait(SECONDS)
    operate(deployment, "seed")  # in the middle of the delivery
    hold.let_go.set()
    for _ in range(2):
        deliver_all(deployment)
        assert status(deployment) == (0, 1)
        assert deployment.validity() == VALID
        operate(deployment, "reset")
    deliver_all(deployment)
    assert status(deployment) == (0, 1)


def test_a_change_that_was_delivered_after_the_seed_is_delivered_again(
    deployment: Deployment,
) -> None:
    deployment.file().raise_for_status()
    operate(deployment, "seed")
    for _ in range(3):
        assert deployment.validity() == NONE
        advanced = deployment.advance(Days=30).raise_for_status().json()
        assert [one["Version"] for one in advanced["BecameVisible"]] == [1]
        assert deployment.validity() == VALID
        again = deployment.advance(Days=1).raise_for_status().json()
        assert again["BecameVisible"] == []
        operate(deployment, "reset")


def test_procedures_that_are_filed_during_resets_are_there_or_gone_as_a_whole(
    deployment: Deployment,
) -> None:
    persons = range(2, 8)
    for person in persons:
        deployment.register(person)
    operate(deployment, "seed")
    ended = threading.Event()
    answers: list[int] = []

    def file() -> None:
        while not ended.is_set():
            for person in persons:
                answers.append(deployment.file(person=person, **EARLIER).status_code)  # noqa: PERF401

    filing = threading.Thread(target=file)
    filing.start()
    try:
        for _ in range(4):
            operate(deployment, "reset")
    finally:
        ended.set()
        filing.join()
    assert set(answers) <= {201, 409}  # taken, or a member already
    deliver_all(deployment)
    backlog, delivered = status(deployment)
    assert backlog == 0
    known = [person for person in persons if deployment.validity(person) == VALID]
    assert len(known) == delivered
    assert [deployment.file(person=person, **EARLIER).status_code for person in persons] == [
        409 if person in known else 201 for person in persons
    ]


def test_after_a_reset_the_worker_goes_by_the_clock_that_went_back(deployment: Deployment) -> None:
    deployment.file().raise_for_status()
    deployment.wait_for_first_look()
    operate(deployment, "seed")
    deployment.advance(Days=30).raise_for_status()
    operate(deployment, "reset")
    until = monotonic() + SECONDS
    while deployment.worker.get("/status").json()["Due"]:
        assert monotonic() < until, "it still counts by the later clock"
