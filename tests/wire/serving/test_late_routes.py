"""Routes that are derived late: at the first request, whole, and with what stands before them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel, Field

import wire.serving.json_route
from wire.serving.json_route import JsonRoute

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send


class Order(BaseModel):
    amount: int = Field(ge=1)


@pytest.fixture
def derived(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the routes that were derived, in order."""
    paths: list[str] = []
    handler = JsonRoute.get_route_handler

    def noted(route: JsonRoute) -> Callable[..., object]:
        paths.append(route.path)
        return handler(route)

    monkeypatch.setattr(wire.serving.json_route.JsonRoute, "get_route_handler", noted)
    return paths


@pytest.fixture
def app() -> FastAPI:
    router = APIRouter(route_class=JsonRoute)

    @router.post("/orders/{place}", status_code=201, tags=["orders"])
    async def order(place: int, order: Order) -> dict[str, int]:
        return {"place": place, "amount": order.amount}

    @router.get("/other")
    async def other() -> dict[str, bool]:
        return {"other": True}

    app = FastAPI()
    app.router.routes.extend(router.routes)
    return app


def test_a_route_is_derived_at_its_first_request_and_once(app: FastAPI, derived: list[str]) -> None:
    with TestClient(app) as client:
        assert derived == []
        assert client.get("/nowhere").status_code == 404
        assert client.put("/orders/3").status_code == 405
        assert derived == []
        for amount in (1, 2):
            answer = client.post("/orders/3", json={"amount": amount})
            assert (answer.status_code, answer.json()) == (201, {"place": 3, "amount": amount})
        assert client.post("/orders/3", json={"amount": 0}).status_code == 422
        assert client.post("/orders/x", json={"amount": 1}).status_code == 422
    assert derived == ["/orders/{place}"]


def test_the_description_derives_all(app: FastAPI, derived: list[str]) -> None:
    described = app.openapi()["paths"]
    assert sorted(derived) == ["/orders/{place}", "/other"]
    assert described["/orders/{place}"]["post"]["tags"] == ["orders"]
    assert "201" in described["/orders/{place}"]["post"]["responses"]


def test_what_stands_before_a_route_stays_there(app: FastAPI, derived: list[str]) -> None:
    route = next(one for one in app.router.routes if isinstance(one, JsonRoute))
    answers, seen = route.app, []

    def noting(app: ASGIApp) -> ASGIApp:
        async def note(scope: Scope, receive: Receive, send: Send) -> None:
            seen.append(scope["path"])
            await app(scope, receive, send)

        return note

    route.app = noting(answers)
    with TestClient(app) as client:
        for place in (1, 2):
            assert client.post(f"/orders/{place}", json={"amount": 1}).status_code == 201
    assert seen == ["/orders/1", "/orders/2"]
    assert derived == ["/orders/{place}"]


def test_two_who_ask_at_once_get_the_same(app: FastAPI, derived: list[str]) -> None:
    route = next(one for one in app.router.routes if isinstance(one, JsonRoute))
    together = Barrier(4)

    def ask(_: int) -> object:
        together.wait()
        return route.dependant

    with ThreadPoolExecutor(4) as callers:
        found = list(callers.map(ask, range(4)))
    assert all(one is found[0] for one in found)
    assert derived == ["/orders/{place}"]


def test_what_no_route_has_is_missing(app: FastAPI) -> None:
    route = next(one for one in app.router.routes if isinstance(one, JsonRoute))
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = route.nothing_of_the_kind
