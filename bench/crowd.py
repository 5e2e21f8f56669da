"""How long checks take while a crowd of idle and of slow callers hangs on the same listener."""

from __future__ import annotations

import asyncio
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import oqs_sim.app
from bench.checks.clinic import INSTITUTION, number_requests
from bench.checks.people import fill
from bench.load import HOST, BadAnswer, pin_to
from bench.service import port_of, served
from bench.table import Row
from oqs_sim.settings import Settings
from testbed.launch.line_certificates import OQS, make_line, terminal
from wire.line_credentials import OQS as SERVER
from wire.line_credentials import credentials
from wire.serving.serve import Listener, bind

if TYPE_CHECKING:
    import ssl

IDLE, SLOW = 1_000, 200
PEOPLE = 100_000
CHECKS = 2_000
"""Checks in a measurement, one after the other."""
ROUNDS = 3
TARGET = 2.0
_FILES = IDLE + SLOW + 256


async def _idle(port: int, tls: ssl.SSLContext, ready: asyncio.Semaphore) -> None:
    """Hang on without a word; come again when the service has had enough."""
    while True:
        async with ready:
            reader, writer = await asyncio.open_connection(HOST, port, ssl=tls)
        try:
            await reader.read()
        finally:
            writer.transport.abort()


async def _slow(port: int, tls: ssl.SSLContext, ready: asyncio.Semaphore, request: bytes) -> None:
    """Send a request with a byte in a second; begin again when the service has had enough."""
    while True:
        async with ready:
            _, writer = await asyncio.open_connection(HOST, port, ssl=tls)
        try:
            for byte in request:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(1)
        except OSError:
            continue
        finally:
            writer.transport.abort()


async def _latencies(port: int, tls: ssl.SSLContext) -> list[float]:
    """Return what each check took, in milliseconds."""
    reader, writer = await asyncio.open_connection(HOST, port, ssl=tls)
    found = []
    for request in number_requests(CHECKS, PEOPLE):
        begun = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise BadAnswer(head.splitlines()[0].decode())
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        await reader.readexactly(length)
        found.append((time.perf_counter() - begun) * 1000)
    writer.close()
    return found


async def _measured(port: int, tls: ssl.SSLContext) -> tuple[float, float]:
    """Return the 99th percentile of checks, alone and in the crowd (ms)."""
    alone = await _latencies(port, tls)
    # No more than some handshakes at once, as those who come in earnest do.
    ready = asyncio.Semaphore(8)
    slow_request = number_requests(1, PEOPLE)[0]
    async with asyncio.TaskGroup() as crowd:
        tasks = [crowd.create_task(_idle(port, tls, ready)) for _ in range(IDLE)]
        tasks += [crowd.create_task(_slow(port, tls, ready, slow_request)) for _ in range(SLOW)]
        await asyncio.sleep(3)
        crowded = await _latencies(port, tls)
        for task in tasks:
            task.cancel()
    return _p99(alone), _p99(crowded)


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


def measure() -> list[Row]:
    """Measure number checks on the line, with and without the crowd."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(_FILES, 4096)), hard))
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        make_line(directory, [INSTITUTION], [])
        tls = credentials(directory, terminal(INSTITUTION)).client_context(SERVER)
        line = Listener(bind(HOST, 0), credentials(directory, OQS))
        console = Listener(bind(HOST, 0))
        settings = Settings(f"sqlite:///{directory}/oqs.sqlite")
        with served("OQS", lambda: oqs_sim.app.build_app(settings), line, console, core=0):
            pin_to(1)
            fill(settings.database_url, PEOPLE)
            measured = [asyncio.run(_measured(port_of(line), tls)) for _ in range(ROUNDS)]
    alone = statistics.median(one for one, _ in measured)
    crowded = statistics.median(one for _, one in measured)
    return [
        Row(
            f"p99 of checks by number beside {IDLE:,} idle and {SLOW} slow connections",
            f"{crowded:.2f} ms",
            f"{alone:.2f} ms alone",
            f"{crowded / alone:.2f}",
            f"≤ {TARGET:.0f}",
            crowded / alone <= TARGET,
        )
    ]
