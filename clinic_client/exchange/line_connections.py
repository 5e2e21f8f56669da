"""The connections to OQS over which the requests of the folder go.

A request is a short POST, and thousands may lie in the folder at once. A client for everything
spends four times as long on one as all else takes; this one knows POST, kept connections and
nothing more.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, cast
from urllib.parse import urlsplit

import httptools

from wire.client import cause_of

if TYPE_CHECKING:
    import ssl

_CONNECT_SECONDS = 2.0
_IDLE_SECONDS = 5.0
"""How long a connection is kept without a request: shorter than OQS keeps it, so that none is sent
into one that is just being closed."""
_HTTPS, _HTTP = 443, 80
_FINAL = 200
"""The first status that is an answer; what is below announces one."""


class NotReached(Exception):
    """OQS was not reached, and nothing was sent: it may be asked again. The message says why."""


class AnswerLost(Exception):
    """It was sent, and no answer came: it may have been done. The message says why."""


class LineAnswer(NamedTuple):
    """What OQS answered."""

    status: int
    media_type: str
    content: bytes

    @property
    def is_success(self) -> bool:
        """Whether it is what was asked for."""
        return self.status // 100 == 2


class LineConnections:
    """Connections to one address, each with one request at a time; idle ones are used again."""

    def __init__(self, url: str, trust: ssl.SSLContext | None, seconds: float) -> None:
        """Take OQS's address, whom to trust there, and how long it may be silent in an answer."""
        parts = urlsplit(url)
        is_tls = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (_HTTPS if is_tls else _HTTP)
        self._tls = trust if is_tls else None
        self._start = f"POST {parts.path.rstrip('/')}"
        self._fixed = f" HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/xml\r\n"
        self._seconds = seconds
        self._idle: list[_Connection] = []

    async def post(self, path: str, document: bytes) -> LineAnswer:
        """Send one document of XML, once.

        Raises:
            NotReached: nothing was sent.
            AnswerLost: no whole answer came.
        """
        head = f"{self._start}{path}{self._fixed}Content-Length: {len(document)}\r\n\r\n"
        connection = self._kept() or await self._connected()
        try:
            async with asyncio.timeout(self._seconds) as patience:
                answer = await connection.ask(head.encode() + document, patience)
        except TimeoutError:
            raise AnswerLost("read timeout") from None
        finally:
            # One whose answer is not awaited any more would give it to the next request.
            if connection.may_be_used_again:
                connection.idle_since = asyncio.get_running_loop().time()
                self._idle.append(connection)
            else:
                connection.close()
        return answer

    def close(self) -> None:
        """Close those that are idle; the others close with what they were opened for."""
        while self._idle:
            self._idle.pop().close()

    def _kept(self) -> _Connection | None:
        since = asyncio.get_running_loop().time() - _IDLE_SECONDS
        while self._idle:
            connection = self._idle.pop()
            if connection.may_be_used_again and connection.idle_since > since:
                return connection
            connection.close()
        return None

    async def _connected(self) -> _Connection:
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                _, connection = await asyncio.get_running_loop().create_connection(
                    _Connection,
                    self._host,
                    self._port,
                    ssl=self._tls,
                    server_hostname=self._host if self._tls else None,
                )
        except TimeoutError:
            raise NotReached("connect timeout") from None
        except OSError as error:
            raise NotReached(cause_of(error)) from None
        return connection


class _Connection(asyncio.Protocol):
    """One connection; the parser calls its ``on_`` methods."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[LineAnswer] | None = None
        self._media_type = ""
        self._content: list[bytes] = []
        self.may_be_used_again = False
        """Whether it is open, and the last answer came to its end."""
        self.idle_since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not derive from asyncio's classes.
        self._transport = cast("asyncio.Transport", transport)

    async def ask(self, request: bytes, patience: asyncio.Timeout) -> LineAnswer:
        """Send a request, and wait for its answer; each part of one gives ``patience`` anew."""
        self.may_be_used_again = False
        loop = asyncio.get_running_loop()
        self._answer, self._patience = loop.create_future(), patience
        self._allowed = (patience.when() or 0.0) - loop.time()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        self.may_be_used_again = False
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._lose(f"no answer of HTTP: {error}")
            self.close()
        if self._answer is not None and not self._answer.done():
            self._patience.reschedule(asyncio.get_running_loop().time() + self._allowed)

    def connection_lost(self, exc: Exception | None) -> None:
        self.may_be_used_again = False
        self._lose(cause_of(exc) if exc else "OQS closed the connection without an answer")

    def _lose(self, reason: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(AnswerLost(reason))

    def on_message_begin(self) -> None:
        self._media_type, self._content = "", []

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"content-type":
            self._media_type = value.decode("latin-1").partition(";")[0].strip().lower()

    def on_body(self, part: bytes) -> None:
        self._content.append(part)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < _FINAL or self._answer is None or self._answer.done():
            return
        self.may_be_used_again = self._parser.should_keep_alive()
        self._answer.set_result(LineAnswer(status, self._media_type, b"".join(self._content)))
