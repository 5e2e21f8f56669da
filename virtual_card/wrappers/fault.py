"""What goes wrong on a real desk, as values that can be written and read.

A fault is written `kind:key=value,...`, in test code, on the command line and over HTTP alike:

    slow:ms=200,command=SIGN              each signature takes 200 ms more
    mute:after=3                          the fourth command is the first without an answer
    answer:status=6F00,command=VERIFY     VERIFY is answered 6F00 and not carried out
    corrupt:position=0,xor=FF,command=READ,times=1    one byte is wrong in one answer
    cut:bytes=10,file=000A                an answer ends after 10 bytes
    remove:after=6                        the card is gone at the seventh command
    remove:moment=answer,command=SIGN     it signs, and is gone before the answer is out
    die:after=2                           from the third command on it is dead, until repaired

Which commands it strikes is said by `command`, `application` and `file`; of those it lets the
first `after` pass and strikes `times`, all of them if that is not said. Several faults are at
work side by side; `faulty` has them happen to a card.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Final

from reader.description.layout import Application
from reader.description.narration import FILE_NAMES
from virtual_card.wrappers.specification import Phrase, PhraseError, count, hexadecimal

if TYPE_CHECKING:
    from collections.abc import Callable

    from reader.description.narration import Target
    from virtual_card.wrappers.specification import Value

COMMANDS: Final = {
    "SELECT": frozenset({0xA4}),
    "READ": frozenset({0xB0, 0xB2}),
    "VERIFY": frozenset({0x20}),
    "CHANGE": frozenset({0x24, 0x32}),
    "SIGN": frozenset({0x2A}),
    "CHALLENGE": frozenset({0x84}),
    "AUTHENTICATE": frozenset({0x82, 0x88}),
    "DATA": frozenset({0xCA, 0xCB}),
}
"""Names of commands, with their INS."""

LONGEST_DELAY: Final = 600_000
"""Milliseconds; more is a mute card."""


@dataclass(frozen=True)
class Selection:
    """Which commands a fault strikes."""

    command: str | None = None
    """A name of `COMMANDS`, or an INS as two hexadecimal digits; None for every command."""
    application: Application | None = None
    """Only where this application is current, or is being selected."""
    file: int | None = None
    """Only where the command is about this file."""
    after: int = 0
    """How many of those it lets pass first."""
    times: int | None = None
    """How many it strikes then; None for all."""

    def fits(self, apdu: bytes, target: Target) -> bool:
        """Whether a command is one of those."""
        if self.command is not None and apdu[1:2] not in _instructions(self.command):
            return False
        if self.application is not None and target.application is not self.application:
            return False
        return self.file is None or target.file == self.file


EVERY: Final = Selection()


@dataclass(frozen=True)
class Slow:
    """The card takes longer before it answers, by so many milliseconds."""

    word: ClassVar = "slow"
    ms: int
    on: Selection = EVERY


@dataclass(frozen=True)
class Mute:
    """The card carries out nothing and answers nothing from a command on.

    It stays mute through resets, until the fault is cleared or the card is put in anew.
    """

    word: ClassVar = "mute"
    on: Selection = EVERY


@dataclass(frozen=True)
class Answer:
    """The card answers this status word and does not carry the command out."""

    word: ClassVar = "answer"
    status: int
    on: Selection = EVERY


@dataclass(frozen=True)
class Corrupt:
    """One byte of an answer is changed on its way; an answer that is shorter is not."""

    word: ClassVar = "corrupt"
    position: int
    xor: int
    on: Selection = EVERY


@dataclass(frozen=True)
class Cut:
    """Of an answer only the first bytes get through, as a broken reader might pass it on."""

    word: ClassVar = "cut"
    bytes: int
    on: Selection = EVERY


class Moment(StrEnum):
    """When a card is pulled out."""

    COMMAND = "command"
    """Before it has carried the command out."""
    ANSWER = "answer"
    """When it has, in the middle of the answer."""


@dataclass(frozen=True)
class Remove:
    """The card is pulled out instead of answering; put in again, it is as before."""

    word: ClassVar = "remove"
    moment: Moment = Moment.COMMAND
    on: Selection = field(default=Selection(times=1))


@dataclass(frozen=True)
class Die:
    """The card breaks: it answers nothing and does not wake up any more, until repaired."""

    word: ClassVar = "die"
    on: Selection = EVERY


Fault = Slow | Mute | Answer | Corrupt | Cut | Remove | Die


def parse_fault(text: str) -> Fault:
    """Read a fault as it is written; raises `PhraseError`, which says what can be written."""
    phrase = Phrase.parse(text)
    if phrase.word not in _KEYS:
        raise PhraseError(
            f"There is no fault {phrase.word!r}. The faults are {', '.join(_KEYS)}; "
            "one is written like slow:ms=200,command=SIGN."
        )
    phrase.expect_only((*_KEYS[phrase.word], *_SELECTION_KEYS))
    match phrase.word:
        case Slow.word:
            delay = f"milliseconds from 1 to {LONGEST_DELAY}"
            return Slow(_needed(phrase, "ms", _delay, delay), _selection(phrase))
        case Mute.word:
            return Mute(_selection(phrase))
        case Answer.word:
            status = _needed(phrase, "status", hexadecimal(4), "a status word like 6982")
            return Answer(status, _selection(phrase))
        case Corrupt.word:
            position = phrase.value("position", count, "the number of a byte, from 0 on")
            xor = phrase.value("xor", hexadecimal(2), "two hexadecimal digits")
            return Corrupt(position or 0, 0xFF if xor is None else xor, _selection(phrase))
        case Cut.word:
            length = _needed(phrase, "bytes", count, "a number of bytes")
            return Cut(length, _selection(phrase))
        case Remove.word:
            moment = phrase.value("moment", Moment, "command or answer") or Moment.COMMAND
            return Remove(moment, _selection(phrase, times=1))
        case _:
            return Die(_selection(phrase))


def written(fault: Fault) -> str:
    """Write a fault as `parse_fault` reads it."""
    own: list[str] = []
    match fault:
        case Slow(ms):
            own = [f"ms={ms}"]
        case Answer(status):
            own = [f"status={status:04X}"]
        case Corrupt(position, xor):
            own = [f"position={position}", f"xor={xor:02X}"]
        case Cut(length):
            own = [f"bytes={length}"]
        case Remove(moment):
            own = [f"moment={moment}"] if moment is not Moment.COMMAND else []
        case _:
            pass
    on, usual = fault.on, 1 if isinstance(fault, Remove) else None
    own += [f"command={on.command}"] if on.command else []
    own += [f"application={on.application.name}"] if on.application else []
    own += [f"file={on.file:04X}"] if on.file is not None else []
    own += [f"after={on.after}"] if on.after else []
    own += [f"times={on.times}"] if on.times != usual else []
    return ":".join(filter(None, (fault.word, ",".join(own))))


def _instructions(command: str) -> frozenset[bytes]:
    values = COMMANDS.get(command)
    return frozenset(bytes((ins,)) for ins in values or (int(command, 16),))


_SELECTION_KEYS = ("command", "application", "file", "after", "times")


def _selection(phrase: Phrase, times: int | None = None) -> Selection:
    application = phrase.value(
        "application", _application, f"one of {', '.join(each.name for each in Application)}"
    )
    said = phrase.value("times", _from_1, "a number from 1 on")
    return Selection(
        command=phrase.value(
            "command", _command, f"one of {', '.join(COMMANDS)}, or an INS as two hex digits"
        ),
        application=application,
        file=phrase.value("file", _file(application), "a file like 000A, or its name"),
        after=phrase.value("after", count, "a number from 0 on") or 0,
        times=times if said is None else said,
    )


def _needed(phrase: Phrase, key: str, read: Callable[[str], Value], meant: str) -> Value:
    value = phrase.value(key, read, meant)
    if value is None:
        raise PhraseError(f"{phrase.text!r} must say {key}, {meant}.")
    return value


def _delay(text: str) -> int:
    if not 1 <= int(text) <= LONGEST_DELAY:
        raise ValueError(text)
    return int(text)


def _from_1(text: str) -> int:
    if int(text) < 1:
        raise ValueError(text)
    return int(text)


def _command(text: str) -> str:
    name = text.upper()
    if name not in COMMANDS:
        hexadecimal(2)(name)
    return name


def _application(text: str) -> Application:
    return Application[_constant(text)]


def _file(application: Application | None) -> Callable[[str], int]:
    def read(text: str) -> int:
        for known in FILE_NAMES if application is None else (application,):
            for file in FILE_NAMES.get(known, ()):
                if file.name == _constant(text):
                    return int(file)
        return hexadecimal(4)(text)

    return read


def _constant(text: str) -> str:
    return text.upper().replace("-", "_")


_KEYS: Final[dict[str, tuple[str, ...]]] = {
    Slow.word: ("ms",),
    Mute.word: (),
    Answer.word: ("status",),
    Corrupt.word: ("position", "xor"),
    Cut.word: ("bytes",),
    Remove.word: ("moment",),
    Die.word: (),
}
"""What can be said of each kind, beside the commands that it strikes."""
