"""Which commands a fault strikes, as it is said in the fault's own text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from reader.description.layout import Application
from reader.description.narration import FILE_NAMES
from virtual_card.wrappers.specification import hexadecimal, number_from

if TYPE_CHECKING:
    from collections.abc import Callable

    from reader.description.narration import Target
    from virtual_card.wrappers.specification import Specification

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


@dataclass(frozen=True)
class CommandFilter:
    """Any fault may say by `command`, `application` and `file` which commands it strikes.

    Of those it lets the first `after` pass and strikes `times`.
    """

    KEYS: ClassVar = ("command", "application", "file", "after", "times")

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

    @classmethod
    def parse(cls, specification: Specification, *, usually: int | None) -> CommandFilter:
        """Read what a fault says of its commands; raises `SpecificationError`.

        `usually` is how many of them it strikes where that is not said.
        """
        application = specification.value(
            "application", _application, f"one of {', '.join(each.name for each in Application)}"
        )
        times = specification.value("times", number_from(1), "a number from 1 on")
        return cls(
            command=specification.value(
                "command", _command, f"one of {', '.join(COMMANDS)}, or an INS as two hex digits"
            ),
            application=application,
            file=specification.value("file", _file(application), "a file like 000A, or its name"),
            after=specification.value("after", number_from(0), "a number from 0 on") or 0,
            times=usually if times is None else times,
        )

    def written(self, *, usually: int | None) -> list[str]:
        """Write what `parse` reads, each as `key=value`; nothing of what goes without saying."""
        said = {
            "command": self.command or "",
            "application": self.application.name if self.application else "",
            "file": f"{self.file:04X}" if self.file is not None else "",
            "after": str(self.after or ""),
            "times": str(self.times) if self.times != usually else "",
        }
        return [f"{key}={value}" for key, value in said.items() if value]

    def fits(self, apdu: bytes, target: Target) -> bool:
        """Whether a command is one of those."""
        if self.command is not None and apdu[1:2] not in _instructions(self.command):
            return False
        if self.application is not None and target.application is not self.application:
            return False
        return self.file is None or target.file == self.file


EVERY_COMMAND: Final = CommandFilter()


def _instructions(command: str) -> frozenset[bytes]:
    values = COMMANDS.get(command)
    return frozenset(bytes((ins,)) for ins in values or (int(command, 16),))


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
