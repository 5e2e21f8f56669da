"""Serving an application on one or two addresses of this machine.

A service of the line listens twice: with mutual TLS for its callers, and without, on
loopback, for simulation control and for people. Both are one application, which is told what each
request came in by.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import logging
import resource
import signal
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from eligibility.sentence import Sentence
from wire.bounds import bounds_of
from wire.serving.acceptor import BoundedServer
from wire.serving.tls import ListenerConfig
from wire.system_error import reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from starlette.datastructures import State
    from starlette.types import Receive, Scope, Send

    from wire.line_credentials import LineCredentials


OTHER_FILES = 256
"""Files that a process holds besides its connections: databases, libraries, other services."""


class Application(Protocol):
    """An ASGI application with a state, as FastAPI's are."""

    state: State

    async def __call__(self, scope: Scope, receive: Receive, send: Send, /) -> None:
        """Answer a request."""


class AddressUnavailable(OSError):
    """An address could not be listened on; the message says why and what to do."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence.en)
        self.ja, self.en = sentence.ja, sentence.en


@dataclass(frozen=True)
class Listener:
    """A bound socket, and the credentials with which TLS is spoken on it, if any.

    With them it belongs to the line, without to the console.
    """

    socket: socket.socket
    tls: LineCredentials | None = None
    names: frozenset[str] = frozenset()
    """Host names, besides loopback, under which a console is reached: those of containers."""

    @property
    def url(self) -> str:
        """The address as a URL."""
        host, port = self.socket.getsockname()[:2]
        return f"{'https' if self.tls else 'http'}://{host}:{port}"


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address; port 0 takes a free one.

    Raises:
        AddressUnavailable: the port is in use, out of range, or not ours to take.
    """
    if not 0 <= port <= 65535:
        raise AddressUnavailable(
            Sentence(
                f"{port} はポート番号ではありません。1024 から 65535 までの数か、空いているものを"
                "使う 0 を選んでください。",
                f"{port} is no port number. Choose one from 1024 to 65535, or 0 for a free one.",
            )
        )
    # By the protocol's number asyncio knows that what it writes is to be sent at once: else the
    # system keeps the end of an answer back until the caller has confirmed its head (40 ms).
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(512)
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            reason = Sentence(
                f"{host} のポート {port} は、ほかのプログラムが使っています。そのプログラムを"
                "終えるか、別のポートを選んでください。",
                f"Port {port} on {host} is in use by another program. "
                "End that program, or choose another port.",
            )
        elif error.errno == errno.EACCES:
            reason = Sentence(
                f"このユーザーはポート {port} を使えません。1024 から 65535 までの数を選んで"
                "ください。",
                f"This user may not use port {port}. Choose a port from 1024 to 65535.",
            )
        else:
            why = reason_of(error)
            reason = Sentence(
                f"{host}:{port} は使えません({why.ja})。別のアドレスを選んでください。",
                f"{host}:{port} cannot be used ({why.en}). Choose another address.",
            )
        raise AddressUnavailable(reason) from error
    return bound


async def threads_done() -> None:
    """Wait for what an application still does in threads; to be called where it shuts down.

    A task that is cancelled leaves its thread running, which would then use what is closed already.
    """
    await asyncio.get_running_loop().shutdown_default_executor()


class _Server(BoundedServer):
    """A server whose signals are handled for all of them together."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to :func:`serve`."""
        yield

    def attach(self, started: Callable[[], None]) -> None:
        self._started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, and say so."""
        await super().startup(sockets)
        self._started()


def _server(app: Application, listener: Listener, *, first: bool) -> _Server:
    return _Server(
        ListenerConfig(
            app,
            listener.tls,
            listener.names,
            # Two servers share the application; it starts up and shuts down once.
            lifespan="on" if first else "off",
            log_level="warning",
            timeout_graceful_shutdown=1,
        )
    )


def serve(app: Application, listeners: Sequence[Listener], started: Callable[[], None]) -> None:
    """Serve ``app`` until SIGTERM or SIGINT; call ``started`` once all listeners answer.

    An application whose answers may take long (a stream, a wait for a change) sets
    ``app.state.stop_streams``; it is called when the end is asked for, and ends those answers.

    Raises:
        FileNotFoundError: a listener's certificate is missing.
    """
    bounds = bounds_of(app)
    _allow_files(len(listeners) * (bounds.connections + bounds.handshakes))
    try:
        import uvloop  # noqa: PLC0415 # not on every platform
    except ImportError:
        asyncio.run(_serve(app, listeners, started))
    else:
        uvloop.run(_serve(app, listeners, started))


def _allow_files(connections: int) -> None:
    """Have the system let this process hold so many connections, as far as it does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        if hard != resource.RLIM_INFINITY:
            wanted = min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _serve(
    app: Application, listeners: Sequence[Listener], started: Callable[[], None]
) -> None:
    servers = [
        _server(app, listener, first=number == 0) for number, listener in enumerate(listeners)
    ]
    waiting = len(servers)

    def one_started() -> None:
        nonlocal waiting
        waiting -= 1
        if waiting == 0:
            # What was built stays; the collector need not go through it again and again.
            gc.collect()
            gc.freeze()
            started()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        # Who has us ignore Ctrl-C hears it in our place, and ends us in order.
        if signal.getsignal(number) is signal.SIG_IGN:
            continue
        loop.add_signal_handler(number, _stop, app, servers)
    for server in servers:
        server.attach(one_started)
    first, *others = (
        asyncio.create_task(server.serve([listener.socket]))
        for server, listener in zip(servers, listeners, strict=True)
    )

    def one_ended(_: asyncio.Task[None]) -> None:
        # The first ends the application as well: when nobody waits for an answer of another one.
        if all(other.done() for other in others):
            servers[0].should_exit = True

    for other in others:
        other.add_done_callback(one_ended)
    await asyncio.gather(first, *others)


def _stop(app: Application, servers: Sequence[_Server]) -> None:
    stop_streams: Callable[[], None] | None = getattr(app.state, "stop_streams", None)
    if stop_streams is not None:
        stop_streams()
    logging.getLogger("uvicorn.error").addFilter(_is_no_end_of_an_answer)
    for server in servers[1:] or servers:
        server.should_exit = True


def _is_no_end_of_an_answer(record: logging.LogRecord) -> bool:
    """Tell whether a record is about anything else than an answer that was cut off by the end.

    What somebody still sends or waits for is given a second, and then ended, as was asked for; the
    traceback of that is nothing that a person can do anything about.
    """
    error = record.exc_info[1] if record.exc_info else None
    return not (
        isinstance(error, asyncio.CancelledError) or str(record.msg).startswith("Cancel %s running")
    )
