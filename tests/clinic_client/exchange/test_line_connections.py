"""The connections of the exchange: one request is sent once, and what is not known is said."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from clinic_client.exchange.line_connections import (
    AnswerLost,
    LineAnswer,
    LineConnections,
    NotReached,
)

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml; charset=utf-8\r\n"
SHORT = OK + b"Content-Length: 4\r\n\r\n<A/>"


async def asked(reader: asyncio.StreamReader) -> bytes:
    """Read one request; return its first line and its document."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return head.partition(b"\r\n")[0] + b" " + await reader.readexactly(length)


class Line:
    """What stands where OQS is."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.connections = 0

    @asynccontextmanager
    async def answering(
        self, *parts: bytes, seconds: float = 5.0
    ) -> AsyncIterator[LineConnections]:
        """Answer each request with these parts; b"" ends the connection there."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.connections += 1
            try:
                while True:
                    self.asked.append(await asked(reader))
                    for part in parts:
                        if not part:
                            return
                        writer.write(part)
                        await writer.drain()
                        await asyncio.sleep(0)
            except asyncio.IncompleteReadError:
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        connections = LineConnections(f"http://127.0.0.1:{port}/line/", None, seconds)
        async with server:
            yield connections
            connections.close()


@pytest.mark.asyncio
async def test_a_document_is_posted_and_the_connection_is_used_again() -> None:
    line = Line()
    async with line.answering(SHORT) as connections:
        for document in (b"<One/>", b"<Two/>"):
            answer = await connections.post("/qualification/number", document)
            assert answer == LineAnswer(200, "application/xml", b"<A/>")
    start = b"POST /line/qualification/number HTTP/1.1 "
    assert line.asked == [start + b"<One/>", start + b"<Two/>"]
    assert line.connections == 1


@pytest.mark.asyncio
async def test_requests_at_the_same_time_have_a_connection_each() -> None:
    line = Line()
    async with line.answering(SHORT) as connections:
        answers = await asyncio.gather(*(connections.post("/", b"<A/>") for _ in range(5)))
        assert {answer.status for answer in answers} == {200}
        assert line.connections == 5
        await connections.post("/", b"<A/>")
    assert line.connections == 5


@pytest.mark.asyncio
async def test_an_answer_may_come_in_parts() -> None:
    line = Line()
    chunked = OK + b"Transfer-Encoding: chunked\r\n\r\n"
    parts = (b"HTTP/1.1 100 Continue\r\n\r\n", chunked[:30], chunked[30:], b"2\r\n<A", b"\r\n")
    async with line.answering(*parts, b"2\r\n/>\r\n0\r\n\r\n") as connections:
        assert (await connections.post("/", b"<A/>")).content == b"<A/>"
        assert (await connections.post("/", b"<A/>")).content == b"<A/>"
    assert line.connections == 1


@pytest.mark.asyncio
async def test_where_nobody_listens_nothing_was_sent() -> None:
    async with Line().answering(SHORT) as connections:
        pass
    with pytest.raises(NotReached, match=r"Connect call failed|refused"):
        await connections.post("/", b"<A/>")


@pytest.mark.parametrize(
    "parts",
    [
        (b"",),
        (SHORT[:-2], b""),
        (b"no HTTP\r\n\r\n",),
        (b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n",),
    ],
)
@pytest.mark.asyncio
async def test_what_got_no_whole_answer_is_lost_and_not_sent_again(
    parts: tuple[bytes, ...],
) -> None:
    line = Line()
    async with line.answering(*parts) as connections:
        with pytest.raises(AnswerLost):
            await connections.post("/", b"<A/>")
    assert len(line.asked) == 1


@pytest.mark.asyncio
async def test_the_next_one_never_gets_the_answer_of_one_that_was_given_up() -> None:
    line = Line()
    async with line.answering(SHORT[:-1], seconds=0.05) as connections:
        for _ in range(2):
            with pytest.raises(AnswerLost, match="timeout"):
                await connections.post("/", b"<A/>")
    assert line.connections == 2


@pytest.mark.asyncio
async def test_what_oqs_closes_is_not_used_again() -> None:
    line = Line()
    closing = OK + b"Connection: close\r\nContent-Length: 4\r\n\r\n<A/>"
    async with line.answering(closing) as connections:
        await connections.post("/", b"<A/>")
        await connections.post("/", b"<A/>")
    assert line.connections == 2
