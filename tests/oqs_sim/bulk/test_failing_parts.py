"""What fails in bulk, unforeseen: an error for whom it concerns, and for nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from oqs_sim.bulk.message import PartOutcome
from oqs_sim.bulk.policy import BulkPolicy
from storage import reading
from tests.oqs_sim.bulk.sending import HANAKO_ASKED, check_all, fetch, message, send

if TYPE_CHECKING:
    from oqs_sim.store.bulk.receptions import ClaimedPart
    from tests.oqs_sim.conftest import Oqs

PATH, TICKETS = "/bulk/qualification", "/bulk/medical-tickets"
MARK = "一枚"


def processor_of(oqs: Oqs) -> Any:
    return oqs.app.state.bulk.processor


def fail_at(oqs: Oqs, kind: str, mark: str) -> None:
    """Have the work on a kind of message fail wherever something is asked."""
    works = processor_of(oqs)._works
    work = works[kind]

    def failing(claimed: ClaimedPart) -> PartOutcome:
        if mark in claimed.asked:
            raise OverflowError("date value out of range")
        done: PartOutcome = work(claimed)
        return done

    works[kind] = failing


def refusals(oqs: Oqs) -> list[str]:
    """Return the refusals in the log of inquiries."""
    with reading(oqs.engine) as connection:
        query = text("SELECT refusal FROM inquiry_log WHERE refusal IS NOT NULL")
        return list(connection.execute(query).scalars())


def test_a_unit_that_fails_is_an_error_and_the_others_are_answered(member: Oqs) -> None:
    fail_at(member, "muquc", MARK)
    asked = [HANAKO_ASKED, {**HANAKO_ASKED, "ArbitraryIdentifier": MARK}, HANAKO_ASKED]
    units = check_all(member.terminal, asked)
    assert [one.get("QualificationValidity") for one in units] == ["1", None, "1"]
    assert units[1]["ProcessingResultStatus"] == "2"
    assert units[1]["ProcessingResultCode"] == "SIM-INTERNAL"
    assert units[1]["QualificationConfirmSearchInfo"]["ArbitraryIdentifier"] == MARK
    assert refusals(member) == ["SIM-INTERNAL"]
    metrics = member.console.get("/metrics").text
    assert "\noqs_sim_bulk_failures 2\n" in metrics


def test_a_registration_that_fails_is_an_error_and_the_others_stand(member: Oqs) -> None:
    fail_at(member, "muimm", MARK)
    named = {name: text for name, text in HANAKO_ASKED.items() if name != "Birthdate"}
    body = {
        "ReferenceNumberRegistrationInfo": [
            {**named, "ReferenceNumber": "A-1"},
            {**named, "ReferenceNumber": MARK},
        ]
    }
    path = "/bulk/reference-numbers"
    found = fetch(member.terminal, path, send(member.terminal, path, body))
    well, badly = found["MessageBody"]["BulkRegistrationUnit"]
    assert well["ProcessingResultStatus"] == "1"
    assert badly["ProcessingResultCode"] == "SIM-INTERNAL"
    (unit,) = check_all(member.terminal, [HANAKO_ASKED])
    assert unit["ReferenceNumber"] == ["A-1"]


def test_many_that_fail_hold_up_nobody_else(member: Oqs) -> None:
    fail_at(member, "mutic", "202611")
    month = {"QualificationConfirmSearchInfo": {"MedicalTreatmentMonth": "202611"}}
    failing = [send(member.terminal, TICKETS, month) for _ in range(20)]
    assert check_all(member.terminal, [HANAKO_ASKED])[0]["QualificationValidity"] == "1"
    for number in failing:
        (unit,) = fetch(member.terminal, TICKETS, number)["MessageBody"]["BulkConfirmUnit"]
        assert unit["ProcessingResultCode"] == "SIM-INTERNAL"


def test_what_cannot_be_written_is_given_up_after_its_tries(member: Oqs) -> None:
    processor_of(member).stop()
    with member.another(bulk=BulkPolicy(lease_seconds=0.0, most_tries=3)) as other:
        processor = processor_of(other)
        processor.stop()
        number = send(member.terminal, PATH, {"QualificationConfirmSearchInfo": [HANAKO_ASKED]})
        work = processor._works["muquc"]

        def unwritable(claimed: ClaimedPart) -> PartOutcome:
            done = work(claimed)

            def write(_: object) -> None:
                raise ValueError("it cannot be written")

            return PartOutcome(done.units, done.lines, done.errors, write)

        processor._works["muquc"] = unwritable
        for tries in (1, 2, 3):
            assert processor.work_one()
            shown = member.console.get("/sim/operation").json()["Bulk"]
            assert (shown["Waiting"], shown["BegunAgain"]) == (1, int(tries > 1))
        assert "やり直しています" in member.console.get("/operation").text
        assert processor.work_one()
        assert not processor.work_one()
    (unit,) = fetch(member.terminal, PATH, number)["MessageBody"]["BulkConfirmUnit"]
    assert unit["ProcessingResultCode"] == "SIM-INTERNAL"
    assert refusals(member) == ["SIM-INTERNAL"]
    assert member.console.get("/sim/operation").json()["Bulk"]["Waiting"] == 0


def test_a_service_that_does_nothing_in_bulk_any_more_is_not_ready(member: Oqs) -> None:
    assert "bulk" in member.console.get("/ready").json()["Parts"]
    processor_of(member).stop()
    unready = member.console.get("/ready")
    assert unready.status_code == 503
    assert "bulk" in unready.json()["parts"]


@pytest.mark.parametrize("month", ["000001", "999912", "186712", "220001"])
def test_a_month_that_lies_beyond_all_is_refused(member: Oqs, month: str) -> None:
    body = {"QualificationConfirmSearchInfo": {"MedicalTreatmentMonth": month}}
    refused = member.terminal.post(TICKETS, json=message(body))
    assert (refused.status_code, refused.json()["code"]) == (422, "SIM-INVALID-REQUEST")
