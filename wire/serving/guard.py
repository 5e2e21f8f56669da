"""What a service refuses before it looks at a request: forged, rebound and foreign ones.

One guard stands before the consoles of all services. Browsers on the same machine reach them too,
and any page in them may try; so a console answers to its own names only (a page elsewhere may have
its own name point here, DNS rebinding), changes nothing for a page of another site, and lets no
page show it in a frame. On the line, it is certificates that are refused.
"""

from __future__ import annotations

import ipaddress
import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from wire.catalogue import Catalogue, Problem
from wire.serving.problem_http import answer_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

RETRY_SECONDS = 10
"""After how long to ask again where it is not known who is revoked."""
_READING = {"GET", "HEAD", "OPTIONS"}
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([0-9a-z._-]+))(?::([0-9]{0,5}))?", re.ASCII)
_LAST_PORT = 65_535

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
_RAW = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
_UNCACHED = (b"cache-control", b"no-store")


def from_browser(headers: Headers) -> bool:
    """Tell whether a page in a browser asks, of whatever site, and not a program."""
    return "sec-fetch-site" in headers or "origin" in headers


def _same_origin(headers: Headers) -> bool:
    """Tell whether a request comes from our own pages, or from no page at all (a program)."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        # A page cannot write this one itself. A form's Origin is `null` under our own policy.
        return site in {"same-origin", "none"}
    origin, host = headers.get("origin"), headers.get("host")
    return origin is None or origin in {f"http://{host}", f"https://{host}"}


def _is_own(host: str, names: frozenset[str]) -> bool:
    """Tell whether a Host header names this machine.

    An address says so by itself: only a name can be made to point somewhere else later. The port
    tells nothing, as a container's or a forwarded one differs from ours.
    """
    written = _HOST.fullmatch(host.lower())
    if written is None or int(written[3] or 0) > _LAST_PORT:
        return False
    name = written[1] or written[2]
    if name == "localhost" or name in names:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def refusal_on_line(scope: Scope) -> Catalogue | None:
    """Return why a request of the line is refused for the certificate that it comes with, if so."""
    found: Catalogue | None = scope.get("extensions", {}).get("tls", {}).get("refused")
    return found


async def refuse(why: Catalogue, scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse a request of the line, and listen to its sender no longer."""
    temporary = why.kind.status == HTTPStatus.SERVICE_UNAVAILABLE
    answer = answer_of(Problem(why, retry_after=RETRY_SECONDS if temporary else None))
    answer.headers["Connection"] = "close"
    await answer(scope, receive, send)


def _refused(scope: Scope) -> Problem | None:
    """Return why a request is refused, if it is."""
    names: frozenset[str] = scope.get("extensions", {}).get("names", frozenset())
    headers = Headers(scope=scope)
    host = headers.get("host")  # once at most, see BoundedProtocol
    if host is not None and not _is_own(host, names):
        return Problem(Catalogue.FOREIGN_HOST)
    if scope["method"] not in _READING and not _same_origin(headers):
        return Problem(Catalogue.FOREIGN_ORIGIN)
    return None


class Guard:
    """Refuses at a console what nobody of ours asks, and tells browsers what to refuse."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a refused request with a problem, and all others with the headers."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_RAW]
                if not scope["path"].startswith("/static/"):
                    # Personal data stay in no cache.
                    message["headers"].append(_UNCACHED)
            await send(message)

        refused = _refused(scope)
        if refused is not None:
            await answer_of(refused)(scope, receive, send_guarded)
            return
        await self._app(scope, receive, send_guarded)
