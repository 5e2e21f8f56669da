"""Going back to the seed: what was done since is gone, what must not be undone stays."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, update

from oqs_sim.app import MIGRATIONS
from oqs_sim.store.clock import give_back_clock, lock_clock, take_clock
from oqs_sim.store.operation.schema import operation_seed
from oqs_sim.store.operation.seed import count_reset, least_epoch
from oqs_sim.store.schema import inquiry_log, metadata
from storage import bucket_of
from tests.oqs_sim.conftest import ICHIRO, Oqs

if TYPE_CHECKING:
    from collections.abc import Callable

WITHIN_MILLISECONDS = {"sqlite": 50.0, "postgresql": 500.0}
"""What is promised; PostgreSQL compares all partitions of all tables, which takes longer."""


def take(oqs: Oqs) -> str:
    taken = oqs.console.post("/sim/operation/seed")
    assert taken.status_code == 201, taken.text
    shown: str = taken.json()["Seed"]["BusinessAt"]
    return shown


def reset(oqs: Oqs) -> dict[str, Any]:
    done = oqs.console.post("/sim/operation/reset")
    assert done.status_code == 200, done.text
    answer: dict[str, Any] = done.json()
    return answer


def inquiries(oqs: Oqs) -> int:
    with oqs.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(inquiry_log)) or 0


def now(oqs: Oqs) -> str:
    shown: str = oqs.console.get("/sim/clock").json()["Now"]
    return shown


def test_all_that_was_done_since_the_seed_is_gone(member: Oqs) -> None:
    assert member.check().status_code == 200
    take(member)
    before, began = inquiries(member), now(member)
    assert member.check().status_code == 200
    member.resident(ICHIRO, "田中　一郎", "19900101")
    member.report(2, QualificationDate="20240401", DisqualificationDate="20241001")
    member.console.post("/sim/operation/faults", json={"Effect": "status:status=503", "Times": 1})
    member.set_clock("2026-11-20T09:00:00+09:00")
    assert inquiries(member) == before + 1
    back = reset(member)
    assert [one["Part"] for one in back["Parts"]] == ["oqs"]
    assert inquiries(member) == before
    assert now(member) == began
    assert member.console.get("/sim/operation").json()["Faults"] == []
    assert member.check().json()["MessageBody"]["QualificationValidity"] == "1"
    assert member.resident(ICHIRO, "田中　一郎", "19900101")  # whose number is free again


def test_a_reset_can_be_repeated_and_is_quick(member: Oqs) -> None:
    take(member)
    took = []
    for _ in range(5):
        member.check()
        (own,) = reset(member)["Parts"]
        took.append(own["Milliseconds"])
    # The best of some: another program may have had the machine meanwhile.
    assert min(took) <= WITHIN_MILLISECONDS[member.engine.dialect.name]


def test_what_was_registered_after_the_seed_is_registered_no_more(oqs: Oqs) -> None:
    oqs.report(1)
    take(oqs)
    assert oqs.register().status_code == 201
    assert oqs.check().status_code == 200
    reset(oqs)
    assert oqs.check().json()["code"] == "SIM-NOT-REGISTERED"


def test_a_spent_challenge_stays_spent(member: Oqs) -> None:
    take(member)
    proof = member.card.sign(member.challenge())
    assert member.check(proof).status_code == 200
    reset(member)
    assert member.check(proof).json()["code"] == "SIM-CHALLENGE-USED"


def test_another_process_goes_by_the_seed_at_once(member: Oqs) -> None:
    take(member)
    with member.another() as other:
        other.report(2, QualificationDate="20240401", DisqualificationDate="20241001")
        assert other.check().json()["MessageBody"]["QualificationValidity"] == "2"
        reset(member)
        assert other.check().json()["MessageBody"]["QualificationValidity"] == "1"


def test_without_a_seed_nothing_is_put_back(member: Oqs) -> None:
    assert member.check().status_code == 200
    answer = member.console.post("/sim/operation/reset")
    assert (answer.status_code, answer.json()["code"]) == (409, "SIM-NO-SEED")
    assert inquiries(member) >= 1


def test_requests_go_on_while_it_is_put_back(member: Oqs) -> None:
    take(member)
    ended = threading.Event()
    answers: list[int] = []

    def ask() -> None:
        while not ended.is_set():
            answers.append(member.check_number().status_code)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for _ in range(5):
            reset(member)
    finally:
        ended.set()
        asking.join()
    assert answers
    assert set(answers) == {200}


@pytest.mark.parametrize("mode", ["offset", "accelerated"])
def test_a_clock_that_runs_goes_on_from_the_seed(member: Oqs, mode: str) -> None:
    setting: dict[str, Any] = {"Mode": mode}
    if mode == "accelerated":
        setting["SecondsPerDay"] = 86_400
    assert member.console.put("/sim/clock", json=setting).status_code == 200
    began = take(member)
    advanced = member.console.post("/sim/clock/advance", json={"Days": 2})
    assert advanced.status_code == 200, advanced.text
    reset(member)
    assert began <= now(member)
    assert now(member)[:13] == began[:13]
    assert member.console.get("/sim/clock").json()["Mode"] == mode


def test_a_seed_from_before_an_upgrade_of_the_tables_is_refused_with_a_sentence(
    member: Oqs,
) -> None:
    take(member)
    with member.engine.begin() as connection:
        connection.execute(update(operation_seed).values(version="0020"))
    assert member.check().status_code == 200
    before = inquiries(member)
    answer = member.console.post("/sim/operation/reset")
    assert (answer.status_code, answer.json()["code"]) == (409, "SIM-SEED-OUTDATED")
    assert "もう一度" in answer.json()["japanese"]
    assert inquiries(member) == before
    take(member)
    reset(member)


def test_while_the_clock_is_advanced_no_seed_is_taken_or_put_back(member: Oqs) -> None:
    take(member)
    with member.engine.begin() as connection:
        assert take_clock(connection, "another process", lock_clock(connection).wall)
    for what in ("seed", "reset"):
        answer = member.console.post(f"/sim/operation/{what}")
        assert (answer.status_code, answer.json()["code"]) == (409, "SIM-CLOCK-BUSY")
    with member.engine.begin() as connection:
        give_back_clock(connection, "another process")
    reset(member)
    advanced = member.console.post("/sim/clock/advance", json={"Days": 1})
    assert advanced.status_code == 200  # the clock was given back


@pytest.mark.parametrize("epoch", [None, 1, 2])
def test_a_batch_of_an_epoch_that_has_ended_is_not_applied(member: Oqs, epoch: int | None) -> None:
    with member.engine.begin() as connection:
        count_reset(connection, 2)
    change = member.change(2, QualificationDate="20240401", DisqualificationDate="20241001")
    headers = {} if epoch is None else {"OQS-Ledger-Epoch": str(epoch)}
    batch = {"Bucket": bucket_of(member.hanako), "Changes": [change]}
    answer = member.worker.post("/intermediate/changes", json=batch, headers=headers)
    if epoch == 1:
        assert (answer.status_code, answer.json()["code"]) == (409, "SIM-LEDGER-WENT-BACK")
    else:
        assert answer.json()["Applied"] == 1
    validity = member.check().json()["MessageBody"]["QualificationValidity"]
    assert validity == ("1" if epoch == 1 else "2")


def test_a_reset_without_the_intermediate_server_leaves_its_epoch_as_it_is(member: Oqs) -> None:
    with member.engine.begin() as connection:
        count_reset(connection, 7)
    take(member)
    reset(member)
    with member.engine.connect() as connection:
        assert least_epoch(connection) == 7


def test_a_part_that_does_not_answer_is_named_and_the_others_go_back(
    new_database: Callable[..., str],
) -> None:
    nowhere = "http://127.0.0.1:9"
    oqs = Oqs(
        new_database(metadata, MIGRATIONS), clock_forerunners=(nowhere,), clinic_urls=(nowhere,)
    )
    try:
        for what in ("seed", "reset"):
            done = oqs.console.post(f"/sim/operation/{what}")
            assert done.is_success, done.text
            ledger, own, clinic = done.json()["Parts"]
            assert own.keys() == {"Part", "Milliseconds"}
            for silent, name in ((ledger, "中間サーバー"), (clinic, "受付")):
                assert silent["Code"] == "SIM-SERVICE-UNREACHABLE"
                assert silent["Japanese"].startswith(f"{name}（{nowhere}）が答えません")
                assert "does not answer" in silent["English"]
        form = {"do": "reset"}
        page = oqs.console.post("/operation", data=form, follow_redirects=False)
        assert page.status_code == 422
        assert "出発点に戻しました" in page.text
        assert f"中間サーバー（{nowhere}）が答えません" in page.text
    finally:
        oqs.close()
