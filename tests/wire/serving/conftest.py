"""All five services on real listeners, and a line with participants of every kind."""

from __future__ import annotations

import ssl
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx2
import pytest

from docs.generator.services import services_in
from testbed.launch.line_certificates import enrol, make_line, revoke, terminal
from tests.equipment.served import Served
from wire.line_credentials import Caller, LineCredentials, Role, credentials
from wire.serving.serve import Listener, bind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docs.generator.services import Service

TERMINAL, OTHER_TERMINAL, REVOKED = "9910000018", "9910000026", "9910000034"
INSURER, OTHER_INSURER = "990010", "06990014"
SERVERS = {"OQS": "oqs", "Intermediate server": "intermediate-server"}
SECONDS = 20.0


def plain_context(mine: LineCredentials | None, authority: Path) -> ssl.SSLContext:
    """A caller that takes any server of the line, as somebody else's program may."""
    context = ssl.create_default_context(cafile=str(authority))
    if mine is not None:
        context.load_cert_chain(str(mine.certificate), str(mine.key))
    return context


@dataclass
class Running:
    """A service and where it listens."""

    service: Service
    console: str
    line: str | None
    console_listener: Listener


@dataclass
class Everything:
    """All services, and the certificates of their line and of a stranger's."""

    line: Path
    stranger: Path
    services: dict[str, Running]

    def client(self, url: str, participant: str | None, *, strange: bool = False) -> httpx2.Client:
        directory = self.stranger if strange else self.line
        mine = credentials(directory, participant) if participant else None
        context = plain_context(mine, credentials(self.line, "oqs").authority)
        return httpx2.Client(base_url=url, verify=context, timeout=SECONDS, trust_env=False)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everything]:
    place = tmp_path_factory.mktemp("everything")
    line, stranger = place / "line", place / "stranger"
    for directory in (line, stranger):
        make_line(directory, [TERMINAL, OTHER_TERMINAL], [INSURER, OTHER_INSURER])
    enrol(line, Caller(Role.TERMINAL, REVOKED))
    revoke(line, terminal(REVOKED))
    with ExitStack() as stack:
        running = {}
        for service in services_in(place):
            console = Listener(stack.enter_context(bind("127.0.0.1", 0)))
            listeners = [console]
            if service.has_line:
                mine = credentials(line, SERVERS[service.name])
                listeners.append(Listener(stack.enter_context(bind("127.0.0.1", 0)), mine))
            stack.enter_context(Served(service.app, *listeners))
            urls = [one.url for one in listeners]
            running[service.name] = Running(
                service, urls[0], urls[1] if len(urls) > 1 else None, console
            )
        yield Everything(line, stranger, running)
