"""医療費助成の受給者証 by card (PMH): told, or empty for whatever reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.oqs_sim.bulk.sending import message
from tests.oqs_sim.conftest import INSTITUTION

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

TOWN = "99001"
PAYER = "83990010"


def put_town(oqs: Oqs, **other: str) -> None:
    body = {"Name": "模擬市", **other}
    done = oqs.console.put(f"/sim/subsidies/municipalities/{TOWN}", json=body)
    assert done.status_code == 204, done.text


def put_certificate(oqs: Oqs, **other: str) -> Any:
    body = {
        "PersonReference": oqs.hanako,
        "PayerNumber": PAYER,
        "RecipientNumber": "1234567",
        "Name": "ひとり親家庭等医療費受給者証（模擬）",
        "ValidFrom": "20260401",
        "ValidUntil": "20270331",
        **other,
    }
    return oqs.console.post(f"/sim/subsidies/municipalities/{TOWN}/certificates", json=body)


def told(oqs: Oqs, used: str | None) -> list[dict[str, str]] | None:
    body: dict[str, Any] = {"CardProof": oqs.card.sign(oqs.challenge())}
    if used is not None:
        body["SimulationUsesSubsidyCertificates"] = used
    answer = oqs.terminal.post("/qualification/card", json=message(body))
    assert answer.status_code == 200, answer.text
    assert answer.json()["MessageBody"]["QualificationValidity"] == "1"
    found: list[dict[str, str]] | None = answer.json()["MessageBody"].get(
        "SimulationSubsidyCertificates"
    )
    return found


def inspected(oqs: Oqs) -> str:
    query = f"PersonReference={oqs.hanako}&MedicalInstitutionCode={INSTITUTION}"
    answer = oqs.console.get(f"/sim/subsidies/inspection?{query}")
    assert answer.status_code == 200, answer.text
    (one,) = answer.json()["Certificates"]
    outcome: str = one["Outcome"]
    return outcome


@pytest.fixture
def subsidised(member: Oqs) -> Oqs:
    put_town(member, ConnectedOn="20260401")
    assert put_certificate(member).status_code == 204
    return member


def test_who_uses_a_certificate_has_it_told(subsidised: Oqs) -> None:
    assert inspected(subsidised) == "not_asked"
    found = told(subsidised, "1")
    assert found is not None
    (one,) = found
    assert one["PayerNumber"] == PAYER
    assert one["RecipientNumber"] == "1234567"
    assert one["MunicipalityName"] == "模擬市"
    assert one["ValidUntil"] == "20270331"
    assert inspected(subsidised) == "told"


def test_empty_looks_alike_to_the_desk_and_the_inspection_tells_it_apart(subsidised: Oqs) -> None:
    assert told(subsidised, "0") is None
    assert inspected(subsidised) == "refused"
    put_certificate(subsidised, ValidUntil="20261108")
    assert told(subsidised, "1") is None
    assert inspected(subsidised) == "lapsed"
    put_certificate(subsidised, ValidUntil="20261109")
    assert told(subsidised, "1")
    put_certificate(subsidised, ValidFrom="20261110")
    assert told(subsidised, "1") is None
    assert inspected(subsidised) == "not_yet_valid"
    put_certificate(subsidised)
    put_town(subsidised)
    assert told(subsidised, "1") is None
    assert inspected(subsidised) == "not_connected"
    put_town(subsidised, ConnectedOn="20261110")
    assert told(subsidised, "1") is None
    assert inspected(subsidised) == "not_connected"
    put_town(subsidised, ConnectedOn="20261109")
    assert told(subsidised, "1")


def test_a_reader_that_does_not_ask_is_told_nothing(subsidised: Oqs) -> None:
    assert told(subsidised, None) is None
    assert inspected(subsidised) == "not_asked"


def test_what_a_municipality_cannot_register_is_told(member: Oqs) -> None:
    assert put_certificate(member).json()["code"] == "SIM-NOT-FOUND"
    put_town(member)
    assert put_certificate(member, PersonReference="NOBODY").json()["code"] == "SIM-UNKNOWN-PERSON"
    wrong = put_certificate(member, PayerNumber="83990011")
    assert wrong.json()["code"] == "SIM-INVALID-NUMBER"
    assert "公費負担者番号「83990011」" in wrong.json()["japanese"]
    assert "正しい番号なら末尾は0です" in wrong.json()["japanese"]
    assert put_certificate(member, ValidUntil="20260331").json()["code"] == "SIM-INVALID-REQUEST"
