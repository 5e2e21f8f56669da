"""What browsers may do with a service's pages: only what the pages themselves do."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders

from wire.catalogue import Catalogue, Problem
from wire.serving.problem_http import answer_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_READING = {"GET", "HEAD", "OPTIONS"}

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def same_origin(headers: Headers) -> bool:
    """Tell whether a request comes from our own pages, or from no page at all (a program)."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        # A page cannot write this one itself. A form's Origin is `null` under our own policy.
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


class Guard:
    """Refuses changes that another site's page asks for, and tells browsers what to refuse."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a foreign page's request with a problem, and all others with the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers[name] = value
                if not scope["path"].startswith("/static/"):
                    # Personal data stay in no cache.
                    headers["Cache-Control"] = "no-store"
            await send(message)

        if scope["method"] not in _READING and not same_origin(Headers(scope=scope)):
            await answer_of(Problem(Catalogue.FOREIGN_ORIGIN))(scope, receive, send_guarded)
            return
        await self._app(scope, receive, send_guarded)
