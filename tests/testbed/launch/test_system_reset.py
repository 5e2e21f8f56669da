"""A whole system that goes back to its seed: the second run of a test equals the first."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.databases import ENGINES
from wire.line_credentials import INTERMEDIATE_SERVER, credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.equipment.crashable_postgres import CrashablePostgres

pytestmark = [pytest.mark.timeout(300), pytest.mark.deployment]
PROGRAM = [sys.executable, "-m", "testbed"]
MOGAMI = "990010"
NUMBER = {
    "InsurerNumber": MOGAMI,
    "InsuredCardSymbol": "最上",
    "InsuredIdentificationNumber": "1234567",
    "InsuredBranchNumber": "01",
    "Birthdate": "19800217",
}
JOIN = {
    "Kind": "join",
    "InsurerNumber": MOGAMI,
    "IndividualNumber": "990000000019",
    "InsuredCardSymbol": "最上",
    "InsuredIdentificationNumber": "1234567",
    "InsuredBranchNumber": "01",
    "QualificationDate": "20261116",
}


class System:
    """A system as its users meet it."""

    def __init__(self, addresses: dict[str, Any]) -> None:
        self.addresses = addresses
        self.client = httpx2.Client(trust_env=False, timeout=60)
        insurer = credentials(Path(addresses["line_directory"]), f"insurer-{MOGAMI}")
        self.insurer = httpx2.Client(
            base_url=addresses["intermediate_line"],
            verify=insurer.client_context(INTERMEDIATE_SERVER),
            trust_env=False,
            timeout=60,
        )

    def __enter__(self) -> System:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.insurer.close()

    def ask(self, part: str, method: str, path: str, body: object = None) -> Any:
        answer = self.client.request(method, self.addresses[part] + path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def oqs(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*PROGRAM, *arguments, "--oqs", self.addresses["oqs_console"]],
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def visit(self, path: str, body: dict[str, str]) -> Any:
        answer = self.client.post(self.addresses["clinic"] + path, json=body)
        shown = answer.json()
        return shown.get("code") or (shown["Validity"], shown["Cause"], shown["ProblemCode"])

    def insert(self, card: str) -> None:
        self.ask("testbed", "PUT", "/slots/0", {"Card": card})
        state = self.ask("clinic", "GET", "/api/state")
        while state["Card"] is None:
            state = self.ask("clinic", "GET", "/api/state")

    def advance(self) -> list[tuple[str, int]]:
        done = self.ask(
            "oqs_console", "POST", "/sim/clock/advance", {"To": "2026-12-10T09:00:00+09:00"}
        )
        return [(one["InsurerNumber"], one["Version"]) for one in done["BecameVisible"]]


@pytest.fixture(params=ENGINES)
def system(request: pytest.FixtureRequest) -> Iterator[System]:
    """Start a system in which Hanako's card lies on the reader and her procedure is on its way."""
    further: list[str] = []
    if request.param == "postgresql":
        server: CrashablePostgres = request.getfixturevalue("postgres")
        further = ["--database", server.url()]
    process = subprocess.Popen(
        [*PROGRAM, "up", "--port", "0", "--json", *further], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        with System(json.loads(process.stdout.readline())) as system:
            clock = {"Mode": "frozen", "Now": "2026-11-16T10:00:00+09:00"}
            system.ask("oqs_console", "PUT", "/sim/clock", clock)
            system.insert("hanako")
            filed = system.insurer.post("/procedures", json=JOIN)
            assert filed.status_code == 201, filed.text
            yield system
    finally:
        process.terminate()
        process.stdout.close()
        process.wait()


def lived_through(system: System) -> list[Any]:
    """Do what a test does, and return what it sees."""
    seen: list[Any] = [
        system.visit("/api/visits/number", NUMBER),
        system.advance(),
        system.visit("/api/visits/number", NUMBER),
        system.visit("/api/visits", {"Pin": "1234"}),
    ]
    registered = {"Pin": "1234"}
    system.ask("testbed", "POST", "/cards/hanako/registration", registered)
    seen.append(system.visit("/api/visits", {"Pin": "1234"}))
    system.ask("testbed", "DELETE", "/slots/0")
    system.ask("testbed", "POST", "/cards/hanako/renewal")
    system.insert("minoru")
    seen += [
        system.visit("/api/visits", {"Pin": "3456"}),
        system.ask("testbed", "GET", "/cards")["Cards"],
        system.ask("clinic", "GET", "/api/state")["Clock"]["Now"],
        len(system.ask("clinic", "GET", "/api/visits")),
        len(system.ask("clinic", "GET", "/api/catch-up")["Waiting"]),
        system.ask("intermediate_console", "GET", "/sync/status")["Delivered"],
    ]
    return seen


def test_the_second_run_equals_the_first_and_so_does_the_third(system: System) -> None:
    taken = system.oqs("reset", "--take")
    assert taken.returncode == 0, taken.stderr
    first = lived_through(system)
    assert first[1] == [(MOGAMI, 1)]
    assert [one[0] for one in (first[0], first[2], first[4])] == ["4", "1", "1"]
    assert "CERTIFICATE-UNKNOWN" not in str(first)
    for _ in range(2):
        back = system.oqs("reset", "--json")
        assert back.returncode == 0, back.stdout + back.stderr
        parts = json.loads(back.stdout)["parts"]
        assert [one["part"] for one in parts] == [
            "intermediate-server", "oqs", "testbed", "clinic",
        ]  # fmt: skip
        assert all(one["milliseconds"] >= 0 for one in parts)
        assert system.ask("testbed", "GET", "/cards")["Cards"] == ["hanako"]
        assert system.ask("testbed", "GET", "/slots/0")["Card"] == "hanako"
        assert system.ask("clinic", "GET", "/api/visits") == []
        system.insert("hanako")  # it lies there: what the desk shows is waited for
        assert lived_through(system) == first
    # A part whose seed is of another moment is named, and the others go back.
    system.ask("testbed", "POST", "/sim/operation/seed", {"Identity": "another"})
    missed = system.oqs("reset", "--json")
    assert missed.returncode == 1
    error = json.loads(missed.stdout)["error"]
    assert error["code"] == "part-not-reset"
    assert error["parts"] == {"testbed": "SIM-SEED-OF-ANOTHER-MOMENT"}
    assert "oqs reset --take" in error["message"]
    assert system.ask("clinic", "GET", "/api/visits") == []
