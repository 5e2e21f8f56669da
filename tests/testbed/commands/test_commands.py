"""The command line as a person meets it: the story, mistakes, and the end in every way."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from sqlalchemy import create_engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testbed.launch.postgres import PostgresServer

OQS = [sys.executable, "-m", "testbed"]
pytestmark = [pytest.mark.timeout(180), pytest.mark.deployment]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*OQS, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LANG": "C.UTF-8", **environment},
    )


class Running:
    """``oqs up`` in a process of its own."""

    def __init__(self, temporary: Path, port: int = 0) -> None:
        self.temporary = temporary
        self.process = subprocess.Popen(
            [*OQS, "up", "--port", str(port), "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(temporary), "XDG_STATE_HOME": str(temporary)},
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(self.process.communicate()[1])
        self.addresses: dict[str, Any] = json.loads(line)

    def family(self) -> list[int]:
        """Return the pids of all processes that were started, by their parents."""
        children: dict[int, list[int]] = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                text = stat.read_text()
            except OSError:
                continue
            pid, parent = int(stat.parent.name), int(text.rsplit(")", 1)[1].split()[1])
            children.setdefault(parent, []).append(pid)
        found, waiting = [], [self.process.pid]
        while waiting:
            found += (born := children.get(waiting.pop(), []))
            waiting += born
        return found

    def end(self, number: signal.Signals) -> tuple[int, str]:
        self.process.send_signal(number)
        _, said = self.process.communicate()
        return self.process.returncode, said


def wait_until_gone(descriptors: list[int]) -> None:
    """Wait for the end of processes that are not our children."""
    for descriptor in descriptors:
        assert select.select([descriptor], [], [], 20)[0], "a process has outlived its parent"
        os.close(descriptor)


@pytest.fixture
def short_directory() -> Iterator[Path]:
    """A short path, as addresses of Unix sockets must be."""
    with tempfile.TemporaryDirectory(prefix="oqs-t-") as directory:
        yield Path(directory)


def test_the_demo_tells_each_step_in_a_line_with_its_duration_and_ends_with_0() -> None:
    done = run("demo", "--once", "--port", "0")
    assert done.returncode == 0, done.stderr
    steps = re.findall(r"^  (\d) ✔ +[\d.]+ ms  \S.*$", done.stdout, re.MULTILINE)
    assert set(steps) == set("123456")
    assert done.stdout.rstrip().endswith("Every step of the story held.")
    assert "Traceback" not in done.stderr


def test_the_demo_speaks_japanese_on_a_japanese_terminal() -> None:
    done = run("demo", "--once", "--port", "0", LANG="ja_JP.UTF-8")
    assert done.returncode == 0, done.stderr
    assert "物語はすべて成り立ちました。" in done.stdout


def test_a_step_that_does_not_hold_ends_the_story_with_its_reason(short_directory: Path) -> None:
    up = Running(short_directory)
    ahead = {"Mode": "frozen", "Now": "2026-12-01T09:00:00+09:00"}
    try:
        httpx2.put(f"{up.addresses['oqs_console']}/sim/clock", json=ahead).raise_for_status()
        english = run(*story_at(up.addresses))
        japanese = run(*story_at(up.addresses), LANG="ja_JP.UTF-8")
    finally:
        up.end(signal.SIGTERM)
    assert english.returncode == 1
    assert "✖" in english.stdout
    assert re.search(r"Step 1 does not hold\. .* answered 409", english.stderr)
    assert "Traceback" not in english.stderr
    assert re.search(
        r"第1章が成り立ちません。.*の答えは 409 でした。時計は先にだけ", japanese.stderr
    )
    assert "cannot" not in japanese.stderr


def test_the_story_moves_nothing_on_a_system_that_is_not_new(short_directory: Path) -> None:
    up = Running(short_directory)
    clock = f"{up.addresses['oqs_console']}/sim/clock"
    try:
        issued = httpx2.post(f"{up.addresses['testbed']}/cards", json={"Persona": "hanako"})
        issued.raise_for_status()
        before = httpx2.get(clock).json()
        english = run(*story_at(up.addresses))
        japanese = run(*story_at(up.addresses), LANG="ja_JP.UTF-8")
        after = httpx2.get(clock).json()
    finally:
        up.end(signal.SIGTERM)
    assert (english.returncode, japanese.returncode) == (1, 1)
    assert "Hanako has a card already. The story begins on a new system." in english.stderr
    assert "花子さんのカードが、もう交付されています。" in japanese.stderr
    assert (english.stdout, japanese.stdout) == ("", "")
    assert after["Mode"] == before["Mode"]
    assert after["Now"][:10] == before["Now"][:10]


def story_at(found: dict[str, str]) -> list[str]:
    return ["story", "--oqs", found["oqs_console"], "--clinic", found["clinic"],
            "--intermediate", found["intermediate_line"], "--testbed", found["testbed"],
            "--line", found["line_directory"]]  # fmt: skip


def test_services_that_do_not_answer_are_named(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    done = run("story", "--oqs", nowhere, "--clinic", nowhere, "--intermediate", nowhere,
               "--testbed", nowhere, "--line", str(tmp_path))  # fmt: skip
    assert done.returncode == 1
    assert "http://127.0.0.1:9/ does not answer" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["demo", "up"])
def test_a_busy_port_is_named_with_what_to_do(command: str) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        done = run(command, "--port", str(port))
    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 is in use" in done.stderr
    assert "choose another port" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("port", ["70000", "65534", "-1"])
def test_a_wrong_port_is_told(port: str) -> None:
    done = run("demo", "--port", port)
    assert done.returncode == 1
    assert "is no port number" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_no_number_is_told() -> None:
    done = run("demo", "--port", "desk")
    assert done.returncode == 2
    assert "'desk' is not a valid integer" in done.stderr


def test_a_pcscd_that_does_not_start_is_told(short_directory: Path) -> None:
    fake = short_directory / "bin"
    fake.mkdir()
    (fake / "pcscd").write_text("#!/bin/sh\necho 'no reader for you' >&2\nexit 3\n")
    (fake / "pcscd").chmod(0o755)
    done = run("up", "--port", "0", PATH=f"{fake}:{os.environ['PATH']}")
    assert done.returncode == 1
    assert "pcscd ended at once" in done.stderr
    assert "no reader for you" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_end_that_was_asked_for_leaves_nothing_behind(
    number: signal.Signals, short_directory: Path
) -> None:
    up = Running(short_directory)
    family = [os.pidfd_open(pid) for pid in up.family()]
    assert len(family) >= 6, "five services and pcscd"
    code, said = up.end(number)
    assert code == 0
    assert "Traceback" not in said
    wait_until_gone(family)
    (users_folder,) = short_directory.glob("oqs-sim-*")
    assert [path.name for path in users_folder.iterdir()] == ["lock"]


def test_a_killed_system_leaves_nothing_that_keeps_the_next_from_starting(
    short_directory: Path,
) -> None:
    up = Running(short_directory)
    port = int(up.addresses["clinic"].rsplit(":", 1)[1])
    family = [os.pidfd_open(pid) for pid in up.family()]
    up.end(signal.SIGKILL)
    wait_until_gone(family)
    again = Running(short_directory)
    assert len([*next(short_directory.glob("oqs-sim-*")).glob("oqs-sim-*")]) == 1
    assert again.end(signal.SIGTERM)[0] == 0
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))


def test_a_service_that_ends_by_itself_ends_the_system_with_its_name(
    short_directory: Path,
) -> None:
    up = Running(short_directory)
    services = [pid for pid in up.family() if "testbed" in cmdline(pid)]
    os.kill(services[-1], signal.SIGKILL)
    _, said = up.process.communicate()
    assert up.process.returncode == 1
    assert re.search(r"oqs: The .* has ended by itself", said)


def test_a_sync_worker_that_is_killed_is_started_again_and_the_system_stays_up(
    short_directory: Path,
) -> None:
    up = Running(short_directory)

    def worker() -> tuple[int, dict[str, Any]]:
        status = httpx2.get(f"{up.addresses['intermediate_console']}/sync/status", timeout=30)
        (one,) = status.raise_for_status().json()["Workers"]
        return int(one["Worker"].split("-")[-2]), one

    killed, _ = worker()
    assert killed in up.family()
    with_descriptor = os.pidfd_open(killed)
    os.kill(killed, signal.SIGKILL)
    wait_until_gone([with_descriptor])
    advanced = httpx2.post(
        f"{up.addresses['oqs_console']}/sim/clock/advance", json={"Days": 1}, timeout=60
    )
    assert advanced.status_code == 200, advanced.text
    again, told = worker()
    assert again != killed
    assert told["State"] == "working"
    code, said = up.end(signal.SIGTERM)
    assert code == 0
    assert "A sync worker has ended by itself (exit status -9)" in said


def test_a_line_of_the_log_names_its_service(short_directory: Path) -> None:
    up = Running(short_directory)
    host, port = up.addresses["oqs_console"].removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as spoken:
        spoken.sendall(b"this is no HTTP\r\n\r\n")
        assert spoken.recv(1)
    _, said = up.end(signal.SIGTERM)
    assert "OQS: oqs: 127.0.0.1 sends what is no HTTP" in said


def cmdline(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def test_a_second_system_runs_beside_the_first(short_directory: Path) -> None:
    first, second = Running(short_directory), Running(short_directory)
    assert first.addresses["clinic"] != second.addresses["clinic"]
    assert first.end(signal.SIGTERM)[0] == 0
    assert second.end(signal.SIGTERM)[0] == 0


def test_certificates_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("certificates", "make", str(tmp_path / "file" / "line"))
    assert done.returncode == 1
    assert "Check where it is and whose." in done.stderr


def test_no_reader_is_told_in_both_languages() -> None:
    done = run("reader", "list", PCSCLITE_CSOCK_NAME="/nowhere/pcscd.comm")
    assert done.returncode == 1
    assert "pcscd" in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_line_certificates_are_told_with_how_to_make_them(tmp_path: Path) -> None:
    done = run("serve", "oqs", "--port", "0", "--line-port", "0", "--line", str(tmp_path),
               "--database", "sqlite://")  # fmt: skip
    assert done.returncode == 1
    assert "Make it with `oqs certificates make" in done.stderr
    assert "Traceback" not in done.stderr


def databases_on(server: PostgresServer) -> set[str]:
    engine = create_engine(server.url())
    with engine.connect() as connection:
        found = set(connection.exec_driver_sql("SELECT datname FROM pg_database").scalars())
    engine.dispose()
    return found


def test_the_story_holds_on_postgresql_and_leaves_nothing_there(postgres: PostgresServer) -> None:
    before = databases_on(postgres)
    played = run("demo", "--once", "--port", "0", "--database", postgres.url())
    assert played.returncode == 0, played.stderr + played.stdout
    assert databases_on(postgres) == before


def test_a_server_that_does_not_answer_is_told_in_a_sentence() -> None:
    refused = run("up", "--port", "0", "--database", "postgresql://oqs@127.0.0.1:9/postgres")
    assert refused.returncode == 1
    assert refused.stderr.startswith("oqs: No databases can be made on the server: ")
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("mysql://127.0.0.1/x", "mysql is no kind of server"),
        ("sqlite:///x", "sqlite is no kind of server"),
        ("postgresql+asyncpg://127.0.0.1/x", "postgresql+asyncpg is no kind of server"),
        ("postgresql://127.0.0.1:port/x", "its port is no number"),
        ("nonsense", "the address cannot be read"),
    ],
)
def test_an_address_of_no_postgresql_server_is_told_in_a_sentence(address: str, why: str) -> None:
    refused = run("demo", "--port", "0", "--database", address)
    assert refused.returncode == 1
    assert why in refused.stderr
    assert "postgresql://USER@HOST/DATABASE" in refused.stderr
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("database", "why"),
    [
        ("mysql://127.0.0.1/x", "mysql is no kind of database"),
        ("postgresql://127.0.0.1:port/x", "its port is no number"),
        ("sqlite:////proc/none/x.sqlite", "/proc/none"),
        ("nonsense", "cannot be opened"),
    ],
)
def test_a_database_that_a_service_cannot_open_is_told_in_a_sentence(
    database: str, why: str, tmp_path: Path
) -> None:
    line = str(tmp_path / "line")
    assert run("certificates", "make", line).returncode == 0
    refused = run("serve", "oqs", "--port", "0", "--line-port", "0", "--line", line,
                  "--database", database)  # fmt: skip
    assert refused.returncode == 1
    assert why in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("worker", "--window", "22-5"), "write it like 22:00-05:00"),
        (("worker", "--batch-size", "0"), "0 is not in the range"),
        (("intermediate", "--cutoff", "noon"), "noon"),
        (("intermediate", "--lag-mode", "never"), "'never' is not one of"),
        (("worker", "--oqs-line", "https://h:xx"), "'https://h:xx' is no address"),
        (("worker", "--oqs-console", "nonsense"), "'nonsense' is no address"),
    ],
)
def test_a_setting_of_the_delivery_that_is_none_is_told_in_a_sentence(
    arguments: tuple[str, ...], said: str
) -> None:
    places = (
        "--line", "x", "--database", "sqlite://",
        "--oqs-line", "https://127.0.0.1:9", "--oqs-console", "http://127.0.0.1:9",
    )  # fmt: skip
    refused = run("serve", arguments[0], *places, *arguments[1:])
    assert refused.returncode == 2
    assert said in refused.stderr
