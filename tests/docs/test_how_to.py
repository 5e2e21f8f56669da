import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
DOCS = CHECKOUT / "docs"
OQS = Path(sys.executable).parent / "oqs"
PORTS = range(8600, 8607)
END_JOBS = "trap 'kill $(jobs -p) 2> /dev/null || true' EXIT"
with_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="the pages type curl")


def free_port_row() -> int:
    """Return a port that is free together with those that follow it."""
    for first in range(20_000, 30_000, len(PORTS)):
        with ExitStack() as taken:
            try:
                for port in range(first, first + len(PORTS)):
                    bound = taken.enter_context(socket.socket())
                    bound.bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise OSError("There is no row of free ports.")


def apart(place: str) -> dict[str, str]:
    """An environment in which nobody has chosen anything yet."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    return {**kept, "LANG": "C.UTF-8", "TMPDIR": place, "XDG_STATE_HOME": place}


def blocks(page: str) -> list[str]:
    """Return what a page has one type, as it is parted."""
    return re.findall(r"```sh\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)


def commands(page: str) -> str:
    """Return what a page has one type."""
    return "".join(blocks(page))


def on_ports(script: str, first: int) -> str:
    """Have commands use the ports from ``first`` on."""
    script = re.sub(r"\boqs up\b", f"oqs up --port {first}", script)
    return re.sub(r"\b860\d\b", lambda port: str(int(port[0]) - PORTS[0] + first), script)


def run(script: str, place: str) -> str:
    """Type commands into a shell of its own; return what is printed."""
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", f"{END_JOBS}\n{script}"],
        cwd=place,
        env=apart(place),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def typed(script: str) -> str:
    """Type commands where nobody has a system already; return what is printed."""
    script = on_ports(script.replace(".venv/bin/oqs", str(OQS)), free_port_row())
    with tempfile.TemporaryDirectory(prefix="oqs-t-") as place:
        return run(script, place)


@dataclass(frozen=True)
class Shell:
    """The shell of `how-to/shell.md`, in which the how-tos for makers begin."""

    place: str
    preparation: str

    def type(self, script: str) -> str:
        return run(self.preparation + script, self.place)


@pytest.fixture(scope="module")
def shared_system() -> Iterator[Shell]:
    start, *preparation = blocks("how-to/shell.md")
    port = free_port_row()
    with tempfile.TemporaryDirectory(prefix="oqs-t-") as place:
        (Path(place) / ".venv").symlink_to(OQS.parent.parent)
        stays_up = f"trap 'kill $(jobs -p)' TERM\n{on_ports(start, port)}\necho begun\nwait || wait"
        with subprocess.Popen(
            ["bash", "-eu", "-c", stays_up],
            cwd=place,
            env=apart(place),
            stdout=subprocess.PIPE,
            text=True,
        ) as system:
            try:
                assert system.stdout is not None
                assert "begun\n" in iter(system.stdout.readline, "")
                shell = Shell(place, "".join(preparation))
                shell.type("oqs reset --take")
                yield shell
            finally:
                system.terminate()


@pytest.fixture
def shell(shared_system: Shell) -> Iterator[Shell]:
    yield shared_system
    shared_system.type("oqs reset")


UP = """
mkdir -p var
oqs=.venv/bin/oqs
$oqs up --json > var/addresses.json &
until [ -s var/addresses.json ]; do sleep 0.1; done
$oqs story
"""
"""What the first line of the tutorial does, but for what it installs."""
ON_PORTS = """
export OQS_SIM_SERVE_CLINIC_PORT=8600 OQS_SIM_SERVE_CLINIC_TESTBED_PORT=8601
export OQS_SIM_SERVE_OQS_PORT=8602 OQS_SIM_SERVE_OQS_LINE_PORT=8603
export OQS_SIM_SERVE_INTERMEDIATE_PORT=8604 OQS_SIM_SERVE_INTERMEDIATE_LINE_PORT=8605
export OQS_SIM_SERVE_WORKER_PORT=8606
"""
"""The ports that the services take anyway, to be replaced by free ones."""


@pytest.mark.deployment
@pytest.mark.timeout(300)
@with_curl
def test_the_commands_of_the_tutorial_and_of_the_cards_page_work_as_they_stand():
    tutorial = commands("tutorial/first-visit.md").replace("make demo\n", UP)
    addresses = blocks("how-to/shell.md")[1].replace("$PWD/.venv/bin", str(OQS.parent))
    cards = commands("how-to/cards.md").partition(".venv/bin/python")[0]
    said = typed(tutorial + addresses + cards)
    assert '"ReflectionDate":"20261201"' in said
    assert '"Card":"minoru"' in said
    # The page in the other language has the same commands.
    assert commands("tutorial/first-visit-en.md") == commands("tutorial/first-visit.md")


@pytest.mark.deployment
@pytest.mark.timeout(180)
def test_the_commands_for_a_terminals_certificate_work_as_they_stand():
    script = commands("how-to/terminal-certificate.md")
    serve = next(line for line in script.splitlines() if "serve oqs" in line)
    # The line is made first here, and the service ends, whose line is for this machine alone.
    once = serve.replace("0.0.0.0", "127.0.0.1") + " --port 0 --line-port 0 > var/ready &"
    wait = "until [ -s var/ready ]; do kill -0 $!; sleep 0.1; done"
    script = script.replace(serve, f"{once}\n{wait}\nkill $!\n")
    said = typed("mkdir var\n.venv/bin/oqs certificates make var/line\n" + script)
    assert re.search(r"terminal +9910000026 .* valid", said)
    assert re.search(r"insurer +990036 .* valid", said)
    assert re.search(r"terminal +9910000026 .* revoked", said)


@pytest.mark.deployment
@pytest.mark.timeout(300)
@with_curl
def test_the_services_start_one_by_one_as_the_page_says():
    page = (DOCS / "how-to" / "real-reader.md").read_text("utf-8")
    section = page.partition("## Start the services one by one\n")[2]
    one_by_one, _, virtual = section.partition("## The virtual reader instead\n")
    (first,) = re.findall(r"```sh\n(.*?)```", one_by_one, re.DOTALL)
    (desk, ask) = re.findall(r"```sh\n(.*?)```", virtual.partition("\n## ")[0], re.DOTALL)
    without_desk = first.partition("$oqs serve clinic")[0]
    # Each says `ready:`; the commands that ask come when all have.
    script = ON_PORTS + "exec 3>&1 > >(tee said >&3)\n" + without_desk + desk
    script += 'until [ "$(grep -c ^ready: said)" = 4 ]; do kill -0 $(jobs -p); sleep 0.1; done\n'
    said = typed(script + ask)
    assert "Virtual PCD 00 00" in said


@pytest.mark.deployment
@pytest.mark.timeout(180)
@with_curl
def test_the_commands_for_testing_ones_software_work_as_they_stand():
    said = typed(commands("how-to/test-your-software.md"))
    for expected in (
        '"kind":"card-removed"',
        "SELECT JPKI → OK",
        "no answer (the card was pulled out)",
        "fault answer:status=6F00,command=VERIFY,times=1, struck 0",
        '"QualificationValidity":"1"',
        "<QualificationValidity>1</QualificationValidity>",
        '{"XmlMsg":{"MessageHeader":{"ProcessExecutionTime":"2026',
        '"ReflectionDate":"20261201"',
        '"DisqualificationDate":"20261126"',
    ):
        assert expected in said


@pytest.mark.deployment
@pytest.mark.timeout(600)
def test_a_project_of_somebody_else_tests_with_what_the_page_names(tmp_path):
    page = (DOCS / "how-to" / "test-your-software.md").read_text(encoding="utf-8")
    section = page.partition("## From a Python test\n")[2].partition("\n## ")[0]
    project = tmp_path / "your-project"
    project.mkdir()
    (tmp_path / "oqs-sim").symlink_to(CHECKOUT)
    [python] = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    (project / "test_mine.py").write_text(python, encoding="utf-8")
    lines = re.findall(r"^\$ (.*)$", section, re.MULTILINE)
    assert len(lines) == 4
    # A short path, as addresses of Unix sockets must be.
    with tempfile.TemporaryDirectory(prefix="oqs-t-") as short:
        done = subprocess.run(
            ["bash", "-eu", "-c", "\n".join(lines)],
            cwd=tmp_path,
            env=apart(short),
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr + done.stdout
    assert "1 passed" in done.stdout


BEGINS_IN_THE_SHELL = {
    "check-by-card": (
        '"ReferenceClassification":"1"',
        '"InsurerNumber":"06990014"',
        '"PharmacistsInfoConsFlg":"1"',
        '"SpecificHealthCheckupsInfoConsFlg":"1"',
        '"ArbitraryFileIdentifier":"by-eye"',
        '"code":"SIM-NOT-REGISTERED"',
        '"code":"SIM-CERTIFICATE-SUSPENDED"',
    ),
    "check-by-number": (
        '"QualificationValidity":"1"',
        '"QualificationValidity":"3"',
        '"QualificationValidity":"4"',
        "<ArbitraryFileIdentifier>mine-1</ArbitraryFileIdentifier>",
        "<QualificationValidity>1</QualificationValidity>",
    ),
    "reference-numbers": (
        '"ReferenceNumber":"K-0815","InsurerNumber":"06990014"',
        '"ReferenceClassification":"1"',
        "<ReferenceNumber>K-0816</ReferenceNumber>",
        "<ProcessingResultStatus>1</ProcessingResultStatus>",
    ),
    "bulk-inquiries": (
        '"NumberOfNormalProcessing":"2"',
        '"NumberOfError":"1"',
        '"QualificationValidity":"3"',
        '"ProcessingResultStatus":"2"',
    ),
    "medical-assistance": (
        '"InsuredCardClassification":"A1"',
        '"DesignatedMedicalInstitutionFlag":"0"',
        '"BulkConfirmUnit":[{',
    ),
    "visits-at-home": (
        '"QualificationValidity":"1"',
        '"NumberOfNormalProcessing":"1"',
        '"code":"SIM-CONSENT-ENDED"',
    ),
    "subsidies": (
        '"SimulationSubsidyCertificates":[{"PayerNumber":"80990013"',
        '"Outcome":"refused"',
    ),
    "view-medical-information": (
        "<ResultCode>1</ResultCode>",
        "<ArbitraryFileIdentifier>as-xml</ArbitraryFileIdentifier>",
        "<DrugN>",
        "<SpecificHealthCheckupInfo>",
        '"code":"SIM-MEDICAL-NO-CONSENT"',
    ),
    "own-data": (
        "北村型健康保険組合",
        '"Purpose":"check"',
        '"Agreed":["treatment_and_medicine","checkup"]',
        '"Items":["treatment_and_medicine","checkup"]',
        '"Year":2026',
        '"code":"SIM-NOT-SIGNED-IN"',
    ),
    "faults": (
        '"code":"SIM-STORAGE-UNAVAILABLE"',
        "cut: curl says",
        '"code":"SIM-MAINTENANCE"',
        '"ReferenceClassification"',
        "  06990014  loss  ",
        '"State":"working"',
    ),
    "driver": (
        '"State":"consent"',
        '"State":"done"',
        '"State":"valid"',
        '"Title":"Place your My Number Card on the reader"',
        '"State":"delivered"',
        "870円",
        "相違の申し出",
        "資格確認書で受け付けました",
        '"code":"SIM-DRIVER-NO-BUTTON"',
        "1 passed",
    ),
    "journal": ('"NearMisses":["', "生年月日"),
    "one-check": (
        '"ChallengeMs":',
        '"Path":"/qualification/challenges"',
        '"Path":"/qualification/card"',
        "SIGN authentication → 256 B",
    ),
    "reset": ("2026-11-25", '{"Cards":["hanako"]}'),
}
"""The how-tos for makers, and what one sees after their commands."""


@pytest.mark.deployment
@pytest.mark.timeout(300)
@with_curl
@pytest.mark.parametrize("page", BEGINS_IN_THE_SHELL)
def test_what_a_maker_copies_works_as_it_stands(shell: Shell, page: str):
    said = shell.type(commands(f"how-to/{page}.md"))
    for expected in BEGINS_IN_THE_SHELL[page]:
        assert expected in said


@pytest.mark.parametrize("page", ["shell", "cards", *BEGINS_IN_THE_SHELL])
def test_no_command_of_the_shell_says_a_port(page: str):
    """A system may be on any; the shell asks for its addresses."""
    assert not re.search(r"\b(127\.0\.0\.1|localhost|860\d)\b", commands(f"how-to/{page}.md"))


def test_every_page_that_the_shell_leads_to_is_tried():
    page = (DOCS / "how-to" / "shell.md").read_text("utf-8")
    assert set(re.findall(r"\]\(([a-z-]+)\.md\)", page)) == set(BEGINS_IN_THE_SHELL)


@pytest.mark.deployment
@pytest.mark.timeout(300)
@with_curl
def test_openssl_judges_a_card_by_the_simulated_time(shell: Shell):
    parts = blocks("how-to/cards.md")
    get, judge = (part for part in parts if "card.pem" in part)
    fail = judge.replace("openssl verify", "! openssl verify")
    years_ahead = "oqs clock set frozen --at 2031-01-15T09:00\n"
    suspend = next(part for part in parts if "suspension" in part).replace("minoru", "hanako")
    suspend = suspend.partition("curl -fsS -X DELETE")[0]
    said = shell.type(f"exec 2>&1\n{get}{judge}{years_ahead}{get}{judge}{suspend}{get}{fail}")
    assert said.count("card.pem: OK\n") == said.count("card.pem: good\n") == 2
    assert said.count("certificate revoked\n") == said.count("card.pem: revoked\n") == 1
    assert said.count("Response verify OK\n") == 3
    assert "WARNING" not in said
