"""A service that takes connections and says nothing, is slow, or is another one than was meant."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import httpx2
import pytest
from click.testing import CliRunner

import testbed.file_sending
import testbed.oqs_console
import testbed.remote
from testbed.app import build_app
from testbed.cli import cli
from testbed.settings import Settings
from tests.equipment.served import Served
from wire.serving.access import CONSOLE, Routes
from wire.serving.application import application
from wire.serving.serve import Listener, bind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from testbed.readers.private_pcscd import PcscStack

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/csv\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    for caller in testbed.remote, testbed.oqs_console:
        monkeypatch.setattr(caller, "PATIENCE_SECONDS", 0.3)
    for name in ("OQS_SIM_TESTBED", "OQS_SIM_OQS_CONSOLE", "OQS_SIM_SYSTEM"):
        monkeypatch.delenv(name, raising=False)


@contextmanager
def hanging() -> Iterator[str]:
    """What a stopped process leaves: the kernel takes connections, and nobody answers."""
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        yield f"http://127.0.0.1:{mute.getsockname()[1]}"


@pytest.mark.parametrize(
    ("command", "option", "named"),
    [
        (["clock", "show"], "--oqs", "OQS at"),
        (["clock", "advance", "1h"], "--oqs", "OQS at"),
        (["clock", "set", "frozen"], "--oqs", "OQS at"),
        (["card", "list"], "--testbed", "The testbed at"),
        (["card", "issue", "minoru"], "--testbed", "The testbed at"),
    ],
)
def test_a_service_that_hangs_is_named(command: list[str], option: str, named: str) -> None:
    with hanging() as url:
        done = CliRunner().invoke(cli, [*command, option, url, "--json", "--lang", "en"])
    error = json.loads(done.stdout)["error"]
    assert (done.exit_code, error["code"]) == (1, "no-answer")
    assert error["message"].startswith(f"{named} {url} takes connections but does not answer.")


def test_a_diagnosis_waits_for_nobody_and_names_who_hangs() -> None:
    with hanging() as url:
        named = ["--clinic", url, "--oqs", url, "--intermediate", url]
        done = CliRunner().invoke(cli, ["diagnose", *named, "--lang", "en"])
    assert done.exit_code == 1
    for who in "The clinic's desk", "OQS", "The intermediate server":
        assert f"✖ {who} does not answer: {url} (no answer within 2 s)" in done.stdout
    assert done.stdout.endswith("Do what the arrows say, from the top.\n")


def test_what_takes_long_is_waited_for_while_its_service_is_up() -> None:
    routes = Routes(CONSOLE)

    @routes.post("/sim/clock/advance")
    async def advance() -> dict[str, object]:
        await asyncio.sleep(1.5)
        return {"Reading": {"Now": "2026-11-25T00:00:00Z", "Mode": "frozen"}, "BecameVisible": []}

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        yield

    app = application("oqs", title="-", summary="-", lifespan=lifespan, routes=[routes])
    with bind("127.0.0.1", 0) as listening, Served(app, listener := Listener(listening)):
        done = CliRunner().invoke(cli, ["clock", "advance", "1d", "--json", "--oqs", listener.url])
    assert json.loads(done.stdout) == {
        "reading": {"now": "2026-11-25T00:00:00Z", "mode": "frozen"},
        "became_visible": [],
    }


@pytest.mark.parametrize(
    ("size", "answer", "words"),
    [
        (1 << 25, b"", "has not moved for 0.3 s in the middle of the file."),
        (1000, b"", "has not moved for 0.3 s in the middle of the file."),
        (1000, HEAD + b"14\r\nthe first 20 letters\r\n", "has not moved for 0.3 s"),
        (1000, None, "has broken off the connection in the middle of the file."),
    ],
    ids=["while it is sent", "before the report", "in the middle of the report", "is killed"],
)
def test_a_server_that_stops_in_the_middle_of_a_file_is_waited_for_so_long_and_no_longer(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    size: int,
    answer: bytes | None,
    words: str,
) -> None:
    file = tmp_path / "residents.csv"
    file.write_bytes(b"x" * size)
    monkeypatch.setattr(testbed.file_sending, "SILENCE_SECONDS", 0.3)
    ended = threading.Event()

    def serve_a_part(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(500)
            if answer is not None:
                connection.sendall(answer)
                ended.wait()

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        threading.Thread(target=serve_a_part, args=[listening], daemon=True).start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        done = CliRunner().invoke(
            cli, ["residents", "add", str(file), "--oqs", url, "--lang", "en"]
        )
        ended.set()
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1].startswith(f"oqs: {url} {words}")
    assert "send the same file again" in done.stderr


def test_another_service_at_the_address_is_named(testbed_url: str) -> None:
    done = CliRunner().invoke(cli, ["clock", "show", "--oqs", testbed_url, "--lang", "en"])
    assert done.exit_code == 1
    assert done.stderr.startswith(f"oqs: At {testbed_url} is the testbed, not OQS.")
    done = CliRunner().invoke(cli, ["clock", "show", "--oqs", testbed_url, "--lang", "ja"])
    assert "OQSではなくテストベッドです" in done.stderr


def test_the_panel_shows_the_rest_and_an_order_names_oqs_where_it_hangs(
    pcsc_stack: PcscStack, tmp_path: Path
) -> None:
    with (
        hanging() as oqs,
        bind("127.0.0.1", 0) as listening,
        Served(
            build_app(Settings(tmp_path / "cards", pcsc_stack.directory, oqs)),
            listener := Listener(listening),
        ),
        httpx2.Client(base_url=listener.url, timeout=20, trust_env=False) as client,
    ):
        page = client.get("/?lang=en")
        done = CliRunner().invoke(
            cli, ["card", "issue", "minoru", "--testbed", listener.url, "--lang", "ja"]
        )
        moved = client.post("/panel/clock", json={"By": "1h"}).json()
    assert "OQS does not answer" in page.text
    assert re.search(r"<h3>Virtual PCD 00 00</h3>", page.text)
    assert done.stderr.startswith(f"oqs: OQS({oqs})が答えません。")
    assert moved["code"] == "SIM-SERVICE-UNREACHABLE"
    assert f"OQS at {oqs}: read timeout." in moved["detail"]


@pytest.mark.parametrize("seconds", ["nan", "inf", "-inf", "1e-300", "0.005", "0", "-1"])
def test_a_day_of_an_accelerated_clock_has_one_limit(seconds: str) -> None:
    done = CliRunner().invoke(
        cli, ["clock", "set", "accelerated", f"--seconds-per-day={seconds}", "--lang", "en"]
    )
    assert done.exit_code == 2
    assert re.search(r"is not in the range x>=0.01|is no number of seconds", done.stderr)
