import subprocess
import sys
from pathlib import Path
from typing import get_args

import click
import pytest

from docs import generate
from reader.description.layout import Application
from virtual_card.wrappers.faults import COMMANDS, Fault, parse_fault
from virtual_card.wrappers.timing import PROFILES
from wire.catalogue import Catalogue

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"


@pytest.fixture(scope="module")
def services():
    found = generate.services()
    assert [service.name for service in found if not any(service.routes)] == []
    assert "OQS" in {service.name for service in found}
    return found


@pytest.mark.deployment
def test_the_generated_pages_say_what_the_code_says():
    checked = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


def test_a_stale_page_is_told_by_name(tmp_path, monkeypatch):
    monkeypatch.setattr(generate, "REFERENCE", tmp_path)
    made = generate.pages()
    monkeypatch.setattr(generate, "pages", lambda: made)  # which takes seconds
    for page, text in made.items():
        page.write_text(text, encoding="utf-8")
    assert generate.stale() == []
    (tmp_path / "cli.md").write_text("of yesterday", encoding="utf-8")
    (tmp_path / "http.md").unlink()
    assert {page.name for page in generate.stale()} == {"cli.md", "http.md"}


def test_every_command_and_every_option_is_documented():
    page = (REFERENCE / "cli.md").read_text(encoding="utf-8")
    commands = list(generate.commands())
    assert {"oqs demo", "oqs up"} <= {path for path, _, _ in commands}
    for path, command, _ in commands:
        assert f"\n## {path}\n" in page
        section = page.split(f"\n## {path}\n")[1].split("\n## ")[0]
        for parameter in command.params:
            names = parameter.opts if isinstance(parameter, click.Option) else [parameter.name]
            for name in names:
                assert name.lower() in section.lower(), f"{path} {name}"


def test_every_route_is_documented(services):
    page = (REFERENCE / "http.md").read_text(encoding="utf-8")
    for service in services:
        section = page.split(f"\n## {service.name}\n")[1].split("\n## ")[0]
        for route in service.routes:
            if not route.path.endswith(".css"):
                for method in sorted(route.methods):
                    assert f"`{method} {route.path}`" in section, f"{service.name} {route.path}"


def test_every_route_has_a_summary(services):
    for service in services:
        routes = [route for route in service.routes if route.include_in_schema]
        operations = {(method, path) for method, path, _ in service.operations}
        assert operations == {(method, route.path) for route in routes for method in route.methods}
        assert all(route.summary for route in routes)


def test_every_problem_is_documented():
    page = (REFERENCE / "problems.md").read_text(encoding="utf-8")
    for entry in Catalogue:
        assert f"\n## {entry.kind.code}\n" in page
        assert entry.kind.japanese in page


def test_every_setting_is_documented():
    page = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    for _, settings in generate.SETTINGS:
        for name in settings.__dataclass_fields__:
            assert f"| `{name}` |" in page


def test_every_fault_is_documented_with_examples_that_can_be_read():
    page = (REFERENCE / "virtual-reader.md").read_text(encoding="utf-8")
    examples = page.split("For example:")[1].split("```")[1].split()[1:]
    shown = {parse_fault(example).word for example in examples}
    assert shown == {each.word for each in get_args(Fault)}
    for word in [*shown, *COMMANDS, *(application.name for application in Application)]:
        assert f"`{word}`" in page


def test_every_timing_is_documented_with_its_numbers():
    page = (REFERENCE / "virtual-reader.md").read_text(encoding="utf-8")
    for profile in PROFILES.values():
        row = next(line for line in page.splitlines() if line.startswith(f"| `{profile.name}`"))
        numbers = [float(cell.split()[0]) for cell in row.split("|")[2:-1]]
        assert numbers == [profile.command, profile.byte, profile.signature]
