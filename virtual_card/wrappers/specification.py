"""The form in which a fault or a timing is written: `word:key=value,key=value`.

Test code, the command line and HTTP share it, so that what was tried in one place can be
carried to another as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Value = TypeVar("Value")


class PhraseError(ValueError):
    """A phrase cannot be understood; the message quotes it and says what can be written."""


@dataclass(frozen=True)
class Phrase:
    """A word with its settings, as somebody wrote them."""

    text: str
    word: str
    settings: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> Phrase:
        """Take a text apart; raises `PhraseError`."""
        word, colon, rest = text.strip().partition(":")
        settings: dict[str, str] = {}
        for part in rest.split(",") if colon else ():
            key, equals, value = (piece.strip() for piece in part.partition("="))
            if not (key and equals and value):
                raise PhraseError(f"{text!r}: {part!r} is not of the form key=value.")
            if key.lower() in settings:
                raise PhraseError(f"{text!r} says {key.lower()} twice.")
            settings[key.lower()] = value
        return cls(text.strip(), word.strip().lower(), settings)

    def expect_only(self, known: Iterable[str]) -> None:
        """Refuse settings of another name; raises `PhraseError`."""
        names = tuple(known)
        for key in self.settings:
            if key not in names:
                raise PhraseError(
                    f"{self.text!r}: {self.word} takes {', '.join(names)}, not {key!r}."
                )

    def value(self, key: str, read: Callable[[str], Value], meant: str) -> Value | None:
        """Read a setting; None where it is not said. Raises `PhraseError`, naming what is meant."""
        written = self.settings.get(key)
        if written is None:
            return None
        try:
            return read(written)
        except (ValueError, KeyError):
            raise PhraseError(f"{self.text!r}: {key} must be {meant}, not {written!r}.") from None


def count(text: str) -> int:
    """Read a number that is 0 or more."""
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def hexadecimal(digits: int) -> Callable[[str], int]:
    """Return what reads a number of so many hexadecimal digits."""

    def read(text: str) -> int:
        plain = text.lower().removeprefix("0x")
        if len(plain) != digits:
            raise ValueError(text)
        return int(plain, 16)

    return read
