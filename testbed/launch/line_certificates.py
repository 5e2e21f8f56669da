"""The certificates of the deployment's closed line, made on first start.

A certification authority of the deployment's own, and for each participant a folder with its key
and its certificate. A certificate says what its holder may be: servers have `serverAuth`, callers
have `clientAuth`, and only the intermediate server, which answers and asks, has both. Keys are EC
P-256: they are made in a moment.
"""

from __future__ import annotations

import fcntl
import ipaddress
import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from eligibility.sentence import Sentence
from testbed.mistakes import Mistake
from wire.clock import wall_clock
from wire.line_credentials import INTERMEDIATE_SERVER as _INTERMEDIATE_SERVER
from wire.line_credentials import OQS as _OQS
from wire.line_credentials import PUBLIC, Caller, Role, credentials

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

ORGANIZATION = "oqs-sim line (SIMULATION)"
DAYS = 3650
AUTHORITY = "authority"
"""The folder of the authority's key, which no service needs."""
OQS = _OQS.name
INTERMEDIATE_SERVER = _INTERMEDIATE_SERVER.name
WORKER = "sync-worker"

LIST = "crl.pem"

_SERVES = {Role.SERVER, Role.INTERMEDIATE_SERVER}
_CALLS = {Role.TERMINAL, Role.INSURER, Role.INTERMEDIATE_SERVER, Role.WORKER}


def terminal(institution_code: str) -> str:
    """Return what the credentials of a terminal are called."""
    return f"{Role.TERMINAL}-{institution_code}"


def insurer(insurer_number: str) -> str:
    """Return what the credentials of an insurer are called."""
    return f"{Role.INSURER}-{insurer_number}"


class State(StrEnum):
    """Whether a certificate is accepted."""

    VALID = "valid"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Enrolled:
    """A participant's certificate."""

    participant: str
    """What its folder is called."""
    caller: Caller
    serial: str
    """In hexadecimal, as OpenSSL writes it."""
    valid_from: datetime
    valid_until: datetime
    state: State


class UnknownCertificate(Mistake):
    """No certificate of the line has this name or serial number, or there is no line."""

    code = "unknown-certificate"


def make_line(
    directory: Path,
    institution_codes: Iterable[str],
    insurer_numbers: Iterable[str],
    host_names: Iterable[str] = (),
) -> None:
    """Make the authority and whatever participant's credentials are missing.

    ``host_names`` are names, besides loopback, under which the servers are reached.
    """
    participants = [
        (OQS, _OQS),
        (INTERMEDIATE_SERVER, _INTERMEDIATE_SERVER),
        (WORKER, Caller(Role.WORKER, WORKER)),
        *((terminal(code), Caller(Role.TERMINAL, code)) for code in institution_codes),
        *((insurer(number), Caller(Role.INSURER, number)) for number in insurer_numbers),
    ]
    with _alone_in(directory):
        authority = _Authority.of(directory)
        for participant, caller in participants:
            if not credentials(directory, participant).certificate.exists():
                authority.issue(participant, caller, host_names)


def enrol(directory: Path, participant: str, caller: Caller) -> Enrolled:
    """Give a participant a certificate, unless it has one that is accepted."""
    with _alone_in(directory):
        authority = _Authority.of(directory)
        known = {one.participant: one for one in authority.enrolled()}
        if participant not in known or known[participant].state is not State.VALID:
            authority.issue(participant, caller)
        (made,) = (one for one in authority.enrolled() if one.participant == participant)
        return made


def enrolled(directory: Path) -> tuple[Enrolled, ...]:
    """Return all certificates in the directory, by their names.

    Raises:
        UnknownCertificate: there is no authority.
    """
    return _Authority.existing(directory).enrolled()


def revoke(directory: Path, name_or_serial: str) -> tuple[Enrolled, ...]:
    """Have a certificate refused from now on, by all servers, whether they run or not.

    Raises:
        UnknownCertificate: none has this name or serial number.
    """
    with _alone_in(directory):
        authority = _Authority.existing(directory)
        wanted = name_or_serial.replace(":", "").upper()
        meant = [
            one
            for one in authority.enrolled()
            if name_or_serial in {one.participant, one.caller.name} or wanted == one.serial
        ]
        if not meant:
            raise UnknownCertificate(
                Sentence(
                    f"{directory} に、名前か番号が {name_or_serial} の証明書はありません。"
                    f"`oqs certificates list {directory}` で確かめてください。",
                    f"No certificate in {directory} has the name or serial number "
                    f"{name_or_serial}. See `oqs certificates list {directory}`.",
                )
            )
        authority.revoke(int(one.serial, 16) for one in meant)
        names = {one.participant for one in meant}
        return tuple(one for one in authority.enrolled() if one.participant in names)


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """Let no two commands make or revoke certificates of the same line at once."""
    place = directory / AUTHORITY
    for folder in (directory, place, directory / PUBLIC):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _write(path: Path, content: bytes) -> None:
    """Put a file there as a whole: who reads sees the old one, or the new one. Its mode is 0600."""
    descriptor, name = tempfile.mkstemp(prefix=".", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


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


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


class _Authority:
    """The certification authority of the line."""

    def __init__(self, line: Path, certificate: x509.Certificate, key: Path) -> None:
        self._line, self._certificate = line, certificate
        loaded = serialization.load_pem_private_key(key.read_bytes(), None)
        self._key = cast("ec.EllipticCurvePrivateKey", loaded)
        self._list = line / PUBLIC / LIST

    @classmethod
    def existing(cls, line: Path) -> _Authority:
        """Load the authority of a line.

        Raises:
            UnknownCertificate: there is none.
        """
        certificate, key = line / PUBLIC / "ca.pem", line / AUTHORITY / "ca.key"
        if not (certificate.exists() and key.exists()):
            raise UnknownCertificate(
                Sentence(
                    f"{line} には、証明書を発行できる専用線がありません。"
                    f"`oqs certificates make {line}` で作ってください。",
                    f"{line} holds no line of which you are the authority. "
                    f"Make one with `oqs certificates make {line}`.",
                )
            )
        return cls(line, x509.load_pem_x509_certificate(certificate.read_bytes()), key)

    @classmethod
    def of(cls, line: Path) -> _Authority:
        """Load the authority of a line, or make it, with a list on which nothing stands."""
        certificate, place = line / PUBLIC / "ca.pem", line / AUTHORITY / "ca.key"
        if not certificate.exists():
            key = ec.generate_private_key(ec.SECP256R1())
            name = _subject("authority", "oqs-sim line authority")
            made = (
                _builder(name, name, key.public_key())
                .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
                .add_extension(_usage(signs_certificates=True), critical=True)
                .sign(key, hashes.SHA256())
            )
            _write(place, _private(key))
            _write(certificate, made.public_bytes(serialization.Encoding.PEM))
        authority = cls.existing(line)
        if not (line / PUBLIC / LIST).exists():
            authority.revoke(())
        return authority

    def issue(self, participant: str, caller: Caller, host_names: Iterable[str] = ()) -> None:
        """Make a participant's key and certificate."""
        key = ec.generate_private_key(ec.SECP256R1())
        uses = []
        if caller.role in _SERVES:
            uses.append(ExtendedKeyUsageOID.SERVER_AUTH)
        if caller.role in _CALLS:
            uses.append(ExtendedKeyUsageOID.CLIENT_AUTH)
        builder = (
            _builder(
                _subject(caller.role, caller.name), self._certificate.subject, key.public_key()
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        )
        if caller.role in _SERVES:
            names = [
                x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
                x509.DNSName("localhost"),
                *(x509.DNSName(name) for name in host_names),
            ]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        files = credentials(self._line, participant)
        files.key.parent.mkdir(mode=0o700, exist_ok=True)
        _write(files.key, _private(key))
        certificate = builder.sign(self._key, hashes.SHA256())
        _write(files.certificate, certificate.public_bytes(serialization.Encoding.PEM))

    def enrolled(self) -> tuple[Enrolled, ...]:
        """Return all certificates in the participants' folders."""
        now, revoked, found = wall_clock(), set(self._revoked()), []
        for folder in sorted(self._line.iterdir()):
            file = folder / f"{folder.name}.pem"
            if not file.is_file():
                continue
            certificate = x509.load_pem_x509_certificate(file.read_bytes())
            state = State.VALID
            if certificate.serial_number in revoked:
                state = State.REVOKED
            elif certificate.not_valid_after_utc <= now:
                state = State.EXPIRED
            found.append(
                Enrolled(
                    folder.name,
                    _caller(certificate),
                    f"{certificate.serial_number:040X}",
                    certificate.not_valid_before_utc,
                    certificate.not_valid_after_utc,
                    state,
                )
            )
        return tuple(found)

    def revoke(self, serials: Iterable[int]) -> None:
        """Write the list of what is revoked, with these added."""
        now = wall_clock()
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._certificate.subject)
            .last_update(now)
            .next_update(now + timedelta(days=DAYS))
        )
        entries = self._revoked()
        entries |= {serial: entries.get(serial, now) for serial in serials}
        for serial, since in entries.items():
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(serial)
                .revocation_date(since)
                .build()
            )
        signed = builder.sign(self._key, hashes.SHA256())
        _write(self._list, signed.public_bytes(serialization.Encoding.PEM))

    def _revoked(self) -> dict[int, datetime]:
        if not self._list.exists():
            return {}
        listed = x509.load_pem_x509_crl(self._list.read_bytes())
        return {one.serial_number: one.revocation_date_utc for one in listed}


def _caller(certificate: x509.Certificate) -> Caller:
    (role,) = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    (name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return Caller(Role(str(role.value)), str(name.value))


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
