"""An application as callers of one listener see it, without a socket between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wire.serving.access import ListenerKind

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from wire.line_credentials import Caller

OWN_URL = "http://127.0.0.1"
"""The address of a console, for clients that would name another host."""


class AtConsole:
    """The application at the listener for people and programs of the machine."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["extensions"] = {"listener": ListenerKind.CONSOLE}
        await self.app(scope, receive, send)


class OnLine:
    """The application as a caller with a client certificate sees it."""

    def __init__(self, app: ASGIApp, caller: Caller, certificate: str = "") -> None:
        self.app, self.caller, self.certificate = app, caller, certificate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            tls = {"caller": self.caller, "certificate": self.certificate}
            scope["extensions"] = {"listener": ListenerKind.LINE, "tls": tls}
        await self.app(scope, receive, send)
