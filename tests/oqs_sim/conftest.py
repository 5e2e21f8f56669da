from __future__ import annotations

import base64
import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from fastapi.testclient import TestClient

from oqs_sim.app import build_app
from oqs_sim.settings import Settings
from storage import bucket_of
from tests.databases import ENGINES
from tests.equipment.callers import OWN_URL, AtConsole, OnLine
from wire.line_credentials import INTERMEDIATE_SERVER, Caller, Role

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.databases import Databases

INSTITUTION = "9910000018"
HANAKO = "990000000019"
ICHIRO = "990000000027"


@dataclass
class TestCard:
    """A certificate and its key, as a card holds them."""

    __test__ = False
    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @classmethod
    def of(cls, issued: dict[str, Any]) -> TestCard:
        key = load_pem_private_key(
            issued["PrivateKey"].encode(), None, unsafe_skip_rsa_key_validation=True
        )
        assert isinstance(key, rsa.RSAPrivateKey)
        return cls(x509.load_pem_x509_certificate(issued["Certificate"].encode()), key)

    def sign(self, challenge: str) -> dict[str, str]:
        signature = self.key.sign(base64.b64decode(challenge), padding.PKCS1v15(), hashes.SHA256())
        return {
            "Challenge": challenge,
            "Certificate": base64.b64encode(self.certificate.public_bytes(Encoding.DER)).decode(),
            "Signature": base64.b64encode(signature).decode(),
        }


class Oqs:
    """OQS as its callers see it, with Hanako and her card."""

    def __init__(self, database_url: str, made: Oqs | None = None, **settings: Any) -> None:
        self.app = app = build_app(Settings(database_url, **settings))
        self.engine = app.state.engine
        self.keeper = app.state.timekeeper
        self.as_terminal = OnLine(app, Caller(Role.TERMINAL, INSTITUTION))
        self.terminal = TestClient(self.as_terminal)
        self.intermediate = TestClient(OnLine(app, INTERMEDIATE_SERVER))
        self.worker = TestClient(OnLine(app, Caller(Role.WORKER, "sync-worker")))
        self._open = ExitStack()
        self.console = self._open.enter_context(TestClient(AtConsole(app), OWN_URL))
        if made is not None:
            self.hanako, self.issued, self.card = made.hanako, made.issued, made.card
            return
        self.set_clock("2026-11-09T09:00:00+09:00")
        self.hanako = self.resident(HANAKO, "佐藤　花子", "19800217")
        self.issued = self.issue(HANAKO)
        self.card = TestCard.of(self.issued["Authentication"])

    @contextmanager
    def another(self, **settings: Any) -> Iterator[Oqs]:
        """OQS once more on the same database, as another process or after a restart."""
        url = self.engine.url.render_as_string(hide_password=False)
        other = Oqs(url, self, **settings)
        try:
            yield other
        finally:
            other.close()

    def close(self) -> None:
        self._open.close()

    def set_clock(self, now: str) -> None:
        done = self.console.put("/sim/clock", json={"Mode": "frozen", "Now": now})
        assert done.status_code == 200, done.text

    def resident(self, number: str, name: str, birthdate: str) -> str:
        done = self.console.post(
            "/sim/jlis/residents",
            json={
                "IndividualNumber": number,
                "Name": name,
                "NameKana": "ｻﾄｳ ﾊﾅｺ",
                "Sex1": "2",
                "Birthdate": birthdate,
            },
        )
        assert done.status_code == 201, done.text
        reference: str = done.json()["PersonReference"]
        return reference

    def issue(self, number: str, issued_on: str | None = None, **order: Any) -> dict[str, Any]:
        done = self.console.post(
            "/sim/jlis/cards",
            json={"IndividualNumber": number, "IssuedOn": issued_on, **order},
        )
        assert done.status_code == 201, done.text
        card: dict[str, Any] = done.json()
        return card

    def change(self, version: int, insurer: str = "990010", **fields: Any) -> dict[str, Any]:
        return {
            "PersonReference": self.hanako,
            "Version": version,
            "InsurerNumber": insurer,
            "InsurerName": "最上型国民健康保険（模擬）",
            "InsuredCardSymbol": "最上",
            "InsuredIdentificationNumber": "1234567",
            "InsuredBranchNumber": "01",
            "Name": "佐藤　花子",
            "NameKana": "ｻﾄｳ ﾊﾅｺ",
            "Sex1": "2",
            "Birthdate": "19800217",
            "QualificationDate": "20240401",
            "InsuredPartialContributionRatio": "030",
            "VisibleFrom": "2024-04-04T00:00:00+09:00",
            **fields,
        }

    def report(self, version: int, insurer: str = "990010", **fields: Any) -> dict[str, Any]:
        change = self.change(version, insurer, **fields)
        bucket = bucket_of(change["PersonReference"])
        done = self.worker.post(
            "/intermediate/changes", json={"Bucket": bucket, "Changes": [change]}
        )
        assert done.status_code == 200, done.text
        receipt: dict[str, Any] = done.json()
        return receipt

    def portal_challenge(self, purpose: str = "registration") -> str:
        path = f"/portal/challenges?Purpose={purpose}"
        challenge: str = self.console.post(path).json()["Challenge"]
        return challenge

    def register(self, card: TestCard | None = None) -> Any:
        challenge = self.portal_challenge()
        return self.console.post(
            "/portal/registrations", json={"CardProof": (card or self.card).sign(challenge)}
        )

    def challenge(self, purpose: str = "check") -> str:
        path = f"/qualification/challenges?Purpose={purpose}"
        challenge: str = self.terminal.post(path).json()["Challenge"]
        return challenge

    def check(self, proof: dict[str, str] | None = None, **header: str) -> Any:
        inquiry = {
            "MessageHeader": {"MedicalInstitutionCode": INSTITUTION, **header},
            "MessageBody": {"CardProof": proof or self.card.sign(self.challenge())},
        }
        return self.terminal.post("/qualification/card", json=inquiry)

    def check_number(self, **search: str) -> Any:
        inquiry = {
            "MessageHeader": {"MedicalInstitutionCode": INSTITUTION},
            "MessageBody": {
                "QualificationConfirmSearchInfo": {
                    "InsurerNumber": "990010",
                    "InsuredCardSymbol": "最上",
                    "InsuredIdentificationNumber": "1234567",
                    "InsuredBranchNumber": "01",
                    "Birthdate": "19800217",
                    **search,
                }
            },
        }
        return self.terminal.post("/qualification/number", json=inquiry)


@dataclass
class MadeOnce:
    """OQS with Hanako and her card; her keys take a second to make, so that is done once."""

    directory: Path
    _made: dict[str, tuple[str, Oqs]] = field(default_factory=dict)

    def copy_on(self, engine: str, to: Path, request: pytest.FixtureRequest) -> Oqs:
        """Return a copy of it on an engine."""
        if engine == "postgresql":
            databases: Databases = request.getfixturevalue("databases")
            if engine not in self._made:
                url = databases.lasting()
                made = Oqs(url)
                made.close()
                self._made[engine] = (url.partition("?")[0].rpartition("/")[2], made)
            template, made = self._made[engine]
            return Oqs(databases.copy_of(template), made)
        if engine not in self._made:
            made = Oqs(f"sqlite:///{self.directory / 'made.sqlite'}")
            made.close()
            self._made[engine] = ("made.sqlite", made)
        name, made = self._made[engine]
        return Oqs(f"sqlite:///{shutil.copy(self.directory / name, to)}", made)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> MadeOnce:
    return MadeOnce(tmp_path_factory.mktemp("oqs"))


@pytest.fixture(params=ENGINES)
def oqs(made_once: MadeOnce, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Oqs]:
    oqs = made_once.copy_on(request.param, tmp_path, request)
    yield oqs
    oqs.close()


@pytest.fixture
def member(oqs: Oqs) -> Oqs:
    """OQS that knows Hanako's membership and registration."""
    oqs.report(1)
    assert oqs.register().status_code == 201
    return oqs
