"""The VSC protocol: how a smart card in software talks to the USB reader that QEMU emulates.

A message is a header of three big-endian u32 (type, reader, length of the payload) and the
payload. The card's side begins: `INIT` to and fro, `READER_ADD`, then `ATR` puts a card in and
`CARD_REMOVE` takes it out; the reader's side answers each of these three with `ERROR`, whose
code 0 is success. Each `APDU` of the reader is answered by an `APDU` of the card. There is no
word for power or reset. Source: libcacard's `vscard_common.h`, QEMU's `ccid-card-passthru`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import socket

ANY_READER: Final = 0xFFFFFFFF
"""The reader of a message that is sent before there is one."""
FIRST_READER: Final = 0
"""QEMU's only reader."""

MAGIC: Final = b"VSCD"
VERSION: Final = 2

SUCCESS: Final = 0
GENERAL_ERROR: Final = 1

_HEADER: Final = struct.Struct(">III")
_INIT: Final = struct.Struct(">4sII")
_LONGEST_PAYLOAD: Final = 4 + 3 + 0xFFFF + 2
"""Bytes of the longest command. What says that it is longer is not this protocol."""


class VscError(ConnectionError):
    """The other side does not speak the protocol or refuses; the message says what to do."""


class MessageType(IntEnum):
    """The first word of a message."""

    INIT = 1
    ERROR = 2
    READER_ADD = 3
    READER_REMOVE = 4
    ATR = 5
    CARD_REMOVE = 6
    APDU = 7
    FLUSH = 8
    FLUSH_COMPLETE = 9


@dataclass(frozen=True)
class Message:
    """One message of either side."""

    type: int
    """A `MessageType`, or a number that neither side knows."""
    payload: bytes = b""
    reader: int = FIRST_READER

    @classmethod
    def init(cls) -> Message:
        """Introduce oneself; of the capabilities that may be told, none exists."""
        return cls(MessageType.INIT, _INIT.pack(MAGIC, VERSION, 0), ANY_READER)

    @classmethod
    def error(cls, code: int, reader: int = FIRST_READER) -> Message:
        """Say how it went; code 0 is success."""
        return cls(MessageType.ERROR, code.to_bytes(4, "big"), reader)

    @property
    def code(self) -> int:
        """Of an `ERROR`: how it went."""
        return int.from_bytes(self.payload[:4], "big")

    @property
    def introduces(self) -> bool:
        """Whether this is the `INIT` of someone who speaks our version."""
        if self.type != MessageType.INIT or len(self.payload) < _INIT.size:
            return False
        magic, version, _ = _INIT.unpack_from(self.payload)
        return bool(magic == MAGIC and version == VERSION)

    def __bytes__(self) -> bytes:
        return _HEADER.pack(self.type, self.reader, len(self.payload)) + self.payload


class MessageLine:
    """A connected socket that carries whole messages. One thread reads; any may write one."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected

    def read(self) -> Message | None:
        """Wait for a message; None when the other side has gone, even in the middle of one.

        Raises `VscError` for what cannot be the beginning of a message.
        """
        header = self._read_exactly(_HEADER.size)
        if header is None:
            return None
        kind, reader, length = _HEADER.unpack(header)
        if length > _LONGEST_PAYLOAD:
            raise VscError(
                f"The reader announced a message of {length} bytes, which the VSC protocol does "
                "not know. Check that the socket is that of a ccid-card-passthru device."
            )
        payload = self._read_exactly(length)
        return None if payload is None else Message(kind, payload, reader)

    def write(self, message: Message) -> None:
        """Send a message whole: QEMU would take the rest of a half one from the next card."""
        self._socket.sendall(bytes(message))

    def _read_exactly(self, length: int) -> bytes | None:
        received = b""
        while len(received) < length:
            piece = self._socket.recv(length - len(received))
            if not piece:
                return None
            received += piece
        return received
