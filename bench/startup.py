"""How long it takes from ``make demo`` to a desk that answers."""

from __future__ import annotations

import os
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from bench.table import Row

ROOT = Path(__file__).parent.parent
TIMES = 3
TARGET_SECONDS = 2.0
LIMIT_SECONDS = 60.0


def _free_base_port() -> int:
    """Return a port that is free, with six free ones after it in all likelihood."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port if port < 65_000 else port - 1000


def _seconds_to(command: list[str], url: str) -> float:
    """Start a command and return the seconds until the address answers; then end it."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True)
    pause = 0.005
    try:
        while time.perf_counter() - begun < LIMIT_SECONDS:
            try:
                with urllib.request.urlopen(url, timeout=1) as answer:
                    answer.read()
            except OSError:
                if process.poll() is not None:
                    raise RuntimeError(f"{command} ended with {process.returncode}.") from None
                time.sleep(pause)
            else:
                return time.perf_counter() - begun
        raise TimeoutError(f"{url} did not answer.")
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def measure() -> list[Row]:
    """Measure the start, next to a program that only imports what the services need."""
    starts = []
    for _ in range(TIMES):
        port = _free_base_port()
        command = [sys.executable, "-m", "testbed", "demo", "--port", str(port)]
        if (ROOT / "Makefile").exists():
            command = ["make", "-s", "demo", f"PORT={port}"]
        starts.append(_seconds_to(command, f"http://127.0.0.1:{port}/"))
    imports = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", "import fastapi, sqlalchemy, cryptography.x509, httpx2, jinja2"],
            check=True,
        )
        imports.append(time.perf_counter() - begun)
    start, alone = statistics.median(starts), statistics.median(imports)
    return [
        Row(
            "make demo to the desk's first page",
            f"{start:.2f} s",
            f"{alone:.2f} s to import the libraries alone",
            f"{start / alone:.1f}",
            f"≤ {TARGET_SECONDS:.0f} s",
            start <= TARGET_SECONDS,
        )
    ]
