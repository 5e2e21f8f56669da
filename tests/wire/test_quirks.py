"""Requests as only an attacker or a broken program writes them: refused, or cut off, never more.

What two readers may read in two ways (request smuggling) is taken in neither.
"""

from __future__ import annotations

import re
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.equipment.raw_http import answer, ask, connect
from tests.fuzzing import seeded
from tests.wire.test_bounds import TIGHT, served

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

HEAD = b"POST /count HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
CLOSE = b"Connection: close\r\n"
REFUSED = {
    "a chunk without a size": CHUNKED + b"\r\nabc\r\n0\r\n\r\n",
    "a chunk size that is no number": CHUNKED + b"xyz\r\nabc\r\n0\r\n\r\n",
    "a negative chunk size": CHUNKED + b"-3\r\nabc\r\n0\r\n\r\n",
    "a chunk size with a prefix": CHUNKED + b"0x3\r\nabc\r\n0\r\n\r\n",
    "a chunk size beyond all numbers": CHUNKED + b"f" * 40 + b"\r\nabc\r\n0\r\n\r\n",
    "a chunk longer than its size": CHUNKED + b"1\r\nabc\r\n0\r\n\r\n",
    "a chunk that is too large": CHUNKED + b"ffffff\r\n" + b"x" * 2_000,
    "two lengths": HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "two lengths in one": HEAD + b"Content-Length: 3, 4\r\n\r\nabcd",
    "a negative length": HEAD + b"Content-Length: -1\r\n\r\n",
    "a length with a sign": HEAD + b"Content-Length: +3\r\n\r\nabc",
    "a length beyond all numbers": HEAD + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n",
    "a length and chunks": HEAD
    + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": HEAD
    + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    "an unknown encoding": HEAD + b"Transfer-Encoding: cow\r\n\r\nabc",
    "chunks before another encoding": HEAD + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "a header over two lines": HEAD + b"X: a\r\n b\r\nContent-Length: 0\r\n\r\n",
    "a blank before the colon": HEAD + b"Content-Length : 3\r\n\r\nabc",
    "a header without a colon": HEAD + b"Content-Length\r\n\r\n",
    "a header without a name": HEAD + b": 3\r\n\r\n",
    "NUL in a header": HEAD + b"X: a\0b\r\nContent-Length: 0\r\n\r\n",
    "NUL in a header's name": HEAD + b"X\0Y: a\r\nContent-Length: 0\r\n\r\n",
    "CR in a header": HEAD + b"X: a\rb\r\nContent-Length: 0\r\n\r\n",
    "NUL in the target": b"GET /health\0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a target beyond ASCII": "GET /健康 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(),
    "a method of its own": b"COW /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a method of lower case": b"get /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a request for a tunnel": b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a target that is an asterisk": b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n" + CLOSE + b"\r\n",
    "the address of another host": b"GET http://evil.example/health HTTP/1.1\r\n"
    b"Host: evil.example\r\n" + CLOSE + b"\r\n",
    "an address that is none": b"GET http://[::1/health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "no target": b"GET  HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "HTTP/0.9": b"GET /health\r\n\r\n",
    "HTTP/2 without more ado": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/2 in words": b"GET /health HTTP/2.0\r\nHost: localhost\r\n\r\n",
    "HTTP/3.7": b"GET /health HTTP/3.7\r\nHost: localhost\r\n\r\n",
    "an announced body that is too large": HEAD
    + b"Expect: 100-continue\r\nContent-Length: 5000\r\n\r\n",
}


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    with served(replace(TIGHT, connections=100)) as found:
        yield found


def statuses(answered: bytes) -> list[int]:
    return [int(found) for found in re.findall(rb"^HTTP/1.1 (\d{3}) ", answered, re.MULTILINE)]


def test_what_can_be_read_in_two_ways_is_refused_or_cut_off(address: tuple[str, int]) -> None:
    found = {}
    with ExitStack() as stack:
        # All at once, as what a refused sender still sends is listened to for a while.
        asked = {name: stack.enter_context(connect(address)) for name in REFUSED}
        for name, connection in asked.items():
            connection.sendall(REFUSED[name])
        for name, connection in asked.items():
            found[name] = statuses(answer(connection))
    taken = {
        name: those
        for name, those in found.items()
        if len(those) > 1 or not all(400 <= one < 500 or one == 501 for one in those)
    }
    assert not taken


def test_an_address_in_place_of_a_path_is_taken_where_it_is_our_own(
    address: tuple[str, int],
) -> None:
    request = b"GET http://localhost/health HTTP/1.1\r\nHost: localhost\r\n" + CLOSE + b"\r\n"
    assert ask(address, request).startswith(b"HTTP/1.1 200 ")


def test_a_caller_of_http_1_0_is_answered_and_let_go(address: tuple[str, int]) -> None:
    assert ask(address, b"GET /health HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200 ")


def test_who_expects_a_word_before_the_body_gets_it(address: tuple[str, int]) -> None:
    request = HEAD + CLOSE + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    with connect(address) as connection:
        connection.sendall(request)
        assert connection.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        assert answer(connection).endswith(b"\r\n\r\n3")


def test_requests_sent_at_once_are_answered_in_their_order(address: tuple[str, int]) -> None:
    requests = [HEAD + f"Content-Length: {n}\r\n\r\n".encode() + b"x" * n for n in range(20)]
    last = b"GET /health HTTP/1.1\r\nHost: localhost\r\n" + CLOSE + b"\r\n"
    answered = ask(address, b"".join([*requests, last]))
    bodies = [one.partition(b"\r\n\r\n")[2] for one in answered.split(b"HTTP/1.1 200 OK\r\n")[1:]]
    assert bodies[:-1] == [str(n).encode() for n in range(20)]
    assert b'"Service"' in bodies[-1]


def test_a_refused_request_is_the_last_of_those_sent_at_once(address: tuple[str, int]) -> None:
    wanted = HEAD + b"Content-Length: 1\r\n\r\nx"
    answered = ask(address, wanted + REFUSED["two lengths"] + wanted)
    assert statuses(answered) in ([200], [200, 400]), answered


PIECES = [
    b"GET", b"POST", b"HEAD", b"OPTIONS", b" ", b"  ", b"/health", b"/count", b"*",
    b"http://localhost/", b"//", b"%00", b"%", b" HTTP/1.1", b" HTTP/1.0", b"\r\n", b"\r\n\r\n",
    b"\n", b"\r", b"\0", b"\t", b"Host: localhost\r\n", b"Content-Length: 3\r\n", b"abc", b"3\r\n",
    b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", b"Upgrade: websocket\r\n", b"Connection: ",
    b"upgrade\r\n", b"close\r\n", b"keep-alive\r\n", b"Expect: 100-continue\r\n", b": ", b"\xff",
]  # fmt: skip


def made_up(chance: random.Random) -> bytes:
    """Return a request out of pieces of requests, beginning as a good one does more often."""
    begun = chance.choice([b"", HEAD, CHUNKED, HEAD + b"Content-Length: 3\r\n"])
    return begun + b"".join(chance.choices(PIECES, k=chance.randrange(1, 14))) + b"\r\n\r\n"


def test_pieces_of_requests_in_any_order_lead_to_no_failure_and_no_hang(
    address: tuple[str, int],
) -> None:
    for number, chance in seeded("quirks", 150):
        request = made_up(chance)
        with connect(address) as connection:
            with suppress(ConnectionResetError, BrokenPipeError):
                connection.sendall(request)
                connection.shutdown(1)  # nothing more is sent
            answered = answer(connection)
        found = statuses(answered)
        assert all(one < 500 or one == 501 for one in found), (number, request, answered)
