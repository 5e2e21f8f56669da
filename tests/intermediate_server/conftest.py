"""A deployment on real parts: OQS, the service and its worker, each on real sockets."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

import intermediate_server.app
import intermediate_server.store
import intermediate_server.store.schema
import intermediate_server.worker
import oqs_sim.app
import oqs_sim.settings
import oqs_sim.store.schema
from eligibility.days.dates import TOKYO
from eligibility.identifiers.numbers import individual_check_digit
from intermediate_server.settings import Settings, WorkerSettings
from testbed.launch import line_certificates
from tests.equipment.served import Served
from tests.intermediate_server.runs.lived_days import LivedDays
from wire.bulk import ChangeTable
from wire.line_credentials import INTERMEDIATE_SERVER, OQS, credentials
from wire.serving.serve import Listener, bind

TERMINAL = "9910000018"
MOGAMI = "990010"
TSUCHIURA = "990028"
KITAMURA = "06990014"
MONDAY = datetime(2026, 11, 16, 10, 0, tzinfo=TOKYO)
SECONDS = 30.0


class Faults:
    """Stands before OQS and has its intake fail in a chosen way; else it only takes notes."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self.failing = False
        """Answer 500 instead of applying."""
        self.match_fails = False
        """Answer 500 instead of matching persons of a file."""
        self.refused_buckets: set[int] = set()
        """Answer 422 for these."""
        self.held: threading.Event | None = None
        """Apply the next batch, but answer it only when this is set."""
        self.applied = threading.Condition()
        self.batches: list[Any] = []
        """What was delivered, each with its receipt."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"] if scope["type"] == "http" else ""
        if self.match_fails and path == "/intermediate/persons/matches":
            await _answer(send, 500)
        elif path.startswith("/intermediate/changes"):
            await self._take(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _take(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        batch = _read(scope["path"], body)
        if self.failing:
            await _answer(send, 500)
            return
        if batch["Bucket"] in self.refused_buckets:
            await _answer(send, 422)
            return
        answers: list[Any] = []

        async def keep(message: Any) -> None:
            answers.append(message)

        async def give() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, give, keep)
        held, self.held = self.held, None
        with self.applied:
            receipt = json.loads(b"".join(answer.get("body", b"") for answer in answers))
            if "Applied" in receipt:  # and not a problem
                self.batches.append((batch, receipt))
                self.applied.notify_all()
        if held is not None:
            await asyncio.to_thread(held.wait, SECONDS)
        for answer in answers:
            with suppress(OSError):  # the caller may have gone
                await send(answer)

    def wait_for(self, batches: int) -> None:
        with self.applied:
            assert self.applied.wait_for(lambda: len(self.batches) >= batches, SECONDS)

    @property
    def receipts(self) -> list[tuple[int, int]]:
        return [(receipt["Applied"], receipt["Superseded"]) for _, receipt in self.batches]

    @property
    def versions(self) -> list[int]:
        return [change["Version"] for batch, _ in self.batches for change in batch["Changes"]]


def _read(path: str, body: bytes) -> Any:
    """Return a batch as JSON would have it."""
    if path == "/intermediate/changes":
        return json.loads(body)
    changes = [change.model_dump(by_alias=True) for change in ChangeTable.read(body).changes]
    return {"Bucket": int(path.rpartition("/")[2]), "Changes": changes}


async def _answer(send: Any, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@dataclass
class Deployment:
    """OQS, the service and the worker of a test; the clock stands on Monday, 16 November 2026."""

    directory: Path
    certificates: Path
    stack: ExitStack
    database_url: str = ""
    """An SQLite file in the directory, unless a test names another database."""
    oqs_database_url: str = "sqlite://"
    workers: int = 1
    """How many workers an advance of the clock waits for."""
    faults_type: type[Faults] = Faults
    runs: bool = False
    """Whether the service does the runs that fall due, and an advance of the clock waits for it."""

    def __post_init__(self) -> None:
        self.started: list[Served] = []
        self.clients: list[httpx2.Client] = []
        self._callers: dict[tuple[str, str], httpx2.Client] = {}
        """Of participants, who stay connected; to agree on TLS takes longer than most answers."""
        self.oqs_line, self.oqs_console = self.listener("oqs"), self.listener()
        self.line, self.console = self.listener("intermediate-server"), self.listener()
        self.worker_listeners = [Listener(self._reserved()) for _ in range(self.workers)]
        self.worker_listener = self.worker_listeners[0]
        self.oqs_line_url, self.oqs_console_url = self.oqs_line.url, self.oqs_console.url
        self.database_url = self.database_url or f"sqlite:///{self.directory / 'intermediate.db'}"
        self.faults = self.faults_type(
            oqs_sim.app.build_app(
                oqs_sim.settings.Settings(
                    self.oqs_database_url,
                    clock_followers=tuple(one.url for one in self.worker_listeners),
                    clock_forerunners=(self.console.url,) if self.runs else (),
                )
            )
        )

    def listener(self, participant: str | None = None) -> Listener:
        tls = credentials(self.certificates, participant) if participant else None
        return Listener(self.stack.enter_context(bind("127.0.0.1", 0)), tls)

    def _reserved(self) -> socket.socket:
        """Return a port where nobody listens before it is served."""
        reserved = self.stack.enter_context(socket.socket(proto=socket.IPPROTO_TCP))
        reserved.bind(("127.0.0.1", 0))
        return reserved

    def put_oqs_off(self) -> tuple[Listener, Listener]:
        """Let OQS be where nobody listens yet; the ports are kept for ``serve_late_oqs``."""
        tls = credentials(self.certificates, "oqs")
        late = Listener(self._reserved(), tls), Listener(self._reserved())
        self.oqs_line_url, self.oqs_console_url = (one.url for one in late)
        return late

    def _start(self, served: Served) -> None:
        self.stack.enter_context(served)
        self.started.append(served)

    def start_oqs(self, now: datetime | None = MONDAY) -> None:
        """Serve OQS, with its clock frozen at an instant; None leaves it as it begins."""
        self._start(Served(self.faults, self.oqs_line, self.oqs_console, graceful_seconds=1))
        self.oqs = self.client(self.oqs_console.url)
        if now is not None:
            self.set_clock(Mode="frozen", Now=now.isoformat())

    def serve_late_oqs(self, *listeners: Listener) -> None:
        """Serve an OQS of its own at the addresses of ``put_oqs_off``."""
        app = oqs_sim.app.build_app(oqs_sim.settings.Settings())
        self.faults = Faults(app)
        self._start(Served(self.faults, *listeners, graceful_seconds=1))
        self.oqs = self.client(listeners[1].url)
        self.set_clock(Mode="frozen", Now=MONDAY.isoformat())

    def start_service(self, **options: Any) -> None:
        settings = Settings(
            database_url=self.database_url,
            oqs_line_url=self.oqs_line_url,
            oqs_console_url=self.oqs_console_url,
            line_directory=self.certificates,
            worker_urls=tuple(one.url for one in self.worker_listeners),
            # A machine under load may be slower than anybody would wait for.
            **{
                "runs_by_themselves": self.runs,
                "database_seconds": SECONDS,
                "glance_seconds": SECONDS,
                **options,
            },
        )
        app = intermediate_server.app.build_app(settings)
        self._start(Served(app, self.line, self.console, graceful_seconds=1))
        self.pages = self.client(self.console.url)

    def worker_settings(self, **options: Any) -> WorkerSettings:
        """Settings of a worker that does nothing but what it is woken for."""
        return WorkerSettings(
            database_url=self.database_url,
            oqs_line_url=self.oqs_line_url,
            oqs_console_url=self.oqs_console_url,
            line_directory=self.certificates,
            **{"pause_seconds": 600.0, **options},
        )

    def serve_worker(self, listener: Listener | None = None, **options: Any) -> Served:
        app = intermediate_server.worker.build_app(self.worker_settings(**options))
        return Served(app, listener or self.worker_listener, graceful_seconds=1)

    def start_worker(self, number: int = 0, **options: Any) -> Served:
        served = self.serve_worker(self.worker_listeners[number], **options)
        self._start(served)
        self.worker = self.client(self.worker_listeners[number].url)
        return served

    def wait_for_first_look(self) -> None:
        """Return when the worker has seen the clock: what falls due later, an advance tells it."""
        until = monotonic() + SECONDS
        while "Due" not in self.worker.get("/status").json():
            assert monotonic() < until, "the worker never looked at the clock"

    def client(self, url: str, participant: str | None = None) -> httpx2.Client:
        if participant is None:
            return self._new_client(url)
        if (url, participant) not in self._callers:
            self._callers[url, participant] = self._new_client(url, participant)
        return self._callers[url, participant]

    def _new_client(self, url: str, participant: str | None = None) -> httpx2.Client:
        # Without TLS there is nothing to verify; to load the world's authorities takes its time.
        server = OQS if url == self.oqs_line_url else INTERMEDIATE_SERVER
        verify = (
            credentials(self.certificates, participant).client_context(server)
            if participant
            else False
        )
        client = self.stack.enter_context(
            httpx2.Client(base_url=url, verify=verify, timeout=SECONDS, trust_env=False)
        )
        self.clients.append(client)
        return client

    def ask_to_end(self) -> None:
        """Let callers hang up first, then whom they called; it is quicker than one by one.

        A server that ends with a TLS connection open leaves the connection behind.
        """
        for client in self.clients:
            client.close()
        for served in self.started:
            if served.app is not self.faults:
                served.ask_to_end()

    # --- what people do ---

    def set_clock(self, **setting: Any) -> None:
        self.oqs.put("/sim/clock", json=setting).raise_for_status()

    def advance(self, **how_far: Any) -> httpx2.Response:
        # A year's runs take as long as they take.
        return self.oqs.post("/sim/clock/advance", json=how_far, timeout=None)

    def register(
        self, person: int = 1, name: str = "佐藤　花子", birthdate: str = "19800217"
    ) -> str:
        """Register a resident; return their reference."""
        resident = {
            "IndividualNumber": individual_number(person),
            "Name": name,
            "NameKana": "ｻﾄｳ ﾊﾅｺ",
            "Sex1": "2",
            "Birthdate": birthdate,
        }
        answer = self.oqs.post("/sim/jlis/residents", json=resident)
        reference: str = answer.raise_for_status().json()["PersonReference"]
        return reference

    def file(
        self,
        insurer: str = MOGAMI,
        person: int = 1,
        client: httpx2.Client | None = None,
        **procedure: Any,
    ) -> httpx2.Response:
        """File a procedure, with the insurer's own certificate unless by another client."""
        body = {
            "Kind": "join",
            "InsurerNumber": insurer,
            "IndividualNumber": individual_number(person),
            "InsuredCardSymbol": "最上",
            "InsuredIdentificationNumber": f"{1_234_560 + person}",
            "InsuredBranchNumber": "01",
            **procedure,
        }
        if body["Kind"] == "join":
            body.setdefault("QualificationDate", "20261116")
        client = client or self.client(self.line.url, f"insurer-{insurer}")
        return client.post("/procedures", json=body)

    def validity(self, person: int = 1, insurer: str = MOGAMI) -> str:
        """Ask OQS whether what ``file`` reports is valid."""
        validity: str = self.ask(person, insurer)["QualificationValidity"]
        return validity

    def ask(self, person: int = 1, insurer: str = MOGAMI, **other: str) -> dict[str, Any]:
        """Ask OQS, as a clinic does, for what ``file`` reports; return the body of the answer.

        ``other`` is what is asked otherwise, a birthdate or a number.
        """
        search = {
            "InsurerNumber": insurer,
            "InsuredCardSymbol": "最上",
            "InsuredIdentificationNumber": f"{1_234_560 + person}",
            "InsuredBranchNumber": "01",
            "Birthdate": "19800217",
            **other,
        }
        inquiry = {
            "MessageHeader": {"MedicalInstitutionCode": TERMINAL},
            "MessageBody": {"QualificationConfirmSearchInfo": search},
        }
        terminal = self.client(self.oqs_line.url, f"terminal-{TERMINAL}")
        answer = terminal.post("/qualification/number", json=inquiry).raise_for_status()
        body: dict[str, Any] = answer.json()["MessageBody"]
        return body


def individual_number(person: int) -> str:
    body = f"{99_000_000_500 + person}"
    return f"{body}{individual_check_digit(body)}"


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("line")
    line_certificates.make_line(directory, [TERMINAL], [MOGAMI, TSUCHIURA, KITAMURA])
    return directory


@pytest.fixture
def prepare(tmp_path: Path, certificates: Path) -> Iterator[Callable[..., Deployment]]:
    """Make a deployment whose parts the test starts."""
    with deployments(tmp_path, certificates) as make:
        yield make


@pytest.fixture(scope="module")
def prepare_shared(
    tmp_path_factory: pytest.TempPathFactory, certificates: Path
) -> Iterator[Callable[..., Deployment]]:
    """Make a deployment as ``prepare`` does, for tests of a module that only read in it."""
    with deployments(tmp_path_factory.mktemp("shared"), certificates) as make:
        yield make


@contextmanager
def deployments(directory: Path, certificates: Path) -> Iterator[Callable[..., Deployment]]:
    """Make deployments in a directory; all are ended together."""
    with ExitStack() as stack:
        made: list[Deployment] = []

        def make(**options: Any) -> Deployment:
            made.append(Deployment(directory, certificates, stack, **options))
            return made[-1]

        yield make
        for deployment in made:
            deployment.ask_to_end()


@pytest.fixture
def deployment(prepare: Callable[..., Deployment]) -> Deployment:
    """Start everything."""
    made = prepare()
    made.start_oqs()
    made.start_service()
    made.start_worker()
    return made


@pytest.fixture
def live(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., LivedDays]]:
    """Begin days on a database of either kind."""
    begun: list[LivedDays] = []

    def begin(today: date, engine: str = "sqlite") -> LivedDays:
        if engine == "sqlite":
            urls = [f"sqlite:///{tmp_path / name}.sqlite" for name in ("intermediate", "oqs")]
        else:
            databases: Any = request.getfixturevalue("databases")
            urls = [
                databases.with_tables(
                    intermediate_server.store.schema.metadata, intermediate_server.store.MIGRATIONS
                ),
                databases.with_tables(oqs_sim.store.schema.metadata, oqs_sim.app.MIGRATIONS),
            ]
        begun.append(LivedDays(*urls, today))
        return begun[-1]

    yield begin
    for one in begun:
        one.close()
