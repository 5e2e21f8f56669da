"""The certificates of the deployment's closed line, made on first start.

A certification authority of the deployment's own, one certificate for each participant, all
as PEM files in one directory. Keys are EC P-256: they are made in a moment.
"""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from wire.clock import wall_clock
from wire.line_credentials import Role, credentials

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

ORGANIZATION = "oqs-sim line (SIMULATION)"
DAYS = 3650
AUTHORITY = "ca"
OQS = "oqs"
INTERMEDIATE_SERVER = "intermediate-server"


def terminal(institution_code: str) -> str:
    """Return what the credentials of a terminal are called."""
    return f"{Role.TERMINAL}-{institution_code}"


def insurer(insurer_number: str) -> str:
    """Return what the credentials of an insurer are called."""
    return f"{Role.INSURER}-{insurer_number}"


def make_line(
    directory: Path,
    institution_codes: Iterable[str],
    insurer_numbers: Iterable[str],
    host_names: Iterable[str] = (),
) -> None:
    """Make the authority and whatever participant's credentials are missing.

    ``host_names`` are names, besides loopback, under which the servers are reached.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority = _Authority.of(directory)
    servers = (Role.SERVER, OQS), (Role.INTERMEDIATE_SERVER, INTERMEDIATE_SERVER)
    participants = [
        *((role, name, name) for role, name in servers),
        *((Role.TERMINAL, terminal(code), code) for code in institution_codes),
        *((Role.INSURER, insurer(number), number) for number in insurer_numbers),
    ]
    for role, participant, common_name in participants:
        if not credentials(directory, participant).certificate.exists():
            authority.issue(directory, participant, role, common_name, host_names)


def _subject(role: str, common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANIZATION),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, role),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
) -> x509.CertificateBuilder:
    # The line is real, so its certificates follow the wall clock, not the simulated one.
    now = wall_clock()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _write_private(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


class _Authority:
    """The certification authority of the line."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self.certificate = certificate
        self.key = key

    @classmethod
    def of(cls, directory: Path) -> _Authority:
        """Load the authority of ``directory``, or make it."""
        files = credentials(directory, AUTHORITY)
        if files.certificate.exists():
            key = serialization.load_pem_private_key(files.key.read_bytes(), None)
            assert isinstance(key, ec.EllipticCurvePrivateKey)
            return cls(x509.load_pem_x509_certificate(files.certificate.read_bytes()), key)
        key = ec.generate_private_key(ec.SECP256R1())
        name = _subject("authority", "oqs-sim line authority")
        certificate = (
            _builder(name, name, key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        _write_private(files.key, key)
        files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return cls(certificate, key)

    def issue(
        self,
        directory: Path,
        participant: str,
        role: Role,
        common_name: str,
        host_names: Iterable[str],
    ) -> None:
        """Make a participant's key and certificate."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [
            x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
            x509.DNSName("localhost"),
            *(x509.DNSName(name) for name in host_names),
        ]
        certificate = (
            _builder(_subject(role, common_name), self.certificate.subject, key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
            .add_extension(
                x509.ExtendedKeyUsage(
                    [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
                ),
                critical=False,
            )
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        files = credentials(directory, participant)
        _write_private(files.key, key)
        files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
