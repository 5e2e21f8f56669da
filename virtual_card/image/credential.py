"""What the card keeps for its holder: certificates with their keys, and hashed secrets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from cryptography.hazmat.primitives import serialization

from reader.description.layout import (
    COMMON_PIN,
    INPUT_SUPPORT_NUMBER_A,
    INPUT_SUPPORT_NUMBER_B,
    INPUT_SUPPORT_PIN,
    SURFACE_BIRTHDATE,
    PinReference,
)
from virtual_card.encoding.secret import PinSecret
from virtual_card.image.face import Holder, era_birthdate, key_bytes, load_key, number_b
from virtual_card.image.table import ImageError

if TYPE_CHECKING:
    from datetime import date

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey


@dataclass(frozen=True)
class Credential:
    """A certificate with its issuer's, its private key and the hash of its PIN."""

    certificate: bytes = field(repr=False)
    """DER."""
    ca_certificate: bytes = field(repr=False)
    """DER."""
    private_key: bytes = field(repr=False)
    """RSA-2048, PKCS #8 as DER."""
    secret: PinSecret | None
    """None where no PIN was set (顔認証マイナンバーカード)."""

    @classmethod
    def build(
        cls,
        certificate: x509.Certificate,
        ca_certificate: x509.Certificate,
        private_key: RSAPrivateKey,
        secret: PinSecret | None,
    ) -> Self:
        """Take the parts as `cryptography` has them."""
        return cls(
            certificate.public_bytes(serialization.Encoding.DER),
            ca_certificate.public_bytes(serialization.Encoding.DER),
            key_bytes(private_key),
            secret,
        )

    def load_private_key(self) -> RSAPrivateKey:
        """Make the private key ready for use."""
        return load_key(self.private_key)


@dataclass(frozen=True)
class HolderSecrets:
    """What opens the applications besides JPKI, hashed; None is a secret that was not set."""

    input_support: PinSecret | None = None
    """券面入力補助用の暗証番号."""
    resident_register: PinSecret | None = None
    """住民基本台帳用の暗証番号, set in 共通カード and 住基 alike."""
    number_a: PinSecret | None = None
    """照合番号A."""
    number_b: PinSecret | None = None
    """照合番号B."""
    birthdate: PinSecret | None = None
    """生年月日 with the era's year."""

    @classmethod
    def build(
        cls,
        *,
        input_support_pin: str = "",
        resident_register_pin: str = "",
        holder: Holder | None = None,
        expires_on: date | None = None,
        security_code: str = "",
    ) -> Self:
        """Hash the PINs ("" for one that is not set), and the numbers of the printed face.

        Raises `ImageError` for a PIN that its holder could not have chosen.
        """
        number, b, birthdate = "", "", ""
        if holder is not None and expires_on is not None:
            number = holder.individual_number
            b = number_b(holder.birthdate, expires_on, security_code)
            birthdate = era_birthdate(holder.birthdate)
        return cls(
            hashed(INPUT_SUPPORT_PIN, input_support_pin),
            hashed(COMMON_PIN, resident_register_pin),
            hashed(INPUT_SUPPORT_NUMBER_A, number),
            hashed(INPUT_SUPPORT_NUMBER_B, b),
            hashed(SURFACE_BIRTHDATE, birthdate),
        )


NO_SECRETS = HolderSecrets()

"""Of a card on which nothing was set."""


def hashed(reference: PinReference, text: str) -> PinSecret | None:
    """Hash a secret, or return None for "", one that is not set.

    Raises `ImageError` for one that its holder could not have chosen.
    """
    if not text:
        return None
    if not reference.accepts(text):
        message = f"The {reference.en} must be {reference.format_en}."
        raise ImageError(message)
    return PinSecret.of(text)
