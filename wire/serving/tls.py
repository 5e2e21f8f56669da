"""Who is calling: the client certificate of a request on the closed line.

uvicorn verifies the certificate but does not hand it to the application;
:class:`PeerAwareProtocol` puts it into the scope under the name that the ASGI TLS extension
reserves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wire.catalogue import Catalogue, Problem
from wire.line_credentials import Caller, Role
from wire.serving.bounded_protocol import BoundedProtocol

if TYPE_CHECKING:
    import asyncio

    from fastapi import Request
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


def caller_of(peer_certificate: dict[str, Any] | None) -> Caller | None:
    """Read the caller from what :meth:`ssl.SSLSocket.getpeercert` gives."""
    if not peer_certificate:
        return None
    subject = dict(pair for rdn in peer_certificate["subject"] for pair in rdn)
    try:
        return Caller(Role(subject["organizationalUnitName"]), subject["commonName"])
    except (KeyError, ValueError):
        return None


class PeerAwareProtocol(BoundedProtocol):
    """The bounded protocol, with the caller of a TLS connection in each request's scope."""

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
