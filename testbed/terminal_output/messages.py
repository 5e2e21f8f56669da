"""How a command that looks at readers and cards speaks: in one language, mistakes as sentences."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from reader.description.status import describe
from reader.errors import PinBlocked, PinNotSent, PinWrong, ReaderError
from testbed.story import in_japanese

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FAILED = 1
"""Exit code: service, reader or card did not do it."""
PIN_WRONG, PIN_LOCKED, PIN_NOT_SENT = 3, 4, 5
"""Exit codes of a PIN: a try was used; there is none left; none was used."""

EXIT_CODES = (
    "Exit codes: 0 done, 1 service, reader or card failed, 2 wrong option, "
    "3 wrong PIN (a try was used), 4 PIN locked or never set, 5 PIN not sent (no try was used)."
)


@dataclass(frozen=True)
class Speech:
    """Speaks one language."""

    japanese: bool

    def __call__(self, japanese: str, english: str) -> str:
        """Choose the text in this language."""
        return japanese if self.japanese else english

    def tell(self, japanese: str, english: str, *, err: bool = False) -> None:
        """Print a line."""
        click.echo(self(japanese, english), err=err)

    def of(self, error: ReaderError) -> str:
        """Say an error for a person, the card's own word in brackets at its end."""
        sentence = self(error.ja, error.en)
        return (
            sentence if error.status_word is None else f"{sentence} [{describe(error.status_word)}]"
        )


def language(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option --lang, which comes as the argument `speech`."""

    def chosen(_context: click.Context, _option: click.Parameter, value: str | None) -> Speech:
        return Speech(in_japanese() if value is None else value == "ja")

    return click.option(
        "--lang",
        "speech",
        type=click.Choice(["ja", "en"]),
        callback=chosen,
        help="The language; without it, that of the terminal.",
    )(command)


@contextmanager
def mistakes_as_sentences(speech: Speech) -> Iterator[None]:
    """End the command with a sentence and its exit code where a reader or a card fails."""
    try:
        yield
    except ReaderError as error:
        click.echo(f"oqs: {speech.of(error)}", err=True)
        sys.exit(exit_code(error))
    except click.Abort:
        speech.tell(
            "\n取りやめました。カードには何も送っていません。",
            "\nCancelled. Nothing was sent to the card.",
            err=True,
        )
        sys.exit(PIN_NOT_SENT)
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        speech.tell(
            f"oqs: ファイル{where and where + ' '}を読み書きできません({error.strerror})。"
            "場所と権限を確かめてください。",
            f"oqs: The file{where} cannot be read or written ({error.strerror}). "
            "Check where it is and whose.",
            err=True,
        )
        sys.exit(FAILED)


def exit_code(error: ReaderError) -> int:
    """Return the exit code that an error stands for."""
    match error:
        case PinWrong():
            return PIN_WRONG
        case PinBlocked():
            return PIN_LOCKED
        case PinNotSent():
            return PIN_NOT_SENT
    return FAILED
