"""While another program holds SQLite's lock, each request ends within the bound of the wait."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from storage import LOCK_SETTING

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

SECONDS = 1.0
SLACK = 0.9
TICKETS = {
    "MessageHeader": {"MedicalInstitutionCode": "9910000018"},
    "MessageBody": {"QualificationConfirmSearchInfo": {"MedicalTreatmentMonth": "202611"}},
}


def test_no_request_waits_twice_for_the_lock(member: Oqs, monkeypatch: pytest.MonkeyPatch) -> None:
    if member.engine.dialect.name != "sqlite":
        pytest.skip("A server has no lock of the whole database.")
    monkeypatch.setenv(LOCK_SETTING, str(SECONDS))
    with member.another() as oqs:

        def at_console(path: str, body: dict[str, Any]) -> Any:
            return oqs.console.post(path, json=body)

        requests = {
            "counter": lambda: at_console(
                f"/sim/municipality/persons/{oqs.hanako}/acts", {"Act": "report_loss"}
            ),
            "hotline": lambda: at_console(
                "/portal/hotline/stops", {"Name": "佐藤　花子", "Birthdate": "19800217"}
            ),
            "clock": lambda: at_console("/sim/clock/advance", {"By": "1h"}),
            "reset": lambda: at_console("/sim/operation/reset", {}),
            "bulk": lambda: oqs.terminal.post("/bulk/medical-tickets", json=TICKETS),
        }
        file = str(oqs.engine.url.database)
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for name, request in requests.items():
                began = time.monotonic()
                answer = request()
                assert time.monotonic() - began < SECONDS + SLACK, name
                assert (answer.status_code, answer.json()["code"]) == (
                    503,
                    "SIM-STORAGE-UNAVAILABLE",
                ), name
            other.execute("ROLLBACK")
        for name in ("hotline", "clock"):
            assert requests[name]().status_code < 300, name
