"""The certification authority of the line, and its record of what it issued and revoked.

The folder of the authority holds its key and its record: each certificate that it ever issued, its
list of what it revoked, and its own certificate. The folder ``public`` has copies of the last two,
and a participant's folder one of its certificate; whatever is lost of those, the record knows who
may take part.
"""

from __future__ import annotations

import fcntl
import ipaddress
import os
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from eligibility.sentence import Sentence
from testbed.mistakes import Mistake
from wire.clock import wall_clock
from wire.line_credentials import PUBLIC, Caller, Role, credentials
from wire.revocations import LineFileUnusable, certificate_in, damaged, list_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

ORGANIZATION = "oqs-sim line (SIMULATION)"
DAYS = 3650
AUTHORITY = "authority"
"""The folder of the authority's key and of its record, which no service needs."""
ISSUED = "issued"
"""Its folder of all certificates that it has issued, each by its serial number."""
CA, KEY, LIST = "ca.pem", "ca.key", "crl.pem"

_SERVES = {Role.SERVER, Role.INTERMEDIATE_SERVER}
_CALLS = {Role.TERMINAL, Role.INSURER, Role.INTERMEDIATE_SERVER, Role.WORKER}


class State(StrEnum):
    """Whether a certificate is accepted."""

    VALID = "valid"
    REVOKED = "revoked"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    """The list of what is revoked is not here."""


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


class LineDamaged(Mistake):
    """A file of the line is damaged, or is missing and cannot be made again without harm."""

    code = "file-unusable"


def participant_of(caller: Caller) -> str:
    """Return what the credentials of a participant are called."""
    if caller.role in {Role.TERMINAL, Role.INSURER}:
        return f"{caller.role}-{caller.name}"
    return caller.name


@contextmanager
def authority_of(line: Path, *, make: bool = False) -> Iterator[Authority]:
    """Act as the authority of a line; no two commands do at once.

    With ``make``, a line that is not there yet is made, with a list on which nothing stands.

    Raises:
        UnknownCertificate: there is no line.
        LineDamaged: a file of it is of no use.
    """
    place = line / AUTHORITY
    if make:
        for folder in (line, place, line / PUBLIC):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        lock = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise no_line(line) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with files_whole():
            yield Authority(line, *_own(line, make=make), make=make)
    finally:
        os.close(lock)


@contextmanager
def files_whole() -> Iterator[None]:
    """Hand on that a file of the line is damaged, as a mistake."""
    try:
        yield
    except LineFileUnusable as error:
        raise LineDamaged(Sentence(error.ja, error.en)) from error


def no_line(line: Path) -> UnknownCertificate:
    """Return the error where there is no line, or none of which this is the authority."""
    if (line / PUBLIC / CA).exists():
        return UnknownCertificate(
            Sentence(
                f"{line} の認証局の鍵 {AUTHORITY}/{KEY} はここにありません。専用線を作った機械で"
                "実行してください。",
                f"The authority's key {AUTHORITY}/{KEY} of {line} is not here. "
                "Do this where the line was made.",
            )
        )
    return UnknownCertificate(
        Sentence(
            f"{line} に専用線はありません。名前を確かめるか、`oqs certificates make {line}` で"
            "作ってください。",
            f"There is no line in {line}. Check its name, or make one with "
            f"`oqs certificates make {line}`.",
        )
    )


def _own(line: Path, *, make: bool) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """Return the authority's certificate and key."""
    public, place, kept = line / PUBLIC / CA, line / AUTHORITY / KEY, line / AUTHORITY / CA
    if not place.exists():
        if public.exists() or _has_issued(line):
            if not make:
                raise no_line(line)
            raise LineDamaged(
                Sentence(
                    f"認証局の鍵 {place} がありません。控えから戻してください。控えがなければ、"
                    "別のディレクトリに `oqs certificates make` で新しい専用線を作り、"
                    "証明書を配り直してください。",
                    f"The authority's key {place} is missing. Put it back from a backup; without "
                    "one, make a new line in another directory with `oqs certificates make`, and "
                    "hand out its certificates.",
                )
            )
        if not make:
            raise no_line(line)
        return _new(line)
    key = _key_in(place)
    if not public.exists():
        if kept.exists():
            write(public, kept.read_bytes())
        elif make and not _has_issued(line):  # what began to make it was ended half way
            return _new(line)
        else:
            raise LineDamaged(
                Sentence(
                    f"認証局の証明書 {public} がありません。`public` を持つ端末などの機械から"
                    "写してください。",
                    f"The authority's certificate {public} is missing. Copy it from a machine that "
                    "has `public`, such as a terminal's.",
                )
            )
    certificate = authority_in(line)
    if certificate.public_key() != key.public_key():
        raise LineDamaged(
            Sentence(
                f"{place} は {public} の鍵ではありません。両方を同じ控えから戻してください。",
                f"{place} is not the key of {public}. Put both back from one backup.",
            )
        )
    if not kept.exists():  # as in a line that was made before there was a record
        write(kept, public.read_bytes())
    return certificate, key


def _key_in(place: Path) -> ec.EllipticCurvePrivateKey:
    way_back = Sentence(
        "控えから戻してください。控えがなければ、別のディレクトリに新しい専用線を作り、証明書を配り直して"
        "ください。",
        "Put it back from a backup; without one, make a new line in another directory, and hand "
        "out its certificates.",
    )
    try:
        key = serialization.load_pem_private_key(place.read_bytes(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise damaged(place, way_back) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise damaged(place, way_back)
    return key


def _new(line: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _subject("authority", "oqs-sim line authority")
    made = (
        _builder(name, name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    content = made.public_bytes(serialization.Encoding.PEM)
    write(line / AUTHORITY / KEY, _private(key))
    write(line / AUTHORITY / CA, content)
    write(line / PUBLIC / CA, content)
    return made, key


def _has_issued(line: Path) -> bool:
    """Tell whether somebody has a certificate of the line, or had one."""
    return any((line / AUTHORITY / ISSUED).glob("*.pem")) or any(
        file.parent.name not in {PUBLIC, AUTHORITY} for file in line.glob("*/*.pem")
    )


def authority_in(line: Path) -> x509.Certificate:
    """Return the certificate of the authority of a line.

    Raises:
        OSError: it cannot be read, or is damaged.
    """
    return certificate_in(
        line / PUBLIC / CA,
        Sentence(
            "このファイルを消し、専用線を作った機械で `oqs certificates make` を実行すると、元に"
            "戻ります。ほかの機械には、そこから写してください。",
            "Remove it: where the line was made, `oqs certificates make` puts it back; to other "
            "machines, copy it from there.",
        ),
    )


class Record:
    """What can be seen in a line of the certificates that its authority issued and revoked.

    With ``closed_too``, what may not be read is passed over: a participant's machine has no more
    than its own folder and ``public``.
    """

    def __init__(
        self, line: Path, authority: x509.Certificate, *, closed_too: bool = False
    ) -> None:
        self._line, self._authority = line, authority
        self._passed_over: tuple[type[OSError], ...] = (PermissionError,) if closed_too else ()
        self.kept = self._list(line / AUTHORITY / LIST)
        """By the authority's own list, when what was revoked; None where there is none."""
        self.published = self._list(line / PUBLIC / LIST)
        """The same by the list that servers go by."""

    @property
    def revoked(self) -> dict[int, datetime] | None:
        """When what was revoked; None where no list is here."""
        if self.kept is None and self.published is None:
            return None
        return {**(self.published or {}), **(self.kept or {})}

    @property
    def is_published(self) -> bool:
        """Tell whether the servers know all that is revoked."""
        return self.published is not None and self.published.keys() == (self.revoked or {}).keys()

    def certificates(self) -> dict[int, x509.Certificate]:
        """Return all certificates by their serial numbers."""
        found = {}
        for file in self._files():
            with suppress(*self._passed_over):
                certificate = self._certificate(file)
                found[certificate.serial_number] = certificate
        return found

    def enrolled(self) -> tuple[Enrolled, ...]:
        """Return all certificates, by the names of their holders and then their age."""
        revoked, now = self.revoked, wall_clock()
        found = [
            Enrolled(
                participant_of(caller),
                caller,
                _serial(one),
                one.not_valid_before_utc,
                one.not_valid_after_utc,
                _state(one, revoked, now),
            )
            for one in self.certificates().values()
            for caller in (_caller(one),)
        ]
        return tuple(sorted(found, key=lambda one: (one.participant, one.valid_from, one.serial)))

    def _list(self, file: Path) -> dict[int, datetime] | None:
        with suppress(FileNotFoundError, NotADirectoryError, *self._passed_over):
            listed = list_in(file, self._authority)
            return {one.serial_number: one.revocation_date_utc for one in listed}
        return None

    def _files(self) -> Iterator[Path]:
        for folder in sorted(self._line.iterdir()):
            if folder.name not in {PUBLIC, AUTHORITY}:
                file = folder / f"{folder.name}.pem"
                with suppress(*self._passed_over):
                    if file.is_file():
                        yield file
        with suppress(FileNotFoundError, NotADirectoryError, *self._passed_over):
            place = self._line / AUTHORITY / ISSUED
            yield from sorted(one for one in place.iterdir() if one.suffix == ".pem")

    def _certificate(self, file: Path) -> x509.Certificate:
        certificate = certificate_in(file, _ANEW)
        try:
            certificate.verify_directly_issued_by(self._authority)
            _caller(certificate)
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm) as error:
            raise LineFileUnusable(
                Sentence(
                    f"{file} は、この専用線の認証局が発行した証明書ではありません。{_ANEW.ja}",
                    f"{file} is no certificate of this line's authority. {_ANEW.en}",
                )
            ) from error
        return certificate


_ANEW = Sentence(
    "このファイルを消してください。参加者の証明書は `oqs certificates enrol` で"
    "新しく発行できます。",
    "Remove it; `oqs certificates enrol` gives its holder a new one.",
)


def _serial(certificate: x509.Certificate) -> str:
    """Return its serial number in hexadecimal, as OpenSSL writes it."""
    return f"{certificate.serial_number:040X}"


def _state(
    certificate: x509.Certificate, revoked: dict[int, datetime] | None, now: datetime
) -> State:
    if revoked is not None and certificate.serial_number in revoked:
        return State.REVOKED
    if certificate.not_valid_after_utc <= now:
        return State.EXPIRED
    return State.UNKNOWN if revoked is None else State.VALID


class Authority:
    """The certification authority of the line."""

    def __init__(
        self,
        line: Path,
        certificate: x509.Certificate,
        key: ec.EllipticCurvePrivateKey,
        *,
        make: bool,
    ) -> None:
        self._line, self._certificate, self._key = line, certificate, key
        (line / AUTHORITY / ISSUED).mkdir(mode=0o700, exist_ok=True)
        record = self.record()
        if record.revoked is None and (not make or _has_issued(line)):
            missing = line / PUBLIC / LIST
            raise LineDamaged(
                Sentence(
                    f"取り消した証明書の一覧 {missing} も認証局の控え {line / AUTHORITY / LIST} も"
                    "ありません。新しく作ると、取り消した証明書が再び使えてしまいます。"
                    "`public` を持つほかの機械か控えから戻してください。なければ、"
                    "別のディレクトリに新しい専用線を作ってください。",
                    f"Neither the list of what was revoked, {missing}, nor the authority's own, "
                    f"{line / AUTHORITY / LIST}, is there. A new one would have revoked "
                    "certificates accepted again. Copy it from another machine that has `public`, "
                    "or from a backup; without one, make a new line in another directory.",
                )
            )
        for one in record.certificates().values():
            self._keep(one)
        if record.kept is None or not record.is_published:
            self._publish(record.revoked or {})

    def record(self) -> Record:
        """Return what the authority has issued and revoked until now."""
        return Record(self._line, self._certificate)

    def serial_of(self, caller: Caller) -> str | None:
        """Return the serial number of a participant's certificate, if it and its key are there."""
        files = credentials(self._line, participant_of(caller))
        if not (files.certificate.exists() and files.key.exists()):
            return None
        return _serial(certificate_in(files.certificate, _ANEW))

    def issue(self, caller: Caller, host_names: Sequence[str] = ()) -> str:
        """Make a participant's key and certificate, and keep it on record first.

        Returns its serial number. Without ``host_names``, a server keeps those that it had.
        """
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
                *(x509.DNSName(name) for name in host_names or self._host_names(caller)),
            ]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        certificate = builder.sign(self._key, hashes.SHA256())
        self._keep(certificate)
        files = credentials(self._line, participant_of(caller))
        files.key.parent.mkdir(mode=0o700, exist_ok=True)
        write(files.key, _private(key))
        write(files.certificate, certificate.public_bytes(serialization.Encoding.PEM))
        return _serial(certificate)

    def revoke(self, serials: Iterable[int]) -> None:
        """Have these refused as well, from now on."""
        now = wall_clock()
        self._publish({**dict.fromkeys(serials, now), **(self.record().revoked or {})})

    def _host_names(self, caller: Caller) -> tuple[str, ...]:
        """Return the names of a server by the last certificate that it had, besides loopback."""
        before = [one for one in self.record().certificates().values() if _caller(one) == caller]
        if not before:
            return ()
        last = max(before, key=lambda one: one.not_valid_before_utc)
        names = last.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return tuple(
            name for name in names.get_values_for_type(x509.DNSName) if name != "localhost"
        )

    def _keep(self, certificate: x509.Certificate) -> None:
        kept = self._line / AUTHORITY / ISSUED / f"{_serial(certificate)}.pem"
        if not kept.exists():
            write(kept, certificate.public_bytes(serialization.Encoding.PEM))

    def _publish(self, revoked: dict[int, datetime]) -> None:
        """Write the list of what is revoked, first for the record."""
        now = wall_clock()
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._certificate.subject)
            .last_update(now)
            .next_update(now + timedelta(days=DAYS))
        )
        for serial, since in revoked.items():
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(serial)
                .revocation_date(since)
                .build()
            )
        signed = builder.sign(self._key, hashes.SHA256())
        for folder in (AUTHORITY, PUBLIC):
            write(self._line / folder / LIST, signed.public_bytes(serialization.Encoding.PEM))


def write(path: Path, content: bytes) -> None:
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


def _caller(certificate: x509.Certificate) -> Caller:
    """Read whose certificate it is.

    Raises:
        ValueError: it does not say so as those of a line do.
    """
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
