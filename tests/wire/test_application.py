from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

import pytest
from fastapi import APIRouter, FastAPI
from starlette.testclient import TestClient

from wire.serving.application import application


class DatabaseAway(Exception):
    pass


@asynccontextmanager
async def nothing(_: FastAPI) -> AsyncIterator[None]:
    yield


def make(*, has_pages: bool) -> TestClient:
    router = APIRouter()

    @router.post("/away")
    async def away() -> None:
        raise DatabaseAway

    def own(app: FastAPI) -> None:
        @app.get("/own")
        async def answer() -> str:
            return "own"

    app = application(
        "test",
        title="試験",
        summary="For a test.",
        lifespan=nothing,
        routes=[own, router],
        outages=[DatabaseAway],
        has_pages=has_pages,
    )
    return TestClient(app, raise_server_exceptions=False)


def test_every_service_tells_that_it_is_up_and_which_version_it_is_of() -> None:
    client = make(has_pages=False)
    assert client.get("/health").json() == {"Service": "test", "Status": "ok"}
    described = client.get("/openapi.json").json()["info"]
    assert described["title"] == "試験（模擬 / SIMULATION）"
    assert described["version"] == version("oqs-sim")
    assert "試験" in client.get("/docs").text


def test_a_database_that_is_away_is_a_problem_and_not_a_bug() -> None:
    answer = make(has_pages=False).post("/away")
    assert answer.status_code == 503
    assert answer.json()["code"] == "SIM-STORAGE-UNAVAILABLE"


def test_routes_of_the_service_itself_come_first() -> None:
    assert make(has_pages=False).get("/own").json() == "own"


@pytest.mark.parametrize(("has_pages", "status"), [(True, 403), (False, 503)])
def test_an_application_with_pages_refuses_what_foreign_pages_ask(
    has_pages: bool,  # noqa: FBT001 - pytest's way
    status: int,
) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert make(has_pages=has_pages).post("/away", headers=foreign).status_code == status
