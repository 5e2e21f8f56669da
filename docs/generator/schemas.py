"""A JSON schema in few words of Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docs.generator.markdown import inline, table

if TYPE_CHECKING:
    from collections.abc import Mapping


def schema_of(schema: Mapping[str, Any]) -> str:
    """Describe a model: what it is, and its members or values."""
    about = schema.get("description", "").strip()
    text = f"{inline(about)}\n\n" if about else ""
    if "enum" in schema:
        return text + "One of " + ", ".join(f"`{value}`" for value in schema["enum"]) + ".\n"
    required = schema.get("required", ())
    rows = [
        (
            f"`{name}`",
            kind_of(member),
            "yes" if name in required else "",
            inline(member.get("description", "")),
        )
        for name, member in schema.get("properties", {}).items()
    ]
    return text + (table(("member", "value", "needed", "meaning"), rows) if rows else "")


def kind_of(schema: Mapping[str, Any]) -> str:
    """Name what a schema takes, in few words."""
    if "$ref" in schema:
        return f"`{schema['$ref'].rpartition('/')[2]}`"
    if "anyOf" in schema:
        return " or ".join(kind_of(each) for each in schema["anyOf"])
    if "allOf" in schema:
        return " and ".join(kind_of(each) for each in schema["allOf"])
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    match schema.get("type"):
        case "array":
            return f"list of {kind_of(schema.get('items', {}))}"
        case "string":
            return _kind_of_text(schema)
        case "null":
            return "null"
        case "object" | None:
            return "object"
        case other:
            return str(other)


def _kind_of_text(schema: Mapping[str, Any]) -> str:
    if schema.get("format") == "date-time":
        return "instant (ISO 8601)"
    by_pattern = {
        r"^\d{8}$": "day (`yyyyMMdd`)",
        r"^\d{14}$": "time of Tokyo (`yyyyMMddHHmmss`)",
        r"^\d{10}$": "10 digits",
    }
    return by_pattern.get(schema.get("pattern", ""), "text")
