"""The reference of a service's API as a page of our own, which needs nothing from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from wire.serving.access import CONSOLE, Routes
from wire.serving.openapi import own_answers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Member:
    """A member of what is sent."""

    name: str
    required: bool
    description: str


@dataclass(frozen=True)
class Answered:
    """An answer that can come."""

    status: str
    description: str


@dataclass(frozen=True)
class Operation:
    """A route."""

    method: str
    path: str
    summary: str
    body: tuple[Member, ...]
    answers: tuple[Answered, ...]


def reference(app: FastAPI) -> Routes:
    """Return the routes of the reference of ``app``; the application itself has none of its own."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )

    async def show_reference() -> HTMLResponse:
        page = templates.get_template("reference.html")
        return HTMLResponse(
            page.render(title=app.title, summary=app.summary, operations=operations(app.openapi()))
        )

    async def show_style() -> Response:
        return Response((TEMPLATES / "reference.css").read_text(), media_type="text/css")

    routes = Routes(CONSOLE)
    routes.add_api_route("/docs", show_reference, include_in_schema=False)
    routes.add_api_route("/docs.css", show_style, include_in_schema=False)
    return routes


def operations(document: Mapping[str, Any]) -> list[Operation]:
    """Return the routes of an OpenAPI document, in its order."""
    return [
        Operation(
            method=method.upper(),
            path=path,
            summary=route.get("summary", ""),
            body=tuple(_members(document, route)),
            answers=tuple(
                Answered(status, answer.get("description", "").strip())
                for status, answer in own_answers(route).items()
            ),
        )
        for path, routes in document["paths"].items()
        for method, route in routes.items()
    ]


def _members(document: Mapping[str, Any], route: Mapping[str, Any]) -> list[Member]:
    content = route.get("requestBody", {}).get("content", {})
    reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    schema = document.get("components", {}).get("schemas", {}).get(reference.rpartition("/")[2], {})
    required = schema.get("required", ())
    return [
        Member(name, name in required, described.get("description", ""))
        for name, described in schema.get("properties", {}).items()
    ]
