"""How many lines of a CSV file the intermediate server takes in a second, next to one at a time.

The whole path: TLS, parsing, checking each field, matching the persons with the resident register
of OQS, version and visibility, ledger and outbox.
"""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
from sqlalchemy import create_engine

import intermediate_server.app
import intermediate_server.settings
import oqs_sim.app
from bench.insurers import client_of, file_lines, individual_number
from bench.load import HOST
from bench.service import processor_seconds, served
from bench.sync import SERVER_SETTINGS
from bench.table import Row
from oqs_sim.settings import Settings
from oqs_sim.store import schema
from storage import BulkInsert, bucket_of
from testbed.launch.line_certificates import INTERMEDIATE_SERVER, OQS, make_line
from testbed.launch.postgres import PostgresServer
from wire.line_credentials import credentials
from wire.serving.serve import Listener, bind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testbed.launch.processes import Child

LINES = 40_000
"""Of a quick run."""
MILLION = 1_000_000
ONE_BY_ONE = 400
"""Procedures that are filed one at a time, for the baseline."""
LINES_TARGET = 20_000
MEMORY_TARGET = 300
"""MiB of the service, at most."""
LINES_OF_ONE_PERSON = 10_000
SECONDS_TARGET = 5
WAIT_TARGET = 100
"""Milliseconds that 95 in 100 filings of another insurer take at most while a file is taken."""
INSURER, OTHER_INSURER = "990010", "990028"
HEADER = "届出種別,保険者番号,個人番号,届出日,記号,番号,枝番,本人家族,資格取得日,整理番号\r\n"
HEADER_OF_MOVES = (
    "届出種別,保険者番号,個人番号,届出日,記号,番号,枝番,資格取得日,適用日,住所,整理番号\r\n"
)


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
                # Names lie all over their indexes, as those of a town do.
                name = person * 2654435761 % 20_011
                rows.append(
                    [
                        bucket_of(reference), reference, individual_number(person),
                        f"試験　花子{name}", f"ｼｹﾝ ﾊﾅｺ{name}", "2", date(1980, 2, 17),
                        "模擬県模擬市模擬町1-1", "990-0001", "99001",
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


def one_by_one(
    client: httpx2.Client, first: int, persons: int = ONE_BY_ONE, number: str = INSURER
) -> float:
    """File joinings one at a time; return how many were taken in a second."""
    begun = time.perf_counter()
    for person in range(first, first + persons):
        client.post(
            "/procedures",
            json={
                "Kind": "join",
                "InsurerNumber": number,
                "IndividualNumber": individual_number(person),
                "InsuredCardSymbol": "最上",
                "InsuredIdentificationNumber": f"{person:07d}",
                "InsuredBranchNumber": "01",
                "QualificationDate": "20261101",
            },
        ).raise_for_status()
    return persons / (time.perf_counter() - begun)


@dataclass(frozen=True)
class Measured:
    """What one run came to."""

    lines: int
    single: float
    """Procedures a second, one at a time."""
    first: float
    """Lines a second of a file."""
    again: float
    """Lines a second of the same file, of which nothing is added."""
    service: float
    """Microseconds of a processor for a line, in the service."""
    register: float
    """Likewise in OQS."""
    memory: float
    """The most that the service has had, in MiB."""


@dataclass(frozen=True)
class System:
    """The service and OQS, each in a process of its own."""

    service: Child
    register: Child
    url: str
    """Of the service's line."""
    certificates: Path

    def client(self, number: str) -> httpx2.Client:
        """Return what speaks for an insurer."""
        return client_of(number, self.certificates, self.url)


@contextmanager
def started(database_url: str, persons: int) -> Iterator[System]:
    """Start the services, with so many residents; without an address on SQLite."""
    with tempfile.TemporaryDirectory(prefix="oqs-bench-") as folder:
        directory = Path(folder)
        certificates = directory / "line"
        make_line(certificates, [], [INSURER, OTHER_INSURER])
        oqs_line = Listener(bind(HOST, 0), credentials(certificates, OQS))
        oqs_console = Listener(bind(HOST, 0))
        line = Listener(bind(HOST, 0), credentials(certificates, INTERMEDIATE_SERVER))
        console = Listener(bind(HOST, 0))
        settings = intermediate_server.settings.Settings(
            database_url=database_url or f"sqlite:///{directory}/intermediate.sqlite",
            oqs_line_url=oqs_line.url,
            oqs_console_url=oqs_console.url,
            line_directory=certificates,
        )
        residents = directory / "oqs.sqlite"
        oqs = Settings(f"sqlite:///{residents}")
        with (
            served("OQS", lambda: oqs_sim.app.build_app(oqs), oqs_line, oqs_console) as register,
            served(
                "intermediate server",
                lambda: intermediate_server.app.build_app(settings),
                line,
                console,
            ) as service,
        ):
            print(f"  {persons:,} residents …", file=sys.stderr, flush=True)
            fill(residents, persons)
            httpx2.put(
                f"{oqs_console.url}/sim/clock",
                json={"Mode": "frozen", "Now": "2026-11-16T10:00:00+09:00"},
            ).raise_for_status()
            yield System(service, register, line.url, certificates)


def run(database_url: str, lines: int) -> Measured:
    """Measure a file, the same file again, and single procedures."""
    with (
        started(database_url, lines + ONE_BY_ONE) as system,
        system.client(INSURER) as client,
    ):
        single = one_by_one(client, lines)
        both = (system.service, system.register)
        used = [processor_seconds(child.pid) for child in both]
        first = send(client, lines, "X-Lines-Accepted")
        costs = [
            (processor_seconds(child.pid) - before) / lines * 1e6
            for child, before in zip(both, used, strict=True)
        ]
        again = send(client, lines, "X-Lines-Unchanged")
        return Measured(lines, single, first, again, costs[0], costs[1], memory_of(system.service))


def of_one_person(person: int) -> bytes:
    """Return a file whose lines are all about one person, each with a reference."""
    number = individual_number(person)
    lines = [HEADER_OF_MOVES, f"加入,{INSURER},{number},20261116,最上,1,01,20261101,,,\r\n"]
    lines += [
        f"住所変更,{INSURER},{number},20261116,最上,1,01,,20261105,模擬県{place},R{place}\r\n"
        for place in range(1, LINES_OF_ONE_PERSON)
    ]
    return "".join(lines).encode()


def beside_a_file(
    client: httpx2.Client, other: httpx2.Client, content: bytes, lines: int, first: int
) -> tuple[float, list[float]]:
    """File a file, and joinings of another insurer meanwhile, from a person on.

    Return how long the file takes, and how long each joining, the longest last; all in seconds.
    """
    waits: list[float] = []
    with ThreadPoolExecutor(1) as beside:
        begun = time.perf_counter()
        filing = beside.submit(file_lines, client, content, lines, "X-Lines-Accepted")
        while not filing.done():
            waits.append(1 / one_by_one(other, first + len(waits), 1, OTHER_INSURER))
        seconds = time.perf_counter() - begun
        filing.result()
    return seconds, sorted(waits)


def company(database_url: str, engine: str) -> list[Row]:
    """Measure how long another insurer's filings take while a file is taken, and one person's."""
    with (
        started(database_url, LINES + 20_000) as system,
        system.client(INSURER) as client,
        system.client(OTHER_INSURER) as other,
    ):
        one_by_one(other, LINES + 1, 20, OTHER_INSURER)  # what is done once is done
        alone = sorted(
            1 / one_by_one(other, LINES + place, 1, OTHER_INSURER) for place in range(30, 90)
        )
        seconds, beside_one = beside_a_file(
            client, other, of_one_person(LINES), LINES_OF_ONE_PERSON, LINES + 100
        )
        _, beside_many = beside_a_file(
            client, other, b"".join(pieces(LINES)), LINES, LINES + 10_000
        )
    return [
        Row(
            f"{LINES_OF_ONE_PERSON:,} lines about one person, {engine}",
            f"{seconds:.1f} s",
            "",
            "",
            f"≤ {SECONDS_TARGET} s",
            seconds <= SECONDS_TARGET,
        ),
        _waiting(f"another insurer's procedures meanwhile, {engine}", beside_one, alone),
        _waiting(f"the same beside a file of {LINES:,} persons, {engine}", beside_many, alone),
    ]


def _waiting(what: str, waits: list[float], alone: list[float]) -> Row:
    p95, usual = (found[int(len(found) * 0.95)] * 1e3 for found in (waits, alone))
    return Row(
        f"{what}, p95 and longest of {len(waits)}",
        f"{p95:.0f} ms, {waits[-1] * 1e3:.0f} ms",
        f"{usual:.0f} ms without a file",
        f"{p95 / usual:.1f}",
        f"≤ {WAIT_TARGET} ms (p95)",
        p95 <= WAIT_TARGET,
    )


def send(client: httpx2.Client, lines: int, counted: str) -> float:
    """Send a file, all of whose lines should be counted so; return how many went in a second."""
    prepared = list(pieces(lines))
    begun = time.perf_counter()
    file_lines(client, iter(prepared), lines, counted)
    return lines / (time.perf_counter() - begun)


def rows(measured: Measured, engine: str) -> list[Row]:
    """Return the rows of the table."""
    baseline = f"{measured.single:,.0f}/s one at a time over HTTP"
    return [
        Row(
            f"a file of {measured.lines:,} joinings, {engine}",
            f"{measured.first:,.0f} lines/s",
            baseline,
            f"{measured.first / measured.single:,.0f}",
            f"≥ {LINES_TARGET:,}/s",
            measured.first >= LINES_TARGET,
        ),
        Row(
            f"the same file again (nothing is added), {engine}",
            f"{measured.again:,.0f} lines/s",
            baseline,
            f"{measured.again / measured.single:,.0f}",
            "",
            None,
        ),
        Row(
            f"processor time for a line of the file, {engine}",
            f"{measured.service:.0f} µs service, {measured.register:.0f} µs OQS",
            "",
            "",
            "",
            None,
        ),
        Row(
            f"most memory of the service, {engine}",
            f"{measured.memory:,.0f} MiB",
            "",
            "",
            f"≤ {MEMORY_TARGET} MiB",
            measured.memory <= MEMORY_TARGET,
        ),
    ]


def measure() -> list[Row]:
    """Measure a short file, and one about one person beside another insurer's procedures."""
    return rows(run("", LINES), "SQLite") + company("", "SQLite")


def measure_million() -> list[Row]:
    """Measure the file that the target speaks of, on both engines."""
    found = rows(run("", MILLION), "SQLite") + company("", "SQLite")
    with PostgresServer(SERVER_SETTINGS) as server:
        found += rows(run(server.create("filing"), MILLION), "PostgreSQL 15")
        return found + company(server.create("company"), "PostgreSQL 15")
