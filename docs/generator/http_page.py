"""`http.md`: every route of every service."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from docs.generator.markdown import NOTE
from docs.generator.schemas import kind_of, schema_of
from wire.catalogue import Catalogue
from wire.problem_document import MEDIA_TYPE
from wire.serving.openapi import own_answers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from docs.generator.services import Service

HTTP_INTRO = f"""\
# HTTP

Every route of every service, made from their OpenAPI documents, which each service gives at
`/openapi.json`. The ports are those of `make demo`; all of them are on 127.0.0.1.

Names of members are the element names of the real XML interface where it has one. An error is a
document of the type `{MEDIA_TYPE}` (RFC 9457); its `code` is one of [the problems](problems.md).

**Line** marks a route that wants a client certificate of the deployment's line. Ask it on the
service's TLS port; on the console it answers `SIM-NO-CLIENT-CERTIFICATE`. All others,
but `/health`, exist on the console only; [who may do what](access.md) has the whole table.
"""


def http_page(every: Iterable[Service]) -> str:
    """Describe every route of every service."""
    parts = [
        NOTE,
        HTTP_INTRO,
    ]
    for service in every:
        parts += _service(service)
    return "\n".join(parts)


def _service(service: Service) -> Iterator[str]:
    yield f"## {service.name}\n"
    yield f"{service.about}\n"
    for method, path, operation in service.operations:
        yield f"### `{method} {path}`\n"
        problems = _codes(operation)
        on_line = service.has_line and Catalogue.NO_CLIENT_CERTIFICATE.kind.code in problems
        yield f"{'**Line.** ' if on_line else ''}{operation['summary']}.\n"
        facts = [
            *(f"- Query `{each['name']}`: {kind_of(each['schema'])}" for each in _query(operation)),
            *_body(operation),
            *_answers(operation),
        ]
        if problems:
            links = ", ".join(f"[{code}](problems.md#{code.lower()})" for code in problems)
            facts.append(f"- Problems: {links}")
        yield "\n".join(facts) + "\n"
    pages = list(service.pages)
    if pages:
        yield f"### Pages ({service.name})\n"
        yield "\n".join(f"- `{what}`: {summary}" for what, summary in pages) + "\n"
    schemas = service.app.openapi().get("components", {}).get("schemas", {})
    own = {name: schema for name, schema in schemas.items() if not _is_of_errors(name)}
    if own:
        yield f"### Models ({service.name})\n"
        for name, schema in sorted(own.items()):
            yield f"#### {name}\n"
            yield schema_of(schema)


def _is_of_errors(name: str) -> bool:
    return name == "ProblemDocument"


def _codes(operation: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for answer in own_answers(operation).values():
        found += re.findall(r"`(SIM-[A-Z-]+)`", answer["description"])
    return list(dict.fromkeys(found))


def _query(operation: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in operation.get("parameters", ()) if each["in"] == "query"]


def _body(operation: Mapping[str, Any]) -> Iterator[str]:
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        plain = media_type == "application/json"
        yield f"- Send: {kind_of(content['schema']) if plain else f'`{media_type}`'}"


def _answers(operation: Mapping[str, Any]) -> Iterator[str]:
    for status, answer in operation["responses"].items():
        if not status.startswith("2"):
            continue
        content = answer.get("content", {})
        if not content:
            yield f"- Answer: {status}, without content"
        for media_type, described in content.items():
            schema = described.get("schema", {})
            plain = media_type == "application/json"
            what = kind_of(schema) if plain and schema else f"`{media_type}`"
            yield f"- Answer: {status}, {what}"
