from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from oqs_sim.timekeeping import Timekeeper
from storage import bucket_of
from tests.oqs_sim.conftest import HANAKO
from wire.problem import Problem

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs


def test_a_batch_twice_changes_nothing(oqs: Oqs) -> None:
    assert oqs.report(1) == {"Applied": 1, "Superseded": 0}
    assert oqs.report(1) == {"Applied": 0, "Superseded": 1}


def test_an_older_change_never_undoes_a_newer_one(member: Oqs) -> None:
    member.report(3, DisqualificationDate="20261101", ReasonOfLoss="03")
    member.report(2)
    assert member.check().json()["MessageBody"]["QualificationValidity"] == "2"


def test_a_person_of_another_bucket_is_refused(oqs: Oqs) -> None:
    wrong = (bucket_of(oqs.hanako) + 1) % 64
    refused = oqs.intermediate.post("/intermediate/changes", json={"Bucket": wrong, "Changes": []})
    assert refused.status_code == 200, "an empty batch is in any bucket"
    change = {
        "PersonReference": oqs.hanako, "Version": 1, "InsurerNumber": "990010",
        "InsurerName": "x", "InsuredIdentificationNumber": "1", "Name": "x", "NameKana": "x",
        "Sex1": "2", "Birthdate": "19800217", "QualificationDate": "20240401",
        "InsuredPartialContributionRatio": "030", "VisibleFrom": "2024-04-04T00:00:00+09:00",
    }  # fmt: skip
    refused = oqs.intermediate.post(
        "/intermediate/changes", json={"Bucket": wrong, "Changes": [change]}
    )
    assert refused.status_code == 422


def test_two_active_qualifications_are_several(member: Oqs) -> None:
    member.report(2, insurer="06990014", QualificationDate="20261101")
    body = member.check().json()["MessageBody"]
    assert body["QualificationValidity"] == "5"
    assert len(body["ResultList"]) == 2


def test_a_person_is_matched_by_individual_number_only_for_the_intermediate_server(
    oqs: Oqs,
) -> None:
    found = oqs.intermediate.post("/intermediate/persons", json={"IndividualNumber": HANAKO})
    assert found.json()["PersonReference"] == oqs.hanako
    unknown = oqs.intermediate.post(
        "/intermediate/persons", json={"IndividualNumber": "990000000027"}
    )
    assert unknown.json()["code"] == "SIM-UNKNOWN-PERSON"
    wrong = oqs.intermediate.post(
        "/intermediate/persons", json={"IndividualNumber": "990000000018"}
    )
    assert wrong.json()["code"] == "SIM-INVALID-NUMBER"
    assert "990000000018" not in wrong.text


def test_business_days_are_counted_over_weekend_and_holiday(oqs: Oqs) -> None:
    oqs.set_clock("2026-11-19T09:00:00+09:00")
    moved = oqs.console.post("/sim/clock/advance", json={"BusinessDays": 3}).json()
    assert moved["Reading"]["Now"] == "2026-11-25T00:00:00Z"


def test_the_clock_never_goes_back(oqs: Oqs) -> None:
    refused = oqs.console.post("/sim/clock/advance", json={"To": "2026-11-08T00:00:00Z"})
    assert refused.status_code == 409
    assert refused.json()["code"] == "SIM-CLOCK-BACKWARDS"


def test_an_advance_names_exactly_one_distance(oqs: Oqs) -> None:
    for body in ({}, {"Days": 1, "Seconds": 1}, {"Days": -1}):
        assert oqs.console.post("/sim/clock/advance", json=body).status_code == 422


def test_an_advance_tells_which_worker_failed(oqs: Oqs) -> None:
    keeper = Timekeeper(oqs.engine, ("http://127.0.0.1:9",))
    with pytest.raises(Problem, match=r"SIM-FOLLOWER-FAILED.*127\.0\.0\.1:9"):
        asyncio.run(keeper.advance(keeper.now()))


def test_a_restart_goes_on_from_where_the_clock_stood(oqs: Oqs) -> None:
    before = oqs.console.get("/sim/clock").json()
    after = Timekeeper(oqs.engine, ()).clock.reading()
    assert after.now.isoformat() == "2026-11-09T00:00:00+00:00"
    assert (after.mode, after.revision) == (before["Mode"], before["Revision"])


def test_who_waits_for_the_clock_is_told_when_it_moves(oqs: Oqs) -> None:
    async def wait_and_move() -> int:
        keeper = Timekeeper(oqs.engine, ())
        shown = keeper.clock.revision
        waiting = asyncio.create_task(keeper.wait_for_change(shown, 30))
        await asyncio.sleep(0)  # lets the task begin to wait
        await keeper.advance(keeper.now())
        return (await waiting).revision - shown

    assert asyncio.run(wait_and_move()) == 1
