"""A load generator: prepared requests over a few connections, each answered before the next."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections import deque
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

CONNECTIONS = 16


class BadAnswer(Exception):
    """A request was not answered with success."""


def request(path: str, body: bytes | None = None) -> bytes:
    """Write a request of HTTP/1.1: POST with a JSON body, GET without."""
    if body is None:
        return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as the last one is answered."""

    def __init__(self) -> None:
        self._received = b""
        self._requests: deque[bytes] = deque()
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not derive from asyncio's classes.
        self._transport = cast("asyncio.Transport", transport)

    def send_all(self, requests: deque[bytes]) -> asyncio.Future[None]:
        """Send requests, shared with other connections, until none is left."""
        self._requests, self._done = requests, asyncio.get_running_loop().create_future()
        self._next()
        return self._done

    def close(self) -> None:
        self._transport.close()

    def _next(self) -> None:
        if self._requests:
            self._transport.write(self._requests.popleft())
        elif not self._done.done():
            self._done.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(body) < length:
            return
        if not head.startswith(b"HTTP/1.1 2"):
            error = BadAnswer(f"{head.splitlines()[0].decode()}: {body[:200].decode()}")
            if not self._done.done():
                self._done.set_exception(error)
            self._transport.close()
            return
        self._received = body[length:]
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(exc or BadAnswer("the server closed the connection"))


async def _rate(
    host: str, port: int, tls: ssl.SSLContext | None, warm_up: str, requests: list[bytes]
) -> float:
    loop = asyncio.get_running_loop()
    connections = []
    for _ in range(CONNECTIONS):
        _, connection = await loop.create_connection(
            _Connection, host, port, ssl=tls, server_hostname=host if tls else None
        )
        # A terminal keeps its connection. With TLS 1.3 the server goes on with the handshake
        # after the client is done with it, so one answer is awaited before the clock starts.
        await connection.send_all(deque([request(warm_up)]))
        connections.append(connection)
    waiting = deque(requests)
    begun = time.perf_counter()
    await asyncio.gather(*(connection.send_all(waiting) for connection in connections))
    taken = time.perf_counter() - begun
    for connection in connections:
        connection.close()
    return len(requests) / taken


def rate(
    host: str,
    port: int,
    requests: Iterable[bytes],
    tls: ssl.SSLContext | None = None,
    warm_up: str = "/",
) -> float:
    """Send all requests and return how many were answered in a second.

    ``warm_up`` is a path that each connection gets first, outside of the measured time.

    Raises:
        BadAnswer: one was not answered with success.
    """
    prepared = list(requests)
    gc.collect()
    gc.freeze()
    import uvloop  # noqa: PLC0415 # the generator must not be the slower side

    return uvloop.run(_rate(host, port, tls, warm_up, prepared))


def pin_to(core: int) -> None:
    """Keep this process on one core, where there is more than one."""
    available = sorted(os.sched_getaffinity(0))
    if len(available) > 1:
        os.sched_setaffinity(0, {available[core % len(available)]})
