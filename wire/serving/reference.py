"""The reference of a service's API as a page of our own, which needs nothing from elsewhere."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from wire.serving.access import CONSOLE, Routes
from wire.serving.openapi import own_answers
from wire.vocabulary.texts import ANY_LINE

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
    form: str
    """Its codes, or the pattern of it; empty where any text or number will do."""
    members: tuple[Member, ...]
    """What stands in it."""


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
    example: str
    """A body as JSON; empty where none is known."""
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
    schemas = document.get("components", {}).get("schemas", {})
    return [
        Operation(
            method=method.upper(),
            path=path,
            summary=route.get("summary", ""),
            body=_members(schemas, _json(route).get("schema", {})),
            example=_example(route),
            answers=tuple(
                Answered(status, answer.get("description", "").strip())
                for status, answer in own_answers(route).items()
            ),
        )
        for path, routes in document["paths"].items()
        for method, route in routes.items()
    ]


def _json(route: Mapping[str, Any]) -> Mapping[str, Any]:
    content = route.get("requestBody", {}).get("content", {})
    found: Mapping[str, Any] = content.get("application/json", {})
    return found


def _example(route: Mapping[str, Any]) -> str:
    example = _json(route).get("example")
    return "" if example is None else json.dumps(example, ensure_ascii=False, indent=2)


def _members(
    schemas: Mapping[str, Any], described: Mapping[str, Any], within: tuple[str, ...] = ()
) -> tuple[Member, ...]:
    """Return what stands in an object; ``within`` are the schemas around it, which do not recur."""
    name, schema = _object(schemas, described)
    if name in within:
        return ()
    required = schema.get("required", ())
    return tuple(
        Member(
            member,
            member in required,
            one.get("description", ""),
            _form(schemas, one),
            _members(schemas, one, (*within, name)),
        )
        for member, one in schema.get("properties", {}).items()
    )


def _object(
    schemas: Mapping[str, Any], described: Mapping[str, Any]
) -> tuple[str, Mapping[str, Any]]:
    """Return name and schema of the object that a member holds, alone or several of it."""
    for one in (described, *described.get("anyOf", ()), described.get("items", {})):
        name = str(one.get("$ref", "")).rpartition("/")[2]
        if name:
            return name, schemas.get(name, {})
        if one is not described and "items" in one:
            return _object(schemas, one)
    return "", {}


def _form(schemas: Mapping[str, Any], described: Mapping[str, Any]) -> str:
    """Return what a value has to look like: one of some codes, or of a pattern."""
    _, schema = _object(schemas, described)
    for one in (schema, described, *described.get("anyOf", ())):
        if "enum" in one:
            return " | ".join(map(str, one["enum"]))
        pattern = str(one.get("pattern", ""))
        if pattern and pattern != ANY_LINE:
            return pattern
    return ""
