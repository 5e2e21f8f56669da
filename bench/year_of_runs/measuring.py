"""How long a year of insurers' periodic runs (定期処理) takes, next to one paper at a time.

One advance of the clock over a year: each run of each month over all members, their questions about
cards to OQS, what the runs record, its delivery, and OQS's intake. The members are a town's: of all
ages, from 75 on at 後期高齢者医療, four in five with a card, of whom seven in ten have registered.
"""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2

import intermediate_server.app
import intermediate_server.worker
import oqs_sim.app
from bench.insurers import client_of, file_lines, individual_number
from bench.load import HOST
from bench.service import processor_seconds, served
from bench.sync import NAMES, SERVER_SETTINGS
from bench.table import Row
from bench.year_of_runs.town import CITY, TODAY, UNION, Townsman, settle, town
from intermediate_server.settings import Settings as ServiceSettings
from intermediate_server.settings import WorkerSettings
from intermediate_server.store import MIGRATIONS as SERVICE_MIGRATIONS
from intermediate_server.store.schema import metadata as service_metadata
from oqs_sim.settings import Settings as OqsSettings
from storage import open_engine
from testbed.launch.line_certificates import INTERMEDIATE_SERVER, OQS, make_line
from testbed.launch.postgres import PostgresServer
from wire.line_credentials import credentials
from wire.serving.serve import Listener, bind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testbed.launch.processes import Child

MEMBERS = 5_000
"""Of a quick run."""
MANY = 100_000
ONE_BY_ONE = 200
"""Papers that are issued one at a time, for the baseline."""
TARGETS = {MEMBERS: 30, MANY: 600}
"""Seconds that the year takes at most, by how many members."""
BEGINS, ENDS = "2026-11-16T10:00:00+09:00", "2027-11-16T10:00:00+09:00"
HEADER = "届出種別,保険者番号,個人番号,届出日,記号,番号,枝番,資格取得日,世帯主,整理番号\r\n"


@dataclass(frozen=True)
class Town:
    """The services, each in a process of its own."""

    children: tuple[Child, ...]
    """The intermediate server, its sync worker, and OQS."""
    console: httpx2.Client
    """OQS's."""
    certificates: Path
    line: str
    """The intermediate server's address for insurers."""

    def client(self, number: str) -> httpx2.Client:
        """Return what speaks for an insurer."""
        return client_of(number, self.certificates, self.line)


@contextmanager
def started(oqs_url: str, service_url: str, people: list[Townsman]) -> Iterator[Town]:
    """Start the services on databases that are new."""
    with tempfile.TemporaryDirectory(prefix="oqs-bench-") as folder:
        certificates = Path(folder) / "line"
        make_line(certificates, [], [CITY, UNION])
        oqs_line = Listener(bind(HOST, 0), credentials(certificates, OQS))
        line = Listener(bind(HOST, 0), credentials(certificates, INTERMEDIATE_SERVER))
        oqs_console, console, worker = (Listener(bind(HOST, 0)) for _ in range(3))
        oqs_url = oqs_url or f"sqlite:///{folder}/oqs.sqlite"
        service_url = service_url or f"sqlite:///{folder}/intermediate.sqlite"
        oqs = OqsSettings(oqs_url, clock_followers=(worker.url,), clock_forerunners=(console.url,))
        service = ServiceSettings(
            service_url, oqs_line.url, oqs_console.url, certificates, worker_urls=(worker.url,),
            oqs_seconds=60,
        )  # fmt: skip
        carrier = WorkerSettings(
            service_url, oqs_line.url, oqs_console.url, certificates, oqs_seconds=60
        )
        open_engine(service_url, service_metadata, SERVICE_MIGRATIONS).dispose()
        with (
            served("OQS", lambda: oqs_sim.app.build_app(oqs), oqs_line, oqs_console) as register,
            served(
                "intermediate server",
                lambda: intermediate_server.app.build_app(service),
                line,
                console,
            ) as middle,
            served("worker", lambda: intermediate_server.worker.build_app(carrier), worker) as post,
            httpx2.Client(base_url=oqs_console.url, timeout=7200, trust_env=False) as at_console,
        ):
            settle(oqs_url, people)
            at_console.put("/sim/clock", json={"Mode": "frozen", "Now": BEGINS}).raise_for_status()
            yield Town((middle, post, register), at_console, certificates, line.url)


def join(running: Town, people: list[Townsman]) -> None:
    """Have all join, by a file of each insurer."""
    for number in (CITY, UNION):
        lines = [one.line for one in people if one.insurer == number]
        with running.client(number) as client:
            content = "".join([HEADER, *lines]).encode()
            file_lines(client, content, len(lines), "X-Lines-Accepted")


@dataclass(frozen=True)
class Measured:
    """What a year came to."""

    members: int
    seconds: float
    spent: tuple[float, ...]
    """Microseconds of a processor for a member: of the service, its worker, and OQS."""
    runs: int
    papers: int
    one_by_one: float
    """Papers a second, one at a time."""


def live(oqs_url: str, service_url: str, members: int) -> Measured:
    """Have a year go by in one advance of the clock."""
    people = town(members)
    with started(oqs_url, service_url, people) as running:
        print(f"  {members:,} members join …", file=sys.stderr, flush=True)
        join(running, people)
        print("  a year goes by …", file=sys.stderr, flush=True)
        before = [processor_seconds(child.pid) for child in running.children]
        began = time.perf_counter()
        running.console.post("/sim/clock/advance", json={"To": ENDS}).raise_for_status()
        seconds = time.perf_counter() - began
        spent = tuple(
            (processor_seconds(child.pid) - used) / members * 1e6
            for child, used in zip(running.children, before, strict=True)
        )
        runs = papers = 0
        for number in (CITY, UNION):
            with running.client(number) as client:
                told = client.get("/runs", params={"InsurerNumber": number}).json()["Runs"]
            assert {one["State"] for one in told} == {"done"}, told
            runs += len(told)
            papers += sum(sum(one["Outcome"]["Issued"].values()) for one in told)
        assert papers >= 2 * members, "at joining and in July everybody has a paper"
        return Measured(members, seconds, spent, runs, papers, _one_by_one(running, people))


def _one_by_one(running: Town, people: list[Townsman]) -> float:
    """Issue papers one at a time; return how many in a second."""
    cardless = [
        one
        for one in people
        if one.insurer == CITY and 10 < _age(one) < 60 and one.expires_on is None
    ][:ONE_BY_ONE]
    with running.client(CITY) as client:
        began = time.perf_counter()
        for one in cardless:
            client.post(
                "/documents",
                json={
                    "InsurerNumber": CITY,
                    "IndividualNumber": individual_number(one.place),
                    "InsuredCardSymbol": "最上",
                    "InsuredIdentificationNumber": f"{one.place + 10_000_000:08d}",
                    "InsuredBranchNumber": "01",
                    "Occasion": "certificate_lost",
                },
            ).raise_for_status()
        return len(cardless) / (time.perf_counter() - began)


def _age(one: Townsman) -> int:
    return TODAY.year - one.birthdate.year


def rows(measured: Measured, engine: str) -> list[Row]:
    """Return the rows of the table."""
    target = TARGETS[measured.members]
    alone = measured.papers / measured.one_by_one
    service, worker, register = measured.spent
    return [
        Row(
            f"a year of runs, {measured.members:,} members, {measured.papers:,} papers, {engine}",
            f"{measured.seconds:.0f} s",
            f"{alone:,.0f} s for the papers one at a time over HTTP",
            f"{alone / measured.seconds:.1f}",
            f"≤ {target} s",
            measured.seconds <= target,
        ),
        Row(
            f"processor time for a member's year, {engine}",
            f"{service:.0f} µs service, {worker:.0f} µs worker, {register:.0f} µs OQS",
            "",
            "",
            "",
            None,
        ),
    ]


def measure() -> list[Row]:
    """Measure a small town."""
    return rows(live("", "", MEMBERS), NAMES["sqlite"])


def measure_many() -> list[Row]:
    """Measure the town that the target speaks of, on both engines."""
    found = rows(live("", "", MANY), NAMES["sqlite"])
    with PostgresServer(SERVER_SETTINGS) as server:
        urls = server.create("oqs"), server.create("intermediate")
        return found + rows(live(*urls, MANY), "PostgreSQL 15, one worker")
