"""Sending inquiries in bulk, and waiting for their results."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tests.oqs_sim.conftest import INSTITUTION

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

SECONDS = 100.0
HANAKO_ASKED = {
    "InsurerNumber": "990010",
    "InsuredCardSymbol": "最上",
    "InsuredIdentificationNumber": "1234567",
    "InsuredBranchNumber": "01",
    "Birthdate": "19800217",
}


def message(body: dict[str, Any], institution: str = INSTITUTION, **header: str) -> dict[str, Any]:
    return {
        "MessageHeader": {"MedicalInstitutionCode": institution, **header},
        "MessageBody": body,
    }


def send(terminal: TestClient, path: str, body: dict[str, Any], **header: str) -> str:
    """Send an inquiry, and return its 受付番号."""
    done = terminal.post(path, json=message(body, **header))
    assert done.status_code == 202, done.text
    number: str = done.json()["MessageBody"]["ReceptionNumber"]
    return number


def fetch(terminal: TestClient, path: str, number: str) -> dict[str, Any]:
    """Ask for a result until it is there."""
    until = time.monotonic() + SECONDS
    while True:
        answer = terminal.post(f"{path}/result", json=message({"ReceptionNumber": number}))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        if found["MessageHeader"]["SegmentOfResult"] != "2":
            return found
        assert "BulkConfirmUnit" not in found["MessageBody"]
        assert time.monotonic() < until, "it is never done"
        time.sleep(0.02)


def ask(terminal: TestClient, path: str, body: dict[str, Any], **header: str) -> dict[str, Any]:
    return fetch(terminal, path, send(terminal, path, body, **header))


def check_all(
    terminal: TestClient, units: list[dict[str, str]], **header: str
) -> list[dict[str, Any]]:
    """Check many by number, and return the units of the result."""
    found = ask(
        terminal, "/bulk/qualification", {"QualificationConfirmSearchInfo": units}, **header
    )
    answered: list[dict[str, Any]] = found["MessageBody"]["BulkConfirmUnit"]
    assert len(answered) == len(units) == found["MessageHeader"]["NumberOfProcessingResult"]
    return answered
