"""What is no certificate, or a damaged one, is said in one way, whatever the parser says."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from reader.applications.jpki import CertificateFile
from reader.certificate import CardCertificate, UnreadableCertificate
from reader.description.layout import AUTHENTICATION_PIN, CardKind, JpkiFile
from reader.errors import CardFault
from reader.pin import Pin
from reader.readings import read_certificate, read_report
from reader.session import prove_identity, sign
from tests.equipment.counting import CountingConnection

if TYPE_CHECKING:
    from collections.abc import Callable

    from virtual_card.card import VirtualCard
    from virtual_card.image.card_image import CardImage

PIN = Pin("1234", AUTHENTICATION_PIN)
TOKYO = ZoneInfo("Asia/Tokyo")
FOR_EVER = dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)


def issue(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    until: dt.datetime = FOR_EVER,
    name: str = "SIM",
) -> bytes:
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begins = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder(named, named, key.public_key(), 7, begins, until)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.fixture
def der(card_image: CardImage) -> bytes:
    assert card_image.authentication
    return card_image.authentication.certificate


def test_a_certificate_says_what_a_desk_wants_to_know(der: bytes) -> None:
    found = CardCertificate.read(der)
    assert (found.serial, found.simulated, found.der) == ("0705D990", True, der)
    assert found.last_day(TOKYO) == dt.date(2030, 4, 1)


@pytest.mark.parametrize(
    "damage",
    [
        lambda der: b"",
        lambda der: der[:-1],
        lambda der: der + b"\x00",
        lambda der: der.replace(bytes.fromhex("A003020102"), bytes.fromhex("A003020107"), 1),
        lambda der: der.replace(bytes.fromhex("2A864886F70D010101"), b"\x2a\x03\x04" * 3, 1),
        lambda der: der.replace(b"\x30\x82\x01\x0a\x02\x82", b"\x30\x82\x01\x0a\x05\x82", 1),
    ],
    ids=["nothing", "cut off", "too long", "version 8", "unknown algorithm", "no key"],
)
def test_what_is_damaged_is_unreadable(der: bytes, damage: Callable[[bytes], bytes]) -> None:
    damaged = damage(der)
    assert damaged != der
    with pytest.raises(UnreadableCertificate):
        CardCertificate.read(damaged)


def test_a_key_of_another_kind_is_unreadable() -> None:
    with pytest.raises(UnreadableCertificate, match="no RSA key"):
        CardCertificate.read(issue(ec.generate_private_key(ec.SECP256R1())))


def test_a_certificate_without_an_end_has_a_last_day() -> None:
    found = CardCertificate.read(issue(rsa.generate_private_key(65537, 2048)))
    assert found.last_day(TOKYO) == dt.date.max


def test_a_name_that_would_steer_a_terminal_does_not(der: bytes) -> None:
    hostile = issue(rsa.generate_private_key(65537, 2048), name="\x1b[2J\u202e")
    assert "\x1b" not in CardCertificate.read(hostile).subject
    assert "\u202e" not in CardCertificate.read(hostile).subject


def test_an_issuer_is_recognised_by_its_key(card_image: CardImage) -> None:
    assert card_image.authentication
    assert card_image.signature
    ours = CardCertificate.read(card_image.authentication.certificate)
    assert ours.is_issued_by(CardCertificate.read(card_image.authentication.ca_certificate))
    assert not ours.is_issued_by(CardCertificate.read(card_image.signature.ca_certificate))


class Damaged(CountingConnection):
    """A card whose file is damaged at a place, or that answers SIGN with fewer bytes."""

    def __init__(self, card: VirtualCard, *, at: int | None = None, signs: bytes | None = None):
        super().__init__(card)
        self._at, self._signs = at, signs

    def send(self, apdu: bytes, /) -> tuple[bytes, int]:
        data, status = super().send(apdu)
        reads = apdu[:3] == bytes((0x00, 0xB0, 0x80 | JpkiFile.AUTHENTICATION_CERTIFICATE))
        if reads and self._at is not None:
            changed = bytearray(data)
            changed[self._at] ^= 0x10
            data = bytes(changed)
        if apdu[1] == 0x2A and self._signs is not None:
            data = self._signs
        return data, status


VERSION = 12
"""Place of the version's byte in the certificate."""


def place_of_algorithm(der: bytes) -> int:
    return der.index(bytes.fromhex("2A864886F70D010101")) + 8


def test_a_damaged_certificate_costs_no_pin_and_is_written_nowhere(
    make_card: Callable[..., VirtualCard], der: bytes
) -> None:
    for at in (VERSION, place_of_algorithm(der)):
        connection = Damaged(make_card(), at=at)
        with pytest.raises(CardFault, match="authentication certificate"):
            prove_identity(connection, PIN, b"challenge")
        assert connection.verifies == 0
        with pytest.raises(CardFault):
            read_certificate(connection, CertificateFile.AUTHENTICATION)
        assert read_report(connection).certificates[CertificateFile.AUTHENTICATION] is None


def test_a_certificate_with_another_key_proves_nothing(
    make_card: Callable[..., VirtualCard], der: bytes
) -> None:
    key = x509.load_der_x509_certificate(der).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    at = der.index(key.public_numbers().n.to_bytes(256, "big")) + 100
    connection = Damaged(make_card(), at=at)
    with pytest.raises(CardFault, match="not of the certificate's key"):
        prove_identity(connection, PIN, b"challenge")
    assert connection.verifies == 1


@pytest.mark.parametrize("answer", [b"", bytes(255), bytes(257)], ids=len)
@pytest.mark.parametrize("kind", [CardKind.MY_NUMBER_CARD, CardKind.IPHONE])
def test_a_success_without_a_whole_signature_is_a_fault(
    make_card: Callable[..., VirtualCard], answer: bytes, kind: CardKind
) -> None:
    for use in (
        lambda card: prove_identity(card, PIN, b"challenge"),
        lambda card: sign(card, PIN, b"document"),
    ):
        with pytest.raises(CardFault, match=f"has {len(answer)} bytes"):
            use(Damaged(make_card(kind=kind), signs=answer))
