"""How many lines of a CSV file the intermediate server takes in a second, next to one at a time.

The whole path: TLS, parsing, checking each field, matching the persons with the resident register
of OQS, version and visibility, ledger and outbox. ``OQS_BENCH_LINES=1000000`` measures the file
that the target speaks of; without it, a shorter one.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
from sqlalchemy import create_engine

import intermediate_server.app
import intermediate_server.settings
import oqs_sim.app
from bench.table import Row
from eligibility.numbers import individual_check_digit
from oqs_sim.settings import Settings
from oqs_sim.store import schema
from storage import BulkInsert, bucket_of
from testbed.line import INTERMEDIATE_SERVER, OQS, insurer, make_line
from testbed.processes import Child, spawn, stop
from wire.serve import Application, Listener, bind, serve
from wire.tls import credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LINES = int(os.environ.get("OQS_BENCH_LINES", "40000"))
ONE_BY_ONE = 400
"""Procedures that are filed one at a time, for the baseline."""
LINES_TARGET = 20_000
MEMORY_TARGET = 300
"""MiB of the service, at most."""
INSURER = "990010"
HOST = "127.0.0.1"
HEADER = "届出種別,保険者番号,個人番号,届出日,記号,番号,枝番,本人家族,資格取得日,整理番号\r\n"


@contextmanager
def served(name: str, build: Callable[[], Application], *listeners: Listener) -> Iterator[Child]:
    """Serve an application in a process of its own."""

    def run(started: Callable[[], None]) -> None:
        serve(build(), listeners, started)

    child = spawn(name, run, (OSError,))
    try:
        child.wait_until_ready(time.monotonic() + 60)
        yield child
    finally:
        stop([child])


def individual_number(person: int) -> str:
    """Return the fictional 個人番号 of a person."""
    body = f"99{person:09d}"
    return f"{body}{individual_check_digit(body)}"


def fill(database: Path, persons: int) -> None:
    """Write residents into the register, as the J-LIS simulator has them."""
    engine = create_engine(f"sqlite:///{database}")
    residents = BulkInsert(schema.resident, engine)
    ways = BulkInsert(schema.resident_by_number, engine)
    with engine.begin() as connection:
        for start in range(0, persons, 50_000):
            rows = []
            for person in range(start, min(start + 50_000, persons)):
                reference = f"SIM-{person * 2654435761 % 2**64:016X}"
                rows.append(
                    [
                        bucket_of(reference), reference, individual_number(person), "試験　花子",
                        "ｼｹﾝ ﾊﾅｺ", "2", date(1980, 2, 17), "模擬県模擬市模擬町1-1", "990-0001",
                        "99001",
                    ]
                )  # fmt: skip
            rows.sort(key=lambda row: row[:2])
            by_number = sorted([row[2], row[0], row[1]] for row in rows)
            residents.add(connection, rows)
            ways.add(connection, by_number)
    engine.dispose()


def pieces(lines: int) -> Iterator[bytes]:
    """Give the file, piece by piece."""
    yield HEADER.encode()
    for start in range(0, lines, 2_000):
        yield "".join(
            f"加入,{INSURER},{individual_number(person)},20261116,最上,{person:07d},01,1,"
            f"20261101,R{person}\r\n"
            for person in range(start, min(start + 2_000, lines))
        ).encode()


def memory_of(child: Child) -> float:
    """Return the most memory that a process has had, in MiB."""
    status = Path(f"/proc/{child.pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def processor_seconds(child: Child) -> float:
    """Return how long a process has been on a processor, whatever else the machine does."""
    fields = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def one_by_one(client: httpx2.Client, first: int) -> float:
    """File joinings one at a time; return how many were taken in a second."""
    begun = time.perf_counter()
    for person in range(first, first + ONE_BY_ONE):
        client.post(
            "/procedures",
            json={
                "Kind": "join",
                "InsurerNumber": INSURER,
                "IndividualNumber": individual_number(person),
                "InsuredCardSymbol": "最上",
                "InsuredIdentificationNumber": f"{person:07d}",
                "InsuredBranchNumber": "01",
                "QualificationDate": "20261101",
            },
        ).raise_for_status()
    return ONE_BY_ONE / (time.perf_counter() - begun)


def measure() -> list[Row]:
    """Measure a file, the same file again, and single procedures."""
    with tempfile.TemporaryDirectory(prefix="oqs-bench-") as folder:
        directory = Path(folder)
        certificates = directory / "line"
        make_line(certificates, [], [INSURER])
        oqs_line = Listener(bind(HOST, 0), credentials(certificates, OQS))
        oqs_console = Listener(bind(HOST, 0))
        line = Listener(bind(HOST, 0), credentials(certificates, INTERMEDIATE_SERVER))
        console = Listener(bind(HOST, 0))
        settings = intermediate_server.settings.Settings(
            database_url=f"sqlite:///{directory}/intermediate.sqlite",
            oqs_line_url=oqs_line.url,
            oqs_console_url=oqs_console.url,
            line_directory=certificates,
        )
        database = directory / "oqs.sqlite"
        oqs = Settings(f"sqlite:///{database}")
        with (
            served("OQS", lambda: oqs_sim.app.build_app(oqs), oqs_line, oqs_console) as register,
            served(
                "intermediate server",
                lambda: intermediate_server.app.build_app(settings),
                line,
                console,
            ) as service,
        ):
            print(f"  {LINES:,} residents …", file=sys.stderr, flush=True)
            fill(database, LINES + ONE_BY_ONE)
            httpx2.put(
                f"{oqs_console.url}/sim/clock",
                json={"Mode": "frozen", "Now": "2026-11-16T10:00:00+09:00"},
            ).raise_for_status()
            context = credentials(certificates, insurer(INSURER)).client_context()
            with httpx2.Client(
                base_url=line.url, verify=context, timeout=3600, trust_env=False
            ) as client:
                single = one_by_one(client, LINES)
                rates, processors = [], []
                for wanted in ("X-Lines-Accepted", "X-Lines-Unchanged"):
                    prepared = list(pieces(LINES))
                    used = [processor_seconds(child) for child in (service, register)]
                    begun = time.perf_counter()
                    answer = client.post(
                        "/procedures/file",
                        params={"ProblemsOnly": "true"},
                        content=iter(prepared),
                        headers={"Content-Type": "text/csv"},
                    )
                    rates.append(LINES / (time.perf_counter() - begun))
                    processors.append(
                        [
                            (processor_seconds(child) - before) / LINES * 1e6
                            for child, before in zip((service, register), used, strict=True)
                        ]
                    )
                    assert answer.headers[wanted] == str(LINES), answer.text[:1000]
                memory = memory_of(service)
    baseline = f"{single:,.0f}/s one at a time over HTTP"
    return [
        Row(
            f"a file of {LINES:,} joinings, SQLite",
            f"{rates[0]:,.0f} lines/s",
            baseline,
            f"{rates[0] / single:,.0f}",
            f"≥ {LINES_TARGET:,}/s",
            rates[0] >= LINES_TARGET,
        ),
        Row(
            "the same file again (nothing is added)",
            f"{rates[1]:,.0f} lines/s",
            baseline,
            f"{rates[1] / single:,.0f}",
            "",
            None,
        ),
        Row(
            "processor time for a line of the file",
            f"{processors[0][0]:.0f} µs service, {processors[0][1]:.0f} µs OQS",
            "",
            "",
            "",
            None,
        ),
        Row(
            "most memory of the service meanwhile",
            f"{memory:,.0f} MiB",
            "",
            "",
            f"≤ {MEMORY_TARGET} MiB",
            memory <= MEMORY_TARGET,
        ),
    ]
