"""What the clinic says while its own database does not answer, on either engine."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, text

from clinic_client.store.schema import metadata
from clinic_client.store.visit_store import MIGRATIONS
from storage import LOCK_SETTING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.databases import Databases, KeepTables


def test_while_a_server_keeps_tables_to_another_all_else_is_answered(
    open_clinic: Callable[..., Any], databases: Databases, keep_tables: KeepTables
) -> None:
    url = databases.with_tables(metadata, MIGRATIONS)
    clinic = open_clinic(database_url=url)
    with ThreadPoolExecutor(2) as pool:
        with keep_tables(url, "visit") as until_waiting:
            asked = [pool.submit(clinic.http.get, path) for path in ("/", "/api/visits")]
            until_waiting(2)
            assert clinic.http.get("/health").status_code == 200
            assert not any(one.done() for one in asked)
        assert [one.result(20).status_code for one in asked] == [200, 200]


def test_the_desk_is_told_why_a_visit_could_not_be_written_down(
    open_clinic: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LOCK_SETTING, "0.05")
    url = f"sqlite:///{tmp_path}/clinic.sqlite"
    clinic = open_clinic(database_url=url)
    told = "データベースにつながりません"
    assert told not in clinic.page()
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(text("BEGIN IMMEDIATE"))  # as a disk that is full, it refuses writers
        refused = clinic.http.post("/api/visits/unchecked", json={"Cause": "device"})
        assert refused.status_code == 503
    assert told in clinic.page()
    clinic.http.post("/api/next").raise_for_status()
    assert told not in clinic.page()
    engine.dispose()


@pytest.fixture
def clinic_without_database(
    open_clinic: Callable[..., Any],
    new_database: Callable[..., str],
    take_away: Callable[[str], None],
) -> Any:
    database_url = new_database(metadata, MIGRATIONS)
    clinic = open_clinic(database_url=database_url)
    take_away(database_url)
    return clinic


def test_a_database_that_is_away_is_told_to_programs_and_to_people(
    clinic_without_database: Any,
) -> None:
    http = clinic_without_database.http
    for answer in (
        http.get("/api/visits"),
        http.post("/api/visits/unchecked", json={"Cause": "device"}),
    ):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert answer.json()["code"] == "SIM-STORAGE-UNAVAILABLE"
    page = http.get("/", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["Retry-After"]) == (503, "1")
    assert "データベースにつながりません" in page.text
    assert http.get("/health").status_code == 200
