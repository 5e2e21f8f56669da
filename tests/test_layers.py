"""The layers of the tests hold what they promise."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.layers import STARTED_BY_FIXTURE, STARTED_BY_PROGRAM, TOOLS

HERE = Path(__file__).parent


@pytest.mark.parametrize("program", [*sorted(STARTED_BY_PROGRAM), sys.executable, "bash"])
def test_a_fast_test_starts_no_program(program: str) -> None:
    with pytest.raises(pytest.fail.Exception, match="has to be marked with the part"):
        subprocess.run([program, "--version"], check=True)


@pytest.mark.deployment
def test_another_marker_is_not_enough_for_a_program_of_a_part() -> None:
    assert subprocess.run(["true"], check=True).returncode == 0
    with pytest.raises(pytest.fail.Exception, match="runs opensc-tool"):
        subprocess.run(["opensc-tool", "--version"], check=True)


def test_a_small_tool_may_run_in_any_layer() -> None:
    assert "git" in TOOLS
    assert subprocess.run(["git", "--version"], check=True, capture_output=True).stdout


def test_a_test_without_a_part_is_fast(request: pytest.FixtureRequest) -> None:
    assert request.node.get_closest_marker("fast")


def test_a_parameter_brings_its_marker(
    new_database: object, request: pytest.FixtureRequest
) -> None:
    names = {mark.name for mark in request.node.iter_markers()}
    on_postgres = "postgresql" in request.node.name
    assert ("postgres" in names, "fast" in names) == (on_postgres, not on_postgres)


def test_every_fixture_that_starts_a_part_exists() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in HERE.rglob("*.py"))
    fixtures = set(re.findall(r"^@pytest\.fixture.*\ndef (\w+)\(", sources, re.MULTILINE))
    assert set(STARTED_BY_FIXTURE) <= fixtures
