"""``oqs residents``: from an empty system to members of an insurer, in two commands."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from click.testing import CliRunner

from testbed.cli import cli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OQS = [sys.executable, "-m", "testbed"]
pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def system() -> Iterator[dict[str, Any]]:
    process = subprocess.Popen(
        [*OQS, "up", "--port", "0", "--json"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        found = json.loads(process.stdout.readline())
        with httpx2.Client(base_url=found["oqs_console"], trust_env=False) as oqs:
            clock = {"Mode": "frozen", "Now": "2026-11-16T10:00:00+09:00"}
            oqs.put("/sim/clock", json=clock).raise_for_status()
        yield found
    finally:
        process.terminate()
        process.stdout.close()
        process.wait()


def run(*arguments: str, fed: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*OQS, *arguments], input=fed, capture_output=True, text=True, check=False
    )


@pytest.mark.deployment
def test_residents_who_were_made_join_an_insurer(system: dict[str, Any], tmp_path: Path) -> None:
    procedures = str(tmp_path / "procedures.csv")
    made = run("residents", "make", "3000", "--procedures", procedures, "--filed-on", "2026-11-16")
    assert made.returncode == 0, made.stderr
    at = ("--oqs", system["oqs_console"])
    added = run("residents", "add", "-", *at, "--problems-only", fed=made.stdout)
    assert added.returncode == 0, added.stderr
    assert "added 3000, " in added.stderr
    again = run("residents", "add", "-", *at, "--json", fed=made.stdout)
    assert json.loads(again.stdout) == {"added": 0, "unchanged": 3000, "refused": 0}
    line = ("--intermediate", system["intermediate_line"], "--line", system["line_directory"])
    filed = run("insurer", "file", procedures, "--insurer", "990010", *line, "--json")
    assert filed.returncode == 0, filed.stdout
    counted = {"accepted": 3000, "unchanged": 0, "refused": 0, "to_look_at": 0, "skipped": 0}
    assert json.loads(filed.stdout) == counted


@pytest.mark.deployment
def test_what_is_refused_is_known_by_the_exit_code(system: dict[str, Any]) -> None:
    at = ("--oqs", system["oqs_console"])
    header = "IndividualNumber,Name,NameKana,Sex1,Birthdate\r\n"
    refused = run("residents", "add", "-", *at, fed=f"{header}1,あ,ｱ,1,20000101\r\n")
    assert refused.returncode == 4
    assert "SIM-INVALID-NUMBER" in refused.stdout
    wrong = run("residents", "add", "-", *at, "--json", fed="Name\r\n")
    assert wrong.returncode == 1
    assert json.loads(wrong.stdout)["error"]["problem"] == "SIM-INVALID-REQUEST"


def test_an_insurer_that_is_none_is_refused_before_anything_is_made() -> None:
    done = CliRunner().invoke(cli, ["residents", "make", "1", "--insurer", "990011"])
    assert done.exit_code == 2
    assert not done.stdout
