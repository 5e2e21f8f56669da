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
from testbed.line import OQS, make_line, terminal
from testbed.personas import personas
from testbed.processes import spawn, stop
from wire.serve import Listener, bind, serve
from wire.tls import credentials

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

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
def served(build: Callable[[], FastAPI], *listeners: Listener) -> Iterator[None]:
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

    def __init__(self, console: str, line: str, tls: ssl.SSLContext) -> None:
        self.console = httpx2.Client(base_url=console, timeout=60)
        self.line = httpx2.Client(base_url=line, verify=tls, timeout=60)
        self.cards: list[tuple[str, rsa.RSAPrivateKey]] = []

    def issue_cards(self) -> list[str]:
        """Have the cards issued; return their holders."""
        holders = []
        who = next(iter(personas().values()))
        for number in range(CARDS):
            individual_number = _individual_number(number)
            body = {
                "IndividualNumber": individual_number, "Name": who.name, "NameKana": who.name_kana,
                "Sex1": who.sex1, "Birthdate": who.birthdate,
            }  # fmt: skip
            done = self.console.post("/sim/jlis/residents", json=body)
            holders.append(done.raise_for_status().json()["PersonReference"])
            issued = self.console.post(
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
            granted = self.line.post("/qualification/challenges").raise_for_status().json()
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
    from eligibility.numbers import individual_check_digit  # noqa: PLC0415 # only here

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


def measure() -> list[Row]:
    """Measure both checks and the bare route, in turns, over the terminals' line."""
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        make_line(directory, [INSTITUTION], [])
        server = credentials(directory, OQS)
        tls = credentials(directory, terminal(INSTITUTION)).client_context()
        plain, line, console = (Listener(bind(HOST, 0)), Listener(bind(HOST, 0), server),
                                Listener(bind(HOST, 0)))  # fmt: skip
        bare_line = Listener(bind(HOST, 0), server)
        database = directory / "oqs.sqlite"
        settings = Settings(f"sqlite:///{database}", challenge_seconds=3600)
        with (
            served(bare_app, plain, bare_line),
            served(lambda: oqs_sim.app.build_app(settings), console, line),
        ):
            affinity = os.sched_getaffinity(0)
            pin_to(1)
            clinic = Clinic(console.url, line.url, tls)
            fill(database, clinic.issue_cards())
            bare_requests = [request("/")] * REQUESTS
            rates: dict[str, list[float]] = {"bare": [], "bare TLS": [], "card": [], "number": []}
            for _ in range(ROUNDS):
                by_card, by_number = clinic.card_requests(REQUESTS), number_requests(REQUESTS)
                rates["bare"].append(rate(HOST, port_of(plain), bare_requests))
                rates["bare TLS"].append(rate(HOST, port_of(bare_line), bare_requests, tls))
                rates["card"].append(rate(HOST, port_of(line), by_card, tls))
                rates["number"].append(rate(HOST, port_of(line), by_number, tls))
            os.sched_setaffinity(0, affinity)
    medians = {name: statistics.median(values) for name, values in rates.items()}
    rows = []
    for name, what, target in (
        ("card", "check by card", CARD_TARGET),
        ("number", "check by number", NUMBER_TARGET),
    ):
        for baseline in ("bare", "bare TLS"):
            ratio = medians[name] / medians[baseline]
            rows.append(
                Row(
                    f"{what} (mutual TLS, {MEMBERS:,} members)",
                    f"{medians[name]:,.0f}/s",
                    f"{medians[baseline]:,.0f}/s {baseline} FastAPI route",
                    f"{ratio:.2f}",
                    f"≥ {target}",
                    ratio >= target,
                )
            )
    return rows
