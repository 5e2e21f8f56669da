"""Applications on real sockets within the process of a test, each in a thread with a loop."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Self

from wire.serving.acceptor import BoundedServer
from wire.serving.tls import ListenerConfig

if TYPE_CHECKING:
    import socket

    from starlette.types import ASGIApp

    from wire.serving.serve import Listener

SECONDS = 30.0
"""Within these an application starts and ends on a machine under load."""


class _Server(BoundedServer):
    """A server that tells when it is up."""

    def __init__(self, config: ListenerConfig) -> None:
        super().__init__(config)
        self.up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


class Served:
    """An application on its listeners; callers have some seconds to hang up when it ends."""

    def __init__(self, app: ASGIApp, *listeners: Listener, graceful_seconds: int = 0) -> None:
        self.app = app
        self._servers = [
            # The servers share the application; it starts up and shuts down once.
            _Server(_config(app, listener, graceful_seconds, "off" if number else "on"))
            for number, listener in enumerate(listeners)
        ]
        self._sockets = [listener.socket for listener in listeners]
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    async def _run(self) -> None:
        await asyncio.gather(
            *(
                server.serve([listening])
                for server, listening in zip(self._servers, self._sockets, strict=True)
            )
        )
        for server in self._servers:
            for connection in tuple(server.server_state.connections):
                connection.transport.abort()
        await asyncio.sleep(0)

    def __enter__(self) -> Self:
        self._thread.start()
        for server in self._servers:
            assert server.up.wait(SECONDS)
        return self

    def ask_to_end(self) -> None:
        """Let it begin to end."""
        for server in self._servers:
            server.should_exit = True

    def __exit__(self, *_: object) -> None:
        self.ask_to_end()
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()


def _config(
    app: ASGIApp, listener: Listener, graceful_seconds: int, lifespan: Any
) -> ListenerConfig:
    return ListenerConfig(
        app,
        listener.tls,
        listener.names,
        lifespan=lifespan,
        timeout_graceful_shutdown=graceful_seconds,
    )
