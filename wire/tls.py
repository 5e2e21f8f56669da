"""Who is calling: client certificates of the deployment's closed line.

A terminal, an insurer and the intermediate server each prove themselves with a certificate
of the line's CA (mutual TLS). uvicorn verifies the certificate but does not hand it to the
application; :class:`PeerAwareProtocol` puts it into the scope under the name that the ASGI
TLS extension reserves.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from wire.problem import Catalogue, Problem

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

    from fastapi import Request


class Role(StrEnum):
    """What a caller of the line is: the organisational unit of its certificate."""

    TERMINAL = "terminal"
    """資格確認端末; the common name is its medical institution code."""
    INSURER = "insurer"
    """保険者; the common name is the insurer number."""
    INTERMEDIATE_SERVER = "intermediate-server"
    """医療保険者等向け中間サーバー."""
    SERVER = "server"
    """A server of the line."""


@dataclass(frozen=True)
class Caller:
    """The subject of a client certificate."""

    role: Role
    name: str


@dataclass(frozen=True)
class LineCredentials:
    """One participant's key and certificate, and the CA of the line, as PEM files."""

    certificate: Path
    key: Path
    authority: Path

    def require(self) -> None:
        """See that all three files are there.

        Raises:
            FileNotFoundError: one is missing; the message says how to make it.
        """
        for file in (self.certificate, self.key, self.authority):
            if not file.is_file():
                raise FileNotFoundError(
                    f"The line certificate {file} is missing. "
                    "Make the certificates with `oqs certificates DIRECTORY`."
                )

    def client_context(self) -> ssl.SSLContext:
        """Return a context for calling a server of the line.

        Raises:
            FileNotFoundError: see :meth:`require`.
        """
        self.require()
        context = ssl.create_default_context(cafile=str(self.authority))
        context.load_cert_chain(str(self.certificate), str(self.key))
        return context


def credentials(directory: Path, participant: str) -> LineCredentials:
    """Return where ``participant``'s credentials lie in a directory of line certificates."""
    return LineCredentials(
        directory / f"{participant}.pem", directory / f"{participant}.key", directory / "ca.pem"
    )


def caller_of(peer_certificate: dict[str, Any] | None) -> Caller | None:
    """Read the caller from what :meth:`ssl.SSLSocket.getpeercert` gives."""
    if not peer_certificate:
        return None
    subject = dict(pair for rdn in peer_certificate["subject"] for pair in rdn)
    try:
        return Caller(Role(subject["organizationalUnitName"]), subject["commonName"])
    except (KeyError, ValueError):
        return None


class PeerAwareProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with the caller of a TLS connection in each request's scope."""

    _caller: Caller | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Remember who connected."""
        super().connection_made(transport)
        tls = transport.get_extra_info("ssl_object")
        self._caller = caller_of(tls.getpeercert()) if tls is not None else None

    def shutdown(self) -> None:
        """End the connection; an idle one over TLS at once.

        To close TLS in order takes the peer's answer, for which an idle client does not listen.
        """
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        idle = cycle is None or cycle.response_complete
        if idle and self.transport.get_extra_info("ssl_object") is not None:
            self.transport.abort()
        else:
            super().shutdown()

    def on_message_begin(self) -> None:
        """Put the caller into the scope of the request that begins."""
        super().on_message_begin()
        if self._caller is not None:
            self.scope["extensions"] = {"tls": {"caller": self._caller}}


def require_caller(request: Request, *roles: Role) -> Caller:
    """Return the caller of ``request``.

    Raises:
        Problem: NO_CLIENT_CERTIFICATE without one, WRONG_CALLER with one of another role.
    """
    caller: Caller | None = request.scope.get("extensions", {}).get("tls", {}).get("caller")
    if caller is None:
        raise Problem(Catalogue.NO_CLIENT_CERTIFICATE)
    if caller.role not in roles:
        wanted = " or ".join(roles)
        raise Problem(
            Catalogue.WRONG_CALLER, f"A certificate of a {wanted} is needed, not {caller.role}."
        )
    return caller
