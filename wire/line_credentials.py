"""Credentials of the deployment's closed line: who takes part in it, and their files.

A terminal, an insurer and the intermediate server each prove themselves with a certificate
of the line's CA (mutual TLS), and see that who answers is the server that they mean.

In a directory of the line, each participant has a folder of its own with its key, so that a
machine or a container can be given that folder and nothing else; ``public`` holds what all
need: the certificate of the CA and the list of what it has revoked.
"""

from __future__ import annotations

import math
import ssl
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cryptography import x509

if TYPE_CHECKING:
    from pathlib import Path

PUBLIC = "public"
"""The folder of what every participant needs."""
LOOK_SECONDS = 0.1
"""How long a certificate that has just been revoked may still be taken."""
_AEAD_SUITES = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2, the suites with forward secrecy and authenticated encryption; none with CBC."""


class Role(StrEnum):
    """What a participant of the line is: the organisational unit of its certificate."""

    TERMINAL = "terminal"
    """資格確認端末; the common name is its medical institution code."""
    INSURER = "insurer"
    """保険者; the common name is the insurer number."""
    INTERMEDIATE_SERVER = "intermediate-server"
    """医療保険者等向け中間サーバー; it answers insurers, and asks OQS."""
    WORKER = "worker"
    """The intermediate server's sync worker, which delivers changes and asks nothing."""
    SERVER = "server"
    """A server of the line that calls nobody: OQS."""


@dataclass(frozen=True)
class Caller:
    """The subject of a certificate of the line."""

    role: Role
    name: str


OQS = Caller(Role.SERVER, "oqs")
INTERMEDIATE_SERVER = Caller(Role.INTERMEDIATE_SERVER, "intermediate-server")


def caller_of(peer_certificate: dict[str, Any] | None) -> Caller | None:
    """Read the subject from what :meth:`ssl.SSLSocket.getpeercert` gives."""
    if not peer_certificate:
        return None
    subject = dict(pair for rdn in peer_certificate["subject"] for pair in rdn)
    try:
        return Caller(Role(subject["organizationalUnitName"]), subject["commonName"])
    except (KeyError, ValueError):
        return None


class CredentialsMissing(FileNotFoundError):
    """A file of a participant's credentials is missing; the message says how to make it."""

    def __init__(self, file: Path, command: str) -> None:
        self.ja = f"専用線の証明書 {file} がありません。`{command}` で作ってください。"
        self.en = f"The line certificate {file} is missing. Make it with `{command}`."
        super().__init__(self.en)


class WrongServer(ssl.SSLCertVerificationError):
    """Who answers is not the server that is meant, though its certificate is of the line."""


class Revocations:
    """The serial numbers that the line's CA has revoked, as its list says.

    The list is looked at ten times in a second at most: a look at a file is not for nothing, and is
    asked for with every request.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._looked = -math.inf
        self._stamp: tuple[int, int, int] | None = None
        self._serials: frozenset[int] = frozenset()
        self.has(None)

    def has(self, peer_certificate: dict[str, Any] | None) -> bool:
        """Tell whether a certificate is revoked, as of `LOOK_SECONDS` ago at the latest.

        Raises:
            OSError: the list cannot be read; then nobody can be let in.
            ValueError: the list is not one.
        """
        now = time.monotonic()
        if now - self._looked >= LOOK_SECONDS:
            self._look()
            self._looked = now  # not where the look failed: then the next one is at once
        if not self._serials or not peer_certificate:
            return False
        return int(peer_certificate["serialNumber"], 16) in self._serials

    def _look(self) -> None:
        """Read the list again where it has changed."""
        found = self._path.stat()
        stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
        if stamp != self._stamp:
            revoked = x509.load_pem_x509_crl(self._path.read_bytes())
            self._serials = frozenset(one.serial_number for one in revoked)
            self._stamp = stamp


@dataclass(frozen=True)
class LineCredentials:
    """One participant's key and certificate, and what the CA of the line says, as PEM files."""

    certificate: Path
    key: Path
    authority: Path
    revoked: Path

    def require(self) -> None:
        """See that all files are there.

        Raises:
            CredentialsMissing: one is not.
        """
        for file in (self.certificate, self.key, self.authority, self.revoked):
            if not file.is_file():
                line, name = self.certificate.parents[1], self.certificate.stem
                raise CredentialsMissing(file, _making(line, name))

    def client_context(self, server: Caller) -> ssl.SSLContext:
        """Return a context for calling ``server``; nobody else of the line can answer for it.

        Raises:
            CredentialsMissing: see :meth:`require`.
        """
        self.require()
        context = ssl.create_default_context(cafile=str(self.authority))
        _only_what_is_safe(context)
        context.load_cert_chain(str(self.certificate), str(self.key))
        revoked = Revocations(self.revoked)

        def look(peer_certificate: dict[str, Any] | None) -> None:
            found = caller_of(peer_certificate)
            if found != server:
                who = f"the {found.role} {found.name}" if found else "nobody of this line"
                raise WrongServer(
                    f"The {server.role} {server.name} should answer here, but {who} does. "
                    "Check the address."
                )
            if revoked.has(peer_certificate):
                raise WrongServer(
                    f"The certificate of the {server.role} {server.name} has been revoked."
                )

        class _Object(ssl.SSLObject):
            def do_handshake(self) -> None:
                super().do_handshake()
                look(self.getpeercert())

        class _Socket(ssl.SSLSocket):
            def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 # as ssl's
                super().do_handshake(block)
                look(self.getpeercert())

        context.sslobject_class = _Object
        context.sslsocket_class = _Socket
        return context

    def server_context(self) -> ssl.SSLContext:
        """Return a context for serving; it lets in nobody without a certificate of the line.

        Raises:
            CredentialsMissing: see :meth:`require`.
        """
        self.require()
        # For verifying clients: OpenSSL then refuses a certificate that is for servers only.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        _only_what_is_safe(context)
        context.load_cert_chain(str(self.certificate), str(self.key))
        context.load_verify_locations(str(self.authority))
        context.verify_mode = ssl.CERT_REQUIRED
        return context


def _only_what_is_safe(context: ssl.SSLContext) -> None:
    """Speak TLS 1.3 where the other side can, and of 1.2 only what has no known weakness."""
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_AEAD_SUITES)


def _making(line: Path, participant: str) -> str:
    """Return the command that makes a participant's credentials."""
    role, _, number = participant.partition("-")
    option = {Role.TERMINAL.value: "institution", Role.INSURER.value: "insurer"}.get(role)
    if option is None:
        return f"oqs certificates make {line}"
    return f"oqs certificates enrol {line} --{option} {number}"


def credentials(directory: Path, participant: str) -> LineCredentials:
    """Return where ``participant``'s credentials lie in a directory of the line."""
    own, public = directory / participant, directory / PUBLIC
    return LineCredentials(
        own / f"{participant}.pem",
        own / f"{participant}.key",
        public / "ca.pem",
        public / "crl.pem",
    )
