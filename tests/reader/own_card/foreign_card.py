"""A My Number Card that this simulation did not issue: another authority, other keys."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from virtual_card.card import VirtualCard
from virtual_card.image.card_image import CardImage
from wire.clock import wall_clock

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

PIN = "8264"
YEAR = dt.timedelta(days=365)


@cache
def _keys() -> tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey]:
    """Return the key of the authority and that of the card."""
    return rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 2048)


def certificate(
    *,
    serial: int = 0x06D18006,
    begins: dt.timedelta = -YEAR,
    ends: dt.timedelta = YEAR,
    key: CertificatePublicKeyTypes | None = None,
) -> x509.Certificate:
    """Issue the card's certificate; the instants count from now."""
    authority, own = _keys()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "997794E9AGCIEG13221003A")])
    return (
        x509.CertificateBuilder(_issuer(), subject, key or own.public_key(), serial)
        .not_valid_before(wall_clock() + begins)
        .not_valid_after(wall_clock() + ends)
        .sign(authority, hashes.SHA256())
    )


def foreign_image(shown: x509.Certificate | None = None, pin: str = PIN) -> CardImage:
    """Return such a card, with another certificate where one is given."""
    authority, own = _keys()
    root = (
        x509.CertificateBuilder(_issuer(), _issuer(), authority.public_key(), 1)
        .not_valid_before(wall_clock() - 5 * YEAR)
        .not_valid_after(wall_clock() + 5 * YEAR)
        .sign(authority, hashes.SHA256())
    )
    image = CardImage.build(
        label="somebody",
        serial="132210000000001",
        municipality="99221",
        authentication=(certificate(), root, own),
        authentication_pin=pin,
        signature=(certificate(serial=0x067C6A21), root, own),
        signature_password="XYZ789",
    )
    if shown is None:
        return image
    assert image.authentication is not None
    der = shown.public_bytes(Encoding.DER)
    return replace(image, authentication=replace(image.authentication, certificate=der))


def foreign_card(shown: x509.Certificate | None = None) -> VirtualCard:
    """Return such a card with all its tries."""
    return VirtualCard(foreign_image(shown))


def of_a_later_generation() -> x509.Certificate:
    """Issue a certificate with a key that the cards of today do not have."""
    return certificate(key=ec.generate_private_key(ec.SECP384R1()).public_key())


def _issuer() -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "JPKI-TEST")])
