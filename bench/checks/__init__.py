"""How many checks OQS answers in a second, next to a bare FastAPI route on the same machine."""

from __future__ import annotations

import base64
import json
import os
import secrets
import statistics
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from fastapi import FastAPI
from sqlalchemy import create_engine, insert

import oqs_sim.app
from bench.load import pin_to, rate, request
from bench.table import Row
from oqs_sim.settings import Settings
from oqs_sim.store import schema
from storage import bucket_of
from testbed.cards.personas import personas
from testbed.launch.line_certificates import OQS, make_line, terminal
from testbed.launch.processes import spawn, stop
from wire.line_credentials import OQS as SERVER
from wire.line_credentials import Caller, Role, credentials
from wire.serving.access import ListenerKind
from wire.serving.serve import Application, Listener, bind, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import Receive, Scope, Send

MEMBERS = 100_000
CARDS = 32
"""Cards with keys of their own; the other members' certificates are known by their serial only."""
REQUESTS = 4_000
"""Requests in a measurement."""
ROUNDS = 3
INSTITUTION = "9910000018"
CARD_TARGET, NUMBER_TARGET = 0.35, 0.5
HOST = "127.0.0.1"


def bare_app() -> FastAPI:
    """Return the baseline: one route that returns a constant."""
    app = FastAPI()

    @app.get("/")
    async def bare() -> dict[str, int]:
        return {"a": 1}

    return app


@contextmanager
def served(build: Callable[[], Application], *listeners: Listener) -> Iterator[None]:
    """Serve an application in a process of its own, on the first core."""

    def run(started: Callable[[], None]) -> None:
        pin_to(0)
        serve(build(), listeners, started)

    child = spawn("service under test", run, (OSError,))
    try:
        child.wait_until_ready(time.monotonic() + 60)
        yield
    finally:
        stop([child])


def port_of(listener: Listener) -> int:
    """Return a listener's port."""
    port: int = listener.socket.getsockname()[1]
    return port


class Clinic:
    """Asks OQS as a terminal, with cards that were issued to members."""

    def __init__(self, url: str) -> None:
        self.oqs = httpx2.Client(base_url=url, timeout=60)
        self.cards: list[tuple[str, rsa.RSAPrivateKey]] = []

    def issue_cards(self) -> list[str]:
        """Have the cards issued; return their holders."""
        holders = []
        who = next(iter(personas().values()))
        for number in range(CARDS):
            individual_number = _individual_number(number)
            body = {
                "IndividualNumber": individual_number, "Name": who.name, "NameKana": who.name_kana,
                "Sex1": who.sex, "Birthdate": who.birthdate,
            }  # fmt: skip
            done = self.oqs.post("/sim/jlis/residents", json=body)
            holders.append(done.raise_for_status().json()["PersonReference"])
            issued = self.oqs.post(
                "/sim/jlis/cards", json={"IndividualNumber": individual_number}
            ).raise_for_status()
            card = issued.json()["Authentication"]
            certificate = x509.load_pem_x509_certificate(card["Certificate"].encode())
            key = load_pem_private_key(card["PrivateKey"].encode(), None)
            assert isinstance(key, rsa.RSAPrivateKey)
            der = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
            self.cards.append((der, key))
        return holders

    def card_requests(self, count: int) -> list[bytes]:
        """Fetch challenges and have the cards sign them."""
        prepared = []
        for number in range(count):
            certificate, key = self.cards[number % CARDS]
            granted = self.oqs.post("/qualification/challenges").raise_for_status().json()
            signature = key.sign(
                base64.b64decode(granted["Challenge"]), padding.PKCS1v15(), hashes.SHA256()
            )
            proof = {
                "Challenge": granted["Challenge"],
                "Certificate": certificate,
                "Signature": base64.b64encode(signature).decode(),
            }
            prepared.append(_inquiry("/qualification/card", {"CardProof": proof}))
        return prepared


def number_requests(count: int) -> list[bytes]:
    """Ask for members all over the table."""
    return [
        _inquiry(
            "/qualification/number",
            {
                "QualificationConfirmSearchInfo": {
                    "InsurerNumber": "990010",
                    "InsuredCardSymbol": "最上",
                    "InsuredIdentificationNumber": f"{secrets.randbelow(MEMBERS):07d}",
                    "InsuredBranchNumber": "00",
                    "Birthdate": "19800217",
                }
            },
        )
        for _ in range(count)
    ]


def _inquiry(path: str, body: dict[str, object]) -> bytes:
    header = {"MedicalInstitutionCode": INSTITUTION}
    inquiry = {"MessageHeader": header, "MessageBody": body}
    return request(path, json.dumps(inquiry, ensure_ascii=False).encode())


def _individual_number(number: int) -> str:
    from eligibility.identifiers.numbers import individual_check_digit  # noqa: PLC0415 # only here

    body = f"9900000{number:04d}"
    return f"{body}{individual_check_digit(body)}"


def fill(database: Path, holders: list[str]) -> None:
    """Write the members into the tables, the holders of cards among them."""
    persons = [*holders, *(f"SIM-BENCH-{number}" for number in range(MEMBERS - len(holders)))]
    now = datetime.now(UTC)
    qualifications, ways, registrations, certificates = [], [], [], []
    for number, person in enumerate(persons):
        bucket = bucket_of(person)
        way = {
            "bucket": bucket, "person_reference": person, "insurer_number": "990010",
            "insured_card_symbol": "最上", "insured_identification_number": f"{number:07d}",
            "insured_branch_number": "00",
        }  # fmt: skip
        ways.append(way)
        qualifications.append({
            **way, "version": 1, "insurer_name": "最上型国民健康保険（模擬）",
            "personal_family_classification": "1", "name": "佐藤　花子", "name_kana": "ｻﾄｳ ﾊﾅｺ",
            "sex1": "2", "birthdate": "19800217", "address": "模擬県模擬市模擬町1-1",
            "post_number": "990-0001", "qualification_date": "20240401",
            "insured_partial_contribution_ratio": "030", "visible_from": now,
        })  # fmt: skip
        registrations.append({"bucket": bucket, "person_reference": person, "channel": "portal",
                              "registered_at": now})  # fmt: skip
        if number >= len(holders):
            certificates.append({"authority_key": b"other", "serial": number, "bucket": bucket,
                                 "person_reference": person,
                                 "fingerprint": b"", "expires_on": date(2031, 2, 17)})  # fmt: skip
    engine = create_engine(f"sqlite:///{database}")
    with engine.begin() as connection:
        connection.execute(insert(schema.qualification), qualifications)
        connection.execute(insert(schema.qualification_by_number), ways)
        connection.execute(insert(schema.registration), registrations)
        connection.execute(insert(schema.certificate), certificates)
    engine.dispose()


class AsTerminal:
    """The application as the terminal sees it, on an address without TLS.

    Both sides of the comparison are then spoken to in the same way, and the load generator does
    not pay for TLS on the other half of the same processor.
    """

    def __init__(self, app: FastAPI) -> None:
        """Take the application; whoever asks for a check is the terminal."""
        self._app, self.state = app, app.state
        self._line = {
            "listener": ListenerKind.LINE,
            "tls": {"caller": Caller(Role.TERMINAL, INSTITUTION)},
        }
        self._console = {"listener": ListenerKind.CONSOLE}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http":
            checks = scope["path"].startswith("/qualification/")
            scope["extensions"] = self._line if checks else self._console
        await self._app(scope, receive, send)


def measure() -> list[Row]:
    """Measure both checks and the bare route, in turns: without TLS, and on the real line."""
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        make_line(directory, [INSTITUTION], [])
        server = credentials(directory, OQS)
        tls = credentials(directory, terminal(INSTITUTION)).client_context(SERVER)
        bare = {"HTTP": Listener(bind(HOST, 0)), "mutual TLS": Listener(bind(HOST, 0), server)}
        oqs = {"HTTP": Listener(bind(HOST, 0)), "mutual TLS": Listener(bind(HOST, 0), server)}
        contexts = {"HTTP": None, "mutual TLS": tls}
        settings = Settings(f"sqlite:///{directory}/oqs.sqlite", challenge_seconds=3600)
        rates: dict[tuple[str, str], list[float]] = {}
        with (
            served(bare_app, *bare.values()),
            served(lambda: AsTerminal(oqs_sim.app.build_app(settings)), *oqs.values()),
        ):
            affinity = os.sched_getaffinity(0)
            pin_to(1)
            clinic = Clinic(oqs["HTTP"].url)
            fill(directory / "oqs.sqlite", clinic.issue_cards())
            for _ in range(ROUNDS):
                for way, context in contexts.items():
                    for what, listener, requests in (
                        ("bare", bare[way], [request("/")] * REQUESTS),
                        ("card", oqs[way], clinic.card_requests(REQUESTS)),
                        ("number", oqs[way], number_requests(REQUESTS)),
                    ):
                        path = "/" if what == "bare" else "/health"
                        measured = rate(HOST, port_of(listener), requests, context, path)
                        rates.setdefault((what, way), []).append(measured)
            os.sched_setaffinity(0, affinity)
    medians = {key: statistics.median(values) for key, values in rates.items()}
    rows = []
    for way in contexts:
        for what, target in (("card", CARD_TARGET), ("number", NUMBER_TARGET)):
            ratio = medians[what, way] / medians["bare", way]
            rows.append(
                Row(
                    f"check by {what}, {MEMBERS:,} members, {way}",
                    f"{medians[what, way]:,.0f}/s",
                    f"{medians['bare', way]:,.0f}/s bare FastAPI route, {way}",
                    f"{ratio:.2f}",
                    f"≥ {target}",
                    ratio >= target,
                )
            )
    return rows
