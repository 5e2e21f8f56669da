"""Commands find the running system by themselves, whatever its port, or name the choice."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

OQS = [sys.executable, "-m", "testbed"]
pytestmark = [pytest.mark.timeout(180), pytest.mark.deployment]


class Machine:
    """The place of a user, and the systems that this user has started."""

    def __init__(self, place: Path) -> None:
        kept = {one: os.environ[one] for one in ("PATH", "HOME", "PYTHONPATH") if one in os.environ}
        places = {"TMPDIR": str(place), "XDG_STATE_HOME": str(place)}
        self.environment = {**kept, "LANG": "C.UTF-8", **places}
        self.systems: list[subprocess.Popen[str]] = []

    def up(self) -> dict[str, Any]:
        """Start a system on free ports; give its record."""
        started = subprocess.Popen(
            [*OQS, "up", "--port", "0", "--json"],
            stdout=subprocess.PIPE,
            text=True,
            env=self.environment,
        )
        self.systems.append(started)
        assert started.stdout is not None
        record: dict[str, Any] = json.loads(started.stdout.readline())
        return record

    def oqs(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*OQS, *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={**self.environment, **environment},
        )

    def end(self, number: int) -> None:
        """End a system."""
        system = self.systems.pop(number)
        system.terminate()
        system.communicate()


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    with tempfile.TemporaryDirectory(prefix="oqs-t-") as place:
        machine = Machine(Path(place))
        machine.up()
        try:
            yield machine
        finally:
            while machine.systems:
                machine.end(0)


def test_a_shell_with_another_place_for_temporary_files_finds_the_system(
    machine: Machine, tmp_path: Path
) -> None:
    (system,) = documents(machine.oqs("systems", "--json", TMPDIR=str(tmp_path)))
    assert documents(machine.oqs("clock", "show", "--json", TMPDIR=str(tmp_path)))["now"]
    assert system["name"] in machine.oqs("systems", TMPDIR=str(tmp_path)).stdout


def documents(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# Before the clock is moved: a certificate has its time.
def test_what_the_readme_types_in_a_second_terminal_works_whatever_the_port(
    machine: Machine,
) -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```sh\nexport PATH=.*\n((?:oqs .*\n)+)```", readme)
    for line in block.splitlines():
        done = machine.oqs(*shlex.split(line)[1:])
        assert done.returncode == 0, done.stderr + done.stdout
        assert done.stdout


def test_the_only_system_is_found_whatever_its_port(machine: Machine) -> None:
    (system,) = documents(machine.oqs("systems", "--json"))
    assert system["clinic"].endswith(f":{system['name']}")
    listed = documents(machine.oqs("card", "list", "--json"))
    assert listed["service"] == system["pcsc_socket"]
    assert [slot["slot"] for slot in listed["slots"]] == [0, 1]
    assert documents(machine.oqs("clock", "show", "--json"))["revision"] >= 0
    readers = documents(machine.oqs("reader", "list", "--json"))
    assert [reader["name"] for reader in readers] == ["Virtual PCD 00 00", "Virtual PCD 00 01"]


def test_the_clock_is_set_and_advanced_in_one_dialect(machine: Machine) -> None:
    documents(machine.oqs("clock", "set", "frozen", "--at", "2040-11-16T10:00", "--json"))
    told = machine.oqs("clock", "show", "--lang", "ja").stdout
    assert told == "2040-11-16 (金) 10:00:00  frozen\n"
    for step, shown in (
        ("2h", "2040-11-16 (Fri) 12:00:00"),
        ("3d", "2040-11-19 (Mon) 12:00:00"),
        # Over a weekend, and the day of 勤労感謝の日.
        ("5bd", "2040-11-27 (Tue) 12:00:00"),
        ("2040-12-01T09:00", "2040-12-01 (Sat) 09:00:00"),
    ):
        assert machine.oqs("clock", "advance", step).stdout.startswith(shown)
    back = machine.oqs("clock", "advance", "2040-11-16", "--json")
    assert back.returncode == 1
    error = json.loads(back.stdout)["error"]
    assert (error["code"], error["problem"]) == ("refused", "SIM-CLOCK-BACKWARDS")


def test_the_panel_speaks_the_same_dialect(machine: Machine) -> None:
    (system,) = documents(machine.oqs("systems", "--json"))
    before = documents(machine.oqs("clock", "show", "--json"))["now"]
    moved = httpx2.post(f"{system['testbed']}/panel/clock", json={"By": "1h"}, timeout=30)
    assert moved.is_success, moved.text
    assert documents(machine.oqs("clock", "show", "--json"))["now"] != before
    refused = httpx2.post(f"{system['testbed']}/panel/clock", json={"By": "soon"}, timeout=30)
    assert refused.status_code == 422
    assert "5bd (business days)" in refused.json()["detail"]


def completed(machine: Machine, line: str) -> set[str]:
    """What bash itself offers after a line, by the script that `oqs` gives it."""
    place = Path(machine.environment["XDG_STATE_HOME"])
    program = place / "oqs"
    program.write_text(f"#!{sys.executable}\nfrom testbed.cli import cli\ncli()\n", "utf-8")
    program.chmod(0o755)
    script = f"""
        eval "$(_OQS_COMPLETE=bash_source oqs)"
        IFS=' ' read -ra COMP_WORDS <<< "{line}"
        COMP_CWORD={line.count(" ")}
        _oqs_completion oqs
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**machine.environment, "PATH": f"{place}:{machine.environment['PATH']}"},
    )
    return set(done.stdout.split())


def test_bash_completes_commands_people_and_slots(machine: Machine) -> None:
    assert completed(machine, "oqs s") == {"systems", "story", "serve", "stand-in"}
    assert completed(machine, "oqs card i") == {"issue", "insert"}
    assert "hanako" in completed(machine, "oqs card issue ha")
    assert completed(machine, "oqs card remove --slot ") == {"0", "1"}
    (system,) = documents(machine.oqs("systems", "--json"))
    assert completed(machine, "oqs card list --system ") == {system["name"]}


def test_a_card_is_judged_by_the_clock_of_the_system_in_whose_reader_it_lies(
    machine: Machine,
) -> None:
    """Issued after the clock was moved on, it is not yet valid by the computer's."""
    (system,) = documents(machine.oqs("systems", "--json"))
    documents(machine.oqs("clock", "advance", "2041-03-01T09:00", "--json"))
    assert machine.oqs("card", "insert", "minoru", "--slot", "1").returncode == 0
    shown = documents(machine.oqs("card", "show", "--reader", "00 01", "--json"))
    assert shown["judged_by_system"] == system["name"]
    assert shown["judged_at"].startswith("2041-03-01T00:0")
    assert shown["certificates"]["authentication"]["not_before"] > "2041"
    assert shown["certificates"]["authentication"]["validity"] == "valid"
    told = machine.oqs("card", "show", "--reader", "00 01", "--lang", "en").stdout
    assert f"Judged by: the clock of system {system['name']} (2041-03-01 09:0" in told
    diagnosed = machine.oqs("reader", "diagnose", "--reader", "00 01", "--json")
    assert documents(diagnosed)["good"] is True
    assert machine.oqs("card", "remove", "--slot", "1").returncode == 0


def test_several_systems_are_named_and_one_is_chosen(machine: Machine) -> None:
    second = machine.up()
    refused = machine.oqs("card", "list", "--json")
    assert refused.returncode == 1
    error = json.loads(refused.stdout)["error"]
    assert error["code"] == "several-systems"
    assert second["name"] in error["message"]
    assert "--system" in error["message"]
    for chosen in (
        machine.oqs("card", "list", "--json", "--system", second["name"]),
        machine.oqs("card", "list", "--json", "--testbed", second["testbed"]),
        machine.oqs("card", "list", "--json", OQS_SIM_SYSTEM=second["name"]),
        machine.oqs("card", "list", "--json", OQS_SIM_TESTBED=second["testbed"]),
    ):
        assert documents(chosen)["service"] == second["pcsc_socket"]
    machine.end(1)
    assert len(documents(machine.oqs("systems", "--json"))) == 1


def test_a_private_service_that_has_ended_is_not_mended_with_systemctl(machine: Machine) -> None:
    gone = machine.oqs("reader", "list", PCSCLITE_CSOCK_NAME="/nowhere/pcscd.comm")
    assert gone.returncode == 1
    assert "leads to a private one (/nowhere/pcscd.comm)" in gone.stderr
    assert "systemctl" not in gone.stderr
