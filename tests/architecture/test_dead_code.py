"""No public function stands in the product that nothing uses."""

import ast
from pathlib import Path

import pytest
import vulture

from docs.generator.rule_catalogue import ROOMS, ROOT, named

CALLED_FROM_OUTSIDE = [
    "@*.get", "@*.post", "@*.put", "@*.delete", "@*.patch",  # routes
    "@*.command", "@*.group", "@click.*",  # commands
    "@event.listens_for", "@*.exception_handler", "@model_validator", "@field_validator",
    "@*.callback", "@overload",
]  # fmt: skip
"""Decorators by which a framework calls what they decorate."""

_OF_THE_READER = "a program that uses `reader` by itself reads this, though no desk does yet"
ALLOWED = {
    "clinic_client.exchange.line_connections.data_received": "called by asyncio",
    "clinic_client.exchange.line_connections.on_header": "called by the parser",
    "eligibility.card.protection.certificate_unasked": "P-031, of which the library has the whole",
    "eligibility.days.office_calendar.business_days_between": "C-001, counted back",
    "eligibility.identifiers.insured_number.from_print": "N-003, a number as it is printed",
    "eligibility.terminal.reader_visit.eligibility_confirmed": "R-090, on no screen yet",
    "intermediate_server.web.liveness.calm": "read by a template",
    "intermediate_server.web.page_context.language_link": "read by a template",
    "intermediate_server.web.page_context.other_years": "read by a template",
    "intermediate_server.web.page_context.other_years_value": "read by a template",
    "intermediate_server.web.page_context.years_link": "read by a template",
    "intermediate_server.web.uploading.upload_jobs.broken_off": "read by a template",
    "intermediate_server.web.uploading.upload_jobs.seconds_left": "read by a template",
    "reader.applications.surface.number_picture": _OF_THE_READER,
    "reader.readings.read_birthdate": _OF_THE_READER,
    "reader.readings.read_individual_number": _OF_THE_READER,
    "reader.pcsc.pcsc_connection.list_readers": _OF_THE_READER,
    "reader.trace.TracedConnection": "wraps a connection where somebody looks for a fault",
    "virtual_card.plugs.ccid.CcidPlug": "plugs a card into a virtual machine; how-to/usb-reader",
    "virtual_card.plugs.ccid.open_slot": "plugs a card into a virtual machine; how-to/usb-reader",
    "storage.types.process_bind_param": "called by SQLAlchemy",
    "storage.types.process_result_value": "called by SQLAlchemy",
    "testbed.cli.format_commands": "called by click",
    "wire.serving.acceptor.wait_closed": "called by uvicorn",
    "wire.serving.bounded_protocol.data_received": "called by asyncio",
    "wire.serving.bounded_protocol.on_chunk_header": "called by the parser",
    "wire.serving.bounded_protocol.timeout_keep_alive_handler": "called by uvicorn",
    "wire.serving.serve.capture_signals": "called by uvicorn",
    "testbed.driving.markup.handle_data": "called by html.parser",
    "testbed.driving.markup.handle_endtag": "called by html.parser",
    "testbed.driving.markup.handle_starttag": "called by html.parser",
    "testbed.pytest_plugin.oqs_system": "asked for by tests of other projects, by its name",
}
"""Public names that nothing in the product refers to, each with the reason why they stay."""


def unused() -> list[vulture.core.Item]:
    scavenger = vulture.Vulture(ignore_decorators=CALLED_FROM_OUTSIDE)
    scavenger.scavenge([str(ROOT / top) for top in (*ROOMS, "bench", "docs/generator")])
    return [
        item
        for item in scavenger.get_unused_code(min_confidence=60)
        if item.typ in {"function", "class", "method", "property"}
        and not item.name.startswith("_")
        and item.filename.relative_to(ROOT).parts[0] in ROOMS
        and not registers_itself(item)
    ]


def registers_itself(item: vulture.core.Item) -> bool:
    """Tell whether a class hands its base a word by which it is found: `class A(Base, word=…)`."""
    tree = ast.parse(Path(item.filename).read_text(encoding="utf-8"))
    return any(
        isinstance(node, ast.ClassDef)
        and node.name == item.name
        and any(keyword.arg != "metaclass" for keyword in node.keywords)
        for node in ast.walk(tree)
    )


def carries_a_rule(item: vulture.core.Item) -> bool:
    """Tell whether the rules page accounts for a function: there it says "library only"."""
    tree = ast.parse(Path(item.filename).read_text(encoding="utf-8"))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return any(
        named(ast.get_docstring(node) or "")
        for node in ast.walk(tree)
        if isinstance(node, kinds)
        and any(isinstance(each, kinds) and each.name == item.name for each in ast.walk(node))
    )


@pytest.mark.long
def test_no_public_function_is_dead() -> None:
    found = {
        f"{Path(item.filename).relative_to(ROOT).with_suffix('')}.{item.name}".replace("/", ".")
        for item in unused()
        if not carries_a_rule(item)
    }
    assert sorted(found - ALLOWED.keys()) == []
    assert sorted(ALLOWED.keys() - found) == [], "these are used now"


def test_each_exception_says_why() -> None:
    assert all(len(reason) > 10 for reason in ALLOWED.values())
