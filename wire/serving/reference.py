"""The reference of a service's API as a page of our own, which needs nothing from elsewhere.

Beside it lies the script that the pages of several services use.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from wire.serving.access import ANYONE, CONSOLE, ROLES, Routes
from wire.serving.openapi import own_answers
from wire.vocabulary.texts import ANY_LINE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI

TEMPLATES = Path(__file__).parent / "templates"
_JSON = "application/json"


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
class Parameter:
    """What stands in the address or in a header."""

    name: str
    place: str
    """``path``, ``query`` or ``header``."""
    required: bool
    description: str
    form: str


@dataclass(frozen=True)
class Answered:
    """An answer that can come."""

    status: str
    description: str
    members: tuple[Member, ...]
    """What stands in it, where it is no problem."""


@dataclass(frozen=True)
class Operation:
    """A route."""

    method: str
    path: str
    summary: str
    tag: str
    parameters: tuple[Parameter, ...]
    body: tuple[Member, ...]
    example: str
    """A body as JSON; empty where none is known."""
    media_type: str
    """Of the body; empty where there is none."""
    sketch: str
    """A body to begin from: the example, or what has to stand there."""
    answers: tuple[Answered, ...]
    callers: tuple[str, ...]
    """Whose client certificate it needs; nobody's at the console."""

    @property
    def anchor(self) -> str:
        """By which an address leads to it."""
        return f"{self.method} {self.path}".replace(" ", "-")


def reference(app: FastAPI) -> Routes:
    """Return the routes of the reference of ``app``; the application itself has none of its own."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )

    async def show_reference() -> HTMLResponse:
        page = templates.get_template("reference.html")
        return HTMLResponse(
            page.render(title=app.title, summary=app.summary, groups=_by_tag(app.openapi()))
        )

    async def show_style() -> Response:
        return Response((TEMPLATES / "reference.css").read_text(), media_type="text/css")

    async def give_script() -> Response:
        return Response((TEMPLATES / "reference.js").read_text(), media_type="text/javascript")

    async def give_half_typed() -> Response:
        """Give the script by which a form stays as it is where its page changes the language."""
        return Response((TEMPLATES / "half_typed.js").read_text(), media_type="text/javascript")

    routes = Routes(CONSOLE)
    routes.add_api_route("/docs", show_reference, include_in_schema=False)
    routes.add_api_route("/docs.css", show_style, include_in_schema=False)
    routes.add_api_route("/docs.js", give_script, include_in_schema=False)
    routes.add_api_route("/half-typed.js", give_half_typed, include_in_schema=False)
    return routes


def _by_tag(document: Mapping[str, Any]) -> Mapping[str, list[Operation]]:
    found: dict[str, list[Operation]] = {}
    for one in operations(document):
        found.setdefault(one.tag, []).append(one)
    return found


def operations(document: Mapping[str, Any]) -> list[Operation]:
    """Return the routes of an OpenAPI document, in its order."""
    schemas = document.get("components", {}).get("schemas", {})
    return [
        Operation(
            method=method.upper(),
            path=path,
            summary=route.get("summary", ""),
            tag=next(iter(route.get("tags", ())), ""),
            parameters=tuple(_parameter(schemas, one) for one in route.get("parameters", ())),
            body=_members(schemas, _json(route).get("schema", {})),
            example=_example(route),
            media_type=_media_type(route),
            sketch=_example(route) or _sketch(schemas, route),
            answers=tuple(
                Answered(status, answer.get("description", "").strip(), _told(schemas, answer))
                for status, answer in own_answers(route).items()
            ),
            callers=tuple(
                role for role in route.get(ROLES, ()) if {ANYONE, CONSOLE}.isdisjoint(route[ROLES])
            ),
        )
        for path, routes in document["paths"].items()
        for method, route in routes.items()
    ]


def _parameter(schemas: Mapping[str, Any], described: Mapping[str, Any]) -> Parameter:
    return Parameter(
        described["name"],
        described["in"],
        described.get("required", False),
        described.get("description", ""),
        _form(schemas, described.get("schema", {})),
    )


def _told(schemas: Mapping[str, Any], answer: Mapping[str, Any]) -> tuple[Member, ...]:
    # A problem comes as application/problem+json, in the one form that all have.
    return _members(schemas, answer.get("content", {}).get(_JSON, {}).get("schema", {}))


def _media_type(route: Mapping[str, Any]) -> str:
    content = route.get("requestBody", {}).get("content", {})
    return _JSON if _JSON in content else next(iter(content), "")


def _sketch(schemas: Mapping[str, Any], route: Mapping[str, Any]) -> str:
    """Return a body of what has to stand there, to be filled in; empty where none is of JSON."""
    schema = _json(route).get("schema")
    if schema is None:
        return ""
    return json.dumps(_filled(schemas, schema, ()), ensure_ascii=False, indent=2)


def _filled(
    schemas: Mapping[str, Any], described: Mapping[str, Any], within: tuple[str, ...]
) -> Any:
    """Return a value of a schema: its default, its first code, or the simplest that there is."""
    if "$ref" in described:
        name = str(described["$ref"]).rpartition("/")[2]
        return {} if name in within else _filled(schemas, schemas[name], (*within, name))
    for given in ("default", "const"):
        if given in described:
            return described[given]
    if "enum" in described:
        return described["enum"][0]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in described:
            return _filled(schemas, described[several][0], within)
    kind = described.get("type", "object")
    if kind == "array":
        return [_filled(schemas, described.get("items", {}), within)]
    if kind == "object":
        required = described.get("required", ())
        return {
            name: _filled(schemas, one, within)
            for name, one in described.get("properties", {}).items()
            if name in required
        }
    return {"integer": 0, "number": 0, "boolean": False, "null": None}.get(kind, "")


def _json(route: Mapping[str, Any]) -> Mapping[str, Any]:
    content = route.get("requestBody", {}).get("content", {})
    found: Mapping[str, Any] = content.get(_JSON, {})
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
