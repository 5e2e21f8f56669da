"""What terminals ask OQS in a measurement: checks by cards that were issued, and by numbers."""

from __future__ import annotations

import base64
import json
import secrets
from typing import TYPE_CHECKING

import httpx2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from bench.checks.people import BIRTHDATE
from bench.load import request
from eligibility.identifiers.numbers import individual_check_digit
from testbed.cards.personas import personas

if TYPE_CHECKING:
    import ssl

CARDS = 32
"""Cards with keys of their own; the other people's certificates are known by their serial only."""
INSTITUTION = "9910000018"


class Clinic:
    """Asks OQS as a terminal, with cards that were issued to some people."""

    def __init__(self, console: str, line: str, tls: ssl.SSLContext) -> None:
        self._console = httpx2.Client(base_url=console, timeout=60)
        self._line = httpx2.Client(base_url=line, timeout=60, verify=tls)
        self._cards: list[tuple[str, rsa.RSAPrivateKey]] = []

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
            done = self._console.post("/sim/jlis/residents", json=body)
            holders.append(done.raise_for_status().json()["PersonReference"])
            issued = self._console.post(
                "/sim/jlis/cards", json={"IndividualNumber": individual_number}
            ).raise_for_status()
            card = issued.json()["Authentication"]
            certificate = x509.load_pem_x509_certificate(card["Certificate"].encode())
            key = load_pem_private_key(card["PrivateKey"].encode(), None)
            assert isinstance(key, rsa.RSAPrivateKey)
            der = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
            self._cards.append((der, key))
        return holders

    def card_requests(self, count: int) -> list[bytes]:
        """Fetch challenges and have the cards sign them."""
        prepared = []
        for number in range(count):
            certificate, key = self._cards[number % CARDS]
            granted = self._line.post("/qualification/challenges").raise_for_status().json()
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


def number_requests(count: int, people: int) -> list[bytes]:
    """Ask for people all over the table."""
    return [
        _inquiry(
            "/qualification/number",
            {
                "QualificationConfirmSearchInfo": {
                    "InsurerNumber": "990010",
                    "InsuredCardSymbol": "最上",
                    "InsuredIdentificationNumber": f"{secrets.randbelow(people):08d}",
                    "InsuredBranchNumber": "00",
                    "Birthdate": BIRTHDATE,
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
    body = f"9900000{number:04d}"
    return f"{body}{individual_check_digit(body)}"
