"""The trace of a card: what came, what it answered and when, in a file of JSON lines.

The first line names the form, the card's ATR and, where it is known, when the trace began by the
clock on the wall. Each further line is an event (`power-on`, `power-off`, `reset`) or a command,
with the seconds since the trace began, and those until the card had answered:

    {"at": 0.41, "event": "power-on"}
    {"at": 0.52, "took": 0.002, "command": "00A4040C0AD392F000260100000001", "answer": "9000"}
    {"at": 0.53, "took": 0.001, "command": "00200080", "secret": true, "answer": "63C2"}
    {"at": 0.61, "took": 0.2, "command": "00B0000000", "lost": "pulled"}

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
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeVar

from reader.description.narration import Narrator, Told, carries_secret
from virtual_card.plug import CardMute, CardPulled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from virtual_card.plug import Card

FORM: Final = "oqs-sim card trace 1"
_HEADER: Final = 4
_LONGEST_SECONDS: Final = 1e9


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
    took: float | None = None
    """Seconds until the card had answered, or would not; None in a trace that does not say."""


@dataclass(frozen=True)
class Trace:
    """A session as it was recorded."""

    atr: bytes
    entries: tuple[Control | Exchange, ...]
    begun: datetime | None = None
    """When it began, by the clock on the wall; None in a trace that does not say."""

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
        atr, begun = _understood(path, 1, head, _head)
        entries = tuple(_understood(path, n, line, _entry) for n, line in enumerate(rest, 2))
        return cls(atr, entries, begun)


class TraceFile:
    """A trace that is being written; each line is in the file when the answer leaves."""

    def __init__(self, path: Path, atr: bytes, begun: datetime | None = None) -> None:
        """Begin a new file; raises `TraceError`, also for one that exists.

        ``begun`` is now, by the clock on the wall.
        """
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
        head = {"form": FORM, "atr": atr.hex().upper()}
        self._write(head if begun is None else {**head, "begun": begun.isoformat()})

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
            if entry.took is not None:
                line["took"] = round(entry.took, 6)
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

    def _write(self, line: Mapping[str, object]) -> None:
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
            file.keep(Exchange(at, kept, secret, None, lost, file.now() - at))
            raise
        file.keep(Exchange(at, kept, secret, answer, took=file.now() - at))
        return answer

    def _note(self, event: ControlEvent) -> None:
        if self.file is not None:
            self.file.keep(Control(self.file.now(), event))


_EVENTS: Final = {
    ControlEvent.POWER_ON: Told("(電源 入)", "(power on)"),
    ControlEvent.POWER_OFF: Told("(電源 切)", "(power off)"),
    ControlEvent.RESET: Told("(リセット)", "(reset)"),
}
_LOSSES: Final = {
    None: Told("応答なし", "no answer"),
    Loss.PULLED: Told("応答なし (カードが抜かれた)", "no answer (the card was pulled out)"),
    Loss.MUTE: Told("応答なし (無応答)", "no answer (mute)"),
}


@dataclass(frozen=True)
class ToldEntry:
    """An entry of a trace, for people."""

    entry: Control | Exchange
    asked: Told
    """What was asked of the card, or what happened to it."""
    came: Told | None = None
    """What came of a command."""


def told_entries(trace: Trace) -> Iterator[ToldEntry]:
    """Tell a trace entry by entry."""
    narrator = Narrator()
    for entry in trace.entries:
        if isinstance(entry, Control):
            narrator.lose_power()
            yield ToldEntry(entry, _EVENTS[entry.event])
            continue
        # The header of a secret command, with a byte of data, so that it is told as one.
        command = entry.command + (b"\x01\x00" if entry.secret else b"")
        asked = narrator.tell_command(command)
        if entry.answer is None:
            came = _LOSSES[entry.lost]
        else:
            status = int.from_bytes(entry.answer[-2:], "big")
            came = narrator.tell_answer(command, len(entry.answer) - 2, status)
        yield ToldEntry(entry, asked, came)


Value = TypeVar("Value")


def _understood(path: Path, number: int, line: str, read: Callable[[Any], Value]) -> Value:
    try:
        return read(json.loads(line))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise TraceError(
            f"{path} is no trace of a card (line {number}). "
            "Take one that `oqs card insert --trace` has written."
        ) from None


def _head(head: dict[str, str]) -> tuple[bytes, datetime | None]:
    if head["form"] != FORM:
        raise ValueError(head["form"])
    begun = datetime.fromisoformat(head["begun"]) if "begun" in head else None
    if begun is not None and begun.tzinfo is None:
        raise ValueError(begun)
    return bytes.fromhex(head["atr"]), begun


def _seconds(written: str) -> float:
    seconds = float(written)
    if not 0 <= seconds <= _LONGEST_SECONDS:
        raise ValueError(written)
    return seconds


def _entry(line: dict[str, str]) -> Control | Exchange:
    at = _seconds(line["at"])
    if "event" in line:
        return Control(at, ControlEvent(line["event"]))
    answer = bytes.fromhex(line["answer"]) if "answer" in line else None
    if answer is not None and len(answer) < 2:
        raise ValueError(line["answer"])
    lost = Loss(line["lost"]) if "lost" in line else None
    if (answer is None) is (lost is None):
        raise ValueError("an answer or a loss")
    took = _seconds(line["took"]) if "took" in line else None
    command = bytes.fromhex(line["command"])
    return Exchange(at, command, bool(line.get("secret")), answer, lost, took)
