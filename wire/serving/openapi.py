"""The OpenAPI document of a service: problems in their one form, those of all routes too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wire.catalogue import Catalogue
from wire.problem_document import AS_CONTENT, ProblemDocument
from wire.serving.access import ANYONE, CONSOLE, ROLES, ListenerKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

_OF_FASTAPI = ("HTTPValidationError", "ValidationError")
"""The form in which FastAPI says that a request is wrong; no service here answers in it."""
_READING = {"get", "head", "options"}
_OF_EVERY_ROUTE = (
    Catalogue.BAD_REQUEST,
    Catalogue.REQUEST_TOO_SLOW,
    Catalogue.HEADER_TOO_LARGE,
    Catalogue.INTERNAL,
    Catalogue.TOO_MANY_CONNECTIONS,
)


Examples = Mapping[tuple[str, str], Mapping[str, Any]]
"""What is sent to routes, by method and path, as JSON has it."""
CLIENT_CERTIFICATE, ACCESS_TOKEN = "clientCertificate", "accessToken"
_SECURITY = {
    CLIENT_CERTIFICATE: {
        "type": "mutualTLS",
        "description": "A participant of the closed line; `x-roles` says which.",
    },
    ACCESS_TOKEN: {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of `POST /webapi/auth`, with the same client certificate.",
    },
}


def describe(app: FastAPI, listener: ListenerKind, examples: Examples) -> None:
    """Have ``app.openapi`` tell of every problem that a route may answer with, and of examples.

    Who may call a route of the line alone is told as what it needs: a client certificate.

    What belongs to a route itself is written there; what all have alike is a reference to one
    description.
    """
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(made(), listener)
            _secure(app.openapi_schema)
            _show(examples, app.openapi_schema)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # as FastAPI's documentation has it


def own_answers(operation: dict[str, Any]) -> dict[str, Any]:
    """Return the answers that an operation does not share with all others."""
    return {
        status: answer for status, answer in operation["responses"].items() if "$ref" not in answer
    }


def _described(document: dict[str, Any], listener: ListenerKind) -> dict[str, Any]:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in _OF_FASTAPI:
        schemas.pop(name, None)
    schemas.setdefault(
        "ProblemDocument",
        ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}"),
    )
    shared = components.setdefault("responses", {})
    for method, operation in _operations(document):
        for answer in operation["responses"].values():
            _put_right(answer)
        for entry in _of_all(method, operation, listener):
            name = entry.name.title().replace("_", "")
            shared[name] = {
                "description": f"`{entry.kind.code}`: {entry.kind.title}",
                "content": AS_CONTENT,
            }
            operation["responses"].setdefault(
                str(entry.kind.status), {"$ref": f"#/components/responses/{name}"}
            )
    return document


def _secure(document: dict[str, Any]) -> None:
    used: set[str] = set()
    for _, operation in _operations(document):
        roles = operation.get(ROLES, ())
        if roles and not {ANYONE, CONSOLE}.intersection(roles):
            operation.setdefault("security", [{CLIENT_CERTIFICATE: []}])
        used.update(*operation.get("security", ()))
    if used:
        document["components"]["securitySchemes"] = {name: _SECURITY[name] for name in sorted(used)}


def _show(examples: Examples, document: dict[str, Any]) -> None:
    for (method, path), example in examples.items():
        operation = document["paths"].get(path, {}).get(method.lower())
        if operation is not None:  # the document of the line lacks the console's
            operation["requestBody"]["content"]["application/json"]["example"] = example


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for methods in document["paths"].values():
        yield from methods.items()


def _put_right(answer: dict[str, Any]) -> None:
    """Tell of a problem where FastAPI tells of its own form."""
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    if str(schema.get("$ref", "")).rpartition("/")[2] in _OF_FASTAPI:
        entry = Catalogue.INVALID_REQUEST.kind
        answer["content"] = AS_CONTENT
        answer["description"] = f"`{entry.code}`: {entry.title}"


def _of_all(method: str, operation: dict[str, Any], listener: ListenerKind) -> Iterator[Catalogue]:
    yield from _OF_EVERY_ROUTE
    on_line = listener is ListenerKind.LINE
    if on_line:
        yield Catalogue.CERTIFICATE_REFUSED
        yield Catalogue.REVOCATIONS_UNKNOWN
    else:
        yield Catalogue.FOREIGN_HOST
    if method not in _READING:
        yield Catalogue.BODY_TOO_LARGE
        if not on_line:
            yield Catalogue.FOREIGN_ORIGIN
    parameters = operation.get("parameters", ())
    if "requestBody" in operation or parameters:
        yield Catalogue.INVALID_REQUEST
    if any(parameter["in"] == "path" for parameter in parameters):
        yield Catalogue.NOT_FOUND  # as where a value has a slash in it
