"""The closed line by real handshakes: who is let in, who is believed, and by which cipher."""

from __future__ import annotations

import asyncio
import socket
import ssl
import stat
import time
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
import uvloop

from testbed.launch.line_certificates import enrol, insurer, make_line, revoke, terminal
from tests.equipment.served import Served
from tests.wire.serving.conftest import INSURER, TERMINAL, plain_context
from wire.line_credentials import (
    INTERMEDIATE_SERVER,
    OQS,
    Caller,
    LineCredentials,
    Role,
    WrongServer,
    credentials,
)
from wire.revocations import LOOK_SECONDS, LineFileUnusable
from wire.serving.application import application
from wire.serving.serve import Listener, bind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
    from pathlib import Path

    from fastapi import FastAPI

    from tests.wire.serving.conftest import Everything

pytestmark = pytest.mark.deployment


@pytest.fixture
def line(tmp_path: Path) -> Path:
    make_line(tmp_path / "line", [TERMINAL], [INSURER])
    return tmp_path / "line"


def address_of(url: str) -> tuple[str, int]:
    host, _, port = url.partition("://")[2].partition(":")
    return host, int(port)


def shake_hands(url: str, context: ssl.SSLContext) -> tuple[str, str]:
    """Return the version and the cipher suite of a connection."""
    with (
        socket.create_connection(address_of(url), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
    ):
        cipher = connection.cipher()
        assert cipher
        return str(connection.version()), cipher[0]


def terminals(everything: Everything) -> LineCredentials:
    return credentials(everything.line, terminal(TERMINAL))


@pytest.mark.parametrize("name", ["OQS", "Intermediate server"])
def test_a_line_prefers_tls_1_3_and_knows_no_cbc(everything: Everything, name: str) -> None:
    url = everything.services[name].line
    assert url is not None
    mine = terminals(everything)
    assert shake_hands(url, plain_context(mine, mine.authority))[0] == "TLSv1.3"
    old = plain_context(mine, mine.authority)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    version, cipher = shake_hands(url, old)
    assert version == "TLSv1.2"
    assert "GCM" in cipher or "CHACHA20" in cipher
    for weak in ("ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA", "AES128-GCM-SHA256"):
        old.set_ciphers(weak)
        with pytest.raises(ssl.SSLError):
            shake_hands(url, old)
    older = plain_context(mine, mine.authority)
    older.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        older.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        older.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError):
        shake_hands(url, older)


def test_a_caller_takes_no_cbc_from_a_server_either(line: Path) -> None:
    context = credentials(line, terminal(TERMINAL)).client_context(OQS)
    names = [suite["name"] for suite in context.get_ciphers()]
    assert names
    assert all("GCM" in name or "CHACHA20" in name for name in names)


@contextmanager
def server_with(shown: LineCredentials) -> Iterator[str]:
    """Serve with somebody's certificate; the service only tells that it is up."""

    @asynccontextmanager
    async def nothing(_: FastAPI) -> AsyncIterator[None]:
        yield

    app = application("test", title="", summary="", lifespan=nothing, routes=[])
    with bind("127.0.0.1", 0) as listening, Served(app, listener := Listener(listening, shown)):
        yield listener.url


@pytest.fixture
def pretender(line: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Path, str]]:
    """A server that shows another participant's certificate."""
    with server_with(credentials(line, request.param)) as url:
        yield line, url


@pytest.mark.parametrize(
    ("pretender", "meant", "why"),
    [
        (terminal(TERMINAL), OQS, "purpose|certificate"),
        (insurer(INSURER), OQS, "purpose|certificate"),
        ("sync-worker", INTERMEDIATE_SERVER, "purpose|certificate"),
        ("intermediate-server", OQS, "intermediate-server"),
        ("oqs", INTERMEDIATE_SERVER, "oqs"),
    ],
    indirect=["pretender"],
)
@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_nobody_of_the_line_can_pretend_to_be_another_server(
    pretender: tuple[Path, str],
    meant: Caller,
    why: str,
    run: Callable[[Coroutine[Any, Any, None]], None],
) -> None:
    line, url = pretender
    context = credentials(line, "intermediate-server").client_context(meant)
    with pytest.raises(ssl.SSLError, match=why):
        shake_hands(url, context)

    async def ask() -> None:
        async with httpx2.AsyncClient(base_url=url, verify=context, trust_env=False) as client:
            with pytest.raises(httpx2.ConnectError, match=why):
                await client.get("/health")

    run(ask())


@pytest.fixture
def oqs_line(line: Path) -> Iterator[str]:
    """The address of a server that shows the certificate of OQS."""
    with server_with(credentials(line, "oqs")) as url:
        yield url


def within_bound(happens: Callable[[], bool]) -> bool:
    """Tell whether something happens once the files of the line may have been looked at again.

    However long this machine takes for that: what is bounded is the time between two looks.
    """
    assert LOOK_SECONDS <= 1.0, "a revocation is noticed within a second"
    time.sleep(LOOK_SECONDS)
    return happens()


def test_a_server_that_was_revoked_is_believed_no_longer(line: Path, oqs_line: str) -> None:
    context = credentials(line, terminal(TERMINAL)).client_context(OQS)
    assert shake_hands(oqs_line, context)[0] == "TLSv1.3"
    revoke(line, "oqs")

    def is_refused() -> bool:
        try:
            shake_hands(oqs_line, context)
        except WrongServer as error:
            return "revoked" in str(error)
        return False

    assert within_bound(is_refused)


def test_an_open_connection_of_a_revoked_terminal_is_refused_within_a_second(
    everything: Everything,
) -> None:
    code = "9910000042"
    enrol(everything.line, Caller(Role.TERMINAL, code))
    url = everything.services["OQS"].line
    assert url is not None
    with everything.client(url, terminal(code)) as client:
        assert client.post("/qualification/challenges").status_code == 201
        revoke(everything.line, code)

        answers: list[httpx2.Response] = []

        def is_refused() -> bool:
            answers.append(client.post("/qualification/challenges"))
            return answers[-1].status_code != 201

        assert within_bound(is_refused)
        refused = answers[-1]
        assert (refused.status_code, refused.json()["code"]) == (403, "SIM-CERTIFICATE-REFUSED")
        assert refused.headers["Connection"] == "close"
    with everything.client(url, terminal(code)) as client:
        assert client.post("/qualification/challenges").status_code == 403
    with everything.client(url, terminal(TERMINAL)) as client:
        assert client.post("/qualification/challenges").status_code == 201
    again = enrol(everything.line, Caller(Role.TERMINAL, code))
    assert again.certificate.state == "valid"
    with everything.client(url, terminal(code)) as client:
        assert client.post("/qualification/challenges").status_code == 201


@pytest.mark.parametrize("spoilt", ["torn", "of another line", "gone"])
def test_nobody_is_let_in_while_it_is_not_known_who_is_revoked_and_each_is_told_why(
    line: Path, oqs_line: str, tmp_path: Path, spoilt: str, caplog: pytest.LogCaptureFixture
) -> None:
    mine = credentials(line, terminal(TERMINAL))
    context = plain_context(mine, mine.authority)
    whole = mine.revoked.read_bytes()
    with httpx2.Client(base_url=oqs_line, verify=context, trust_env=False) as client:
        assert client.get("/health").status_code == 200
        match spoilt:
            case "torn":
                mine.revoked.write_bytes(b"torn")
            case "of another line":
                make_line(tmp_path / "other", [], [])
                mine.revoked.write_bytes(
                    credentials(tmp_path / "other", "oqs").revoked.read_bytes()
                )
            case _:
                mine.revoked.unlink()
        assert within_bound(lambda: client.get("/health").status_code == 503)
        refused = client.get("/health")
        assert refused.json()["code"] == "SIM-REVOCATIONS-UNKNOWN"
        assert "Enrol" not in refused.json()["advice"]
        assert int(refused.headers["Retry-After"]) > 0
        assert caplog.text.count("Nobody is let in") == 1
        mine.revoked.write_bytes(whole)
        assert within_bound(lambda: client.get("/health").status_code == 200)


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_an_open_connection_to_a_server_that_was_revoked_is_used_no_longer(
    line: Path, oqs_line: str, run: Callable[[Coroutine[Any, Any, None]], None]
) -> None:
    context = credentials(line, terminal(TERMINAL)).client_context(OQS)

    async def ask() -> None:
        options: dict[str, Any] = {"base_url": oqs_line, "verify": context, "trust_env": False}
        async with httpx2.AsyncClient(**options) as client:
            assert (await client.get("/health")).status_code == 200
            revoke(line, "oqs")
            # The connection is gone, and a new one is not made.
            await refused(client, httpx2.TransportError)
            with pytest.raises(httpx2.ConnectError, match="oqs has been revoked"):
                await client.get("/health")

    async def refused(client: httpx2.AsyncClient, kind: type[Exception]) -> None:
        await asyncio.sleep(LOOK_SECONDS)
        with pytest.raises(kind):
            await client.get("/health")

    run(ask())


def test_a_program_without_a_loop_uses_no_open_connection_to_a_revoked_server(
    line: Path, oqs_line: str
) -> None:
    context = credentials(line, terminal(TERMINAL)).client_context(OQS)
    with httpx2.Client(base_url=oqs_line, verify=context, trust_env=False) as client:
        assert client.get("/health").status_code == 200
        revoke(line, "oqs")

        def is_refused() -> bool:
            try:
                client.get("/health")
            except httpx2.TransportError:
                return True
            return False

        assert within_bound(is_refused)
        with pytest.raises(httpx2.ConnectError, match=r"^The certificate of .* has been revoked"):
            client.get("/health")


def test_what_a_revoked_server_is_refused_with_is_a_sentence(line: Path, oqs_line: str) -> None:
    revoke(line, "oqs")
    context = credentials(line, terminal(TERMINAL)).client_context(OQS)
    with pytest.raises(WrongServer) as refused:
        shake_hands(oqs_line, context)
    assert str(refused.value) == "The certificate of the server oqs has been revoked."


@pytest.mark.parametrize("what", ["certificate", "key", "authority", "revoked"])
def test_a_damaged_file_is_told_before_anything_is_served_or_asked(line: Path, what: str) -> None:
    mine = credentials(line, terminal(TERMINAL))
    getattr(mine, what).write_bytes(b"torn")
    for begin in (mine.server_context, lambda: mine.client_context(OQS)):
        with pytest.raises(LineFileUnusable, match=f"{getattr(mine, what)} is damaged"):
            begin()


def test_a_key_of_somebody_else_is_told(line: Path) -> None:
    mine = credentials(line, terminal(TERMINAL))
    mine.key.write_bytes(credentials(line, "oqs").key.read_bytes())
    with pytest.raises(LineFileUnusable, match="is not the key of"):
        mine.server_context()


def test_keys_are_their_owners_alone_and_each_in_a_folder_of_its_own(line: Path) -> None:
    keys = sorted(line.rglob("*.key"))
    assert [key.parent.name for key in keys] == [
        "authority", "insurer-990010", "intermediate-server", "oqs", "sync-worker",
        "terminal-9910000018",
    ]  # fmt: skip
    for path in line.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
