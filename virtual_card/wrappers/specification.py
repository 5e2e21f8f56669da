"""The form in which a fault or a timing is written: `word:key=value,key=value`.

Test code, the command line and HTTP share it, so that what was tried in one place can be
carried to another as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Value = TypeVar("Value")


class SpecificationError(ValueError):
    """A text cannot be understood; the message quotes it and says what can be written."""


@dataclass(frozen=True)
class Specification:
    """A word with its settings, as somebody wrote them."""

    text: str
    word: str
    settings: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> Specification:
        """Take a text apart; raises `SpecificationError`."""
        word, colon, rest = text.strip().partition(":")
        settings: dict[str, str] = {}
        for part in rest.split(",") if colon else ():
            key, equals, value = (piece.strip() for piece in part.partition("="))
            if not (key and equals and value):
                raise SpecificationError(f"{text!r}: {part!r} is not of the form key=value.")
            if key.lower() in settings:
                raise SpecificationError(f"{text!r} says {key.lower()} twice.")
            settings[key.lower()] = value
        return cls(text.strip(), word.strip().lower(), settings)

    def expect_only(self, known: Iterable[str]) -> None:
        """Refuse settings of another name; raises `SpecificationError`."""
        names = tuple(known)
        for key in self.settings:
            if key not in names:
                raise SpecificationError(
                    f"{self.text!r}: {self.word} takes {', '.join(names)}, not {key!r}."
                )

    def value(self, key: str, read: Callable[[str], Value], meant: str) -> Value | None:
        """Read a setting; None where it is not said.

        Raises `SpecificationError`, naming what is meant.
        """
        written = self.settings.get(key)
        if written is None:
            return None
        try:
            return read(written)
        except (ValueError, KeyError):
            raise SpecificationError(
                f"{self.text!r}: {key} must be {meant}, not {written!r}."
            ) from None


@dataclass(frozen=True)
class Setting(Generic[Value]):
    """How a value is read from a specification, and written again."""

    key: str
    meant: str
    """What can be said, for a person."""
    read: Callable[[str], Value]
    """Raises ValueError or KeyError for anything else."""
    write: Callable[[Value], str] = str
    implied: Value | None = None
    """What is meant where it is not said; written all the same."""

    def of(self, specification: Specification) -> Value:
        """Read the value; raises `SpecificationError`, also where it must be said and is not."""
        said = specification.value(self.key, self.read, self.meant)
        value = self.implied if said is None else said
        if value is None:
            raise SpecificationError(f"{specification.text!r} must say {self.key}, {self.meant}.")
        return value


def number_from(least: int, most: int | None = None) -> Callable[[str], int]:
    """Return what reads a number within these bounds."""

    def read(text: str) -> int:
        number = int(text)
        if number < least or (most is not None and number > most):
            raise ValueError(text)
        return number

    return read


def hexadecimal(digits: int) -> Callable[[str], int]:
    """Return what reads a number of so many hexadecimal digits."""

    def read(text: str) -> int:
        plain = text.lower().removeprefix("0x")
        if len(plain) != digits:
            raise ValueError(text)
        return int(plain, 16)

    return read
