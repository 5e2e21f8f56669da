"""A certificate of the card, read: the one place in this room where a certificate is parsed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import NameOID

from reader.card_text import shown

if TYPE_CHECKING:
    from datetime import datetime, tzinfo


class UnreadableCertificate(ValueError):
    """The bytes are no certificate of a card; the message says why."""


class CertificateValidity(StrEnum):
    """Where an instant lies."""

    NOT_YET = "not-yet"
    VALID = "valid"
    EXPIRED = "expired"


@dataclass(frozen=True)
class CardCertificate:
    """What one wants to know of it at a desk. Whether it was revoked, only J-LIS knows."""

    der: bytes = field(repr=False)
    """As it stands on the card."""
    serial: str
    """Serial number in hexadecimal; with the issuer it names the certificate."""
    issuer: str
    subject: str
    not_before: datetime
    not_after: datetime
    simulated: bool
    """Whether its issuer says that it is a simulation."""
    key: RSAPublicKey = field(repr=False, compare=False)

    @classmethod
    def read(cls, der: bytes) -> Self:
        """Read a certificate with an RSA key; raises `UnreadableCertificate` for anything else.

        Extensions are left alone: what a client needs is not in them.
        """
        try:
            parsed = x509.load_der_x509_certificate(der)
            organizations = parsed.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
            not_before, not_after = _time_of(parsed)
            return cls(
                der=der,
                serial=f"{_serial_of(parsed):08X}",
                issuer=shown(parsed.issuer.rfc4514_string()),
                subject=shown(parsed.subject.rfc4514_string()),
                not_before=not_before,
                not_after=not_after,
                simulated=any("SIM" in str(each.value) for each in organizations),
                key=_rsa_key(parsed),
            )
        # The parser is lazy, and what each part of it raises for arbitrary bytes is documented
        # for none: ValueError, TypeError, InvalidVersion, UnsupportedAlgorithm, and its warnings
        # where a program has made them errors.
        except Exception as error:  # noqa: BLE001 - see above
            raise UnreadableCertificate(f"it cannot be read as X.509: {error}") from None

    def validity(self, at: datetime) -> CertificateValidity:
        """Say where an instant lies in its time."""
        if at < self.not_before:
            return CertificateValidity.NOT_YET
        return CertificateValidity.VALID if at <= self.not_after else CertificateValidity.EXPIRED

    def first_day(self, zone: tzinfo) -> date:
        """Return the day on which it begins to be valid, in a zone."""
        return _day(self.not_before, zone)

    def last_day(self, zone: tzinfo) -> date:
        """Return the last day on which it is valid; one that never ends has the last there is."""
        return _day(self.not_after, zone)

    def signed(self, signature: bytes, message: bytes) -> bool:
        """Tell whether a signature (RSASSA-PKCS1-v1_5, SHA-256) over a message is of its key."""
        return _verifies(self.key, signature, message)

    def is_issued_by(self, authority: CardCertificate) -> bool:
        """Tell whether this bears the signature of another certificate's key."""
        parsed = x509.load_der_x509_certificate(self.der)
        return _verifies(authority.key, parsed.signature, parsed.tbs_certificate_bytes)


def _serial_of(parsed: x509.Certificate) -> int:
    if parsed.serial_number <= 0:  # RFC 5280, 4.1.2.2; the parser only warns
        raise ValueError("its serial number is not positive")
    return parsed.serial_number


def _rsa_key(parsed: x509.Certificate) -> RSAPublicKey:
    key = parsed.public_key()
    if not isinstance(key, RSAPublicKey):
        raise TypeError("its key is no RSA key")
    return key


def _time_of(parsed: x509.Certificate) -> tuple[datetime, datetime]:
    try:
        return parsed.not_valid_before_utc, parsed.not_valid_after_utc
    except AttributeError:  # the library of Debian 12, as in the guest of `make test-usb`
        return parsed.not_valid_before.replace(tzinfo=UTC), parsed.not_valid_after.replace(
            tzinfo=UTC
        )


def _verifies(key: RSAPublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    # A key that was corrupted to one too short for the hash is a ValueError.
    except (InvalidSignature, ValueError):
        return False
    return True


def _day(instant: datetime, zone: tzinfo) -> date:
    try:
        return instant.astimezone(zone).date()
    except OverflowError:  # 9999-12-31T23:59:59Z stands for "has no end" (RFC 5280, 4.1.2.5)
        return date.max
