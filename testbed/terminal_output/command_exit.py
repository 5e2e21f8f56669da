"""How a command ends where something went wrong: with a sentence and an exit code."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from eligibility.sentence import Sentence
from reader.description.status import describe
from reader.errors import PinBlocked, PinNotSent, PinWrong, ReaderError
from testbed.mistakes import Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testbed.terminal_output.speech import Speech

FAILED = 1
"""Exit code: what was asked for was not done; service, reader or card did not do it."""
PIN_WRONG, PIN_LOCKED, PIN_NOT_SENT = 3, 4, 5
"""Exit codes of a PIN: a try was used; there is none left; none was used."""

EXIT_CODES = (
    "Exit codes: 0 done, 1 service, reader or card failed, 2 wrong option, "
    "3 wrong PIN (a try was used), 4 PIN locked or never set, 5 PIN not sent (no try was used)."
)


@contextmanager
def mistakes_told(command: str) -> Iterator[None]:
    """End a command with the sentence of a mistake that its caller can mend."""
    try:
        yield
    except Mistake as error:
        click.echo(f"oqs {command}: {error}", err=True)
        sys.exit(FAILED)


@contextmanager
def reader_errors_told(speech: Speech) -> Iterator[None]:
    """End a command with a sentence and its exit code where a reader, a card or a file fails."""
    try:
        yield
    except ReaderError as error:
        click.echo(f"oqs: {sentence_of(error, speech)}", err=True)
        sys.exit(exit_code(error))
    except click.Abort:
        speech.tell(
            Sentence(
                "\n取りやめました。カードには何も送っていません。",
                "\nCancelled. Nothing was sent to the card.",
            ),
            err=True,
        )
        sys.exit(PIN_NOT_SENT)
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        speech.tell(
            Sentence(
                f"oqs: ファイル{where and where + ' '}を読み書きできません({error.strerror})。"
                "場所と権限を確かめてください。",
                f"oqs: The file{where} cannot be read or written ({error.strerror}). "
                "Check where it is and whose.",
            ),
            err=True,
        )
        sys.exit(FAILED)


def sentence_of(error: ReaderError, speech: Speech) -> str:
    """Say an error for a person, the card's own word in brackets at its end."""
    sentence = speech(error)
    return sentence if error.status_word is None else f"{sentence} [{describe(error.status_word)}]"


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
