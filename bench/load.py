"""A load generator: prepared requests over a few connections, each answered before the next."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections import deque
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import uvloop

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Sequence

HOST = "127.0.0.1"
CONNECTIONS = 64


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
    """Sends a request as soon as the one before is answered."""

    expected = b""
    """What an answer has to contain."""

    def __init__(self) -> None:
        self._received = b""
        self._answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not derive from asyncio's classes.
        self._transport = cast("asyncio.Transport", transport)

    def ask(self, request: bytes) -> asyncio.Future[None]:
        """Send a request; what is returned is done with its answer."""
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answered

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(body) < length:
            return
        self._received = body[length:]
        if self._answered.done():
            return
        if head.startswith(b"HTTP/1.1 2") and self.expected in body[:length]:
            self._answered.set_result(None)
        else:
            status = head.splitlines()[0].decode()
            self._answered.set_exception(BadAnswer(f"{status}: {body[:400].decode()}"))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._answered.done():
            self._answered.set_exception(exc or BadAnswer("the server closed the connection"))


@dataclass(frozen=True)
class Target:
    """Where requests go."""

    port: int
    tls: ssl.SSLContext | None = None
    warm_up: str = "/"
    """A path that each connection gets first, outside of the measured time: with TLS 1.3 the server
    goes on with the handshake after the client is done with it."""
    expected: bytes = b""
    """What each answer contains; one without it is none."""

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[list[_Connection]]:
        """Connect as a number of terminals, which keep their connections."""
        loop = asyncio.get_running_loop()
        connections = []
        for _ in range(CONNECTIONS):
            _, connection = await loop.create_connection(
                _Connection,
                HOST,
                self.port,
                ssl=self.tls,
                server_hostname=HOST if self.tls else None,
            )
            await connection.ask(request(self.warm_up))
            connection.expected = self.expected
            connections.append(connection)
        yield connections
        for connection in connections:
            connection.close()


async def _at_once(targets: Sequence[Target], requests: Sequence[deque[bytes]]) -> float:
    async with AsyncExitStack() as stack:
        work = []

        async def each(connection: _Connection, waiting: deque[bytes]) -> None:
            while waiting:
                await connection.ask(waiting.popleft())

        for target, waiting in zip(targets, requests, strict=True):
            connections = await stack.enter_async_context(target.connected())
            work += [each(connection, waiting) for connection in connections]
        begun = time.perf_counter()
        await asyncio.gather(*work)
        return time.perf_counter() - begun


async def _in_turn(target: Target, requests: deque[bytes], per_second: float) -> list[float]:
    took: list[float] = []
    async with target.connected() as connections:
        begun = time.perf_counter()
        numbered = iter(range(len(requests)))

        async def each(connection: _Connection) -> None:
            for number in numbered:
                due = begun + number / per_second
                if (ahead := due - time.perf_counter()) > 0:
                    await asyncio.sleep(ahead)
                await connection.ask(requests[number])
                took.append(time.perf_counter() - due)

        await asyncio.gather(*map(each, connections))
    return took


def seconds_for(targets: Sequence[Target], requests: Sequence[Sequence[bytes]]) -> float:
    """Send each target its requests, as fast as it answers them; return how long all took.

    Raises:
        BadAnswer: one was not answered as it is expected.
    """
    prepared = [deque(each) for each in requests]
    _settle()
    return uvloop.run(_at_once(targets, prepared))


def latencies(target: Target, requests: Sequence[bytes], per_second: float) -> list[float]:
    """Send requests at a rate; return how long after its moment each was answered, in seconds.

    One that has to wait for a free connection waits as who asks does.

    Raises:
        BadAnswer: one was not answered as it is expected.
    """
    prepared = deque(requests)
    _settle()
    return uvloop.run(_in_turn(target, prepared, per_second))


def _settle() -> None:
    gc.collect()
    gc.freeze()


def pin_to(core: int) -> None:
    """Keep this process on one core, where there is more than one."""
    available = sorted(os.sched_getaffinity(0))
    if len(available) > 1:
        os.sched_setaffinity(0, {available[core % len(available)]})
