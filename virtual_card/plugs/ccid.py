"""The plug for QEMU's emulated USB reader: a card behind a real USB stack and a real driver.

QEMU offers the reader with `-device usb-ccid -device ccid-card-passthru,chardev=…`; the
character device is a Unix socket on which this plug speaks `vsc`. Two things are particular:

- The reader does not notice that a socket closes. A card that only went away would stay
  "present" for ever and hang the guest's next command, so the plug always takes leave, and not
  so fast that the reader forgets to tell the guest.
- The protocol has no word for power and reset. Who can see them on the reader's USB bus gives
  a `PowerLine`; without one, the card has power from insertion to removal.

The reader also waits for an answer without a limit. For a mute card the plug says, after
`answer_limit` seconds, what a real reader says by itself, and the card stays in.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from enum import Enum
from typing import TYPE_CHECKING, Final, Protocol, Self

from virtual_card.plug import Card, CardMute, CardPulled
from virtual_card.plugs.contact import PiecewiseAnswers, contact_atr
from virtual_card.plugs.vsc import (
    ANY_READER,
    GENERAL_ERROR,
    SUCCESS,
    Message,
    MessageLine,
    MessageType,
    VscError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_ANSWERS_WITHIN: Final = 5.0
"""Seconds in which a reader answers an insertion; QEMU needs far less than one."""
_LEAVE_WITHIN: Final = 2.0
"""Seconds that a removal waits for the reader's word before it closes the line all the same."""
_GUEST_FOLLOWS_WITHIN: Final = 0.05
"""Seconds after a command or an answer in which the guest begins to wait, or fetches it.

QEMU forgets what it has not told by the time of a removal; the guest would then wait until
libccid's patience ends (see `contact_atr`), and only then see that the card is gone."""


ANSWER_LIMIT: Final = 1.0
"""Seconds that a reader waits for a mute card; assumed, as each reader has its own."""


class PowerChange(Enum):
    """What a reader does to the contacts of a card."""

    ON = "on"
    OFF = "off"
    RESET = "reset"
    """Warm: under power."""


class PowerLine(Protocol):
    """Tells what the reader did to the card's power."""

    def changes(self) -> Iterable[PowerChange]:
        """Return what happened since the last call, oldest first; never waits.

        What the reader did before it sent a command must be told when that has arrived.
        """


def open_slot(path: Path) -> socket.socket:
    """Open a way for a card into the reader whose character device is a socket at this path."""
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        line.connect(str(path))
    except OSError:
        line.close()
        raise
    return line


class CcidPlug:
    """Puts a card into QEMU's USB reader and takes it out again; a `Plug`."""

    def __init__(
        self,
        card: Card,
        connect: Callable[[], socket.socket],
        *,
        power: PowerLine | None = None,
        answer_limit: float = ANSWER_LIMIT,
        on_gone: Callable[[], None] | None = None,
    ) -> None:
        """Take a card and what opens a connection to the reader's socket, see `open_slot`.

        `on_gone` is called, in the plug's thread, when the card leaves by itself: pulled out
        by a fault, or because the reader went away.
        """
        self._card = card
        self._answers = PiecewiseAnswers(card)
        self._connect = connect
        self._power = power
        self._answer_limit = answer_limit
        self._on_gone = on_gone
        self._lock = threading.Lock()
        self._line: _CardLine | None = None
        self._thread: threading.Thread | None = None
        self._disturbed = threading.Event()
        """Set by a reset or a removal: whoever waits for the card waits no longer."""

    @property
    def inserted(self) -> bool:
        """Whether the card is in the reader."""
        return self._line is not None

    def insert(self) -> None:
        """Put the card in; a card that is in already stays.

        Raises what `connect` raises, and `VscError` where the other side is no such reader,
        refuses the card, or has one already.
        """
        with self._lock:
            if self._line is not None:
                return
            line = _CardLine(self._connect())
            try:
                line.introduce()
                self._take_power()
                line.put_in(contact_atr(self._card.atr))
            except BaseException:
                line.close()
                raise
            self._line = line
            self._thread = threading.Thread(
                target=self._run, args=(line,), name="ccid-card", daemon=True
            )
            self._thread.start()

    def remove(self) -> None:
        """Take the card out, in the middle of a command if need be. May be called twice."""
        with self._lock:
            line, self._line = self._line, None
            thread = self._thread
        if thread is threading.current_thread():
            if line is not None:
                line.take_out_alone()
            return
        if line is not None:
            line.take_out(self._disturb)
        if thread is not None:
            thread.join()

    def reset(self, *, cold: bool) -> None:
        """Reset the card where it lies, with a loss of power if ``cold``; see `Plug.reset`."""
        if not self.inserted:
            return
        if cold:
            self._disturb()
            self._wake(PowerChange.ON)
        else:
            self._disturbed.set()
            self._wake(PowerChange.RESET)

    def __enter__(self) -> Self:
        self.insert()
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    def _run(self, line: _CardLine) -> None:
        with contextlib.suppress(OSError):
            try:
                self._serve(line)
            except CardPulled:
                line.take_out_alone()
        line.close()
        self._card.power_off()
        with self._lock:
            by_itself = self._line is line
            if by_itself:
                self._line = None
        if by_itself and self._on_gone is not None:
            self._on_gone()

    def _serve(self, line: _CardLine) -> None:
        while (command := line.next_command()) is not None:
            self._follow_power()
            self._disturbed.clear()
            try:
                answer = self._answers.process(command)
            except CardMute:
                self._disturbed.wait(self._answer_limit)
                line.give_up()
            else:
                line.answer(answer)

    def _take_power(self) -> None:
        """Begin afresh: whatever the reader did before, it did not do to this card."""
        if self._power is not None:
            for _ in self._power.changes():
                pass
        self._wake(PowerChange.ON)

    def _follow_power(self) -> None:
        for change in () if self._power is None else self._power.changes():
            if change is PowerChange.OFF:
                self._card.power_off()
            else:
                self._wake(change)

    def _wake(self, change: PowerChange) -> None:
        self._answers.forget()
        # A card that does not wake up lies there mute, which the first command shows.
        with contextlib.suppress(CardMute):
            if change is PowerChange.RESET:
                self._card.reset()
            else:
                self._card.power_on()

    def _disturb(self) -> None:
        """Take the power away; a command that waits in the card ends."""
        self._disturbed.set()
        self._card.power_off()


class _CardLine:
    """One card's stay in the reader, as messages."""

    def __init__(self, connected: socket.socket) -> None:
        connected.settimeout(_ANSWERS_WITHIN)
        self._socket = connected
        self._messages = MessageLine(connected)
        self._writing = threading.Lock()
        self._leaving = False
        self._left = threading.Event()
        self._exchanged_at = 0.0
        """`time.monotonic()` of the last command or answer."""

    def introduce(self) -> None:
        """Agree on the protocol."""
        self._messages.write(Message.init())
        if not self._reply().introduces:
            raise VscError(
                "The other side of the socket is no QEMU reader of VSC version 2. "
                "Check that the path is that of a ccid-card-passthru device."
            )
        self._messages.write(Message(MessageType.READER_ADD, reader=ANY_READER))
        self._expect_success("the wish for a reader")

    def put_in(self, atr: bytes) -> None:
        """Put a card in; from now on commands come."""
        self._messages.write(Message(MessageType.ATR, atr))
        self._expect_success(f"the card (ATR {atr.hex().upper()})")
        self._socket.settimeout(None)

    def next_command(self) -> bytes | None:
        """Wait for a command; None when there will be no more."""
        while (message := self._messages.read()) is not None:
            match message.type:
                case MessageType.APDU:
                    self._exchanged_at = time.monotonic()
                    return message.payload
                case MessageType.ERROR:
                    # Only leave-taking is answered; after it no command comes.
                    if self._leaving:
                        break
                case MessageType.FLUSH:
                    self._write(Message(MessageType.FLUSH_COMPLETE, reader=message.reader))
                case MessageType.READER_REMOVE:
                    break
                case _:
                    self._write(Message.error(GENERAL_ERROR, message.reader))
        self._left.set()
        return None

    def answer(self, answer: bytes) -> None:
        """Answer the command, unless the card has left meanwhile."""
        self._write(Message(MessageType.APDU, answer))

    def give_up(self) -> None:
        """Say that no answer to the command will come, as a reader says of a mute card."""
        self._write(Message.error(GENERAL_ERROR))

    def take_out(self, disturb: Callable[[], None]) -> None:
        """Take the card out while another thread serves it; that then ends.

        `disturb` is called when no answer leaves any more: it ends a command under way.
        """
        with contextlib.suppress(OSError):
            self._leave()
            disturb()
            self._left.wait(_LEAVE_WITHIN)
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def take_out_alone(self) -> None:
        """Take the card out in the thread that serves it."""
        if self._left.is_set():
            return
        self._leave()
        self._socket.settimeout(_LEAVE_WITHIN)
        while self.next_command() is not None:
            pass

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _leave(self) -> None:
        # A command that is being carried out gets no answer any more: the reader would take
        # it for that of the next card's first command.
        with self._writing:
            if self._leaving:
                return
            self._leaving = True
        follows_at = self._exchanged_at + _GUEST_FOLLOWS_WITHIN
        self._left.wait(max(0.0, follows_at - time.monotonic()))
        self._messages.write(Message(MessageType.CARD_REMOVE))

    def _write(self, message: Message) -> None:
        with self._writing:
            if not self._leaving:
                self._messages.write(message)
                self._exchanged_at = time.monotonic()

    def _reply(self) -> Message:
        try:
            reply = self._messages.read()
        except TimeoutError:
            raise VscError(
                f"The reader did not answer within {_ANSWERS_WITHIN:.0f} s. "
                "Check whether another card is in it: it takes one at a time."
            ) from None
        if reply is None:
            raise VscError("The reader closed the line. Check that QEMU is still running.")
        return reply

    def _expect_success(self, what: str) -> None:
        reply = self._reply()
        while reply.introduces:  # QEMU does so by itself too, to whom it finds on the line
            reply = self._reply()
        if reply.type != MessageType.ERROR:
            raise VscError(f"The reader answered {what} with a message of type {reply.type}.")
        if reply.code != SUCCESS:
            raise VscError(f"The reader refused {what} (VSC error {reply.code}).")
