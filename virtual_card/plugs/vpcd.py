"""The plug for vpcd, the virtual reader of pcscd: a real PC/SC card for every program.

The protocol (vsmartcard): each message is a big-endian u16 length and that many bytes. One
byte is a control code (00 power off, 01 power on, 02 reset, without an answer; 04 asks for the
ATR, at any time); anything else is a command, which gets an answer of the same form.

The driver waits for an answer without a limit, and nobody else gets at the slot meanwhile. So a
card that is mute is silent for `answer_limit` seconds, as a reader would wait; then the plug
takes a new line and tears the old one. The program gets the error of a real reader
(SCARD_E_NOT_TRANSACTED), and to pcscd the card has never left the slot. A card that does not
even wake up answers the request for its ATR with one that is too long: pcscd then shows it as
present and mute. A card that is taken out in the middle of a command is the same error.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import TYPE_CHECKING, Final

from reader.description.status import StatusWord
from virtual_card.plug import Card, CardMute, CardPulled, Plug

if TYPE_CHECKING:
    from collections.abc import Callable

ANSWER_LIMIT: Final = 1.0
"""Seconds that a reader waits for a mute card; assumed, as each reader has its own."""

_LENGTH: Final = 2
_LONGEST_MESSAGE: Final = 0xFFFF
_QUICKACK: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)
_AT_ONCE: Final = struct.pack("ii", 1, 0)
_ANNOUNCEMENT: Final = (2).to_bytes(_LENGTH, "big")
"""How a line is torn in the middle of a command: the length of an answer, then a reset instead of
an end (SO_LINGER). The driver takes anything else, a part of an answer too, for an answer, and
programs would see a success without a status word, which no real reader gives them."""
_UNRESPONSIVE: Final = bytes(34)
"""One byte more than an ATR can have: a card is there, and powering it up fails."""


class VpcdPlug(Plug):
    """Puts a card into a slot of vpcd and takes it out again; a `Plug`.

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
        answer_limit: float = ANSWER_LIMIT,
        on_gone: Callable[[], None] | None = None,
    ) -> None:
        """Take a card and what opens a connection to the slot.

        `on_gone` is called, in the plug's thread, when the card leaves by itself: pulled out
        by a fault, or because the service went down.
        """
        self._card = card
        self._connect = connect
        self._quickack = _QUICKACK if quickack else None
        self._answer_limit = answer_limit
        self._on_gone = on_gone
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._awake = True
        self.pulled = False
        """Whether the card was pulled out by a fault, when it left by itself."""
        self._disturbed = threading.Event()
        """Set by a reset or a removal: whoever waits for the card waits no longer."""

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
            line = self._open()
            self._socket = line
            self._disturbed.clear()
            self.pulled = False
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
                    line.shutdown(socket.SHUT_RD)
        if line is not None:
            self._disturbed.set()
            self._card.power_off()
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def reset(self, *, cold: bool) -> None:
        """Reset the card where it lies, with a loss of power if ``cold``; see `Plug.reset`."""
        if not self.inserted:
            return
        self._disturbed.set()
        if cold:
            self._card.power_off()
        self._wake(cold=cold)

    def __enter__(self) -> VpcdPlug:
        self.insert()
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def _open(self) -> socket.socket:
        line = self._connect()
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        return line

    def _run(self, line: socket.socket | None) -> None:
        last = line
        while line is not None:
            last = line
            line = self._serve(line)
        with self._lock:
            by_itself = self._socket is last
            if by_itself:
                self._socket = None
        if by_itself:
            self._card.power_off()
            if self._on_gone is not None:
                self._on_gone()

    def _serve(self, line: socket.socket) -> socket.socket | None:
        """Answer what comes over a line; return the line to go on with, None at the end."""
        following = None
        with line:
            try:
                self._answer_all(line)
            except CardMute:
                if self._socket is line:
                    self._disturbed.wait(self._answer_limit)
                following = self._change(line)
            except CardPulled:
                self.pulled = True
            except OSError:
                pass
            with contextlib.suppress(OSError):
                line.sendall(_ANNOUNCEMENT)
        return following

    def _change(self, line: socket.socket) -> socket.socket | None:
        """Take a new line before the old one is given up, so that pcscd sees no empty slot."""
        with self._lock:
            if self._socket is not line:
                return None
            try:
                self._socket = self._open()
            except Exception:  # noqa: BLE001 - whatever `connect` raises, the slot is gone
                return None
            return self._socket

    def _answer_all(self, line: socket.socket) -> None:
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
                line.sendall(_message(answer))
            # Messages without an answer come together with the next one.
            buffer[: filled - end] = buffer[end:filled]
            filled -= end

    def _answer(self, message: bytes) -> bytes | None:
        if len(message) != 1:
            return self._process(message) if message else None
        match message[0]:
            case 0x00:
                self._card.power_off()
            case 0x01:
                self._wake(cold=True)
            case 0x02:
                self._wake(cold=False)
            case 0x04:
                return self._card.atr if self._awake else _UNRESPONSIVE
            case _:
                # A program sent a command of one byte; without an answer the slot would hang.
                return self._process(message)
        return None

    def _process(self, apdu: bytes) -> bytes:
        self._disturbed.clear()
        answer = self._card.process(apdu)
        if len(answer) > _LONGEST_MESSAGE:
            return StatusWord.WRONG_LENGTH.to_bytes(2, "big")
        return answer

    def _wake(self, *, cold: bool) -> None:
        try:
            if cold:
                self._card.power_on()
            else:
                self._card.reset()
        except CardMute:
            self._awake = False
        else:
            self._awake = True


def _message(answer: bytes) -> bytes:
    return len(answer).to_bytes(_LENGTH, "big") + answer


def _end_of_message(buffer: bytearray, filled: int) -> int:
    """Say how many bytes must be there: the length's first, then as many as it says."""
    if filled < _LENGTH:
        return _LENGTH
    return _LENGTH + int.from_bytes(buffer[:_LENGTH], "big")
