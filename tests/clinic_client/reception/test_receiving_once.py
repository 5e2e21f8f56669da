"""A visit that is sent again with its key is written down once, and costs no further try."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clinic_client.store import visit_store
from clinic_client.store.schema import metadata
from clinic_client.store.visit_store import MIGRATIONS, VisitStore
from tests.secrecy import says

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


NUMBER = {
    "InsurerNumber": "990010",
    "InsuredCardSymbol": "最上",
    "InsuredIdentificationNumber": "1234567",
    "InsuredBranchNumber": "01",
    "Birthdate": "19800217",
}
WAYS = {
    "/api/visits": {"Pin": "1234"},
    "/api/visits/number": NUMBER,
    "/api/visits/unchecked": {"Cause": "device"},
}


def send(clinic: Any, path: str, body: dict[str, Any], key: str = "k") -> Any:
    return clinic.http.post(path, json=body, headers={"Idempotency-Key": key})


@pytest.fixture
def clinic(with_card: Callable[..., Any], tmp_path: Path) -> Any:
    return with_card(database_url=f"sqlite:///{tmp_path / 'clinic.db'}")


@pytest.mark.parametrize("path", WAYS)
def test_a_visit_sent_again_is_answered_as_before(clinic: Any, path: str) -> None:
    first, again = (send(clinic, path, WAYS[path]) for _ in range(2))
    assert (first.status_code, again.status_code, again.text) == (201, 201, first.text)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert len(clinic.get("/api/visits")) == 1
    assert send(clinic, path, WAYS[path], "k-2").json()["VisitId"] != first.json()["VisitId"]


def test_a_key_with_another_content_is_refused(clinic: Any) -> None:
    send(clinic, "/api/visits/number", NUMBER)
    refused = send(clinic, "/api/visits/number", {**NUMBER, "InsuredBranchNumber": "02"})
    assert (refused.status_code, refused.json()["code"]) == (422, "SIM-IDEMPOTENCY-KEY-REUSED")
    assert len(clinic.get("/api/visits")) == 1


def test_a_wrong_pin_sent_again_costs_one_try(clinic: Any) -> None:
    first, again = (send(clinic, "/api/visits", {"Pin": "9999"}) for _ in range(2))
    assert first.json()["attempts_remaining"] == 2
    assert (again.status_code, again.text) == (first.status_code, first.text)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert clinic.receive("9999").json()["attempts_remaining"] == 1


def test_nothing_that_is_kept_holds_a_pin(clinic: Any, tmp_path: Path) -> None:
    send(clinic, "/api/visits", {"Pin": "9753"})
    send(clinic, "/api/visits", {"Pin": "1234"}, "k-2")
    kept = b"".join(part.read_bytes() for part in tmp_path.glob("clinic.db*"))
    assert b"attempts_remaining" in kept
    assert not says(kept.decode("latin-1"), "9753")


def test_the_same_key_at_the_same_time_is_one_visit(clinic: Any) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: send(clinic, "/api/visits/number", NUMBER), range(4)))
    assert len({one.text for one in answers if one.status_code == 201}) == 1
    assert {one.status_code for one in answers} <= {201, 409}
    assert len(clinic.get("/api/visits")) == 1


def test_an_answer_outlives_the_desk(with_card: Callable[..., Any], tmp_path: Path) -> None:
    database_url = f"sqlite:///{tmp_path / 'kept.db'}"
    first = send(with_card(database_url=database_url), "/api/visits/unchecked", {"Cause": "device"})
    later = with_card(database_url=database_url)
    assert send(later, "/api/visits/unchecked", {"Cause": "device"}).text == first.text


@pytest.fixture
def two(with_card: Callable[..., Any], new_database: Callable[..., str]) -> tuple[Any, Any]:
    """Two processes of the clinic: nothing but the database tells one of the other."""
    database_url = new_database(metadata, MIGRATIONS)
    first, second = (with_card(database_url=database_url) for _ in range(2))
    return first, second


@pytest.mark.parametrize("path", ["/api/visits", "/api/visits/number"])
def test_what_another_process_is_at_is_not_done_beside_it(
    two: tuple[Any, Any], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes would send one PIN twice, and a wrong one would cost two tries."""
    first, second = two
    meanwhile = []
    record = VisitStore.record

    def recorded(store: VisitStore, *given: Any) -> None:
        monkeypatch.setattr(VisitStore, "record", record)
        meanwhile.append(send(second, path, WAYS[path]))
        record(store, *given)

    monkeypatch.setattr(VisitStore, "record", recorded)
    done = send(first, path, WAYS[path])
    (refused,) = meanwhile
    assert done.status_code == 201
    assert (refused.status_code, refused.json()["code"]) == (409, "SIM-IDEMPOTENCY-KEY-UNDER-WAY")
    again = send(second, path, WAYS[path])
    assert (again.text, again.headers["Idempotency-Replayed"]) == (done.text, "true")


def test_what_came_to_nothing_is_done_when_it_is_sent_again(
    two: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    for clinic in two:  # such a PIN does not reach the card
        assert send(clinic, "/api/visits", {"Pin": "12"}).json()["code"] == "SIM-READER"
    with monkeypatch.context() as broken:
        broken.setattr(VisitStore, "record", lambda *_: 1 / 0)
        assert send(first, "/api/visits/number", NUMBER).status_code == 500
    assert send(second, "/api/visits/number", NUMBER).status_code == 409
    assert send(first, "/api/visits/number", NUMBER).status_code == 201
    monkeypatch.setattr(visit_store, "GIVEN_UP_AFTER", timedelta(0))
    with monkeypatch.context() as broken:
        broken.setattr(VisitStore, "record", lambda *_: 1 / 0)
        assert send(first, "/api/visits/number", NUMBER, "k-2").status_code == 500
    assert send(second, "/api/visits/number", NUMBER, "k-2").status_code == 201
