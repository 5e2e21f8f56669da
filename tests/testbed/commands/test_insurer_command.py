"""``oqs insurer``: what it says, and by which exit code a script knows."""

from __future__ import annotations

import json
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from eligibility.identifiers.numbers import individual_check_digit
from testbed.launch.line_certificates import INTERMEDIATE_SERVER
from wire.line_credentials import credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

OQS = [sys.executable, "-m", "testbed"]
HEADER = "届出種別,保険者番号,個人番号,届出日,記号,番号,枝番,資格取得日\r\n"
pytestmark = [pytest.mark.timeout(180), pytest.mark.deployment]


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
            resident = {
                "IndividualNumber": number(), "Name": "試験　花子", "NameKana": "ｼｹﾝ ﾊﾅｺ",
                "Sex1": "2", "Birthdate": "19800217",
            }  # fmt: skip
            oqs.post("/sim/jlis/residents", json=resident).raise_for_status()
        yield found
    finally:
        process.terminate()
        process.stdout.close()
        process.wait()


def number() -> str:
    return f"99000000801{individual_check_digit('99000000801')}"


def file(
    system: dict[str, Any], content: str, *options: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    chosen = {
        "intermediate": system["intermediate_line"],
        "insurer": "990010",
        "line": system["line_directory"],
        **settings,
    }
    arguments = [part for name, value in chosen.items() for part in (f"--{name}", value)]
    return subprocess.run(
        [*OQS, "insurer", "file", "-", *arguments, *options],
        input=content,
        capture_output=True,
        text=True,
        check=False,
    )


def joining(qualified_on: str = "20261101") -> str:
    return f"加入,990010,{number()},20261116,最上,1,01,{qualified_on}\r\n"


def test_a_file_is_taken_once_and_the_exit_code_says_how_it_went(system: dict[str, Any]) -> None:
    done = file(system, HEADER + joining())
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("\ufeff行,結果")
    assert "accepted 1, " in done.stderr
    again = file(system, HEADER + joining(), "--lang", "ja").stderr
    assert "受付済み 1行" in again
    some = file(system, HEADER + joining() + joining("20260231"), "--problems-only")
    assert some.returncode == 3
    assert some.stdout.count("\n") == 2, "the header, and the line that is wrong"
    assert file(system, HEADER + joining("20260231")).returncode == 4


def test_lines_of_a_report_that_are_not_taken_again_are_counted(system: dict[str, Any]) -> None:
    done = file(system, HEADER + joining())
    assert "skipped" not in done.stderr
    again = file(system, done.stdout)
    assert "accepted 0, accepted before 0, refused 0, to look at 0, skipped 1" in again.stderr
    assert again.returncode == 0
    assert json.loads(file(system, done.stdout, "--json").stdout)["skipped"] == 1


@pytest.mark.parametrize(
    ("content", "settings", "words"),
    [
        ("だめ\n", {}, "does not name the columns"),
        (HEADER, {"insurer": "990036"}, "--insurer 990036"),
        (HEADER, {"intermediate": "https://127.0.0.1:1"}, "does not answer"),
        (HEADER, {"intermediate": "https://["}, "does not answer"),
    ],
)
def test_what_the_caller_can_mend_ends_with_a_sentence(
    system: dict[str, Any], content: str, settings: dict[str, str], words: str
) -> None:
    done = file(system, content, **settings)
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def runs(system: dict[str, Any], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*OQS, "insurer", "runs", *arguments, "--insurer", "990010", "--intermediate",
         system["intermediate_line"], "--line", system["line_directory"]],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip


def test_runs_are_listed_previewed_started_and_stopped(system: dict[str, Any]) -> None:
    file(system, HEADER + joining())
    preview = runs(system, "preview", "changes")
    assert "R-040" in preview.stdout
    done = json.loads(runs(system, "start", "changes", "--json").stdout)
    assert (done["state"], done["outcome"]["issued"]) == ("done", {"certificate": 1})
    stopped = runs(system, "stop", "changes", "--lang", "ja").stdout
    assert "1人を確認" in stopped, "one that is done stays so"
    listed = runs(system, "list").stdout
    assert "to come: 20261201 renewal" in listed
    assert "20261116 changes done" in listed
    refused = runs(system, "start", "renewal", "--day", "2027-07-01")
    assert refused.returncode == 1
    assert "SIM-PROCEDURE-REFUSED" in refused.stderr


@pytest.fixture
def stranger(system: dict[str, Any]) -> Iterator[str]:
    """A server between insurer and intermediate server that answers with a page of its own."""
    line = Path(system["line_directory"])
    context = credentials(line, INTERMEDIATE_SERVER).server_context()

    class Proxy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/runs/stop":
                self.close_connection = True
                return
            self.send_response(502)
            self.end_headers()
            self.wfile.write(b"<html>Bad Gateway</html>")

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Proxy)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("asked", "address", "code", "words"),
    [
        (("preview", "renewal"), "", "no-service", "HTTP status 502"),
        (("stop", "renewal"), "", "no-answer", "broken off the connection"),
        (("list",), "https://127.0.0.1:1", "no-answer", "does not answer"),
        (("list",), "https://[", "no-answer", "does not answer"),
    ],
)
def test_every_failure_of_a_service_ends_with_a_sentence(
    system: dict[str, Any],
    stranger: str,
    asked: tuple[str, ...],
    address: str,
    code: str,
    words: str,
) -> None:
    done = runs({**system, "intermediate_line": address or stranger}, *asked, "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_an_insurer_number_that_is_none_is_refused_before_anything_is_asked(
    system: dict[str, Any],
) -> None:
    done = subprocess.run(
        [*OQS, "insurer", "runs", "list", "--insurer", "990011"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
