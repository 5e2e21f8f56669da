"""The language in which a command speaks."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self

import click

if TYPE_CHECKING:
    from collections.abc import Callable


def in_japanese() -> bool:
    """Tell whether this terminal's language is Japanese."""
    language = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG")
    return (language or "").startswith("ja")


class TwoLanguages(Protocol):
    """A `Sentence`, or what carries one: an error of the reader, a PIN of the card."""

    @property
    def ja(self) -> str:
        """The text in Japanese."""

    @property
    def en(self) -> str:
        """The text in English."""


@dataclass(frozen=True)
class Speech:
    """Speaks one language."""

    japanese: bool

    @classmethod
    def of_terminal(cls) -> Self:
        """Speak the terminal's language."""
        return cls(in_japanese())

    def __call__(self, sentence: TwoLanguages) -> str:
        """Choose the text in this language."""
        return sentence.ja if self.japanese else sentence.en

    def tell(self, sentence: TwoLanguages, *, err: bool = False) -> None:
        """Print a line."""
        click.echo(self(sentence), err=err)


def language(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option --lang, which comes as the argument `speech`."""

    def chosen(_context: click.Context, _option: click.Parameter, value: str | None) -> Speech:
        return Speech.of_terminal() if value is None else Speech(value == "ja")

    return click.option(
        "--lang",
        "speech",
        type=click.Choice(["ja", "en"]),
        callback=chosen,
        help="The language; without it, that of the terminal.",
    )(command)
