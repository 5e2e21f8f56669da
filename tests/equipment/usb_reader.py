"""A USB reader without USB: the other side of the VSC protocol, as QEMU's reader behaves.

For tests and measurements that need the CCID plug but no guest. What is odd about QEMU's
reader is odd here too: it takes one card at a time, carries 374 bytes of an answer and loses a
longer one, keeps a card whose line was cut, and gives answers that nobody waits for to nobody.
What libccid and PC/SC do between a program and the protocol, `UsbConnection` does.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Self

from reader import apdu as commands
from reader.connection import SHORT_ANSWER
from reader.errors import CardFault, CardRemoved, NoCard
from virtual_card.plugs.ccid import PowerChange, open_slot
from virtual_card.plugs.vsc import (
    FIRST_READER,
    GENERAL_ERROR,
    SUCCESS,
    Message,
    MessageLine,
    MessageType,
    VscError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST_ANSWER: Final = 374
"""Bytes of an answer, status word included, that fit into QEMU's buffer of 384."""

LONGEST_ATR: Final = 40
"""Bytes of an ATR that QEMU takes."""

_ANSWERS_WITHIN: Final = 10.0
"""Seconds after which libccid's patience ends; its own figure depends on the ATR."""


class UsbReader:
    """An emulated reader with a Unix socket for a card, from `start` to `stop`."""

    def __init__(self, path: Path) -> None:
        """Take where the socket is to be."""
        self.path = path
        self.atr = b""
        """Of the card that is, or was last, in the reader."""
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._changed = threading.Condition()
        self._stopping = False
        self._line: socket.socket | None = None
        self._present = False
        self._insertions = 0
        self._waiting = False
        self._answer = b""
        self._power: list[PowerChange] = []
        self._thread = threading.Thread(target=self._accept, name="usb-reader", daemon=True)

    def start(self) -> Self:
        """Begin to take cards."""
        self._listener.bind(str(self.path))
        self._listener.listen()
        self._thread.start()
        return self

    def stop(self) -> None:
        """Be gone, as a QEMU that ends. May be called twice."""
        with self._changed:
            self._stopping = True
            line = self._line
        for end in (self._listener, line):
            if end is not None:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def connect(self) -> socket.socket:
        """Open a way in for a card."""
        return open_slot(self.path)

    def open(self) -> UsbConnection:
        """Connect a program to the card, which gets power; raises `NoCard`."""
        with self._changed:
            if not self._present:
                raise NoCard
            self._power.append(PowerChange.ON)
            return UsbConnection(self, self._insertions)

    def wait_until(self, *, present: bool, within: float = 10.0) -> bool:
        """Wait until a card is in, or is out; return whether it came to that."""
        with self._changed:
            return self._changed.wait_for(lambda: self._present is present, within)

    def wait_until_disconnected(self, within: float = 10.0) -> bool:
        """Wait until no card's line is open; return whether it came to that."""
        with self._changed:
            return self._changed.wait_for(lambda: self._line is None, within)

    def change_power(self, *changes: PowerChange) -> None:
        """Do something to the card's contacts."""
        with self._changed:
            self._power.extend(changes)

    def changes(self) -> list[PowerChange]:
        """Tell the plug what happened to the power; see `PowerLine`."""
        with self._changed:
            changes, self._power = self._power, []
        return changes

    def transmit(self, apdu: bytes, insertion: int) -> bytes:
        """Send a command to the card of this insertion; return its answer with status word."""
        with self._changed:
            if not self._holds(insertion):
                raise CardRemoved
            if self._line is None:
                raise CardFault("an exchange", reason="the card's line was cut")
            self._waiting, self._answer = True, b""
            self._line.sendall(bytes(Message(MessageType.APDU, apdu)))
            self._changed.wait_for(lambda: not self._waiting, _ANSWERS_WITHIN)
            self._waiting = False
            if not self._holds(insertion):
                raise CardRemoved
            if len(self._answer) < 2:
                raise CardFault("an exchange", reason="the card gave no answer")
            return self._answer

    def _holds(self, insertion: int) -> bool:
        return self._present and self._insertions == insertion

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with self._changed:
                if self._stopping:
                    line.close()
                    return
                self._line = line
            with line, contextlib.suppress(OSError, VscError):
                messages = MessageLine(line)
                while (message := messages.read()) is not None:
                    self._take(message, messages)
            with self._changed:
                self._line = None
                self._changed.notify_all()

    def _take(self, message: Message, line: MessageLine) -> None:
        with self._changed:
            match message.type:
                case MessageType.INIT:
                    line.write(Message.init())
                case MessageType.READER_ADD:
                    line.write(Message.error(SUCCESS, FIRST_READER))
                case MessageType.ATR if 2 <= len(message.payload) <= LONGEST_ATR:
                    self.atr = message.payload
                    self._present = True
                    self._insertions += 1
                    self._waiting = False
                    line.write(Message.error(SUCCESS, message.reader))
                case MessageType.CARD_REMOVE:
                    self._present = False
                    self._waiting = False
                    line.write(Message.error(SUCCESS, message.reader))
                case MessageType.APDU:
                    if self._waiting and len(message.payload) <= LONGEST_ANSWER:
                        self._answer, self._waiting = message.payload, False
                case MessageType.ERROR:
                    self._waiting = False
                case _:
                    line.write(Message.error(GENERAL_ERROR, message.reader))
            self._changed.notify_all()


class UsbConnection:
    """The card in a `UsbReader`, as a program sees it through libccid and PC/SC."""

    longest_answer = 0x10000
    """What libccid says of this reader, though it cannot carry it at once."""

    def __init__(self, reader: UsbReader, insertion: int) -> None:
        self._reader = reader
        self._insertion = insertion
        self._open = True
        self._alone = threading.RLock()

    def send(self, apdu: bytes, /) -> tuple[bytes, int]:
        """Send one command; return the data of the answer and the status word."""
        with self._alone:
            answer = self._reader.transmit(apdu, self._insertion)
            data = answer[:-2]
            while answer[-2] == 0x61:
                more = commands.get_response(answer[-1] or SHORT_ANSWER)
                answer = self._reader.transmit(more, self._insertion)
                data += answer[:-2]
        return data, int.from_bytes(answer[-2:], "big")

    @contextmanager
    def transaction(self, *, reset: bool) -> Iterator[None]:
        """Hold the card alone; with `reset`, take its power for a moment afterwards."""
        with self._alone:
            try:
                yield
            finally:
                if reset:
                    self._reader.change_power(PowerChange.OFF, PowerChange.ON)

    def close(self) -> None:
        """Let go of the card, without power."""
        with self._alone:
            if self._open:
                self._open = False
                self._reader.change_power(PowerChange.OFF)
