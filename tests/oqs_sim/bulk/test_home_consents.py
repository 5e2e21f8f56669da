"""Consents that are given at home: lists of them (muhvq, muonq), 再照会, and how they end."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.config import Config
from fastapi.testclient import TestClient
from sqlalchemy import Column, MetaData, Table, create_engine, insert

from oqs_sim.app import MIGRATIONS
from oqs_sim.store import schema
from oqs_sim.store.bulk.home_consents import HomeConsent, find_consent
from storage import UtcDateTime, open_engine, reading
from tests.equipment.callers import OnLine
from tests.oqs_sim.bulk.sending import ask, message, result_of
from tests.oqs_sim.conftest import INSTITUTION
from wire.line_credentials import Caller, Role
from wire.vocabulary.bulk_inquiry import BulkResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.oqs_sim.conftest import Oqs

OTHER = "9930000014"
MIGRATION = "oqs_sim.store.migrations.versions.0023_consents_by_number_and_lists"
VISIT, ONLINE = "2", "3"
PATHS = {VISIT: "/bulk/home-visits", ONLINE: "/bulk/online-examinations"}


def give(oqs: Oqs, flag: str = VISIT, **body: str) -> Any:
    proof = oqs.card.sign(oqs.challenge())
    return oqs.terminal.post(
        "/visiting/consents",
        json=message({"CardProof": proof, "MedicalTreatmentFlag": flag, **body}),
    )


def given(oqs: Oqs, flag: str = VISIT, **body: str) -> str:
    done = give(oqs, flag, **body)
    assert done.status_code == 201, done.text
    number: str = done.json()["SimulationConsentNumber"]
    return number


def ask_again(terminal: TestClient, number: str, institution: str = INSTITUTION) -> Any:
    return terminal.post(
        "/visiting/qualification",
        json=message({"SimulationConsentNumber": number}, institution),
    )


def listed(oqs: Oqs, flag: str = VISIT, **days: str) -> list[dict[str, Any]]:
    body = {"QualificationConfirmSearchInfo": {"MedicalTreatmentFlag": flag, **days}}
    found = ask(oqs.terminal, PATHS[flag], body)
    BulkResult.model_validate(found)
    units: list[dict[str, Any]] = found["MessageBody"].get("BulkConfirmUnit", [])
    return units


def as_patient(oqs: Oqs, path: str, **body: str) -> Any:
    proof = oqs.card.sign(oqs.portal_challenge("inquiries"))
    return oqs.console.post(path, json={"CardProof": proof, **body})


@pytest.mark.rules("P-022")
def test_a_consent_at_home_is_a_check_and_puts_the_patient_on_the_list(member: Oqs) -> None:
    assert listed(member) == []
    done = give(member)
    assert done.status_code == 201
    assert done.json()["Qualification"]["MessageBody"]["QualificationValidity"] == "1"
    (unit,) = listed(member, ConsentDateFrom="20261109", ConsentDateTo="20261109")
    assert unit["QualificationValidity"] == "1"
    assert result_of(unit)["Name"] == "佐藤　花子"
    assert unit["SimulationConsentNumber"] == done.json()["SimulationConsentNumber"]
    assert listed(member, ConsentDateFrom="20261110") == []
    assert listed(member, ConsentDateTo="20261108") == []
    assert listed(member, ONLINE) == []


def test_the_online_list_goes_by_the_day_of_examination_too(member: Oqs) -> None:
    given(member, ONLINE, ExaminationDate="20261120")
    days = {"ExaminationDateFrom": "20261120", "ExaminationDateTo": "20261120"}
    assert len(listed(member, ONLINE, **days)) == 1
    assert listed(member, ONLINE, ExaminationDateFrom="20261121") == []
    assert len(listed(member, ONLINE, ConsentDateFrom="20261109")) == 1


@pytest.mark.rules("P-022")
def test_the_second_visit_asks_again_without_the_card(member: Oqs) -> None:
    number = given(member)
    member.report(2, DisqualificationDate="20261115", ReasonOfLoss="03")
    member.report(3, insurer="06990014", QualificationDate="20261115")
    member.set_clock("2026-12-07T09:00:00+09:00")
    answer = ask_again(member.terminal, number)
    assert answer.status_code == 200, answer.text
    body = answer.json()["MessageBody"]
    assert body["QualificationValidity"] == "1"
    (item,) = body["ResultList"]
    assert item["ResultOfQualificationConfirmation"]["InsurerNumber"] == "06990014"
    lines = as_patient(member, "/portal/inquiries").json()["Inquiries"]
    assert lines[1]["Purpose"] == "at_home"
    assert lines[1]["MedicalInstitutionCode"] == INSTITUTION


def test_a_consent_is_the_institution_s_own(member: Oqs) -> None:
    number = given(member)
    stranger = TestClient(OnLine(member.app, Caller(Role.TERMINAL, OTHER)))
    assert ask_again(stranger, number, OTHER).json()["code"] == "SIM-CONSENT-UNKNOWN"
    assert ask_again(stranger, number).json()["code"] == "SIM-WRONG-CALLER"
    assert ask_again(member.terminal, "0" * 32).json()["code"] == "SIM-CONSENT-UNKNOWN"


def test_the_institution_withdraws_it(member: Oqs) -> None:
    number = given(member)
    withdrawal = message({"SimulationConsentNumber": number})
    assert member.terminal.post("/visiting/withdrawals", json=withdrawal).status_code == 204
    refused = ask_again(member.terminal, number)
    assert refused.status_code == 409
    assert refused.json()["code"] == "SIM-CONSENT-ENDED"
    assert "医療機関が取り消しました" in refused.json()["japanese"]
    assert listed(member) == []
    assert member.terminal.post("/visiting/withdrawals", json=withdrawal).status_code == 204
    (consent,) = as_patient(member, "/portal/consents").json()["Consents"]
    assert consent["EndReason"] == "1"


def test_the_patient_withdraws_it_at_the_portal(member: Oqs) -> None:
    number = given(member)
    (consent,) = as_patient(member, "/portal/consents").json()["Consents"]
    assert consent["SimulationConsentNumber"] == number
    assert consent["MedicalInstitutionCode"] == INSTITUTION
    assert "EndReason" not in consent
    done = as_patient(member, "/portal/consents/withdrawals", SimulationConsentNumber=number)
    assert done.status_code == 204, done.text
    assert "患者さんが取り消しました" in ask_again(member.terminal, number).json()["japanese"]
    unknown = as_patient(member, "/portal/consents/withdrawals", SimulationConsentNumber="0" * 32)
    assert unknown.json()["code"] == "SIM-CONSENT-UNKNOWN"


def test_a_consent_to_the_other_use_takes_its_place(member: Oqs) -> None:
    visit = given(member, VISIT)
    online = given(member, ONLINE)
    assert "別の用途" in ask_again(member.terminal, visit).json()["japanese"]
    assert ask_again(member.terminal, online).status_code == 200
    assert listed(member, VISIT) == []
    assert len(listed(member, ONLINE)) == 1


def test_a_consent_given_once_more_stands_beside_the_one_before(member: Oqs) -> None:
    numbers = [given(member) for _ in range(8)]
    for number in numbers:
        assert ask_again(member.terminal, number).status_code == 200
    told = as_patient(member, "/portal/consents").json()["Consents"]
    assert {one["SimulationConsentNumber"] for one in told} == set(numbers)
    assert len(listed(member)) == 1


def test_each_of_several_consents_ends_by_itself_and_all_of_them_by_the_other_use(
    member: Oqs,
) -> None:
    first = given(member)
    member.set_clock("2026-11-10T09:00:00+09:00")
    second = given(member)
    (unit,) = listed(member)
    assert unit["SimulationConsentNumber"] == second
    withdrawal = message({"SimulationConsentNumber": second})
    assert member.terminal.post("/visiting/withdrawals", json=withdrawal).status_code == 204
    assert ask_again(member.terminal, second).json()["code"] == "SIM-CONSENT-ENDED"
    assert ask_again(member.terminal, first).status_code == 200
    (unit,) = listed(member)
    assert unit["SimulationConsentNumber"] == first
    third = given(member)
    given(member, ONLINE)
    for number in (first, third):
        assert "別の用途" in ask_again(member.terminal, number).json()["japanese"]
    told = as_patient(member, "/portal/consents").json()["Consents"]
    assert [one.get("EndReason") for one in told if one["SimulationConsentNumber"] == second] == [
        "1"
    ]
    assert listed(member) == []


def test_an_older_database_keeps_its_consents(new_database: Callable[..., str]) -> None:
    old = create_engine(new_database())
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    at = datetime(2026, 11, 9, tzinfo=UTC)
    kept = HomeConsent("SIM-0000000000000001", INSTITUTION, VISIT, "1" * 32, at, at, "1")
    place = {**kept.person._asdict(), "institution_code": INSTITUTION, "treatment_flag": VISIT}
    before = {"ended_at": at, "end_reason": "1", "consented_at": at}
    with old.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, importlib.import_module(MIGRATION).down_revision)
        instants = [Column(name, UtcDateTime) for name in ("consented_at", "ended_at")]
        home = Table("home_consent", MetaData(), *instants, autoload_with=connection)
        ways = Table("home_consent_by_number", MetaData(), autoload_with=connection)
        connection.execute(insert(home), {**place, **before, "consent_number": "1" * 32})
        connection.execute(insert(ways), {**place, "consent_number": "0" * 32})
        connection.execute(insert(ways), {**place, "consent_number": "1" * 32})
    url = old.url.render_as_string(hide_password=False)
    old.dispose()
    engine = open_engine(url, schema.metadata, MIGRATIONS)
    with reading(engine) as connection:
        assert find_consent(connection, "1" * 32) == kept
        assert find_consent(connection, "0" * 32) is None, "another took its place"
    engine.dispose()


def test_who_is_blocked_since_is_told_as_that_on_the_list(member: Oqs) -> None:
    number = given(member)
    member.report(2, SelfInformationBlocked="1")
    (unit,) = listed(member)
    assert unit["ProcessingResultStatus"] == "2"
    assert unit["ProcessingResultCode"] == "SIM-CARD-USE-BLOCKED"
    assert "ResultOfQualificationConfirmation" not in unit
    assert ask_again(member.terminal, number).json()["code"] == "SIM-CARD-USE-BLOCKED"


def test_a_list_of_the_other_treatment_is_refused(member: Oqs) -> None:
    body = {"QualificationConfirmSearchInfo": {"MedicalTreatmentFlag": ONLINE}}
    refused = member.terminal.post(PATHS[VISIT], json=message(body))
    assert refused.json()["code"] == "SIM-INVALID-REQUEST"


def test_a_proof_that_does_not_hold_gives_no_consent(member: Oqs) -> None:
    proof = member.card.sign(member.challenge())
    body = message({"CardProof": proof, "MedicalTreatmentFlag": VISIT})
    assert member.terminal.post("/visiting/consents", json=body).status_code == 201
    again = member.terminal.post("/visiting/consents", json=body)
    assert again.json()["code"] == "SIM-CHALLENGE-USED"
    assert len(listed(member)) == 1
