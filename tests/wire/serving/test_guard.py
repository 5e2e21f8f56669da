"""What a console refuses, whatever the service and the route, as it arrives on the wire."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from tests.equipment.served import Served
from wire.line_credentials import OQS, credentials
from wire.serving import bounded_protocol
from wire.serving.guard import SECURITY_HEADERS
from wire.serving.serve import Listener, bind

if TYPE_CHECKING:
    from tests.wire.serving.conftest import Everything

pytestmark = pytest.mark.deployment


def send(url: str, *lines: str) -> tuple[int, str]:
    """Send a request as it is written, and return the status and all that comes back."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(("\r\n".join((*lines, "Connection: close", "", ""))).encode())
        received = b"".join(iter(lambda: connection.recv(65_536), b"")).decode("utf-8", "replace")
    return int(received.split(" ", 2)[1]), received


@pytest.mark.parametrize(
    ("hosts", "status"),
    [
        (["127.0.0.1"], 200),
        (["localhost:8600"], 200),
        (["LOCALHOST"], 200),
        (["[::1]:80"], 200),
        (["192.0.2.7"], 200),  # an address is nothing that somebody could point elsewhere
        (["evil.example"], 403),
        (["localhost.evil.example"], 403),
        (["127.0.0.1.evil.example:8600"], 403),
        (["evil.example@127.0.0.1"], 403),
        (["127.0.0.1/evil"], 403),
        (["[evil"], 403),
        (["localhost?evil.example"], 403),
        (["localhost#.evil.example"], 403),
        (["localhost\\.evil.example"], 403),
        (["localhost:99999999"], 403),
        (["localhost:65536"], 403),
        (["localhost:80:80"], 403),
        (["localhost:"], 200),
        ([""], 403),
        ([], 400),
        (["127.0.0.1", "127.0.0.1"], 400),
        (["127.0.0.1", "evil.example"], 400),
    ],
)
def test_a_console_answers_to_its_own_names_only(
    everything: Everything, hosts: list[str], status: int
) -> None:
    for running in everything.services.values():
        lines = [f"Host: {host}" for host in hosts]
        assert send(running.console, "GET /health HTTP/1.1", *lines)[0] == status


def test_who_is_refused_and_reads_to_the_end_does_not_wait(
    everything: Everything, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is still sent is thrown away for a while, longer here than anybody would wait."""
    monkeypatch.setattr(bounded_protocol, "LINGER_SECONDS", 600.0)
    console = everything.services["OQS"].console
    assert send(console, "GET /health HTTP/1.1")[0] == 400


@pytest.mark.parametrize(("hosts", "status"), [(0, 400), (1, 200), (2, 400)])
def test_a_line_wants_exactly_one_host_too(everything: Everything, hosts: int, status: int) -> None:
    mine = credentials(everything.line, "sync-worker")
    host, _, port = str(everything.services["OQS"].line).removeprefix("https://").partition(":")
    with (
        socket.create_connection((host, int(port)), timeout=20) as plain,
        mine.client_context(OQS).wrap_socket(plain, server_hostname=host) as connection,
    ):
        connection.sendall(b"GET /health HTTP/1.1\r\n" + hosts * b"Host: a\r\n" + b"\r\n")
        assert int(connection.recv(1024).split(b" ", 2)[1]) == status


def test_a_container_has_the_name_that_it_was_told(everything: Everything) -> None:
    running = everything.services["OQS"]
    with bind("127.0.0.1", 0) as listening:
        named = Listener(listening, names=frozenset({"oqs"}))
        with Served(running.service.app, named):
            assert send(named.url, "GET /health HTTP/1.1", "Host: oqs:8602")[0] == 200
            assert send(named.url, "GET /health HTTP/1.1", "Host: clinic")[0] == 403
    assert send(running.console, "GET /health HTTP/1.1", "Host: oqs:8602")[0] == 403


FOREIGN = ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Origin: http://evil.example",
           "Origin: null", "Origin: http://[", "Origin: http://a]b", "Origin: 127.0.0.1",
           "Origin: ftp://127.0.0.1", "Origin: http://127.0.0.1?evil")  # fmt: skip


def test_no_route_of_any_service_changes_anything_for_a_foreign_page(
    everything: Everything,
) -> None:
    asked = 0
    for running in everything.services.values():
        for method, path, _ in running.service.access:
            if method in {"GET", "HEAD"}:
                continue
            for foreign in FOREIGN:
                lines = (f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", foreign)
                status, received = send(running.console, *lines)
                assert status == 403, (method, path, foreign)
                assert "SIM-FOREIGN-ORIGIN" in received
                asked += 1
    assert asked > 100


def test_every_answer_tells_browsers_to_frame_nothing(everything: Everything) -> None:
    for running in everything.services.values():
        asked = [(method, path) for method, path, _ in running.service.access if path != "/events"]
        for method, path in (*asked, ("GET", "/nowhere"), ("GET", "/openapi.json")):
            place = path.replace("{", "").replace("}", "")
            _, received = send(running.console, f"{method} {place} HTTP/1.1", "Host: 127.0.0.1")
            head = received.partition("\r\n\r\n")[0].lower()
            for name, value in SECURITY_HEADERS.items():
                assert f"{name.lower()}: {value.lower()}" in head, (method, path)


def test_a_page_names_no_file_of_this_machine(everything: Everything) -> None:
    with everything.client(everything.services["Testbed"].console, None) as client:
        for named in ({"Card": "hanako", "Trace": "/tmp/x.jsonl"}, {"Replay": "/tmp/x.jsonl"}):
            own_page = {"Sec-Fetch-Site": "same-origin"}
            refused = client.put("/slots/0", json=named, headers=own_page)
            assert refused.json()["code"] == "SIM-FOREIGN-ORIGIN"
