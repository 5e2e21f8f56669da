import inspect
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import click
import pytest

from docs import generate
from docs.generator.cli_page import commands
from docs.generator.services import services as built_services
from docs.generator.settings_page import SETTINGS
from docs.generator.vocabulary_page import shared
from reader.description.layout import Application
from virtual_card.wrappers.command_filter import COMMANDS, CommandFilter
from virtual_card.wrappers.fault import Fault
from virtual_card.wrappers.timing import PROFILES
from wire.catalogue import Catalogue

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"


@pytest.fixture(scope="module")
def services():
    found = built_services()
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


@pytest.mark.long
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
    found = list(commands())
    assert {"oqs demo", "oqs up"} <= {path for path, _, _ in found}
    for path, command, _ in found:
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
                path = route.path.replace(":path}", "}")  # as the OpenAPI document has it
                for method in sorted(route.methods - {"HEAD"}):  # which is as GET, without a body
                    assert f"`{method} {path}`" in section, f"{service.name} {path}"


def test_every_route_has_a_summary(services):
    for service in services:
        routes = [route for route in service.routes if route.include_in_schema]
        operations = {(method, path) for method, path, _ in service.operations}
        assert operations == {
            (method, route.path.replace(":path}", "}"))
            for route in routes
            for method in route.methods
        }
        assert all(route.summary for route in routes)


def test_every_problem_is_documented():
    page = (REFERENCE / "problems.md").read_text(encoding="utf-8")
    for entry in Catalogue:
        assert f"\n## {entry.kind.code}\n" in page
        assert entry.kind.japanese in page


def test_every_setting_is_documented():
    page = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    for _, settings in SETTINGS:
        for name in settings.__dataclass_fields__:
            assert f"| `{name}` |" in page


def test_every_fault_is_documented_with_examples_that_can_be_read():
    page = (REFERENCE / "cli.md").read_text(encoding="utf-8")
    section = page.split("\n## oqs card fault\n")[1].split("\n## ")[0]
    for word, kind in Fault.kinds.items():
        told = section.split(f"\n  {word}\n")[1].split("\n\n")[0]
        assert inspect.getdoc(kind).splitlines()[0] in told
        examples = re.findall(rf"^ +({word}(?::\S+)?)  +\S", told, re.MULTILINE)
        assert {type(Fault.parse(example)) for example in examples} == {kind}, word
        for setting in kind.settings().values():
            assert f"\n    {setting.key}: {setting.meant}" in told


def test_everything_that_a_fault_can_say_of_commands_is_documented():
    page = (REFERENCE / "virtual-reader.md").read_text(encoding="utf-8")
    examples = page.split("For example:")[1].split("```")[1].split()[1:]
    assert [str(Fault.parse(example)) for example in examples]
    for word in (*CommandFilter.KEYS, *COMMANDS, *(each.name for each in Application)):
        assert f"`{word}`" in page
    for field in fields(CommandFilter):
        assert field.name in CommandFilter.KEYS
        assert any(getattr(Fault.parse(each).on, field.name) for each in examples), field.name


def test_every_timing_is_documented_with_its_numbers():
    page = (REFERENCE / "virtual-reader.md").read_text(encoding="utf-8")
    for profile in PROFILES.values():
        row = next(line for line in page.splitlines() if line.startswith(f"| `{profile.name}`"))
        numbers = [float(cell.split()[0]) for cell in row.split("|")[2:-1]]
        assert numbers == [profile.command, profile.byte, profile.signature]


def test_every_code_and_element_of_the_vocabulary_is_documented():
    page = (REFERENCE / "vocabulary.md").read_text(encoding="utf-8")
    assert len(shared()) > 30
    for each in shared():
        assert re.search(rf"^### {each.__name__}(?: \(OQSCD[^)]*\))?$", page, re.MULTILINE)
