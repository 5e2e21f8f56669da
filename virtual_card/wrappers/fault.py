"""What goes wrong on a real desk: each kind of fault is a class here, and nothing else anywhere.

A fault is written `kind:key=value,...`, in test code, on the command line and over HTTP alike. Its
class reads and writes it, tells it (its docstring is the help text, with examples) and strikes.
Several faults are at work side by side; `faulty_card` has them happen to a card.
"""

import inspect
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, get_type_hints

from virtual_card.plug import CardPulled
from virtual_card.wrappers.command_filter import EVERY_COMMAND, CommandFilter
from virtual_card.wrappers.specification import (
    Setting,
    Specification,
    SpecificationError,
    hexadecimal,
    number_from,
)

LONGEST_DELAY: Final = 600_000
"""Milliseconds; more is a mute card."""


@dataclass
class Disruption:
    """What all faults that strike a command do to it together.

    A card that falls silent is not pulled out, and one that is pulled out answers nothing.
    """

    delay: int = 0
    """Milliseconds before anything else happens."""
    dies: bool = False
    falls_mute: bool = False
    pulled: bool = False
    answer: bytes | None = None
    """What is answered in place of carrying the command out."""


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong with a card when certain commands come."""

    kinds: ClassVar[dict[str, type["Fault"]]] = {}
    """All there are, by the word that each is written with."""
    word: ClassVar[str]
    deadly: ClassVar[bool] = False
    """Whether the card must be repaired after it, which ends the fault too."""

    on: CommandFilter = field(default=EVERY_COMMAND, kw_only=True)
    """Which commands it strikes."""

    def __init_subclass__(cls, *, word: str) -> None:
        cls.word = word
        Fault.kinds[word] = cls

    @classmethod
    def parse(cls, text: str) -> "Fault":
        """Read a fault as it is written; raises `SpecificationError`, saying what can be."""
        specification = Specification.parse(text)
        kind = cls.kinds.get(specification.word)
        if kind is None:
            raise SpecificationError(
                f"There is no fault {specification.word!r}. The faults are "
                f"{', '.join(cls.kinds)}; one is written like slow:ms=200,command=SIGN."
            )
        settings = kind.settings()
        keys = (setting.key for setting in settings.values())
        specification.expect_only((*keys, *CommandFilter.KEYS))
        own = {name: setting.of(specification) for name, setting in settings.items()}
        return kind(**own, on=CommandFilter.parse(specification, usually=kind.on.times))

    def __str__(self) -> str:
        """Write the fault as `parse` reads it, without what goes without saying."""
        own = [
            f"{setting.key}={setting.write(getattr(self, name))}"
            for name, setting in self.settings().items()
            if getattr(self, name) != getattr(type(self), name, None)
        ]
        said = ",".join((*own, *self.on.written(usually=type(self).on.times)))
        return ":".join(filter(None, (self.word, said)))

    def strike(self, disruption: Disruption) -> None:
        """Add what it does to a command before that is carried out."""

    def damage(self, answer: bytes) -> bytes:
        """Return what gets through of an answer; raises `CardPulled` where none does."""
        return answer

    @classmethod
    def help_text(cls) -> str:
        """Tell what happens, with examples, and what can be said of it, for a terminal."""
        told = [line for line in inspect.cleandoc(cls.__doc__ or "").splitlines() if line]
        for setting in cls.settings().values():
            implied = "" if setting.implied is None else f" ({setting.write(setting.implied)})"
            told.append(f"{setting.key}: {setting.meant}{implied}")
        return "\n  ".join((cls.word, *told))

    @classmethod
    def settings(cls) -> dict[str, Setting[Any]]:
        """Return how each field that only this kind has is written."""
        return {
            name: setting
            for name, hint in get_type_hints(cls, include_extras=True).items()
            for setting in getattr(hint, "__metadata__", ())
        }


@dataclass(frozen=True)
class Slow(Fault, word="slow"):
    """The answer comes later.

    slow:ms=200,command=SIGN            each signature takes 200 ms more
    """

    ms: Annotated[
        int,
        Setting("ms", f"milliseconds from 1 to {LONGEST_DELAY}", number_from(1, LONGEST_DELAY)),
    ]

    def strike(self, disruption: Disruption) -> None:
        """Let it take longer."""
        disruption.delay += self.ms


@dataclass(frozen=True)
class Mute(Fault, word="mute"):
    """Nothing is carried out and nothing answered from a command on.

    Resets do not help; to clear the fault does, or to put the card in anew.

    mute:after=3                        no answer from the fourth command on
    """

    def strike(self, disruption: Disruption) -> None:
        """Fall silent."""
        disruption.falls_mute = True


@dataclass(frozen=True)
class Answer(Fault, word="answer"):
    """The command is answered with a status word and not carried out.

    answer:status=6F00,command=VERIFY   VERIFY is answered 6F00, not carried out
    """

    status: Annotated[
        int, Setting("status", "a status word like 6982", hexadecimal(4), "{:04X}".format)
    ]

    def strike(self, disruption: Disruption) -> None:
        """Answer, unless a fault before this one has."""
        if disruption.answer is None:
            disruption.answer = self.status.to_bytes(2, "big")


@dataclass(frozen=True)
class Corrupt(Fault, word="corrupt"):
    """One byte of the answer is changed; an answer too short for that is not.

    corrupt:position=0,xor=FF,times=1   one byte is wrong in one answer
    """

    position: Annotated[
        int, Setting("position", "the number of a byte, from 0 on", number_from(0), implied=0)
    ]
    xor: Annotated[
        int, Setting("xor", "two hexadecimal digits", hexadecimal(2), "{:02X}".format, implied=0xFF)
    ]

    def damage(self, answer: bytes) -> bytes:
        """Change the byte."""
        damaged = bytearray(answer)
        if self.position < len(damaged):
            damaged[self.position] ^= self.xor
        return bytes(damaged)


@dataclass(frozen=True)
class Cut(Fault, word="cut"):
    """Only the first bytes of the answer get through, two at least.

    cut:bytes=10,file=000A              an answer ends after 10 bytes
    """

    length: Annotated[int, Setting("bytes", "a number of bytes", number_from(0))]

    def damage(self, answer: bytes) -> bytes:
        """Leave the rest off; without two bytes no reader would call it an answer."""
        return answer[: max(self.length, 2)]


class Moment(StrEnum):
    """When a card is pulled out."""

    COMMAND = "command"
    """Before it has carried the command out."""
    ANSWER = "answer"
    """When it has, in the middle of the answer."""


@dataclass(frozen=True)
class Remove(Fault, word="remove"):
    """The card is pulled out instead of answering; put in again, it is as before.

    It has not carried out the command, or with moment=answer it has.

    remove:after=6                      the card is gone at the seventh command
    remove:moment=answer,command=SIGN   it signs, and goes in the middle of the answer
    """

    moment: Annotated[
        Moment, Setting("moment", "command or answer", Moment, implied=Moment.COMMAND)
    ] = Moment.COMMAND
    on: CommandFilter = field(default=CommandFilter(times=1), kw_only=True)

    def strike(self, disruption: Disruption) -> None:
        """Go before the command is carried out."""
        if self.moment is Moment.COMMAND:
            disruption.pulled = True

    def damage(self, answer: bytes) -> bytes:
        """Go when it has been."""
        if self.moment is Moment.ANSWER:
            raise CardPulled
        return answer


@dataclass(frozen=True)
class Die(Fault, word="die"):
    """The card breaks: it answers nothing and does not wake up, until repaired.

    To put it in again does not help.

    die                                 no answer ever again, until `oqs card repair`
    """

    deadly = True

    def strike(self, disruption: Disruption) -> None:
        """Fall silent for good."""
        disruption.dies = True
