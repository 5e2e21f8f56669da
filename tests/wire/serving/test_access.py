"""Every route of every service, asked by everyone."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.wire.serving.conftest import INSURER, REVOKED, TERMINAL
from wire.line_credentials import Role
from wire.serving.access import ANYONE, CONSOLE

if TYPE_CHECKING:
    from tests.wire.serving.conftest import Everything

pytestmark = pytest.mark.deployment

PARTICIPANTS = {
    Role.TERMINAL: f"terminal-{TERMINAL}",
    Role.INSURER: f"insurer-{INSURER}",
    Role.INTERMEDIATE_SERVER: "intermediate-server",
    Role.WORKER: "sync-worker",
}
SHUT_OUT = {
    "without a certificate": (None, False),
    "a stranger's terminal": (f"terminal-{TERMINAL}", True),
    "a stranger's intermediate server": ("intermediate-server", True),
    "a server that calls": ("oqs", False),
}
REFUSALS = {
    "SIM-NO-CLIENT-CERTIFICATE",
    "SIM-WRONG-CALLER",
    "SIM-CERTIFICATE-REFUSED",
    "SIM-FOREIGN-HOST",
    "SIM-FOREIGN-ORIGIN",
    "SIM-METHOD-NOT-ALLOWED",
}


def ask(client: httpx2.Client, method: str, path: str) -> tuple[int, dict[str, Any]]:
    """Ask with nothing in it; return the status, and the problem if the answer is one."""
    filled = re.sub(r"\{[^}]*\}", "1", path)
    with client.stream(method, filled) as answer:
        if answer.headers.get("Content-Type", "").startswith("application/problem+json"):
            body = answer.read()
            return answer.status_code, json.loads(body) if body else {}
        return answer.status_code, {}


def as_the_table_says(
    status: int, problem: dict[str, Any], *, path_exists: bool, exists: bool, allowed: bool
) -> bool:
    if not exists:
        if path_exists:  # with another method
            return status == 405
        return status == 404 and problem["detail"] == "Not Found"
    if not allowed:
        return status in {401, 403} and problem["code"] in REFUSALS
    unknown = status == 404 and problem.get("detail") == "Not Found"
    return not unknown and status != 405 and problem.get("code") not in REFUSALS


def test_every_route_is_for_those_whom_the_table_names(everything: Everything) -> None:
    wrong, cells = [], 0
    for name, running in everything.services.items():
        with ExitStack() as stack:
            clients = {CONSOLE: stack.enter_context(everything.client(running.console, None))}
            if running.line is not None:
                for role, participant in PARTICIPANTS.items():
                    client = everything.client(running.line, participant)
                    clients[role] = stack.enter_context(client)
            paths_on_line = {
                path for _, path, roles in running.service.access if set(roles) != {CONSOLE}
            }
            for method, path, roles in running.service.access:
                on_line = set(roles) != {CONSOLE}
                for who, client in clients.items():
                    allowed = who in roles or ANYONE in roles
                    said = ask(client, method, path)
                    if not as_the_table_says(
                        *said,
                        path_exists=path in paths_on_line,
                        exists=who == CONSOLE or on_line,
                        allowed=allowed,
                    ):
                        wrong.append((name, method, path, who, said))
                    cells += 1
    assert not wrong
    assert cells > 200, "the walk has lost its way"


def test_who_has_no_certificate_of_a_caller_reaches_no_route_of_a_line(
    everything: Everything,
) -> None:
    for running in everything.services.values():
        if running.line is None:
            continue
        for participant, strange in SHUT_OUT.values():
            for method, path, _ in running.service.access:
                with (
                    everything.client(running.line, participant, strange=strange) as client,
                    pytest.raises(
                        (httpx2.ConnectError, httpx2.ReadError, httpx2.RemoteProtocolError)
                    ),
                ):
                    ask(client, method, path)


def test_a_revoked_certificate_is_refused_at_every_route(everything: Everything) -> None:
    for running in everything.services.values():
        if running.line is None:
            continue
        with everything.client(running.line, f"terminal-{REVOKED}") as client:
            for method, path, _ in (*running.service.access, ("GET", "/nowhere", ())):
                status, problem = ask(client, method, path)
                assert status == 403, path
                assert method == "HEAD" or problem["code"] == "SIM-CERTIFICATE-REFUSED", path


def test_the_document_of_a_line_knows_only_what_exists_there(everything: Everything) -> None:
    for running in everything.services.values():
        if running.line is None:
            continue
        expected = {path for _, path, roles in running.service.access if set(roles) != {CONSOLE}}
        with everything.client(running.line, PARTICIPANTS[Role.TERMINAL]) as client:
            assert client.get("/openapi.json").json()["paths"].keys() == expected
            for page in ("/docs", "/docs.css", "/static/clerk.css", "/", "/sim/clock"):
                assert client.get(page).status_code == 404, page


def test_what_is_beside_the_routes_is_for_those_whom_the_table_names(
    everything: Everything,
) -> None:
    found = set()
    for running in everything.services.values():
        for method, path, roles in running.service.others:
            found.add(path)
            asked = path.replace("…", "clerk.css")
            with everything.client(running.console, None) as client:
                answer = client.request(method, asked)
                assert answer.status_code == 200 or "…" in path
            for role in PARTICIPANTS.values() if running.line else ():
                assert running.line is not None
                with everything.client(running.line, role) as client:
                    exists = client.request(method, asked).status_code == 200
                    assert exists == (ANYONE in roles), (path, role)
    assert found == {"/openapi.json", "/static/…"}
