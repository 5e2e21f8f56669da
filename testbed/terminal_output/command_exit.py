"""How a command ends where something went wrong: with a sentence and an exit code.

For a program (``--json``) the error also comes on the standard output in place of the answer, as
``{"error": {"code": …, "message": …}}``, so that there is one document whatever happens.
"""

from __future__ import annotations

import errno
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import click

from eligibility.sentence import Sentence
from reader.description.status import describe
from reader.errors import (
    NoService,
    PinBlocked,
    PinNotSent,
    PinWrong,
    ReaderError,
    private_socket,
)
from testbed.mistakes import Mistake
from testbed.terminal_output.speech import Speech, in_json, tell_json
from wire.system_error import reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator

FAILED = 1
"""Exit code: what was asked for was not done; service, reader or card did not do it."""
PIN_WRONG, PIN_LOCKED, PIN_NOT_SENT = 3, 4, 5
"""Exit codes of a PIN: a try was used; there is none left; none was used."""

EXIT_CODES = (
    "Exit codes: 0 done, 1 service, reader or card failed, 2 wrong option, "
    "3 wrong PIN (a try was used), 4 PIN locked or never set, 5 PIN not sent (no try was used)."
)


PREFIX = "oqs: "
"""What every error begins with, whatever command it ends."""


def end_with(
    code: str, said: str, exit_code: int = FAILED, *, prefix: str = PREFIX, **members: object
) -> NoReturn:
    """End a command with an error: a sentence, and to a program its code as well."""
    if in_json():
        present = {name: value for name, value in members.items() if value is not None}
        tell_json({"error": {"code": code, "message": said, **present}})
    click.echo(f"{prefix}{said}", err=True)
    sys.exit(exit_code)


@contextmanager
def mistakes_told() -> Iterator[None]:
    """End a command with the sentence of a mistake that its caller can mend."""
    try:
        yield
    except Mistake as error:
        said = Speech.of_terminal()(error)
        problem = getattr(error, "problem", None)
        end_with(error.code, said, problem=problem)


_VIRTUAL = Sentence(
    "模擬の読取機を使うときは、先に `oqs up` か `oqs demo` を始めてください。",
    " For a virtual reader, start `oqs up` or `oqs demo` first.",
)


@contextmanager
def reader_errors_told(speech: Speech) -> Iterator[None]:
    """End a command with a sentence and its exit code where a reader, a card or a file fails."""
    try:
        yield
    except ReaderError as error:
        said = sentence_of(error, speech)
        if isinstance(error, NoService) and private_socket() is None:
            said += speech(_VIRTUAL)
        end_with(
            error.code,
            said,
            exit_code(error),
            next_step=error.next_step,
            attempts_remaining=error.attempts_remaining,
        )
    except click.Abort as abort:
        if isinstance(abort.__context__, KeyboardInterrupt):
            raise
        end_with(
            "cancelled",
            speech(
                Sentence(
                    "取りやめました。カードには何も送っていません。",
                    "Cancelled. Nothing was sent to the card.",
                )
            ),
            PIN_NOT_SENT,
            prefix="\n",
        )
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise
        file_failed(error, speech)


def file_failed(error: OSError, speech: Speech) -> NoReturn:
    """End a command whose file cannot be used."""
    reason = reason_of(error)
    where = f" {error.filename}" if error.filename else ""
    end_with(
        "file-unusable",
        speech(
            Sentence(
                f"ファイル{where and where + ' '}を読み書きできません({reason.ja})。"
                "場所と権限を確かめてください。",
                f"The file{where} cannot be read or written ({reason.en}). "
                "Check where it is, whose, and whether its disk is full.",
            )
        ),
    )


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
