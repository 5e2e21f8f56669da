"""A clinic on real parts: OQS behind mutual TLS, a card in a PC/SC reader, a desk over HTTP."""

import asyncio
import json
import shutil
import sqlite3
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import httpx2
import pytest

import clinic_client.app
import intermediate_server.app
import intermediate_server.settings
import oqs_sim.app
import oqs_sim.settings
from clinic_client.settings import Settings
from eligibility.days.dates import TOKYO
from reader.connection import CardConnection
from reader.errors import CardRemoved
from reader.pcsc.pcsc_connection import PcscConnection
from reader.pin import Pin
from storage import bucket_of
from testbed.cards.card_store import CardStore
from testbed.cards.municipal_office import MunicipalOffice
from testbed.cards.personas import Persona, personas
from testbed.launch import line_certificates
from testbed.oqs_console import OqsConsole
from testbed.readers.private_pcscd import PcscStack
from tests.equipment.served import Served
from virtual_card.card import VirtualCard
from virtual_card.plugs.inprocess import InProcessConnection
from virtual_card.plugs.vpcd import VpcdPlug
from wire.line_credentials import INTERMEDIATE_SERVER, OQS, credentials
from wire.serving.serve import Listener, bind

TERMINAL = "9910000018"
MOGAMI = "990010"
KITAMURA = "06990014"
WELFARE_OFFICE = "12990016"
FRIDAY = datetime(2026, 11, 20, 9, 10, tzinfo=TOKYO)
SECONDS = 20.0


def listen(participant: Path | None = None, port: int = 0) -> Listener:
    """Bind a port, a free one if none is named, with TLS for the credentials that a path names."""
    tls = credentials(participant.parent, participant.name) if participant else None
    return Listener(bind("127.0.0.1", port), tls)


@dataclass
class Oqs:
    """A running OQS, and what insurers and municipalities do with it."""

    certificates: Path
    database: Path
    served: ExitStack = field(default_factory=ExitStack)
    ports: tuple[int, int] = (0, 0)

    def __enter__(self) -> Self:
        line, console = self.ports
        self.line, self.console = listen(self.certificates / "oqs", line), listen(port=console)
        self.ports = tuple(one.socket.getsockname()[1] for one in (self.line, self.console))
        app = oqs_sim.app.build_app(
            oqs_sim.settings.Settings(database_url=f"sqlite:///{self.database}")
        )
        for listener in (self.line, self.console):
            self.served.callback(listener.socket.close)
        self.served.enter_context(Served(app, self.line, self.console))
        self._console = self.served.enter_context(_client(self.console.url))
        server = credentials(self.certificates, "sync-worker").client_context(OQS)
        self._server = self.served.enter_context(_client(self.line.url, server))
        return self

    def stop(self) -> None:
        """Take OQS off the line."""
        self.served.close()

    def come_back(self) -> None:
        """Put it back on the line, where it was."""
        self.__enter__()

    def asked_by_number(self) -> list[str]:
        """Return the answers to what was asked by number since the beginning, in their order."""
        asked = (
            "SELECT validity FROM inquiry_log WHERE reference_classification = '2' "
            "ORDER BY asked_at, entry"
        )
        with closing(sqlite3.connect(self.database)) as kept:
            return [validity for (validity,) in kept.execute(asked)]

    def forget_terminals(self) -> None:
        """Have the authority of the terminals be another one, as after a reset to before it."""
        with closing(sqlite3.connect(self.database)) as kept:
            kept.execute("DELETE FROM authority WHERE purpose = 'terminals'")
            kept.execute("DELETE FROM terminal_credential")
            kept.commit()

    def operations(self) -> list[str]:
        """Return in which operations cards were read, as the readings of them say."""
        with closing(sqlite3.connect(self.database)) as kept:
            return [one for (one,) in kept.execute("SELECT operating_type FROM card_reading")]

    def __exit__(self, *_: object) -> None:
        self.stop()

    def set_clock(self, now: datetime) -> None:
        """Freeze the clock at a later instant."""
        setting = {"Mode": "frozen", "Now": now.isoformat()}
        self._console.put("/sim/clock", json=setting).raise_for_status()

    def insure(self, reference: str, who: Persona, **change: Any) -> None:
        """Make a qualification known to OQS, as the intermediate server does."""
        qualification = {
            "PersonReference": reference,
            "Version": 1,
            "InsurerNumber": MOGAMI,
            "InsurerName": "最上型国民健康保険（模擬）",
            "InsuredCardSymbol": "最上",
            "InsuredIdentificationNumber": "1234567",
            "InsuredBranchNumber": "01",
            "Name": who.name,
            "NameKana": who.name_kana,
            "Sex1": who.sex,
            "Birthdate": who.birthdate,
            "QualificationDate": "20240401",
            "InsuredPartialContributionRatio": "030",
            "VisibleFrom": "2024-04-03T15:00:00+00:00",
            **change,
        }
        batch = {"Bucket": bucket_of(reference), "Changes": [qualification]}
        self._server.post("/intermediate/changes", json=batch).raise_for_status()

    def assist(self, reference: str, **change: Any) -> None:
        """Have a person receive 医療扶助."""
        office = f"/sim/welfare/offices/{WELFARE_OFFICE}"
        self._console.put(office, json={"Name": "模擬市福祉事務所"}).raise_for_status()
        recipient = {
            "PersonReference": reference,
            "RecipientNumber": "0000024",
            "StartedOn": "20261001",
            **change,
        }
        self._console.post(f"{office}/recipients", json=recipient).raise_for_status()

    def give_ticket(self, amount: int) -> None:
        """Make out the month's 医療券 of who receives 医療扶助 to the clinic."""
        ticket = {
            "RecipientNumber": "0000024",
            "TicketType": "01",
            "IssueNumber": "1",
            "MedicalTreatmentMonth": "202611",
            "DesignatedMedicalInstitutionCode": TERMINAL,
            "MedicalTreatmentType": "02",
            "SelfPayAmount": str(amount),
        }
        path = f"/sim/welfare/offices/{WELFARE_OFFICE}/tickets"
        self._console.post(path, json={"Tickets": [ticket]}).raise_for_status()

    def revoke(self, serial: int) -> None:
        """Revoke a certificate."""
        self._console.post(f"/sim/jlis/certificates/{serial}/revocation").raise_for_status()

    def suspend(self, card_serial: str) -> None:
        """Suspend (一時停止) a card that was reported lost."""
        self._console.put(f"/sim/jlis/cards/{card_serial}/suspension").raise_for_status()

    def take_jlis(self, *, out: bool) -> None:
        """Have J-LIS be out, or back."""
        path = "/sim/jlis/outage"
        answer = self._console.put(path, json={}) if out else self._console.delete(path)
        answer.raise_for_status()

    def slow(self, paths: str, milliseconds: int) -> None:
        """Have requests for paths be answered later."""
        fault = {"Effect": f"delay:ms={milliseconds}", "Path": paths}
        self._console.post("/sim/operation/faults", json=fault).raise_for_status()

    def asked_for(self, visit: Any) -> Any:
        """Return what the journal of requests has of a visit at a desk, the last first."""
        sought = {"RequestId": visit["VisitId"]}
        found = self._console.get("/sim/operation/requests", params=sought).raise_for_status()
        return found.json()["Requests"]

    async def renew(self, store: CardStore, name: str) -> None:
        """Renew a card's certificates at the window."""
        async with httpx2.AsyncClient(
            base_url=self.console.url, timeout=SECONDS, trust_env=False
        ) as client:
            await MunicipalOffice(OqsConsole(client), store).renew(name)

    def resident(self, who: Persona) -> str:
        """Register a resident; return the reference."""
        resident = {
            "IndividualNumber": who.individual_number,
            "Name": who.name,
            "NameKana": who.name_kana,
            "Sex1": who.sex,
            "Birthdate": who.birthdate,
        }
        answer = self._console.post("/sim/jlis/residents", json=resident).raise_for_status()
        reference: str = answer.json()["PersonReference"]
        return reference

    async def issue(self, store: CardStore, who: Persona, *, register: bool) -> None:
        """Issue a card, and register it for insurance use."""
        async with httpx2.AsyncClient(
            base_url=self.console.url, timeout=SECONDS, trust_env=False
        ) as client:
            window = MunicipalOffice(OqsConsole(client), store)
            await window.issue(who)
            if register:
                await window.register(who.key, Pin.authentication(who.authentication_pin))


def _client(url: str, verify: ssl.SSLContext | bool = False) -> httpx2.Client:  # noqa: FBT001, FBT002 # httpx2's way
    return httpx2.Client(base_url=url, verify=verify, timeout=SECONDS, trust_env=False)


@dataclass(frozen=True)
class World:
    """What stands at the beginning of each test: hanako insured and registered, ichiro not."""

    certificates: Path
    database: Path
    cards: Path
    hanako: str
    """Her reference in the simulation."""


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Make keys and people once."""
    directory = tmp_path_factory.mktemp("world")
    certificates = directory / "line"
    line_certificates.make_line(certificates, [TERMINAL], [MOGAMI, KITAMURA])
    store = CardStore(directory / "cards")
    hanako, ichiro = personas()["hanako"], personas()["ichiro"]
    with Oqs(certificates, directory / "oqs.db") as oqs:
        oqs.set_clock(FRIDAY)
        reference = oqs.resident(hanako)
        oqs.resident(ichiro)
        oqs.insure(reference, hanako)
        # In loops of their own: what a session keeps must not hang on the loop of a test.
        asyncio.run(oqs.issue(store, hanako, register=True))
        asyncio.run(oqs.issue(store, ichiro, register=False))
    return World(certificates, directory / "oqs.db", store.directory, reference)


@pytest.fixture
def oqs(world: World, tmp_path: Path) -> Iterator[Oqs]:
    """Run an OQS that knows the people; its clock stands on Friday, 20 November 2026, 09:10."""
    shutil.copy(world.database, tmp_path / "oqs.db")
    with Oqs(world.certificates, tmp_path / "oqs.db") as running:
        yield running


@pytest.fixture
def card(world: World, tmp_path: Path) -> Callable[[str], VirtualCard]:
    """Take a copy of somebody's card, with all its tries."""

    def take(name: str) -> VirtualCard:
        copy = CardStore(tmp_path / "cards")
        copy.directory.mkdir(exist_ok=True)
        shutil.copy(CardStore(world.cards).path(name), copy.directory)
        return copy.card(name)

    return take


class Clinic:
    """A running desk, over HTTP."""

    def __init__(self, url: str, client: httpx2.Client) -> None:
        self.url = url
        self.http = client

    def state(self) -> Any:
        return self.get("/api/state")

    def get(self, path: str) -> Any:
        return self.http.get(path).raise_for_status().json()

    def receive(self, pin: str, **more: Any) -> httpx2.Response:
        return self.http.post("/api/visits", json={"Pin": pin, **more})

    def visit(self, pin: str = "1234") -> Any:
        return self.receive(pin).raise_for_status().json()

    def unchecked(self, cause: str, **more: Any) -> Any:
        answer = self.http.post("/api/visits/unchecked", json={"Cause": cause, **more})
        return answer.raise_for_status().json()

    def page(self, path: str = "/") -> str:
        return self.http.get(path, headers={"Accept": "text/html"}).text

    def wait_until(self, holds: Callable[[Any], bool]) -> Any:
        """Follow the events until the state is as wanted."""
        with self.http.stream("GET", "/events") as events:
            for told in events.iter_lines():
                if told.startswith("data:"):
                    state = self.state()
                    if holds(state):
                        return state
        raise AssertionError("the events ended")

    def events(self) -> Iterator[tuple[str, Any]]:
        """Follow the events."""
        with self.http.stream("GET", "/events") as events:
            name = ""
            for told in events.iter_lines():
                if told.startswith("event: "):
                    name = told.removeprefix("event: ")
                elif told.startswith("data: "):
                    yield name, json.loads(told.removeprefix("data: "))


OpenClinic = Callable[..., Clinic]


@pytest.fixture
def open_clinic(oqs: Oqs, world: World) -> Iterator[OpenClinic]:
    """Open a desk whose cards come in through `connect`, PC/SC if nothing else is said."""
    with ExitStack() as stack:

        def run(
            connect: Callable[[str | None], CardConnection] = PcscConnection, **options: Any
        ) -> Clinic:
            settings = Settings(
                oqs_line_url=oqs.line.url,
                oqs_console_url=oqs.console.url,
                line_directory=world.certificates,
                **{"reader_part": "no such reader", **options},
            )
            listener = listen()
            stack.callback(listener.socket.close)
            stack.enter_context(Served(clinic_client.app.build_app(settings, connect), listener))
            clinic = Clinic(listener.url, stack.enter_context(_client(listener.url)))
            clinic.wait_until(lambda state: state["Line"]["Up"] and "Clock" in state)
            return clinic

        yield run


@pytest.fixture
def with_card(open_clinic: OpenClinic, card: Callable[[str], VirtualCard]) -> Callable[..., Clinic]:
    """Open a desk with somebody's card plugged in directly, without PC/SC."""

    def run(name: str = "hanako", **options: Any) -> Clinic:
        plugged = card(name)
        return open_clinic(lambda _: InProcessConnection(plugged, CardRemoved), **options)

    return run


@pytest.fixture
def at_reader(
    open_clinic: OpenClinic, pcsc_stack: PcscStack, insert: Callable[..., VpcdPlug]
) -> Callable[..., Clinic]:
    """Open a desk at the first slot of the private PC/SC service, with a card in it."""

    def run(inserted: object, until: str = "Card", **options: Any) -> Clinic:
        clinic = open_clinic(reader_part=pcsc_stack.readers[0], **options)
        insert(inserted)
        clinic.wait_until(lambda state: state[until] is not None)
        return clinic

    return run


@dataclass(frozen=True)
class Intermediate:
    """A running intermediate server, without a worker: nothing of it reaches OQS."""

    url: str
    line_url: str
    certificates: Path

    def file(self, insurer: str, who: Persona, **procedure: str) -> Any:
        """File a procedure as an insurer."""
        context = credentials(self.certificates, f"insurer-{insurer}").client_context(
            INTERMEDIATE_SERVER
        )
        body = {
            "InsurerNumber": insurer,
            "IndividualNumber": who.individual_number,
            "InsuredCardSymbol": "北",
            "InsuredIdentificationNumber": "7654321",
            "InsuredBranchNumber": "00",
            **procedure,
        }
        with _client(self.line_url, context) as insurers_line:
            return insurers_line.post("/procedures", json=body).raise_for_status().json()


@pytest.fixture
def intermediate(oqs: Oqs, world: World, tmp_path: Path) -> Iterator[Intermediate]:
    """Run an intermediate server."""
    settings = intermediate_server.settings.Settings(
        database_url=f"sqlite:///{tmp_path / 'intermediate.db'}",
        oqs_line_url=oqs.line.url,
        oqs_console_url=oqs.console.url,
        line_directory=world.certificates,
    )
    line_listener, console = listen(world.certificates / "intermediate-server"), listen()
    app = intermediate_server.app.build_app(settings)
    with line_listener.socket, console.socket, Served(app, line_listener, console):
        yield Intermediate(console.url, line_listener.url, world.certificates)
