"""What a server has to say goes out at once, and so does its end where nobody waits for it."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from tests.equipment.served import Served
from tests.wire.serving.conftest import TERMINAL
from wire.line_credentials import credentials
from wire.serving.serve import Listener, bind

if TYPE_CHECKING:
    from tests.wire.serving.conftest import Everything

pytestmark = pytest.mark.deployment


async def answer(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        for done in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{done}.complete"})
        return
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def test_the_end_of_an_answer_does_not_wait_until_its_head_is_confirmed(
    everything: Everything,
) -> None:
    """Without the option the system keeps it back for 40 ms (Nagle, and a delayed ACK)."""
    at_once = []

    async def answer_and_look(scope: Any, receive: Any, send: Any) -> None:
        await answer(scope, receive, send)
        if scope["type"] == "http":
            connection = scope["extensions"]["abort"].__self__.get_extra_info("socket")
            at_once.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    tls = credentials(everything.line, "oqs")
    console, line = Listener(bind("127.0.0.1", 0)), Listener(bind("127.0.0.1", 0), tls)
    with (
        Served(answer_and_look, console, line),
        everything.client(console.url, None) as at_console,
        everything.client(line.url, f"terminal-{TERMINAL}") as on_line,
    ):
        assert at_console.get("/").status_code == 204
        assert on_line.get("/").status_code == 204
    assert at_once == [1, 1]
