"""Taking connections of the line: as long as TLS is not agreed on, they are bounded apart.

asyncio tells a protocol of a connection only when TLS is agreed on, and so nothing of whoever
connects and then says nothing. Such ones would take up all files of the process in the end.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

import uvicorn

from wire.bounds import bounds_of

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from ssl import SSLContext

    from wire.bounds import Bounds

log = logging.getLogger(__name__)
_PAUSE_SECONDS = 0.1
"""How long to wait where the system has no place for a further connection."""


class BoundedServer(uvicorn.Server):
    """A server of uvicorn's that takes connections of the line within bounds."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, and listen."""
        if self.config.ssl is None:
            await super().startup(sockets)
            return
        await super().startup([])
        bounds = bounds_of(self.config.app)
        self.servers: list[Any] = [  # of which uvicorn asks no more than to be closed
            Acceptor(listening, self._protocol, self.config.ssl, bounds)
            for listening in sockets or ()
        ]

    def _protocol(self) -> asyncio.Protocol:
        """Make a protocol as uvicorn does."""
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg] # as there
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made


BACKLOG = 512
"""Connections that wait to be taken."""


class Acceptor:
    """Takes the connections of a listening socket, and agrees on TLS with each.

    Beyond the bound of connections that have not agreed on it yet, the oldest is let go: who means
    it is done in a moment.
    """

    def __init__(
        self,
        listening: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
        tls: SSLContext,
        bounds: Bounds,
    ) -> None:
        self._protocol, self._tls, self._bounds = protocol, tls, bounds
        self._loop = asyncio.get_running_loop()
        self._shaking: dict[asyncio.Task[Any], None] = {}
        """Those under way, the oldest first."""
        listening.listen(BACKLOG)
        listening.settimeout(0)
        self._accepting = self._loop.create_task(self._accept(listening), name="acceptor")

    def close(self) -> None:
        """Take no connection any longer, and let go of those that have not agreed on TLS."""
        for task in (self._accepting, *self._shaking):
            task.cancel()

    async def wait_closed(self) -> None:
        """Wait until the last of them is gone."""
        await asyncio.gather(self._accepting, *self._shaking, return_exceptions=True)

    async def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                accepted, _ = await self._loop.sock_accept(listening)
            except OSError as error:  # no file is left, or the caller has gone
                log.warning("A connection could not be taken: %s", error)
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            if len(self._shaking) >= self._bounds.handshakes:
                oldest = next(iter(self._shaking))
                del self._shaking[oldest]
                oldest.cancel()
            task = self._loop.create_task(
                self._loop.connect_accepted_socket(
                    self._protocol,
                    accepted,
                    ssl=self._tls,
                    ssl_handshake_timeout=self._bounds.handshake_seconds,
                )
            )
            self._shaking[task] = None
            task.add_done_callback(partial(self._done, accepted))
            await asyncio.sleep(0)  # where many wait, the next one is there at once

    def _done(self, accepted: socket.socket, task: asyncio.Task[Any]) -> None:
        self._shaking.pop(task, None)
        if task.cancelled():
            accepted.close()
            return
        error = task.exception()
        if error is not None:
            accepted.close()
            if not isinstance(error, OSError):  # of which TLS makes all that a caller can do wrong
                log.error("A connection could not be made", exc_info=error)
