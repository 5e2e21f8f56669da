"""uvicorn's protocol, with bounds on what one connection may send, and for how long.

uvicorn and its parser have none of their own: a head or a body may be of any length and take any
time. What goes beyond a bound is answered here, before the application hears of it, with a problem
as everywhere else, and the connection is closed after it.
"""

from __future__ import annotations

from enum import Enum, auto
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from wire.bounds import bounds_of, takes_uploads
from wire.catalogue import Catalogue, Problem
from wire.serving.problem_http import answer_of

if TYPE_CHECKING:
    import asyncio

    from wire.bounds import Bounds

HEALTH = b"/health"
_VERSIONS = {"1.0", "1.1"}
RESERVED = 32
"""Connections beyond the bound, for those who ask whether the service is up."""
RESERVED_SECONDS = 2.0
"""How long such a one has for its question."""
LINGER_SECONDS = 2.0
"""How long what a refused sender still sends is thrown away, so that it gets to read why."""


class _Awaited(Enum):
    """What has begun to arrive and is not complete."""

    NOTHING = auto()
    HEAD = auto()
    BODY = auto()


class BoundedProtocol(HttpToolsProtocol):
    """A connection within the bounds of its application."""

    def __init__(self, *args: Any, **options: Any) -> None:  # as uvicorn makes it
        super().__init__(*args, **options)
        self._bounds: Bounds = bounds_of(self.config.app)
        self.timeout_keep_alive = self._bounds.keep_alive_seconds  # type: ignore[assignment] # a float is as good
        self._awaited = _Awaited.NOTHING
        self._message = 0
        """Counts the requests of the connection."""
        self._received = 0
        """Bytes of the head, or of the body, that is arriving."""
        self._is_upload = False
        self._beyond_bound = False
        self._refused = False
        self._timer: asyncio.TimerHandle | None = None
        self._timer_of: tuple[int, _Awaited] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Take a connection, or refuse one too many."""
        super().connection_made(transport)
        beyond = len(self.connections) - self._bounds.connections
        self._beyond_bound = beyond > 0
        if beyond > RESERVED:
            self._refuse(Problem(Catalogue.TOO_MANY_CONNECTIONS, retry_after=1))
        else:
            self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what arrived, and see how long the rest may take."""
        if self._refused:
            return  # thrown away
        before = (self._message, self._awaited)
        super().data_received(data)
        self._taken(len(data), before)

    def _taken(self, length: int, before: tuple[int, _Awaited]) -> None:
        """Go on after so many bytes, before which this was the message and what was awaited."""
        if self._refused:
            return
        if self._awaited is _Awaited.HEAD:
            if before == (self._message, _Awaited.HEAD):
                self._received += length
            if self._received > self._bounds.header_bytes:
                self._refuse(Problem(Catalogue.HEADER_TOO_LARGE, self._most(_Awaited.HEAD)))
                return
        if self._awaited is _Awaited.NOTHING and not self._is_idle:
            self._disarm()
        elif self._timer_of != (self._message, self._awaited) or self._is_upload:
            self._arm()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self._refuse(Problem(Catalogue.BAD_REQUEST, msg))

    def on_message_begin(self) -> None:
        """Begin with a request."""
        super().on_message_begin()
        self._awaited = _Awaited.HEAD
        self._message += 1
        self._received = 0
        self._is_upload = False

    def on_headers_complete(self) -> None:
        """Refuse a request by its head, or hand it on."""
        if self._refused:
            return
        problem = self._amiss()
        if problem is not None:
            self._refuse(problem)
            return
        super().on_headers_complete()
        self._awaited = _Awaited.BODY
        self._received = 0

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body, or refuse the body for its length."""
        if self._refused:
            return
        self._received += len(body)
        if self._received > self._longest_body:
            self._refuse(Problem(Catalogue.BODY_TOO_LARGE, self._most(_Awaited.BODY)))
            return
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Take note that the request is there."""
        if self._refused:
            return
        self._awaited = _Awaited.NOTHING
        super().on_message_complete()

    @property
    def _is_idle(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        return cycle is None or cycle.response_complete

    @property
    def _longest_body(self) -> int:
        return self._bounds.upload_bytes if self._is_upload else self._bounds.body_bytes

    def _most(self, what: _Awaited) -> str:
        most = self._bounds.header_bytes if what is _Awaited.HEAD else self._longest_body
        return f"At most {most} bytes are taken here."

    def _amiss(self) -> Problem | None:
        """Return what is wrong with a request whose head is complete."""
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > (
            self._bounds.header_bytes
        ):
            return Problem(Catalogue.HEADER_TOO_LARGE, self._most(_Awaited.HEAD))
        path = self.url.partition(b"?")[0]
        if self._beyond_bound and path != HEALTH:
            return Problem(Catalogue.TOO_MANY_CONNECTIONS, retry_after=1)
        version = self.parser.get_http_version()
        if version not in _VERSIONS:
            return Problem(Catalogue.BAD_REQUEST, f"HTTP/{version} is not spoken here.")
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (not hosts and version == "1.1"):
            return Problem(Catalogue.HOST_UNCLEAR)
        self._is_upload = takes_uploads(self.config.app, path.decode("latin-1"))
        for name, value in self.headers:
            # Of a value that is no number the parser says so itself.
            if name == b"content-length" and value.isdigit() and int(value) > self._longest_body:
                return Problem(Catalogue.BODY_TOO_LARGE, self._most(_Awaited.BODY))
        return None

    def _arm(self) -> None:
        """Wait for what is awaited no longer than it may take."""
        self._disarm()
        seconds = self._bounds.header_seconds
        if self._awaited is _Awaited.BODY:
            seconds = self._bounds.body_seconds
        elif self._beyond_bound:
            seconds = min(seconds, RESERVED_SECONDS)
        self._timer_of = (self._message, self._awaited)
        self._timer = self.loop.call_later(seconds, self._time_is_up)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = self._timer_of = None

    def _time_is_up(self) -> None:
        self._timer = self._timer_of = None
        if self._awaited is _Awaited.NOTHING:
            if self._is_idle and not self.transport.is_closing():
                self.transport.close()
        elif self.flow.read_paused:
            self._arm()  # it is we who do not take what is sent
        else:
            self._refuse(Problem(Catalogue.REQUEST_TOO_SLOW))

    def _refuse(self, problem: Problem) -> None:
        """Answer with a problem, where nothing else is being answered, and close the connection."""
        self._refused = True
        self._disarm()
        self._unset_keepalive_if_required()
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        of_this_request = self._awaited is _Awaited.BODY
        if cycle is not None and not cycle.response_complete:
            if not of_this_request:
                cycle.keep_alive = False  # an earlier request is being answered, and is the last
                return
            cycle.disconnected = True
            cycle.message_event.set()
            if cycle.response_started:
                self.transport.close()
                return
        self.flow.resume_reading()
        answer = answer_of(problem)
        status = HTTPStatus(answer.status_code)
        head = [f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode()]
        head += [name + b": " + value + b"\r\n" for name, value in answer.raw_headers]
        self.transport.write(b"".join([*head, b"connection: close\r\n\r\n", bytes(answer.body)]))
        self.loop.call_later(LINGER_SECONDS, self.transport.close)
