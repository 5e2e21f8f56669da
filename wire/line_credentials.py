"""Credentials of the deployment's closed line: who takes part in it, and their files.

A terminal, an insurer and the intermediate server each prove themselves with a certificate
of the line's CA (mutual TLS), and see that who answers is the server that they mean.

In a directory of the line, each participant has a folder of its own with its key, so that a
machine or a container can be given that folder and nothing else; ``public`` holds what all
need: the certificate of the CA and the list of what it has revoked.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from eligibility.sentence import Sentence
from wire.revocations import LineFileUnusable, Revocations, certificate_in, damaged

if TYPE_CHECKING:
    from pathlib import Path

PUBLIC = "public"
"""The folder of what every participant needs."""
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

    def __init__(self, file: Path, way_back: Sentence) -> None:
        self.ja = f"専用線の証明書 {file} がありません。{way_back.ja}"
        self.en = f"The line certificate {file} is missing. {way_back.en}"
        super().__init__(self.en)


class WrongServer(ssl.SSLCertVerificationError):
    """Who answers is not the server that is meant, though its certificate is of the line."""

    def __init__(self, message: str) -> None:
        # With a number, the text of an error of ssl's is its message, else that of a tuple.
        super().__init__(ssl.SSLErrorNumber.SSL_ERROR_SSL, message)


class TrustEnded(ssl.SSLSyscallError):
    """A server was revoked while a connection to it was open.

    Whoever drives TLS takes this kind for a broken connection, and the next one is refused as one
    of a `WrongServer`.
    """

    def __init__(self, message: str) -> None:
        super().__init__(ssl.SSLErrorNumber.SSL_ERROR_SYSCALL, message)


@dataclass(frozen=True)
class LineCredentials:
    """One participant's key and certificate, and what the CA of the line says, as PEM files."""

    certificate: Path
    key: Path
    authority: Path
    revoked: Path

    def require(self) -> Revocations:
        """See that all files are there and whole; return who is revoked.

        Raises:
            CredentialsMissing: one is not there.
            LineFileUnusable: one is damaged.
            OSError: one cannot be read.
        """
        for file in (self.certificate, self.key, self.authority, self.revoked):
            if not file.is_file():
                raise CredentialsMissing(file, self._way_back(file))
        certificate_in(self.certificate, self._anew(self.certificate))
        try:
            serialization.load_pem_private_key(self.key.read_bytes(), None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise damaged(self.key, self._anew(self.key)) from error
        authority = certificate_in(self.authority, self._anew(self.authority))
        return Revocations(self.revoked, authority)

    def _prove_with(self, context: ssl.SSLContext) -> None:
        try:
            context.load_cert_chain(str(self.certificate), str(self.key))
        except ssl.SSLError as error:  # each is whole, but they are not of one another
            way_back = self._anew(self.key)
            raise LineFileUnusable(
                Sentence(
                    f"{self.key} は証明書 {self.certificate} の鍵ではありません。{way_back.ja}",
                    f"{self.key} is not the key of {self.certificate}. {way_back.en}",
                )
            ) from error

    def _way_back(self, file: Path) -> Sentence:
        """Say how a file is come by that is not there."""
        line, name = self.certificate.parents[1], self.certificate.stem
        if file in {self.authority, self.revoked}:
            command = f"oqs certificates make {line}"
            return Sentence(
                f"`{command}` で作ってください。専用線を作った機械でなければ、そこから写して"
                "ください。",
                f"Make it with `{command}`, or copy it from where the line was made.",
            )
        command = _making(line, name)
        return Sentence(f"`{command}` で作ってください。", f"Make it with `{command}`.")

    def _anew(self, file: Path) -> Sentence:
        """Say how a file is come by that is of no use as it is."""
        way_back = self._way_back(file)
        return Sentence(
            f"このファイルを消してから、{way_back.ja}", f"Remove it first. {way_back.en}"
        )

    def client_context(self, server: Caller) -> ssl.SSLContext:
        """Return a context for calling ``server``; nobody else of the line can answer for it.

        A connection ends at the next request after its server was revoked.

        Raises:
            OSError: see :meth:`require`.
        """
        revoked = self.require()
        context = ssl.create_default_context(cafile=str(self.authority))
        _only_what_is_safe(context)
        self._prove_with(context)
        _trust_only(context, _Meant(server, revoked))
        return context

    def server_context(self) -> ssl.SSLContext:
        """Return a context for serving; it lets in nobody without a certificate of the line.

        Raises:
            OSError: see :meth:`require`.
        """
        self.require()
        # For verifying clients: OpenSSL then refuses a certificate that is for servers only.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        _only_what_is_safe(context)
        self._prove_with(context)
        context.load_verify_locations(str(self.authority))
        context.verify_mode = ssl.CERT_REQUIRED
        return context


@dataclass(frozen=True)
class _Meant:
    """The server that is meant, and whether it is trusted still."""

    server: Caller
    revoked: Revocations

    def why_not(self, peer_certificate: dict[str, Any] | None) -> str | None:
        """Return why a certificate of this server is not taken, or not any longer."""
        who = f"the {self.server.role} {self.server.name}"
        try:
            if self.revoked.has(peer_certificate):
                return f"The certificate of {who} has been revoked."
        except OSError as error:
            return f"Whether {who} is revoked is not known: {error}"
        return None

    def check(self, peer_certificate: dict[str, Any] | None) -> None:
        """See that who answers is this server.

        Raises:
            WrongServer: it is somebody else, or not trusted.
        """
        found = caller_of(peer_certificate)
        if found != self.server:
            who = f"the {found.role} {found.name}" if found else "nobody of this line"
            raise WrongServer(
                f"The {self.server.role} {self.server.name} should answer here, but {who} does. "
                "Check the address."
            )
        if (why := self.why_not(peer_certificate)) is not None:
            raise WrongServer(why)


def _trust_only(context: ssl.SSLContext, meant: _Meant) -> None:
    """Look at who answers at the handshake, and at each sending whether it is trusted still."""

    class _Object(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            self._peer = self.getpeercert()
            meant.check(self._peer)

        def write(self, data: Any) -> int:  # as the standard library has it
            if (why := meant.why_not(self._peer)) is not None:
                raise TrustEnded(why)
            return super().write(data)

    class _Socket(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 # as ssl's
            super().do_handshake(block)
            self._peer = self.getpeercert()
            meant.check(self._peer)

        def send(self, data: Any, flags: int = 0) -> int:  # likewise
            if (why := meant.why_not(self._peer)) is not None:
                self.shutdown(socket.SHUT_RDWR)  # so that nobody waits for an answer
                raise TrustEnded(why)
            return super().send(data, flags)

    context.sslobject_class = _Object
    context.sslsocket_class = _Socket


def _only_what_is_safe(context: ssl.SSLContext) -> None:
    """Speak TLS 1.3 where the other side can, and of 1.2 only what has no known weakness."""
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_AEAD_SUITES)


def making(line: Path, caller: Caller) -> str:
    """Return the command that gives a participant a certificate."""
    option = {Role.TERMINAL: "institution", Role.INSURER: "insurer"}.get(caller.role, "service")
    return f"oqs certificates enrol {line} --{option} {caller.name}"


def _making(line: Path, participant: str) -> str:
    """Return the command that makes the credentials that are missing in a participant's folder."""
    role, _, number = participant.partition("-")
    if role in {Role.TERMINAL, Role.INSURER}:
        return making(line, Caller(Role(role), number))
    return f"oqs certificates make {line}"


def credentials(directory: Path, participant: str) -> LineCredentials:
    """Return where ``participant``'s credentials lie in a directory of the line."""
    own, public = directory / participant, directory / PUBLIC
    return LineCredentials(
        own / f"{participant}.pem",
        own / f"{participant}.key",
        public / "ca.pem",
        public / "crl.pem",
    )
