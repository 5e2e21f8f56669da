"""What comes in has bounds, at every route of every service, and a sentence where it is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.params import Form
from pydantic import TypeAdapter, ValidationError

from docs.generator.services import services
from wire.serving.direct import DirectRoute
from wire.serving.json_route import JsonRoute
from wire.vocabulary.codes import Day, Instant, Month, WrittenInstant
from wire.vocabulary.texts import Line, Seconds, Truth, Version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docs.generator.services import Service

UNSEEN = ["\0", "\n", "\x1b", "\x85", "\u200b", "\u202e", "\u2066", "\ufeff"]
OF_TIME = re.compile(
    r"(Date|Month|Day|Birthdate|Birth|Since|Now|Until|From|DateFrom|DateTo|[a-z]On|[a-z]At)$"
)
"""How what is said of time is called."""
NO_TIME = {"binary", "password"}
READ_BY_HAND = {
    # As people write days, in eras too; `filing/field_parsers` bounds them.
    "Intermediate server: Birthdate", "Intermediate server: DisqualificationDate",
    "Intermediate server: DueOn", "Intermediate server: EffectiveDate",
    "Intermediate server: FiledOn", "Intermediate server: From",
    "Intermediate server: QualificationDate", "Intermediate server: RecordedUntil",
    "Intermediate server: ValidUntil", "Intermediate server: VisitedOn",
    # Of a unit in bulk, which is told what is wrong with it, and of forms (`typed_day`).
    "OQS: Birthdate", "OQS: VisitedOn",
    # Of the desk's lists, which say on the page what cannot be read (`typed_day`, `month_wanted`).
    "Clinic: Day", "Clinic: From", "Clinic: Month", "Clinic: Until",
}  # fmt: skip
"""What is bounded where it is read, after it was taken in."""
BOUNDS_OF_TEXT = {"maxLength", "pattern", "enum", "const", "format"}


@pytest.mark.parametrize("character", UNSEEN)
def test_a_text_holds_nothing_that_is_not_seen(character: str) -> None:
    with pytest.raises(ValidationError, match="character 3"):
        TypeAdapter(Line).validate_python(f"佐藤{character}花子")


@pytest.mark.parametrize("text", ["佐藤　花子", "𠮷田", "葛\U000e0100飾", "Ｓａｔō", "", "🏥"])
def test_a_text_holds_all_that_is_seen(text: str) -> None:
    assert TypeAdapter(Line).validate_python(text) == text


@pytest.mark.parametrize(
    "text",
    ["99999999", "99991231", "22000101", "00000101", "20260229", "18671231", "２０２６１１１６"],
)
def test_a_day_is_one_of_the_calendar_in_plain_digits(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Day).validate_python(text)


@pytest.mark.parametrize("text", ["000001", "999912", "186712", "220001", "202613", "２０２６１１"])
def test_a_month_is_one_of_the_same_years(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Month).validate_python(text)


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z",
        "1948-12-31T23:59:59+09:00", "2100-01-01T00:00:00+09:00", "2026-11-10T00:00:00",
        "now", "yesterday", "epoch", "infinity", "2026-13-10T00:00:00Z", "",
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", [Instant, WrittenInstant])
def test_an_instant_lies_in_years_whose_office_days_are_known(kind: Any, text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(text)
    TypeAdapter(kind).validate_python("2099-12-31T23:59:59+09:00")


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-10", "20261110T000000Z", "2026-W46-1", "0044-03-15 BC", "2026-11-10T24:00:00Z",
        "2026-11-10 00:00:00Z", "2026-11-10T00:00:60Z", "2026-11-10T00:00:00 Asia/Tokyo",
        "2026-02-29T00:00:00Z", "２０２６-11-10T00:00:00Z", "2026-11-10T00:00:00Z\n",
    ],
)  # fmt: skip
def test_an_instant_that_is_handed_on_is_written_in_one_way(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(WrittenInstant).validate_python(text)


@pytest.mark.parametrize("zone", ["Z", "+09:00", "-14:00", "+00"])
def test_an_instant_has_its_zone_as_the_databases_write_it(zone: str) -> None:
    text = f"2024-04-03T15:00:00{zone}"
    assert TypeAdapter(WrittenInstant).validate_python(text) == text


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Version, True), (Version, "1"), (Version, 0), (Version, 1 << 63), (Version, 1.0),
        (Seconds, True), (Seconds, float("inf")), (Seconds, float("nan")), (Seconds, 1e308),
        (Truth, 1), (Truth, "true"),
    ],
)  # fmt: skip
def test_a_number_is_a_number_within_its_bounds(kind: Any, value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


@pytest.fixture(scope="module")
def built() -> tuple[Service, ...]:
    return services()


def test_every_text_list_and_number_of_a_request_has_bounds(built: tuple[Service, ...]) -> None:
    unbounded = [
        f"{service.name} {method} {path}: {place}"
        for service in built
        for method, path, operation in service.operations
        for place in _unbounded(service.app.openapi(), operation)
    ]
    assert not unbounded


def test_every_route_that_takes_json_sees_that_nothing_stands_there_twice(
    built: tuple[Service, ...],
) -> None:
    unseen = [
        f"{service.name} {route.path}"
        for service in built
        for route in service.routes
        if route.body_field is not None
        and not isinstance(route.body_field.field_info, Form)
        and not isinstance(route, JsonRoute | DirectRoute)
    ]
    assert not unseen


def test_every_day_month_and_instant_of_a_request_has_bounds(built: tuple[Service, ...]) -> None:
    unbounded = {
        f"{service.name}: {place.rpartition('.')[2]}"
        for service in built
        for _, _, operation in service.operations
        for place, schema in _texts(service.app.openapi(), operation)
        if schema.get("format") not in NO_TIME
        and (OF_TIME.search(place) or schema.get("format", "").startswith("date"))
        and "formatMaximum" not in schema
    }
    assert unbounded == READ_BY_HAND


def test_problems_have_one_form_in_every_document(built: tuple[Service, ...]) -> None:
    for service in built:
        document = service.app.openapi()
        assert "HTTPValidationError" not in document["components"]["schemas"]
        for _, _, operation in service.operations:
            for answer in operation["responses"].values():
                for media_type, content in answer.get("content", {}).items():
                    of_problem = "ProblemDocument" in str(content)
                    assert of_problem == (media_type == "application/problem+json")


def _unbounded(document: dict[str, Any], operation: Any) -> Iterator[str]:
    for parameter in operation.get("parameters", ()):
        yield from _of_schema(document, parameter["schema"], parameter["name"], frozenset())
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        if media_type == "application/json":
            yield from _of_schema(document, content["schema"], "body", frozenset())


def _texts(document: dict[str, Any], operation: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    given = [(one["name"], one["schema"]) for one in operation.get("parameters", ())]
    content = operation.get("requestBody", {}).get("content", {})
    given += [(media_type, one["schema"]) for media_type, one in content.items()]
    for place, schema in given:
        yield from _texts_of(document, schema, place, frozenset())


def _texts_of(
    document: dict[str, Any], schema: dict[str, Any], place: str, seen: frozenset[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    if (reference := schema.get("$ref")) in seen:
        return
    if reference is not None:
        schema = document["components"]["schemas"][reference.split("/")[-1]]
        seen |= {reference}
    if schema.get("type") == "string":
        yield place, schema
    for choice in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from _texts_of(document, choice, place, seen)
    if "items" in schema:
        yield from _texts_of(document, schema["items"], place, seen)
    for name, member in schema.get("properties", {}).items():
        yield from _texts_of(document, member, f"{place}.{name}", seen)


def _of_schema(
    document: dict[str, Any], schema: dict[str, Any], place: str, seen: frozenset[str]
) -> Iterator[str]:
    if (reference := schema.get("$ref")) is not None:
        if reference in seen:
            return
        schema, seen = (
            document["components"]["schemas"][reference.split("/")[-1]],
            seen | {reference},
        )
    for choice in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from _of_schema(document, choice, place, seen)
    match schema.get("type"):
        case "string" if not BOUNDS_OF_TEXT & schema.keys():
            yield place
        case "integer" | "number" if not {"maximum", "exclusiveMaximum"} & schema.keys():
            yield place
        case "array":
            if "maxItems" not in schema:
                yield place
            yield from _of_schema(document, schema.get("items", {}), f"{place}[]", seen)
        case "object":
            for name, member in schema.get("properties", {}).items():
                yield from _of_schema(document, member, f"{place}.{name}", seen)
