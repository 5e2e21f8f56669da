"""What a connection may send: beyond each bound comes its own problem, and an end."""

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse

from testbed.launch.line_certificates import make_line, terminal
from tests.equipment.raw_http import answer, ask, connect, one_answer, post
from tests.equipment.served import Served
from wire.bounds import Bounds
from wire.line_credentials import OQS, credentials
from wire.serving.access import CONSOLE, Routes
from wire.serving.application import Service, application
from wire.serving.bounded_protocol import QUIET_SECONDS, RESERVED, NotHttp
from wire.serving.serve import Listener, bind

TIGHT = Bounds(
    header_bytes=2_000,
    body_bytes=1_000,
    upload_bytes=200_000,
    header_seconds=0.3,
    body_seconds=0.3,
    write_seconds=0.3,
    connections=3,
)
TERMINAL = "9910000018"
LENGTH = 8 << 20
LONG = b"GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n"
CHUNKED = (
    b"POST %s HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
    b"Content-Type: application/json\r\n\r\n"
)
GET = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
LAST = GET[:-2] + b"Connection: close\r\n\r\n"
HEALTHY = b'{"Service":"test","Status":"ok"}'


@asynccontextmanager
async def nothing(_: FastAPI) -> AsyncIterator[None]:
    yield


def routes() -> Routes:
    added = Routes(CONSOLE)

    @added.post("/count")
    @added.post("/upload")
    async def count(request: Request) -> int:
        return len(await request.body())

    @added.post("/stream")
    async def stream(request: Request) -> None:
        async for _ in request.stream():
            pass
        await asyncio.Event().wait()

    @added.get("/long")
    async def long(request: Request) -> PlainTextResponse:
        request.app.state.longs += 1
        return PlainTextResponse("x" * LENGTH)

    @added.post("/headers")
    async def headers(request: Request) -> list[str]:
        await request.body()
        return list(request.headers)

    @added.get("/bug")
    async def bug() -> None:
        raise RuntimeError("a bug")

    return added


def app_with(bounds: Bounds) -> Service:
    app = application(
        "test",
        title="試験",
        summary="For a test.",
        lifespan=nothing,
        routes=[routes()],
        bounds=bounds,
        uploads=["/upload"],
    )
    app.state.longs = 0
    return app


@contextmanager
def served(bounds: Bounds) -> Iterator[tuple[str, int]]:
    with bind("127.0.0.1", 0) as listening, Served(app_with(bounds), Listener(listening)):
        yield listening.getsockname()


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    with served(TIGHT) as found:
        yield found


def bodies(answered: bytes) -> list[bytes]:
    """Return the bodies of answers that came one after the other."""
    found = []
    while answered:
        head, _, answered = answered.partition(b"\r\n\r\n")
        length = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0])
        found.append(answered[:length])
        answered = answered[length:]
    return found


def send_on_and_on(connection: socket.socket, sent: bytes) -> None:
    while True:
        connection.sendall(sent)


def refused(answered: bytes, status: int, code: str) -> bool:
    assert answered.startswith(f"HTTP/1.1 {status} ".encode()), answered[:300]
    head, _, body = answered.partition(b"\r\n\r\n")
    assert b"connection: close" in head
    assert b"application/problem+json" in head
    return f'"code":"{code}"'.encode() in body


@pytest.mark.parametrize("length", [3_000, 900_000])
def test_a_head_that_is_too_long_is_refused(address: tuple[str, int], length: int) -> None:
    request = b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * length + b"\r\n\r\n"
    assert refused(ask(address, request), 431, "SIM-HEADER-TOO-LARGE")


def test_a_head_without_an_end_is_refused_at_its_bound(address: tuple[str, int]) -> None:
    endless = b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 400_000
    assert refused(ask(address, endless), 431, "SIM-HEADER-TOO-LARGE")


def test_a_body_that_is_too_long_is_refused_by_its_announcement(address: tuple[str, int]) -> None:
    assert refused(ask(address, post("/count", b"", 300_000_000)), 413, "SIM-BODY-TOO-LARGE")


def test_a_body_in_chunks_is_refused_at_its_bound(address: tuple[str, int]) -> None:
    chunk = b"1f4\r\n" + b"x" * 500 + b"\r\n"
    head = b"POST /count HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert refused(ask(address, head + chunk * 3), 413, "SIM-BODY-TOO-LARGE")


def test_an_upload_has_a_bound_of_its_own(address: tuple[str, int]) -> None:
    with connect(address) as connection:
        connection.sendall(post("/upload", b"x" * 150_000))
        assert one_answer(connection).endswith(b"150000")
    assert refused(ask(address, post("/upload", b"", 200_001)), 413, "SIM-BODY-TOO-LARGE")


@pytest.mark.parametrize("path", [b"/count", b"/upload", b"/nowhere"])
@pytest.mark.parametrize(
    "endless",
    [
        b"0\r\n" + b"A:\r\n" * 1_000,
        b"0\r\n" + b"A:\r\n" * 1_000 + b"\r\n",
        b"0\r\nA: " + b"x" * 400_000,
        b"1;extension=" + b"x" * 400_000,
        (b"1;x=" + b"x" * 90 + b"\r\nx\r\n") * 100,
    ],
    ids=["trailers", "trailers with an end", "a trailer", "an extension", "many extensions"],
)
def test_what_is_no_body_in_a_body_counts_as_a_head_does(
    address: tuple[str, int], path: bytes, endless: bytes
) -> None:
    answered = ask(address, CHUNKED % path + endless)
    if not answered.startswith(b"HTTP/1.1 404 "):  # which needs no body
        assert refused(answered, 431, "SIM-HEADER-TOO-LARGE")


def test_chunks_as_a_client_sends_them_are_no_more_than_their_body(
    address: tuple[str, int],
) -> None:
    body = b"".join(b"%x;a=b\r\n%s\r\n" % (size, b"x" * size) for size in range(1, 600))
    sent = CHUNKED % b"/upload" + body + b"0\r\nDigest: x\r\n\r\n" + LAST
    assert bodies(ask(address, sent)) == [b"179700", HEALTHY]


def test_a_trailer_becomes_no_header(address: tuple[str, int]) -> None:
    with connect(address) as connection:
        connection.sendall(CHUNKED % b"/headers" + b"0\r\nIdempotency-Key: x\r\n\r\n")
        assert b"idempotency-key" not in one_answer(connection)


def test_trailers_that_come_slowly_are_not_waited_for(address: tuple[str, int]) -> None:
    with connect(address) as connection:
        connection.sendall(CHUNKED % b"/upload" + b"5\r\nxxxxx\r\n0\r\n")
        connection.settimeout(0.05)
        answered = b""
        for _ in range(100):
            connection.sendall(b"A:\r\n")
            with suppress(TimeoutError):
                answered = connection.recv(65_536)
                break
        assert refused(answered, 408, "SIM-REQUEST-TOO-SLOW")


def test_requests_are_answered_one_after_the_other_however_they_arrive(
    address: tuple[str, int],
) -> None:
    requests = [GET, post("/count", b"x" * 7), CHUNKED % b"/count" + b"4\r\n\r\n\r\n\r\n0\r\n\r\n"]
    sent = b"".join(requests * 3) + LAST
    for size in (1, 2, 3, 5, 50, 10_000):
        with connect(address) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for at in range(0, len(sent), size):
                connection.sendall(sent[at : at + size])
            assert bodies(answer(connection)) == [*[HEALTHY, b"7", b"4"] * 3, HEALTHY], size


def test_a_caller_that_reads_nothing_queues_no_requests_and_is_cut_off() -> None:
    app = app_with(TIGHT)
    with (
        bind("127.0.0.1", 0) as listening,
        Served(app, Listener(listening)),
        connect(listening.getsockname()) as greedy,
        pytest.raises((ConnectionResetError, BrokenPipeError)),
    ):
        send_on_and_on(greedy, LONG * 1_000)
    assert 0 < app.state.longs < 50


def test_a_caller_that_asks_at_once_and_reads_late_loses_nothing() -> None:
    with served(Bounds()) as address, connect(address) as connection:
        connection.sendall(LONG * 5 + LAST)
        with connect(address) as other:  # by now the first one fills what may stay unread
            other.sendall(GET)
            assert one_answer(other).startswith(b"HTTP/1.1 200")
        found = b"".join(iter(lambda: connection.recv(1 << 20), b""))
        assert bodies(found) == [*[b"x" * LENGTH] * 5, HEALTHY]


def test_an_answer_that_stays_unread_keeps_no_connection_open_after_its_end() -> None:
    with served(Bounds(connections=1, write_seconds=0.3)) as address, connect(address) as silent:
        silent.sendall(LONG[:-2] + b"Connection: close\r\n\r\n")
        assert silent.recv(1)
        until = time.monotonic() + 30
        while not ask(address, LAST.replace(b"/health", b"/bug")).startswith(b"HTTP/1.1 500"):
            assert time.monotonic() < until, "the connection that is not read keeps its place"


@pytest.mark.parametrize("method", ["GET /health", "POST /count"])
def test_who_offers_another_protocol_is_answered_in_this_one(
    address: tuple[str, int], method: str, caplog: pytest.LogCaptureFixture
) -> None:
    offers = (
        f"{method} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\n"
        "UPGRADE: h2c\r\nContent-Length: 4\r\n\r\nGET "
    ).encode()
    expected = HEALTHY if method.startswith("GET") else b"4"
    assert bodies(ask(address, offers * 2 + LAST)) == [expected, expected, HEALTHY]
    assert not caplog.records


@pytest.mark.parametrize(
    "target", ["CONNECT localhost:80", "GET http://[", "GET *", "GET //", "GET /\xff", "QUERY /"]
)
def test_no_target_is_a_failure(
    address: tuple[str, int], target: str, caplog: pytest.LogCaptureFixture
) -> None:
    request = f"{target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert ask(address, request.encode("latin-1")).startswith(b"HTTP/1.1 4")
    assert not [record for record in caplog.records if record.exc_info]


def test_what_is_no_http_is_logged_with_the_name_of_the_service_and_not_again_and_again(
    address: tuple[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(10):
        assert refused(ask(address, b"\x16\x03\x01\x02"), 400, "SIM-BAD-REQUEST")
    (told,) = caplog.messages
    assert told.startswith("test: 127.0.0.1 sends what is no HTTP")


def test_what_is_no_http_is_told_again_after_a_while_with_how_often_it_was(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told = NotHttp("test")
    for now in (1_000.0, 1_001.0, 1_002.0, 1_000.0 + QUIET_SECONDS):
        told.tell(now, "192.0.2.1", "Invalid method encountered")
    assert [message.partition("; ")[2] for message in caplog.messages] == [
        "",
        "so did 2 more before",
    ]


def test_half_a_head_is_not_waited_for(address: tuple[str, int]) -> None:
    assert refused(ask(address, b"GET /health HT"), 408, "SIM-REQUEST-TOO-SLOW")


def test_half_a_body_is_not_waited_for(address: tuple[str, int]) -> None:
    assert refused(ask(address, post("/count", b"x", 2)), 408, "SIM-REQUEST-TOO-SLOW")


def test_a_second_head_has_its_own_time(address: tuple[str, int]) -> None:
    with connect(address) as connection:
        connection.sendall(GET)
        assert one_answer(connection).startswith(b"HTTP/1.1 200")
        connection.sendall(b"GET /he")
        assert refused(answer(connection), 408, "SIM-REQUEST-TOO-SLOW")


def test_a_connection_that_says_nothing_is_closed(address: tuple[str, int]) -> None:
    assert ask(address, b"") == b""


@pytest.mark.parametrize("hosts", ["", "Host: a\r\nHost: b\r\n"])
def test_a_request_names_one_host(address: tuple[str, int], hosts: str) -> None:
    request = f"GET /health HTTP/1.1\r\n{hosts}\r\n".encode()
    assert refused(ask(address, request), 400, "SIM-HOST-UNCLEAR")


def test_what_is_no_http_is_a_problem_too(address: tuple[str, int]) -> None:
    assert refused(ask(address, b"\x16\x03\x01\x02\x00\r\n\r\n"), 400, "SIM-BAD-REQUEST")


def test_beyond_the_bound_of_connections_only_health_is_answered() -> None:
    with served(Bounds(connections=3)) as address:
        crowd = [connect(address) for _ in range(3)]
        for one in crowd:
            one.sendall(GET)
            assert one_answer(one).startswith(b"HTTP/1.1 200")
        assert refused(ask(address, post("/count", b"x")), 503, "SIM-TOO-MANY-CONNECTIONS")
        with connect(address) as connection:
            connection.sendall(GET)
            assert one_answer(connection).startswith(b"HTTP/1.1 200")
        reserve = [connect(address) for _ in range(RESERVED)]
        assert refused(ask(address, b""), 503, "SIM-TOO-MANY-CONNECTIONS")
        for one in crowd + reserve:
            one.close()


def test_a_connection_can_be_used_again_after_a_failure(address: tuple[str, int]) -> None:
    with connect(address) as connection:
        connection.sendall(b"GET /bug HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert one_answer(connection).startswith(b"HTTP/1.1 500")
        connection.sendall(GET)
        assert one_answer(connection).startswith(b"HTTP/1.1 200")


def test_a_request_that_the_end_cuts_off_is_told_so_and_is_no_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with served(Bounds()) as address:
        connection = connect(address)
        connection.sendall(post("/stream", b"x" * 10, 1000))
        with connect(address) as other:  # by now the first one has been taken
            other.sendall(GET)
            assert one_answer(other).startswith(b"HTTP/1.1 200")
    with connection:
        assert answer(connection).startswith(b"HTTP/1.1 503 ")
    assert not [record for record in caplog.records if "Exception" in record.getMessage()]


def test_a_method_that_a_route_has_not_is_told_with_those_that_it_has(
    address: tuple[str, int],
) -> None:
    with connect(address) as connection:
        connection.sendall(b"GET /count HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answered = one_answer(connection)
    assert answered.startswith(b"HTTP/1.1 405 ")
    assert b"\r\nallow: POST" in answered


@contextmanager
def line(directory: Path, bounds: Bounds) -> Iterator[tuple[tuple[str, int], ssl.SSLContext]]:
    """Serve a line; give its address, and what a terminal shows."""
    make_line(directory, [TERMINAL], [])
    listener = Listener(bind("127.0.0.1", 0), credentials(directory, "oqs"))
    with listener.socket, Served(app_with(bounds), listener):
        shown = credentials(directory, terminal(TERMINAL))
        yield listener.socket.getsockname(), shown.client_context(OQS)


def is_up(address: tuple[str, int], tls: ssl.SSLContext) -> bool:
    with tls.wrap_socket(connect(address), server_hostname=address[0]) as connection:
        connection.sendall(GET)
        return one_answer(connection).startswith(b"HTTP/1.1 200")


def test_who_does_not_agree_on_tls_is_not_waited_for(tmp_path: Path) -> None:
    with line(tmp_path, Bounds(handshake_seconds=0.3)) as (address, tls):
        assert ask(address, b"") == b""
        assert ask(address, b"\x16\x03\x01\x02\x00\x01") == b""  # half a greeting
        assert is_up(address, tls)


def test_a_crowd_that_does_not_agree_on_tls_keeps_nobody_away(tmp_path: Path) -> None:
    with line(tmp_path, Bounds(handshakes=2, handshake_seconds=600)) as (address, tls):
        crowd = [connect(address) for _ in range(5)]
        assert [answer(silent) for silent in crowd[:3]] == [b"", b"", b""]
        assert is_up(address, tls)
        assert answer(crowd[3]) == b""
        crowd[4].settimeout(0)
        with pytest.raises(BlockingIOError):
            crowd[4].recv(1)
        for silent in crowd:
            silent.close()


def test_what_is_no_tls_is_cut_off_at_once(tmp_path: Path) -> None:
    with line(tmp_path, Bounds(handshake_seconds=600)) as (address, tls):
        assert b"HTTP" not in ask(address, GET)
        assert is_up(address, tls)
