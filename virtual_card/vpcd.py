"""The plug for vpcd, the virtual reader of pcscd: a real PC/SC card for every program.

The protocol (vsmartcard): each message is a big-endian u16 length and that many bytes. One
byte is a control code (00 power off, 01 power on, 02 reset, without an answer; 04 asks for the
ATR, at any time); anything else is a command, which gets an answer of the same form.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Final

from virtual_card.plug import Card, CardPulled

if TYPE_CHECKING:
    from collections.abc import Callable

_LENGTH: Final = 2
_LONGEST_MESSAGE: Final = 0xFFFF
_QUICKACK: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)


class VpcdPlug:
    """Puts a card into a slot of vpcd and takes it out again.

    vpcd writes the length and the payload separately, so that the kernel's delayed
    acknowledgement would cost 40 ms for each command; `quickack` sends it at once, and the
    kernel wants to be told so before each read.
    """

    def __init__(
        self,
        card: Card,
        connect: Callable[[], socket.socket],
        *,
        quickack: bool = True,
        on_gone: Callable[[], None] | None = None,
    ) -> None:
        """Take a card and what opens a connection to the slot.

        `on_gone` is called, in the plug's thread, when the card leaves by itself: pulled out
        by a fault, or because the service went down.
        """
        self._card = card
        self._connect = connect
        self._quickack = _QUICKACK if quickack else None
        self._on_gone = on_gone
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None

    @property
    def inserted(self) -> bool:
        """Whether the card is in the slot."""
        return self._socket is not None

    def insert(self) -> None:
        """Put the card in; a card that is in already stays. Raises what `connect` raises.

        pcscd notices within 0.4 s.
        """
        with self._lock:
            if self._socket is not None:
                return
            line = self._connect()
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket = line
            self._thread = threading.Thread(
                target=self._run, args=(line,), name="vpcd-card", daemon=True
            )
            self._thread.start()

    def remove(self) -> None:
        """Take the card out, in the middle of a command if need be. May be called twice."""
        with self._lock:
            line, self._socket = self._socket, None
            thread = self._thread
            if line is not None:
                with contextlib.suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def __enter__(self) -> VpcdPlug:
        self.insert()
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def _run(self, line: socket.socket) -> None:
        with line, contextlib.suppress(OSError, CardPulled):
            self._serve(line)
        self._card.power_off()
        with self._lock:
            by_itself = self._socket is line
            if by_itself:
                self._socket = None
        if by_itself and self._on_gone is not None:
            self._on_gone()

    def _serve(self, line: socket.socket) -> None:
        buffer = bytearray(_LENGTH + _LONGEST_MESSAGE)
        view = memoryview(buffer)
        filled = 0
        while True:
            while filled < (end := _end_of_message(buffer, filled)):
                if self._quickack is not None:
                    line.setsockopt(socket.IPPROTO_TCP, self._quickack, 1)
                received = line.recv_into(view[filled:])
                if not received:
                    return
                filled += received
            answer = self._answer(bytes(view[_LENGTH:end]))
            if answer is not None:
                line.sendall(len(answer).to_bytes(_LENGTH, "big") + answer)
            # Messages without an answer come together with the next one.
            buffer[: filled - end] = buffer[end:filled]
            filled -= end

    def _answer(self, message: bytes) -> bytes | None:
        if len(message) != 1:
            return self._card.process(message) if message else None
        match message[0]:
            case 0x00:
                self._card.power_off()
            case 0x01:
                self._card.power_on()
            case 0x02:
                self._card.reset()
            case 0x04:
                return self._card.atr
            case _:
                # A program sent a command of one byte; without an answer the slot would hang.
                return self._card.process(message)
        return None


def _end_of_message(buffer: bytearray, filled: int) -> int:
    """Say how many bytes must be there: the length's first, then as many as it says."""
    if filled < _LENGTH:
        return _LENGTH
    return _LENGTH + int.from_bytes(buffer[:_LENGTH], "big")
