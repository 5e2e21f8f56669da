"""What the clinic says while its own database does not answer, on either engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, text

from clinic_client.store.schema import metadata
from clinic_client.store.visit_store import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Callable


def take_away(database_url: str, request: pytest.FixtureRequest) -> None:
    """Let a database answer nothing that is asked of it any more."""
    if database_url.startswith("sqlite"):
        engine = create_engine(database_url)
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE visit"))
    else:
        databases = request.getfixturevalue("databases")
        name = database_url.partition("?")[0].rpartition("/")[2]
        other = databases.empty().replace("postgresql://", "postgresql+psycopg://")
        engine = create_engine(other, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'))
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
                ),
                {"name": name},
            )
    engine.dispose()


@pytest.fixture
def clinic_without_database(
    open_clinic: Callable[..., Any],
    new_database: Callable[..., str],
    request: pytest.FixtureRequest,
) -> Any:
    database_url = new_database(metadata, MIGRATIONS)
    clinic = open_clinic(database_url=database_url)
    take_away(database_url, request)
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
