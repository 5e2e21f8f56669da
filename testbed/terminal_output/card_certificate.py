"""A card's certificate, for a person to read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from cryptography import x509
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from datetime import datetime


class Validity(StrEnum):
    """Where an instant lies."""

    NOT_YET = "not-yet"
    VALID = "valid"
    EXPIRED = "expired"


@dataclass(frozen=True)
class CertificateSummary:
    """What one wants to know of it at a desk. Whether it was revoked, only J-LIS knows."""

    serial: str
    """Serial number in hexadecimal; with the issuer it names the certificate."""
    issuer: str
    subject: str
    not_before: datetime
    not_after: datetime
    simulated: bool
    """Whether its issuer says that it is a simulation."""

    @classmethod
    def of(cls, der: bytes) -> Self:
        """Read a certificate; raises ValueError for what is none."""
        certificate = x509.load_der_x509_certificate(der)
        organizations = certificate.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        return cls(
            serial=f"{certificate.serial_number:08X}",
            issuer=certificate.issuer.rfc4514_string(),
            subject=certificate.subject.rfc4514_string(),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            simulated=any("SIM" in str(each.value) for each in organizations),
        )

    def validity(self, at: datetime) -> Validity:
        """Say where an instant lies in its time."""
        if at < self.not_before:
            return Validity.NOT_YET
        return Validity.VALID if at <= self.not_after else Validity.EXPIRED
