"""``oqs municipality``: a clerk's work from the command line, on a whole system."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from click.testing import CliRunner

from testbed.cli import cli
from tests.secrecy import says

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
        clock = {"Mode": "frozen", "Now": "2026-11-16T10:00:00+09:00"}
        with httpx2.Client(trust_env=False, timeout=30) as client:
            client.put(found["oqs_console"] + "/sim/clock", json=clock).raise_for_status()
            client.post(found["testbed"] + "/cards", json={"Persona": "hanako"}).raise_for_status()
        yield found
    finally:
        process.terminate()
        process.stdout.close()
        process.wait()


def run(
    system: dict[str, Any], *arguments: str, fed: str | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*OQS, "municipality", *arguments, "--oqs", system["oqs_console"]],
        input=fed, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.deployment
def test_a_clerks_work_from_finding_to_the_receipt(system: dict[str, Any], tmp_path: Path) -> None:
    (found,) = json.loads(run(system, "find", "さとう", "--json").stdout)["residents"]
    reset = run(system, "pin", "hanako", "--pin-fd", "0", fed="8642\n")
    assert "初期化し" in reset.stdout, reset.stderr
    assert not says(reset.stdout + reset.stderr, "8642")
    answer = httpx2.post(
        system["testbed"] + "/cards/hanako/registration", json={"Pin": "8642"}, trust_env=False
    )
    assert answer.json()["code"] == "SIM-NO-ACTIVE-QUALIFICATION", "the card took the PIN"
    filed = run(system, "file", "move_out", "hanako", "--planned-on", "2026-11-20", "--json")
    assert json.loads(filed.stdout)["number"] == 2
    shown = run(system, "show", found["person_reference"], "--lang", "ja")
    assert "令和8年11月20日（金）から休止します" in shown.stdout
    assert "いまできる手続き: " in shown.stdout
    assert "move_in" in shown.stdout
    moved = run(
        system, "file", "move_in", "hanako", "--address", "模擬県別市1-1",
        "--post-number", "990-0102", "--continued", "--json",
    )  # fmt: skip
    assert "カードはまた使えます" in json.loads(moved.stdout)["sentence"]
    refused = run(system, "file", "renew", "hanako", "--json")
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["error"]["problem"] == "SIM-COUNTER-REFUSED"
    wrong = run(system, "pin", "hanako", "--pin-fd", "0", "--lang", "ja", fed="86\n")
    assert "数字4桁で決めてください" in wrong.stderr
    stray = subprocess.run(
        [*OQS, "municipality", "pin", "hanako", "--pin-fd", "0", "--oqs", system["oqs_console"]],
        input=b"86\xff2\n", capture_output=True, check=False, env={**os.environ, "LANG": "C.UTF-8"},
    )  # fmt: skip
    assert b"Traceback" not in stray.stderr
    assert stray.returncode == 1
    none = run(system, "notice", "000000000000000", str(tmp_path / "none.pdf"), "--json")
    assert json.loads(none.stdout)["error"]["problem"] == "SIM-NOT-FOUND"
    nobody = run(system, "show", "無い人", "--json")
    assert json.loads(nobody.stdout)["error"]["code"] == "not-chosen"


@pytest.mark.deployment
def test_a_notice_is_listed_sent_and_printed(system: dict[str, Any], tmp_path: Path) -> None:
    clock = {"Mode": "frozen", "Now": "2030-12-01T10:00:00+09:00"}
    httpx2.put(system["oqs_console"] + "/sim/clock", json=clock, trust_env=False, timeout=60)
    listed = json.loads(run(system, "notices", "--send", "--json").stdout)
    assert listed["sent"] == 1
    (one,) = listed["notices"]
    assert one["sent_on"] == "20301201"
    file = tmp_path / "notice.pdf"
    printed = run(system, "notice", one["card"], str(file), "--json")
    assert json.loads(printed.stdout)["bytes"] == file.stat().st_size
    assert file.read_bytes().startswith(b"%PDF-")


def test_a_day_that_is_none_is_refused_before_anything_is_sent() -> None:
    done = CliRunner().invoke(
        cli, ["municipality", "file", "move_out", "hanako", "--planned-on", "20.11.2026"]
    )
    assert done.exit_code == 2
    assert "2026-11-25" in done.stderr
