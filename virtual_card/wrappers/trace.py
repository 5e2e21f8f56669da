"""The trace of a card: what came, what it answered and when, in a file of JSON lines.

The first line names the form and the card's ATR. Each further line is an event (`power-on`,
`power-off`, `reset`) or a command, with the seconds since the trace began:

    {"at": 0.41, "event": "power-on"}
    {"at": 0.52, "command": "00A4040C0AD392F000260100000001", "answer": "9000"}
    {"at": 0.53, "command": "00200080", "secret": true, "answer": "63C2"}
    {"at": 0.61, "command": "00B0000000", "lost": "pulled"}

Of whatever can carry a PIN (VERIFY, a PIN change, an ENVELOPE) only the four bytes of the header
are kept: no PIN and no length of one reaches the disk. Answers are kept whole, as a replay needs
them; they hold what the card holds, so the file is its owner's only (0600) and does not belong to
other people.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeVar

from reader.description.narration import Narrator, carries_secret
from virtual_card.plug import CardMute, CardPulled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from virtual_card.plug import Card

FORM: Final = "oqs-sim card trace 1"
_HEADER: Final = 4


class TraceError(Exception):
    """A trace cannot be written or read; the message names the file and the reason."""


class ControlEvent(StrEnum):
    """What the reader did to the card."""

    POWER_ON = "power-on"
    POWER_OFF = "power-off"
    RESET = "reset"


class Loss(StrEnum):
    """Why a command got no answer."""

    PULLED = "pulled"
    MUTE = "mute"


@dataclass(frozen=True)
class Control:
    """An event between commands."""

    at: float
    """Seconds since the trace began."""
    event: ControlEvent


@dataclass(frozen=True)
class Exchange:
    """A command, and what came of it."""

    at: float
    """Seconds since the trace began, when the command arrived."""
    command: bytes
    """Of a secret one, only the header."""
    secret: bool
    answer: bytes | None
    """Data and status word; None where no answer left the card."""
    lost: Loss | None = None
    """Why there is none."""


@dataclass(frozen=True)
class Trace:
    """A session as it was recorded."""

    atr: bytes
    entries: tuple[Control | Exchange, ...]

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The commands without what lay between them."""
        return tuple(entry for entry in self.entries if isinstance(entry, Exchange))

    @classmethod
    def load(cls, path: Path) -> Trace:
        """Read a trace; raises `TraceError`."""
        try:
            lines = path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise TraceError(f"{path} cannot be read: {reason}.") from None
        head, *rest = lines or [""]
        atr = _understood(path, 1, head, _atr)
        return cls(atr, tuple(_understood(path, n, line, _entry) for n, line in enumerate(rest, 2)))


class TraceFile:
    """A trace that is being written; each line is in the file when the answer leaves."""

    def __init__(self, path: Path, atr: bytes) -> None:
        """Begin a new file; raises `TraceError`, also for one that exists."""
        self.path = path
        self._begun = time.monotonic()
        self._alone = threading.Lock()
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise TraceError(f"{path} exists already. Name a new file for the trace.") from None
        except OSError as error:
            raise TraceError(f"{path} cannot be written: {error.strerror}.") from None
        self._file = os.fdopen(descriptor, "w", encoding="utf-8")
        self._write({"form": FORM, "atr": atr.hex().upper()})

    @property
    def closed(self) -> bool:
        """Whether the trace has ended."""
        return self._file.closed

    def now(self) -> float:
        """Return the seconds since the trace began."""
        return time.monotonic() - self._begun

    def keep(self, entry: Control | Exchange) -> None:
        """Write an entry."""
        line: dict[str, object] = {"at": round(entry.at, 6)}
        if isinstance(entry, Control):
            line["event"] = entry.event
        else:
            line["command"] = entry.command.hex().upper()
            if entry.secret:
                line["secret"] = True
            if entry.answer is not None:
                line["answer"] = entry.answer.hex().upper()
            if entry.lost is not None:
                line["lost"] = entry.lost
        self._write(line)

    def close(self) -> None:
        """End the trace. May be called twice."""
        with self._alone, contextlib.suppress(OSError):
            self._file.close()

    def _write(self, line: dict[str, object]) -> None:
        # A full disk ends the trace, not the card.
        with self._alone, contextlib.suppress(OSError, ValueError):
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()


class TracedCard:
    """Wraps a card; writes down what goes in and out while there is a file to write to."""

    def __init__(self, card: Card, file: TraceFile | None = None) -> None:
        """Wrap a card; `file` may be changed at any time. Whoever made it closes it."""
        self.file = file
        self._card = card

    @property
    def atr(self) -> bytes:
        """See `Card.atr`."""
        return self._card.atr

    def power_on(self) -> bytes:
        """See `Card.power_on`."""
        self._note(ControlEvent.POWER_ON)
        return self._card.power_on()

    def power_off(self) -> None:
        """See `Card.power_off`."""
        self._note(ControlEvent.POWER_OFF)
        self._card.power_off()

    def reset(self) -> bytes:
        """See `Card.reset`."""
        self._note(ControlEvent.RESET)
        return self._card.reset()

    def process(self, apdu: bytes, /) -> bytes:
        """See `Card.process`."""
        file = self.file
        if file is None:
            return self._card.process(apdu)
        at = file.now()
        secret = carries_secret(apdu)
        kept = apdu[:_HEADER] if secret else apdu
        try:
            answer = self._card.process(apdu)
        except (CardPulled, CardMute) as error:
            lost = Loss.PULLED if isinstance(error, CardPulled) else Loss.MUTE
            file.keep(Exchange(at, kept, secret, None, lost))
            raise
        file.keep(Exchange(at, kept, secret, answer))
        return answer

    def _note(self, event: ControlEvent) -> None:
        if self.file is not None:
            self.file.keep(Control(self.file.now(), event))


_EVENTS: Final = {
    ControlEvent.POWER_ON: "電源 入",
    ControlEvent.POWER_OFF: "電源 切",
    ControlEvent.RESET: "リセット",
}
_LOSSES: Final = {Loss.PULLED: "応答なし (カードが抜かれた)", Loss.MUTE: "応答なし (無応答)"}


def annotated(trace: Trace) -> Iterator[str]:
    """Tell a trace line by line, for people."""
    narrator = Narrator()
    for entry in trace.entries:
        if isinstance(entry, Control):
            narrator.lose_power()
            told = f"({_EVENTS[entry.event]})"
        else:
            # The header of a secret command, with a byte of data, so that it is told as one.
            command = entry.command + (b"\x01\x00" if entry.secret else b"")
            if entry.answer is None:
                lost = "応答なし" if entry.lost is None else _LOSSES[entry.lost]
                told = f"{narrator.tell_command(command)} → {lost}"
            else:
                status = int.from_bytes(entry.answer[-2:], "big")
                told = narrator.tell(command, len(entry.answer) - 2, status)
        yield f"{entry.at:10.4f}  {told}"


Value = TypeVar("Value")


def _understood(path: Path, number: int, line: str, read: Callable[[Any], Value]) -> Value:
    try:
        return read(json.loads(line))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise TraceError(
            f"{path} is no trace of a card (line {number}). "
            "Take one that `oqs card insert --trace` has written."
        ) from None


def _atr(head: dict[str, str]) -> bytes:
    if head["form"] != FORM:
        raise ValueError(head["form"])
    return bytes.fromhex(head["atr"])


def _entry(line: dict[str, str]) -> Control | Exchange:
    at = float(line["at"])
    if "event" in line:
        return Control(at, ControlEvent(line["event"]))
    answer = bytes.fromhex(line["answer"]) if "answer" in line else None
    if answer is not None and len(answer) < 2:
        raise ValueError(line["answer"])
    lost = Loss(line["lost"]) if "lost" in line else None
    if (answer is None) is (lost is None):
        raise ValueError("an answer or a loss")
    return Exchange(at, bytes.fromhex(line["command"]), bool(line.get("secret")), answer, lost)
