"""HTTP as bytes on a socket, for what no client library would send."""

from __future__ import annotations

import socket
from contextlib import suppress

SECONDS = 20.0


def connect(address: tuple[str, int]) -> socket.socket:
    return socket.create_connection(address, SECONDS)


def answer(connection: socket.socket) -> bytes:
    """Return what comes until the other side closes.

    Raises:
        TimeoutError: it does neither.
    """
    found = b""
    with suppress(ConnectionResetError):
        while piece := connection.recv(65_536):
            found += piece
    return found


def ask(address: tuple[str, int], request: bytes) -> bytes:
    """Send a request and return everything that comes until the other side closes."""
    with connect(address) as connection:
        with suppress(ConnectionResetError, BrokenPipeError):
            connection.sendall(request)
        return answer(connection)


def one_answer(connection: socket.socket) -> bytes:
    """Return an answer, after which the connection stays open."""
    found = b""
    while b"\r\n\r\n" not in found:
        found += connection.recv(65_536)
    head, _, body = found.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


def post(path: str, body: bytes, length: int | None = None) -> bytes:
    said = len(body) if length is None else length
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {said}\r\n\r\n".encode() + body
    )
