"""What the OpenAPI document and the reference page tell a maker of programs."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest
from fastapi.testclient import TestClient

from oqs_sim.api.request_examples import EXAMPLES
from oqs_sim.app import build_app
from oqs_sim.settings import Settings
from tests.equipment.callers import OWN_URL, AtConsole
from wire.serving.reference import Member, operations
from wire.vocabulary.element import Element


@cache
def document() -> dict[str, Any]:
    described: dict[str, Any] = build_app(Settings()).openapi()
    return described


def kinds(of: type[Element] = Element) -> dict[str, type[Element]]:
    """The elements by name; another service's, which other tests load, may be called the same."""
    mine = of.__module__.partition(".")[0] in {"oqs_sim", "wire"}
    found = {of.__name__: of} if mine else {}
    for one in of.__subclasses__():
        found |= kinds(one)
    return found


@pytest.mark.parametrize("route", EXAMPLES, ids=" ".join)
def test_every_example_is_a_body_of_its_route(route: tuple[str, str]) -> None:
    method, path = route
    operation = document()["paths"][path][method.lower()]
    content = operation["requestBody"]["content"]["application/json"]
    assert content["example"] == EXAMPLES[route]
    model = kinds()[content["schema"]["$ref"].rpartition("/")[2]]
    model.model_validate(EXAMPLES[route])


def test_the_line_needs_a_client_certificate_and_the_web_api_a_token_too() -> None:
    schemes = document()["components"]["securitySchemes"]
    assert schemes["clientCertificate"]["type"] == "mutualTLS"
    assert (schemes["accessToken"]["type"], schemes["accessToken"]["scheme"]) == ("http", "bearer")

    def needed(path: str) -> Any:
        return document()["paths"][path]["post"].get("security")

    assert needed("/webapi/qualification/search") == [{"clientCertificate": [], "accessToken": []}]
    assert needed("/webapi/auth") == needed("/qualification/card") == [{"clientCertificate": []}]
    assert needed("/sim/clock/advance") is None


def test_the_reference_shows_what_stands_in_what() -> None:
    (check,) = (one for one in operations(document()) if one.path == "/qualification/number")

    def within(members: tuple[Member, ...], *path: str) -> Member:
        (found,) = (one for one in members if one.name == path[0])
        return within(found.members, *path[1:]) if len(path) > 1 else found

    code = within(check.body, "MessageHeader", "MedicalInstitutionCode")
    assert (code.required, code.form) == (True, "^[0-9]{10}$")
    info = within(check.body, "MessageBody", "QualificationConfirmSearchInfo")
    assert within(info.members, "InsurerNumber").form == ""
    assert within(info.members, "Birthdate").form == "^[0-9０-９]{8}$"
    assert '"InsuredCardSymbol": "北"' in check.example
    with TestClient(AtConsole(build_app(Settings())), OWN_URL) as console:
        page = console.get("/docs").text
    assert page.count("<dt><code>QualificationConfirmSearchInfo</code>") >= 3
    assert "<summary>Example</summary>" in page


def test_the_reference_shows_what_comes_back_and_what_stands_in_the_address() -> None:
    routes = {(one.method, one.path): one for one in operations(document())}
    (ok, *_) = routes["POST", "/qualification/number"].answers
    assert [one.name for one in ok.members] == ["MessageHeader", "MessageBody"]
    (challenge,) = routes["POST", "/qualification/challenges"].parameters
    assert (challenge.name, challenge.place, challenge.required) == ("Purpose", "query", False)
    assert "registration" in challenge.form
    for one in routes.values():
        told = {parameter.name for parameter in one.parameters if parameter.place == "path"}
        assert told == set(re.findall(r"{(\w+)}", one.path)), one.path


def test_every_sketch_of_a_body_has_what_has_to_stand_there() -> None:
    described = document()
    sketched = 0
    for one in operations(described):
        if not one.sketch:
            continue
        sketched += 1
        schema = described["paths"][one.path][one.method.lower()]["requestBody"]["content"][
            "application/json"
        ]["schema"]
        required = {member.name for member in one.body if member.required}
        body = json.loads(one.sketch)
        if isinstance(body, dict):
            assert required <= body.keys(), (one.path, schema)
    assert sketched > 40


def test_what_a_browser_cannot_ask_is_told_as_a_command() -> None:
    with TestClient(AtConsole(build_app(Settings())), OWN_URL) as console:
        page = console.get("/docs").text
        script = console.get("/docs.js")
    assert script.headers["content-type"].startswith("text/javascript")
    tried = set(re.findall(r'data-method="([A-Z]+)" data-path="([^"]+)"', page))
    for one in operations(document()):
        assert ((one.method, one.path) in tried) == (not one.callers)
    assert "$oqs_line/qualification/number" in page
    assert ("GET", "/sim/clock") in tried
