"""From the ledger to OQS: in its time, in order, once, whatever happens between."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from intermediate_server.oqs_client import DeliveryFailed, DeliveryRefused, OqsClient
from intermediate_server.store import open_store
from intermediate_server.store.outgoing.leases import Leases
from intermediate_server.sync.delivery import DeliveryStep, Sync
from intermediate_server.sync.pace import Pace
from storage import bucket_of
from wire.client import line_client

MONDAY = "2026-11-16T10:00:00+09:00"
LEAVE = {"Kind": "leave", "DisqualificationDate": "20261116", "ReasonOfLoss": "03"}
EARLIER = {"FiledOn": "20261110"}
"""Filed so long ago that it is due at once."""


def deliver(deployment: Any, batch_size: int = 2000, end_at: DeliveryStep | None = None) -> int:
    """Deliver what is due on Monday, as a worker's process does: in a loop that ends with it.

    An interrupt at a step ends the loop and all that runs in it, as it ends a process.
    """

    def end(step: DeliveryStep) -> None:
        if step is end_at:
            raise KeyboardInterrupt

    async def run() -> int:
        store = open_store(deployment.database_url)
        line = line_client(deployment.oqs_line_url, deployment.certificates, "sync-worker", 10)
        leases = Leases(store.engine, "test")
        sync = Sync(store, leases, OqsClient(line), Pace(batch_size), observer=end)
        try:
            async with line:
                return await sync.deliver_due(datetime.fromisoformat(MONDAY))
        finally:
            sync.lock.release()
            store.close()

    return asyncio.run(run())


@pytest.fixture
def without_worker(prepare: Any) -> Any:
    deployment = prepare()
    deployment.start_oqs()
    deployment.start_service()
    return deployment


def test_clinics_see_a_change_from_midnight_of_the_day_its_lag_ends(deployment: Any) -> None:
    deployment.register()
    deployment.file()
    before = deployment.advance(To="2026-11-18T23:59:59+09:00").raise_for_status().json()
    assert before["BecameVisible"] == []
    assert deployment.validity() == "4"
    after = deployment.advance(To="2026-11-19T00:00:00+09:00").raise_for_status().json()
    assert [change["InsuredIdentificationNumber"] for change in after["BecameVisible"]] == [
        "1234561"
    ]
    assert deployment.validity() == "1"


def test_an_advance_tells_only_what_became_visible_by_it(deployment: Any) -> None:
    deployment.register()
    deployment.file()
    assert len(deployment.advance(BusinessDays=3).json()["BecameVisible"]) == 1
    assert deployment.advance(BusinessDays=3).json()["BecameVisible"] == []


def test_following_returns_only_when_everything_is_applied(deployment: Any) -> None:
    deployment.register()
    deployment.file()
    answer = deployment.faults.held = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        advance = threads.submit(deployment.advance, BusinessDays=3)
        deployment.faults.wait_for(1)
        assert not advance.done()
        answer.set()
        advanced = advance.result(30).json()
    assert len(advanced["BecameVisible"]) == 1
    status = deployment.worker.get("/status").json()
    assert (status["Backlog"], status["Due"], status["Delivered"]) == (0, 0, 1)


def test_changes_of_a_person_arrive_in_order(deployment: Any) -> None:
    deployment.register()
    deployment.file(QualificationDate="20261101")
    deployment.file(Kind="change", PersonalFamilyClassification="2")
    deployment.file(**LEAVE)
    deployment.advance(BusinessDays=3).raise_for_status()
    assert deployment.faults.versions == [1, 2, 3]
    assert deployment.validity() == "2"


def test_an_older_change_that_falls_due_later_does_not_undo_a_newer_one(deployment: Any) -> None:
    deployment.register()
    deployment.file(**EARLIER, QualificationDate="20261101")
    deployment.faults.wait_for(1)
    deployment.file(Kind="name", Name="佐藤　華子", NameKana="ｻﾄｳ ﾊﾅｺ", EffectiveDate="20261201")
    deployment.file(**LEAVE)
    deployment.advance(To="2026-11-19T09:00:00+09:00").raise_for_status()
    assert deployment.faults.versions == [1, 3]
    deployment.advance(To="2026-12-01T09:00:00+09:00").raise_for_status()
    assert deployment.faults.versions == [1, 3, 2, 4], "the name of that day, stated after the loss"
    assert deployment.faults.receipts == [(1, 0), (1, 0), (1, 1)]
    assert deployment.validity() == "2"


def test_a_procedure_that_is_due_at_once_wakes_the_worker(deployment: Any) -> None:
    deployment.register()
    deployment.file(**EARLIER)
    deployment.faults.wait_for(1)
    assert deployment.validity() == "1"


def test_while_the_clock_runs_the_worker_delivers_by_itself(deployment: Any) -> None:
    deployment.register()
    deployment.set_clock(Mode="accelerated", Now=MONDAY, SecondsPerDay=0.2)
    deployment.file(FiledOn="20261116")
    deployment.faults.wait_for(1)
    assert deployment.faults.receipts == [(1, 0)]


def test_a_worker_that_starts_later_picks_up_what_waits(without_worker: Any) -> None:
    without_worker.register()
    without_worker.file(**EARLIER)
    without_worker.start_worker()
    without_worker.faults.wait_for(1)
    assert without_worker.validity() == "1"


def test_a_worker_may_start_before_oqs_answers(prepare: Any) -> None:
    deployment = prepare()
    deployment.start_oqs()
    deployment.start_service()
    deployment.register()
    deployment.file(**EARLIER)
    late = deployment.put_oqs_off()
    deployment.start_worker(pause_seconds=0.05)
    refused = deployment.worker.post("/follow", json={"Now": MONDAY})
    assert refused.status_code == 502
    assert refused.json()["code"] == "SIM-FOLLOWER-FAILED"
    status = deployment.worker.get("/status").json()
    assert (status["Backlog"], status["Due"]) == (1, 1)
    assert "does not answer" in status["LastError"]
    deployment.serve_late_oqs(*late)
    deployment.faults.wait_for(1)
    assert deployment.faults.receipts == [(1, 0)]


def test_a_failing_oqs_is_told_to_the_one_who_advances(deployment: Any) -> None:
    deployment.register()
    deployment.file()
    deployment.faults.failing = True
    refused = deployment.advance(BusinessDays=3)
    assert (refused.status_code, refused.json()["code"]) == (502, "SIM-FOLLOWER-FAILED")
    status = deployment.pages.get("/sync/status").json()
    assert (status["Backlog"], status["Due"], status["Delivered"]) == (1, 1, 0)
    assert status["OldestDue"] == "2026-11-18T15:00:00Z"
    assert "HTTP status 500" in status["LastError"]


def test_after_a_failure_the_worker_tries_again_by_itself(prepare: Any) -> None:
    deployment = prepare()
    deployment.start_oqs()
    deployment.start_service()
    deployment.start_worker(pause_seconds=0.05)
    deployment.register()
    deployment.file()
    deployment.faults.failing = True
    assert deployment.advance(BusinessDays=3).status_code == 502
    deployment.faults.failing = False
    deployment.faults.wait_for(1)
    assert deployment.validity() == "1"
    deployment.worker.post("/follow", json={"Now": "2026-11-19T10:00:00+09:00"}).raise_for_status()
    assert "LastError" not in deployment.pages.get("/sync/status").json()


def test_a_batch_whose_answer_comes_too_late_is_applied_once(prepare: Any) -> None:
    deployment = prepare()
    deployment.start_oqs()
    deployment.start_service()
    deployment.register()
    deployment.file()
    answer = deployment.faults.held = threading.Event()
    deployment.start_worker(oqs_seconds=0.5)
    # Else its own first round might take the batch before the advance asks for it.
    deployment.wait_for_first_look()
    assert deployment.advance(BusinessDays=3).status_code == 502
    deployment.faults.wait_for(2)
    answer.set()
    assert deployment.faults.receipts == [(1, 0), (0, 1)]
    assert deployment.validity() == "1"


def test_a_crash_between_delivery_and_mark_applies_nothing_twice(without_worker: Any) -> None:
    without_worker.register()
    without_worker.file(**EARLIER)
    with pytest.raises(KeyboardInterrupt):
        deliver(without_worker, end_at=DeliveryStep.BEFORE_MARK)
    assert without_worker.pages.get("/sync/status").json()["Backlog"] == 1
    assert deliver(without_worker) == 1
    assert without_worker.faults.receipts == [(1, 0), (0, 1)]
    assert deliver(without_worker) == 0


def test_a_killed_worker_loses_nothing_and_applies_nothing_twice(without_worker: Any) -> None:
    without_worker.register()
    without_worker.file(**EARLIER)
    never = without_worker.faults.held = threading.Event()
    # What it leaves behind is the next one's after twice an answer's time.
    settings = vars(without_worker.worker_settings(oqs_seconds=1.0, lease_seconds=1.0))
    worker = subprocess.Popen(
        [sys.executable, Path(__file__).parent / "run_worker.py", repr(settings)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    without_worker.faults.wait_for(1)
    worker.send_signal(signal.SIGKILL)
    assert worker.wait(30) == -signal.SIGKILL
    never.set()
    assert without_worker.pages.get("/sync/status").json()["Backlog"] == 1
    without_worker.start_worker()
    without_worker.faults.wait_for(2)
    assert without_worker.faults.receipts == [(1, 0), (0, 1)]
    assert without_worker.validity() == "1"


def test_changes_move_in_batches_of_one_bucket(without_worker: Any) -> None:
    buckets = {}
    for person in range(1, 6):
        reference = without_worker.register(person)
        buckets.setdefault(bucket_of(reference), []).append(reference)
        without_worker.file(person=person, **EARLIER).raise_for_status()
    for said in ("2", "1", "2", "1"):
        change = {"Kind": "change", "PersonalFamilyClassification": said, **EARLIER}
        without_worker.file(person=1, **change).raise_for_status()
    assert deliver(without_worker, batch_size=3) == 9
    for batch, _ in without_worker.faults.batches:
        assert len(batch["Changes"]) <= 3
        persons = {change["PersonReference"] for change in batch["Changes"]}
        assert {bucket_of(person) for person in persons} == {batch["Bucket"]}
    assert [without_worker.validity(person) for person in range(1, 6)] == ["1"] * 5


def test_a_refused_batch_does_not_hold_up_the_others(without_worker: Any) -> None:
    references = [without_worker.register(person) for person in range(1, 9)]
    for person in range(1, 9):
        without_worker.file(person=person, **EARLIER).raise_for_status()
    refused = min(bucket_of(reference) for reference in references)
    without_worker.faults.refused_buckets = {refused}
    with pytest.raises(DeliveryRefused, match=f"bucket {refused}"):
        deliver(without_worker)
    others = sum(bucket_of(reference) != refused for reference in references)
    assert len(without_worker.faults.versions) == others
    without_worker.faults.refused_buckets = set()
    assert deliver(without_worker) == 8 - others


@pytest.mark.rules("R-155")
def test_the_day_of_a_long_stay_comes_to_the_clinic_with_the_limit(without_worker: Any) -> None:
    without_worker.register()
    without_worker.file(**EARLIER, QualificationDate="20261101")
    limit = {"Kind": "limit", "LimitClassificationFlag": "A05", "InpatientDays": "91"}
    filed = without_worker.file(**limit, EffectiveDate="20261110", **EARLIER)
    assert filed.status_code == 201, filed.text
    assert deliver(without_worker) == 2
    answered = without_worker.ask(LimitApplicationCertificateRelatedConsFlg="1")
    (item,) = answered["ResultList"]
    told = item["ResultOfQualificationConfirmation"]["LimitApplicationCertificateRelatedInfo"]
    assert told["LimitApplicationCertificateLongTermDate"] == "20261110"
    assert told["LimitApplicationCertificateClassificationFlag"] == "A05"


def test_the_householder_comes_to_the_clinic_as_the_name_of_the_insured(
    without_worker: Any,
) -> None:
    family = {"Householder": "試験　太郎", "PersonalFamilyClassification": "2"}
    for person, said in ((1, family), (2, {})):
        without_worker.register(person)
        without_worker.file(person=person, QualificationDate="20261101", **EARLIER, **said)
    deliver(without_worker)
    (item,) = without_worker.ask()["ResultList"]
    assert item["ResultOfQualificationConfirmation"]["InsuredName"] == "試験　太郎"
    (item,) = without_worker.ask(person=2)["ResultList"]
    assert "InsuredName" not in item["ResultOfQualificationConfirmation"]


def test_an_oqs_that_fails_ends_the_round(without_worker: Any) -> None:
    without_worker.register()
    without_worker.file(**EARLIER)
    without_worker.faults.failing = True
    with pytest.raises(DeliveryFailed, match="HTTP status 500"):
        deliver(without_worker)


def test_two_who_deliver_at_once_apply_everything_once(without_worker: Any) -> None:
    for person in range(1, 6):
        without_worker.register(person)
        without_worker.file(person=person, **EARLIER).raise_for_status()
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda _: deliver(without_worker), range(2)))
    assert sum(applied for applied, _ in without_worker.faults.receipts) == 5
    status = without_worker.pages.get("/sync/status").json()
    assert (status["Backlog"], status["Delivered"]) == (0, 5)
