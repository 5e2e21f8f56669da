"""Ctrl-C at a terminal ends every command in silence, and the terminal is as it was."""

from __future__ import annotations

import os
import re
import socket
import sys
import tempfile
import termios
from typing import TYPE_CHECKING

import pytest

from tests.testbed.commands.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from virtual_card.image.card_image import CardImage

pytestmark = [pytest.mark.timeout(180), pytest.mark.deployment]
OQS = [sys.executable, "-m", "testbed"]


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LANG", "C.UTF-8")
    for name in ("OQS_SIM_TESTBED", "OQS_SIM_SYSTEM", "OQS_SIM_LANG", "PCSCLITE_CSOCK_NAME"):
        monkeypatch.delenv(name, raising=False)
    # Its path is short, as those of sockets must be.
    with tempfile.TemporaryDirectory(prefix="oqs-t-") as directory:
        monkeypatch.setenv("TMPDIR", directory)
        monkeypatch.setenv("XDG_STATE_HOME", directory)
        yield


def opened(address: str, path: str) -> socket.socket:
    """A page or a stream that somebody looks at, and has begun to be answered."""
    host, port = re.fullmatch(r"http://([\d.]+):(\d+)", address).groups()  # type: ignore[union-attr]
    connection = socket.create_connection((host, int(port)))
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
    return connection


@pytest.mark.timeout(600)  # the first demo of all builds the practice town
@pytest.mark.parametrize("command", ["up", "demo"])
def test_a_system_ends_in_silence_while_pages_and_streams_are_open(command: str) -> None:
    with Terminal([*OQS, command, "--port", "0"]) as terminal:
        shown = terminal.read_until("API of the clinic")
        desk, panel, clerk, oqs = re.findall(r"(http://[\d.]+:\d+)/(?:docs)? +\w", shown)[:4]
        looking = [
            opened(desk, "/events"), opened(desk, "/"), opened(panel, "/"), opened(clerk, "/"),
        ]  # fmt: skip
        for connection in looking:
            assert connection.recv(1)
        # An answer that is waited for, and one that the server has only half of.
        waiting = opened(oqs, "/sim/clock?AfterRevision=1000&WaitSeconds=60")
        half = socket.create_connection(waiting.getpeername())
        half.sendall(b"POST /sim/clock/advance HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
        terminal.interrupt()
        said, code = terminal.rest()
        for connection in (*looking, waiting, half):
            connection.close()
    assert (said, code) == ("^C", 0)


def test_an_interruption_before_the_end_is_told_by_130() -> None:
    with Terminal([*OQS, "demo", "--once", "--port", "0"]) as terminal:
        terminal.read_until("1 ✔")
        terminal.interrupt()
        said, code = terminal.rest()
    assert code == 130
    assert "Traceback" not in said
    assert set(re.sub(r"^  \d ✔ .*$", "", said, flags=re.MULTILINE).split()) <= {"^C"}


def test_a_system_is_interrupted_in_silence_while_it_starts() -> None:
    with Terminal([*OQS, "up", "--port", "0"]) as terminal:
        terminal.wait_for_child()
        terminal.interrupt()
        said, code = terminal.rest()
    assert (said, code) == ("^C", 130)


def test_a_service_ends_in_silence(tmp_path: Path) -> None:
    line = str(tmp_path / "line")
    os.waitpid(os.spawnv(os.P_NOWAIT, OQS[0], [*OQS, "certificates", "make", line]), 0)
    served = ["serve", "oqs", "--port", "0", "--line-port", "0", "--line", line]
    with Terminal([*OQS, *served, "--database", "sqlite://"]) as terminal:
        console = re.search(r"http://[\d.]+:\d+", terminal.read_until("ready: "))
        assert console
        waiting = opened(console[0], "/sim/clock?AfterRevision=1000&WaitSeconds=60")
        page = opened(console[0], "/docs")
        assert page.recv(1)
        terminal.interrupt()
        said, code = terminal.rest()
        waiting.close()
        page.close()
    assert (said, code) == ("^C", 0)


def test_a_command_that_waits_for_an_answer_ends_in_silence() -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        with Terminal([*OQS, "clock", "advance", "5bd", "--oqs", url]) as terminal:
            asked, _ = mute.accept()
            assert asked.recv(1)
            # The wait is told on a terminal, and nothing of it is left there.
            terminal.read_until("Advancing the clock 1 s")
            terminal.interrupt()
            said, code = terminal.rest()
            asked.close()
    assert code == 130
    assert said.endswith("\x1b[K")
    assert "Traceback" not in said


@pytest.mark.parametrize("arguments", [["reader", "watch"], ["card", "hold", "IMAGE"]])
def test_a_command_that_stays_ends_in_silence(
    arguments: list[str], tmp_path: Path, card_image: CardImage
) -> None:
    image = tmp_path / "hanako.card.toml"
    card_image.save(image)
    arguments = [str(image) if each == "IMAGE" else each for each in arguments]
    with Terminal([*OQS, *arguments]) as terminal:
        terminal.read_until("service" if "watch" in arguments else "export ")
        terminal.interrupt()
        said, code = terminal.rest()
    assert code == 0
    assert said.rpartition("\n")[2] == "^C"


def test_a_question_for_a_pin_is_interrupted_and_the_terminal_shows_again_what_is_typed(
    tmp_path: Path, card_image: CardImage
) -> None:
    image = tmp_path / "hanako.card.toml"
    card_image.save(image)
    asking = [*OQS, "card", "cert", "sign", "--reader", "00 00"]
    with Terminal([*OQS, "card", "hold", str(image), *asking]) as terminal:
        terminal.read_until(": ", after="tries left")
        terminal.read_until_hidden()
        os.write(terminal.master, b"AB")
        terminal.interrupt()
        said, code = terminal.rest()
        echo = termios.tcgetattr(terminal.master)[3] & termios.ECHO
    assert code == 130
    assert "AB" not in said
    assert said.strip() == ""
    assert echo


def test_what_is_piped_on_ends_with_the_pipe(tmp_path: Path) -> None:
    """As with ``oqs reader watch | head -1``."""
    reading, writing = os.pipe()
    pid = os.posix_spawn(
        OQS[0], [*OQS, "card", "fault", "--help"], os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, writing, 1), (os.POSIX_SPAWN_CLOSE, reading)],
    )  # fmt: skip
    os.close(writing)
    os.close(reading)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) in {0, 1}
