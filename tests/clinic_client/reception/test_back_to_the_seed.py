"""The clinic goes back to its seed: the visits since then are gone, and open pages show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clinic_client.store.schema import metadata
from clinic_client.store.visit_store import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = {"Idempotency-Key": "the-same-in-each-run"}
NUMBER = {
    "InsurerNumber": "990010",
    "InsuredCardSymbol": "最上",
    "InsuredIdentificationNumber": "1234567",
    "InsuredBranchNumber": "01",
    "Birthdate": "19800217",
}


@pytest.fixture
def clinic(open_clinic: Callable[..., Any], new_database: Callable[..., str]) -> Any:
    return open_clinic(database_url=new_database(metadata, MIGRATIONS))


def visits(clinic: Any) -> list[str]:
    return [one["VisitId"] for one in clinic.get("/api/visits")]


def test_the_visits_since_the_seed_are_gone_and_what_waits_for_them(clinic: Any) -> None:
    first = clinic.http.post("/api/visits/unchecked", json={"Cause": "network"}).json()
    assert clinic.http.post("/sim/operation/seed").status_code == 201
    for _ in range(2):
        clinic.http.post("/api/visits/unchecked", json={"Cause": "network"}).raise_for_status()
        again = clinic.http.post("/api/visits/number", json=NUMBER, headers=KEY)
        assert again.status_code == 201, again.text
        # What was sent with a key in the run before is new in this one.
        assert "Idempotency-Replayed" not in again.headers
        assert len(visits(clinic)) == 3
        assert clinic.state()["CurrentVisit"] is not None
        assert clinic.http.post("/sim/operation/reset").status_code == 200
        assert visits(clinic) == [first["VisitId"]]
        assert len(clinic.get("/api/catch-up")["Waiting"]) == 1
        assert clinic.state()["CurrentVisit"] is None


def test_open_pages_hear_of_it(clinic: Any) -> None:
    clinic.http.post("/sim/operation/seed").raise_for_status()
    events = clinic.events()
    assert [next(events)[0] for _ in range(3)] == ["reader", "line", "clock"]
    clinic.http.post("/sim/operation/reset").raise_for_status()
    assert any(name == "visit" for name, _ in events)


def test_a_seed_of_another_moment_is_not_put_back(clinic: Any) -> None:
    answer = clinic.http.post("/sim/operation/reset")
    assert (answer.status_code, answer.json()["code"]) == (409, "SIM-NO-SEED")
    clinic.http.post("/sim/operation/seed", json={"Identity": "one"}).raise_for_status()
    clinic.http.post("/api/visits/number", json=NUMBER).raise_for_status()
    answer = clinic.http.post("/sim/operation/reset", json={"Identity": "two"})
    assert (answer.status_code, answer.json()["code"]) == (409, "SIM-SEED-OF-ANOTHER-MOMENT")
    assert len(visits(clinic)) == 1
