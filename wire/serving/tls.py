"""Where a request comes from: its listener, and the client certificate on the closed line.

uvicorn verifies the certificate but does not hand it to the application;
:class:`PeerAwareProtocol` puts it into the scope under the name that the ASGI TLS extension
reserves.
"""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING, Any

import uvicorn

from wire.catalogue import Catalogue
from wire.line_credentials import caller_of
from wire.serving.access import ListenerKind
from wire.serving.bounded_protocol import BoundedProtocol

if TYPE_CHECKING:
    import asyncio
    import ssl

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from wire.line_credentials import LineCredentials
    from wire.revocations import Revocations

log = logging.getLogger(__name__)


class ListenerConfig(uvicorn.Config):
    """uvicorn's settings of one listener of ours.

    ``names`` are the host names, besides loopback, under which its console is reached.
    """

    def __init__(
        self, app: Any, tls: LineCredentials | None, names: frozenset[str], **options: Any
    ) -> None:
        self.kind = ListenerKind.CONSOLE if tls is None else ListenerKind.LINE
        self.names = names
        self.revocations: Revocations | None = None
        self.told = ""
        """Why the list of what is revoked cannot be read, as the log says already."""
        if tls is not None:
            context = tls.server_context()
            self.revocations = tls.require()

            def as_made(*_: object) -> ssl.SSLContext:
                return context

            options["ssl_context_factory"] = as_made
        super().__init__(
            app,
            http=PeerAwareProtocol,
            access_log=False,
            log_config=None,
            server_header=False,
            date_header=False,
            **options,
        )


class PeerAwareProtocol(BoundedProtocol):
    """The bounded protocol, with listener and caller of a connection in each request's scope."""

    config: ListenerConfig
    _certificate: dict[str, Any] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Remember who connected."""
        super().connection_made(transport)
        self._extensions: dict[str, Any] = {
            "listener": self.config.kind,
            "names": self.config.names,
            "abort": transport.abort,
        }
        tls = transport.get_extra_info("ssl_object")
        if tls is not None:
            self._certificate = tls.getpeercert()
            self._extensions["tls"] = {
                "caller": caller_of(self._certificate),
                "certificate": hashlib.sha256(tls.getpeercert(binary_form=True)).hexdigest(),
            }

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
        """Put into the scope of the request that begins what is known of its caller.

        Whether the certificate is revoked is asked at each request: a connection may last longer
        than the trust in who opened it.
        """
        super().on_message_begin()
        self.scope["extensions"] = self._extensions
        refusal = self._refusal() if self._certificate is not None else None
        if refusal is not None:
            self.scope["extensions"] = {**self._extensions, "tls": {"refused": refusal}}

    def _refusal(self) -> Catalogue | None:
        """Return why nobody with this certificate is let in, if so."""
        assert self.config.revocations is not None
        try:
            revoked = self.config.revocations.has(self._certificate)
        except OSError as error:
            # Whom the authority has revoked is not known: nobody is let in.
            if self.config.told != str(error):  # a line for each request would fill the disk
                self.config.told = str(error)
                log.error("Nobody is let in, as nobody knows who is revoked: %s", error)  # noqa: TRY400
            return Catalogue.REVOCATIONS_UNKNOWN
        self.config.told = ""
        return Catalogue.CERTIFICATE_REFUSED if revoked else None
