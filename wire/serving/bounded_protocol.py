"""uvicorn's protocol, with bounds on what a connection may send and leave unread, and how long.

uvicorn and its parser have none of their own: a head or a body may be of any length and take any
time, and requests queue up that nobody has answered yet. Here a head goes to the parser when it is
whole, a body as it arrives, and a request only when the one before is answered. What goes beyond a
bound is answered before the application hears of it, with a problem as everywhere else, and the
connection is closed after it.
"""

from __future__ import annotations

import logging
import re
from enum import Enum, auto
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httptools
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from wire.bounds import bounds_of, takes_uploads
from wire.catalogue import Catalogue, Problem
from wire.serving.problem_http import answer_of

if TYPE_CHECKING:
    import asyncio

    from wire.bounds import Bounds

log = logging.getLogger(__name__)

HEALTH = b"/health"
_VERSIONS = {"1.0", "1.1"}
RESERVED = 32
"""Connections beyond the bound, for those who ask whether the service is up."""
RESERVED_SECONDS = 2.0
"""How long such a one has for its question."""
LINGER_SECONDS = 2.0
"""How long what a refused sender still sends is thrown away, so that it gets to read why."""
QUIET_SECONDS = 60.0
"""How long nothing more is logged of what is no HTTP, once it has been."""
_UPLOAD_PIECE = 1024
"""How many further bytes of a file have to be there in time."""
_CHUNK_FRAMING = 24
"""How many bytes around a chunk of a body are no more than it takes to send one."""
_BLANK_LINE = b"\r\n\r\n"
"""Ends a head, and the trailers of a body in chunks."""
_BEGINNINGS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ\r\n")
"""With what a method begins, or the empty lines that may stand before it."""
_UPGRADE = re.compile(rb"\r\nupgrade:[^\r\n]*", re.IGNORECASE)


class _Awaited(Enum):
    """What has begun to arrive and is not complete."""

    NOTHING = auto()
    HEAD = auto()
    BODY = auto()


class NotHttp:
    """Tells in the log of a service that what somebody sends is no HTTP; once in a while only."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._quiet_until = 0.0
        self._untold = 0

    def tell(self, now: float, sender: str, why: str) -> None:
        """Log it, with how often it happened since the last time; ``now`` in monotonic seconds."""
        if now < self._quiet_until:
            self._untold += 1
            return
        before = f"; so did {self._untold} more before" if self._untold else ""
        log.warning("%s: %s sends what is no HTTP (%s)%s", self._service, sender, why, before)
        self._untold = 0
        self._quiet_until = now + QUIET_SECONDS


class _Flow(FlowControl):
    """Flow control that takes nothing more as long as something that was taken has to wait."""

    waiting = b""
    """What came after a request that is not answered yet."""

    def resume_reading(self) -> None:
        """Go on to take what is sent."""
        if not self.waiting:
            super().resume_reading()


class BoundedProtocol(HttpToolsProtocol):
    """A connection within the bounds of its application."""

    flow: _Flow

    def __init__(self, *args: Any, **options: Any) -> None:  # as uvicorn makes it
        super().__init__(*args, **options)
        self._bounds: Bounds = bounds_of(self.config.app)
        self.timeout_keep_alive = self._bounds.keep_alive_seconds  # type: ignore[assignment] # a float is as good
        self._awaited = _Awaited.NOTHING
        self._message = 0
        """Counts the requests of the connection."""
        self._head = b""
        """What is there of a head."""
        self._announced: int | None = None
        """How many bytes are missing of a body that said its length."""
        self._tail = b""
        """The last bytes of a body in chunks, which may be the beginning of a blank line."""
        self._framing = 0
        """Bytes of the piece at hand that are neither of the body nor what chunks take."""
        self._beside = 0
        """Bytes of a body in chunks that are not body: extensions, trailers."""
        self._room = 0
        """How many of them there may be, after the head."""
        self._received = 0
        """Bytes of the body that is arriving."""
        self._received_in_time = 0
        """Those for which the timer was set."""
        self._is_upload = False
        self._beyond_bound = False
        self._refused = False
        self._timer: asyncio.TimerHandle | None = None
        self._timer_of: tuple[int, _Awaited] | None = None
        self._unread: asyncio.TimerHandle | None = None
        """Runs while answers wait to be read."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Take a connection, or refuse one too many."""
        super().connection_made(transport)
        self.flow = _Flow(transport)
        beyond = len(self.connections) - self._bounds.connections
        self._beyond_bound = beyond > 0
        if beyond > RESERVED:
            self._refuse(Problem(Catalogue.TOO_MANY_CONNECTIONS, retry_after=1))
        else:
            self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._disarm()
        self._all_read()
        self.flow.waiting = b""
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what arrived, and see how long the rest may take."""
        if self._refused:
            return  # thrown away
        self._unset_keepalive_if_required()
        if self.flow.waiting:
            self.flow.waiting += data  # was under way when reading was paused
        else:
            self._take(data)

    def _take(self, data: bytes) -> None:
        at = 0
        while at < len(data) and not self._refused:
            if self._awaited is _Awaited.BODY:
                at = self._take_body(data, at)
            elif self._is_idle and not self.flow.write_paused:
                at = self._take_head(data, at)
            else:
                self.flow.waiting = data[at:]
                self.flow.pause_reading()
                break
        if self._refused:
            return
        if self._awaited is _Awaited.NOTHING and (self.flow.waiting or not self._is_idle):
            self._disarm()
        elif self._timer_of != (self._message, self._awaited) or (
            self._is_upload and self._received - self._received_in_time >= _UPLOAD_PIECE
        ):
            self._arm()

    def _take_head(self, data: bytes, at: int) -> int:
        """Take what belongs to a head from there on; return where it ends."""
        end, is_whole = _end_of_lines(self._head[-3:], data, at)
        head = self._head + data[at:end]
        if len(head) > self._bounds.header_bytes:
            self._refuse(Problem(Catalogue.HEADER_TOO_LARGE, self._most_beside()))
        elif is_whole:
            self._head = b""
            self._awaited = _Awaited.NOTHING
            if b"\r\nupgrade:" in head.lower():
                # Nothing else is spoken here; the parser would take the body for that.
                head = _UPGRADE.sub(b"", head)
            self._room = self._bounds.header_bytes - len(head)
            self._feed(head)
        elif head[0] not in _BEGINNINGS:
            self._refuse_what_is_no_http("not the beginning of a request")
        else:
            self._head = head
            self._awaited = _Awaited.HEAD
        return end

    def _take_body(self, data: bytes, at: int) -> int:
        """Take what belongs to a body from there on; return where it ends."""
        if self._announced is not None:
            piece = data[at : at + self._announced]
            self._announced -= len(piece)
            self._feed(piece)
            return at + len(piece)
        end, is_whole = _end_of_lines(self._tail, data, at)
        piece = data[at:end]
        self._tail = b"" if is_whole else (self._tail + piece[-3:])[-3:]
        self._framing = len(piece)
        self._feed(piece)
        if self._awaited is _Awaited.BODY and not self._refused:
            self._has_room_beside()
        return end

    def _feed(self, piece: bytes) -> None:
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade:
            assert self._refused, "of no other request an upgrade is left"
        except httptools.HttpParserError as error:
            if not self._refused:
                self._refuse_what_is_no_http(str(error) or type(error).__name__)

    def _has_room_beside(self) -> bool:
        """Count what is no body, of which a chunk gives some back; refuse what is too much."""
        self._beside = max(0, self._beside + self._framing)
        if self._beside <= self._room:
            return True
        self._refuse(Problem(Catalogue.HEADER_TOO_LARGE, self._most_beside()))
        return False

    def on_message_begin(self) -> None:
        """Begin with a request."""
        super().on_message_begin()
        self._message += 1
        self._is_upload = False

    def on_headers_complete(self) -> None:
        """Refuse a request by its head, or hand it on."""
        self._announced = None
        problem = self._amiss()
        if problem is not None:
            self._refuse(problem)
            return
        super().on_headers_complete()
        # A trailer becomes no header of a request that has been judged by its headers.
        self.headers = []
        self._awaited = _Awaited.BODY
        self._tail = b""
        self._beside = self._framing = self._received = self._received_in_time = 0

    def on_chunk_header(self) -> None:
        """Take note that a chunk begins."""
        self._framing -= _CHUNK_FRAMING

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body, or refuse the body for its length."""
        if self._refused:
            return
        self._framing -= len(body)
        self._received += len(body)
        if self._received > self._longest_body:
            self._refuse(Problem(Catalogue.BODY_TOO_LARGE, self._most_of_body()))
            return
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Take note that the request is there."""
        if self._refused:
            return
        if self._framing > 0 and not self._has_room_beside():
            return
        self._awaited = _Awaited.NOTHING
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on to what came after the request."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._watch_unread()
        elif self.flow.waiting:
            self._unset_keepalive_if_required()
            self._go_on()

    def pause_writing(self) -> None:
        """Wait until answers are read."""
        super().pause_writing()
        self._watch_unread()

    def resume_writing(self) -> None:
        """Go on, as answers are read."""
        self._all_read()
        super().resume_writing()
        self._go_on()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that has not been used for long."""
        self._close()

    def _go_on(self) -> None:
        """Take what has waited, where nothing is in its way."""
        waiting = self.flow.waiting
        if not waiting or not self._is_idle or self.flow.write_paused:
            return
        self.flow.waiting = b""
        if not self.transport.is_closing():
            self.flow.resume_reading()
            self._take(waiting)

    @property
    def _is_idle(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        return cycle is None or cycle.response_complete

    @property
    def _longest_body(self) -> int:
        return self._bounds.upload_bytes if self._is_upload else self._bounds.body_bytes

    def _most_of_body(self) -> str:
        return f"At most {self._longest_body} bytes are taken here."

    def _most_beside(self) -> str:
        return f"At most {self._bounds.header_bytes} bytes are taken beside the body."

    def _amiss(self) -> Problem | None:
        """Return what is wrong with a request whose head is complete."""
        path = self.url.partition(b"?")[0]
        if self._beyond_bound and path != HEALTH:
            return Problem(Catalogue.TOO_MANY_CONNECTIONS, retry_after=1)
        version = self.parser.get_http_version()
        if version not in _VERSIONS:
            return Problem(Catalogue.BAD_REQUEST, f"HTTP/{version} is not spoken here.")
        if self.parser.should_upgrade():  # only CONNECT is left of those that would
            return Problem(Catalogue.BAD_REQUEST, "No other protocol is spoken here.")
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (not hosts and version == "1.1"):
            return Problem(Catalogue.HOST_UNCLEAR)
        self._is_upload = takes_uploads(self.config.app, path.decode("latin-1"))
        for name, value in self.headers:
            # Of a value that is no number the parser says so itself.
            if name == b"content-length" and value.isdigit():
                self._announced = int(value)
                if self._announced > self._longest_body:
                    return Problem(Catalogue.BODY_TOO_LARGE, self._most_of_body())
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
        self._received_in_time = self._received
        self._timer = self.loop.call_later(seconds, self._time_is_up)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = self._timer_of = None

    def _time_is_up(self) -> None:
        self._timer = self._timer_of = None
        if self._awaited is _Awaited.NOTHING:
            if self._is_idle:
                self._close()
        elif self.flow.read_paused:
            self._arm()  # it is we who do not take what is sent
        else:
            self._refuse(Problem(Catalogue.REQUEST_TOO_SLOW))

    def _watch_unread(self) -> None:
        """Wait until answers are read, as long as they are; nothing is written meanwhile."""
        if self._unread is None:
            size = self.transport.get_write_buffer_size()
            self._unread = self.loop.call_later(
                self._bounds.write_seconds, self._cut_where_unread, size
            )

    def _all_read(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _cut_where_unread(self, before: int) -> None:
        self._unread = None
        size = self.transport.get_write_buffer_size()
        if size >= before:
            self.transport.abort()
        elif size:
            self._watch_unread()

    def _close(self) -> None:
        """Close the connection; what is on its way has to be read in time."""
        if not self.transport.is_closing():
            self.transport.close()
            self._watch_unread()

    def _refuse_what_is_no_http(self, why: str) -> None:
        found: NotHttp | None = getattr(getattr(self.config.app, "state", None), "not_http", None)
        if found is not None:
            found.tell(self.loop.time(), self.client[0] if self.client else "somebody", why)
        self._refuse(Problem(Catalogue.BAD_REQUEST, why))

    def _refuse(self, problem: Problem) -> None:
        """Answer with a problem, where a request is not answered yet, and close the connection."""
        self._refused = True
        self._disarm()
        self._unset_keepalive_if_required()
        if self._awaited is _Awaited.BODY:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if self.cycle.response_started:
                self._close()
                return
        self.flow.resume_reading()
        answer = answer_of(problem)
        status = HTTPStatus(answer.status_code)
        head = [f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode()]
        head += [name + b": " + value + b"\r\n" for name, value in answer.raw_headers]
        self.transport.write(b"".join([*head, b"connection: close\r\n\r\n", bytes(answer.body)]))
        if self.transport.can_write_eof():  # not over TLS
            self.transport.write_eof()  # who reads to the end need not wait until we let go
        self.loop.call_later(LINGER_SECONDS, self._let_go)

    def _let_go(self) -> None:
        """Close the connection of a refused sender, and over TLS wait no longer for its consent."""
        self._close()
        self.loop.call_later(LINGER_SECONDS, self.transport.abort)


def _end_of_lines(before: bytes, data: bytes, at: int) -> tuple[int, bool]:
    """Return where the next blank line ends, and whether it is there; else the end of ``data``.

    ``before`` are the last three bytes that came before, with which it may begin.
    """
    if before:
        found = (before + data[at : at + 3]).find(_BLANK_LINE)
        if found >= 0:
            return at + found + len(_BLANK_LINE) - len(before), True
    found = data.find(_BLANK_LINE, at)
    return (found + len(_BLANK_LINE), True) if found >= 0 else (len(data), False)
