from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.testclient import TestClient

from tests.equipment.callers import OWN_URL, AtConsole
from wire.serving.access import CONSOLE, NotDeclared, Routes
from wire.serving.application import application
from wire.serving.observation.watching import Part


class DatabaseAway(Exception):
    pass


@asynccontextmanager
async def nothing(_: FastAPI) -> AsyncIterator[None]:
    yield


def make() -> TestClient:
    router = Routes(CONSOLE)

    @router.post("/away")
    async def away() -> None:
        raise DatabaseAway

    @router.get("/people/{name}/card")
    async def card(name: str) -> str:
        return name

    app = application(
        "test",
        title="試験",
        summary="For a test.",
        lifespan=nothing,
        routes=[router],
        outages=[DatabaseAway],
    )
    return TestClient(AtConsole(app), OWN_URL, raise_server_exceptions=False)


def test_every_service_tells_that_it_is_up_and_which_version_it_is_of() -> None:
    client = make()
    assert client.get("/health").json() == {"Service": "test", "Status": "ok"}
    described = client.get("/openapi.json").json()["info"]
    assert described["title"] == "試験（模擬 / SIMULATION）"
    assert described["version"] == version("oqs-sim")
    assert "試験" in client.get("/docs").text
    asked = client.head("/health")
    assert (asked.status_code, asked.content) == (200, b"")
    assert "head" not in client.get("/openapi.json").json()["paths"]["/health"]


def test_a_database_that_is_away_is_a_problem_and_not_a_bug() -> None:
    answer = make().post("/away")
    assert answer.status_code == 503
    assert answer.json()["code"] == "SIM-STORAGE-UNAVAILABLE"


def test_what_is_not_ready_is_logged_once_until_it_changes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    fate: list[Exception | str | None] = []

    async def look() -> str | None:
        told = fate.pop(0)
        if isinstance(told, Exception):
            raise told
        return told

    app = application(
        "test",
        title="試験",
        summary="For a test.",
        lifespan=nothing,
        routes=[],
        outages=[DatabaseAway],
        parts=[Part("store", look)],
    )
    client = TestClient(AtConsole(app), OWN_URL)
    away, bug = DatabaseAway("secret"), ZeroDivisionError("secret")
    fate += [None, away, away, away, None, bug, bug, "It is full.", "It is full.", None]
    answers = [client.get("/ready") for _ in list(fate)]
    assert [one.status_code for one in answers] == [200, 503, 503, 503, 200, *[503] * 4, 200]
    assert not any("secret" in one.text for one in answers)
    told = [one for one in caplog.records if one.name == "wire.serving.observation.watching"]
    assert [one.getMessage() for one in told] == [
        "store is not ready. It does not answer. See that its server runs and can be reached.",
        "store is ready again",
        "store is not ready. It failed (ZeroDivisionError); the log has the cause.",
        "store is not ready. It is full.",
        "store is ready again",
    ]
    assert [bool(one.exc_info) for one in told] == [False, False, True, False, False]


def test_a_foreign_page_changes_nothing() -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert make().post("/away", headers=foreign).json()["code"] == "SIM-FOREIGN-ORIGIN"


@pytest.mark.parametrize("path", ["/away/", "/health/", "/people//card", "/people/a%2Fb/card"])
def test_an_address_with_a_slash_too_many_leads_nowhere(path: str) -> None:
    for method in ("GET", "POST"):
        answer = make().request(method, path, follow_redirects=False)
        assert answer.status_code == 404
        assert answer.json()["code"] == "SIM-NOT-FOUND"


def test_that_a_value_in_an_address_leads_nowhere_is_documented() -> None:
    paths = make().get("/openapi.json").json()["paths"]
    assert "404" in paths["/people/{name}/card"]["get"]["responses"]
    assert "404" not in paths["/health"]["get"]["responses"]


def test_what_fails_before_the_application_is_asked_is_a_problem_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: object) -> bool:
        raise ValueError

    monkeypatch.setattr("wire.serving.guard._is_own", fails)
    answer = make().get("/health")
    assert answer.status_code == 500
    assert answer.json()["code"] == "SIM-INTERNAL"


def test_where_nobody_says_what_a_request_came_in_by_it_reaches_no_console() -> None:
    client = TestClient(make().app.app, OWN_URL)  # type: ignore[attr-defined] # AtConsole's
    assert client.post("/away").status_code == 404
    assert client.get("/docs").status_code == 404
    assert client.get("/openapi.json").json()["paths"].keys() == {"/health", "/ready"}
    assert client.get("/health").status_code == 200


OPTIONS: dict[str, Any] = {"title": "", "summary": "", "lifespan": nothing}


def test_no_application_is_built_with_a_route_that_does_not_say_for_whom() -> None:
    undeclared = APIRouter()
    undeclared.add_api_route("/forgotten", lambda: None)
    with pytest.raises(NotDeclared, match="GET /forgotten"):
        application("test", routes=[undeclared], **OPTIONS)


def test_none_starts_where_one_was_added_later() -> None:
    app = application("test", routes=[], **OPTIONS)
    app.add_api_route("/forgotten", lambda: None)
    with pytest.raises(NotDeclared, match="GET /forgotten"):
        TestClient(app).__enter__()
