"""Asking the holder of a card for a PIN: hidden, or from a line of an open file; never otherwise.

A PIN given as an option or in the environment would stand in the list of processes and in the
history of the shell.
"""

from __future__ import annotations

import getpass
import os
import sys
import warnings
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import click

from eligibility.sentence import Sentence
from reader.card_pins import tries_of
from reader.errors import NextStep, PinNotSent
from reader.pcsc.features import ReaderFeatures
from reader.pin import PadEntry, Pin, Secret
from reader.session import why_locked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reader.description.layout import PinReference
    from reader.pcsc.pcsc_connection import PcscConnection
    from testbed.terminal_output.speech import Speech, TwoLanguages


def secret_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say where PINs come from."""
    for option in (
        click.option(
            "--last-try",
            is_flag=True,
            help="Use the last try without asking. A wrong PIN then locks the card.",
        ),
        click.option(
            "--pin-fd",
            type=click.IntRange(0),
            metavar="N",
            help="Read secrets, one a line, from file descriptor N (0 is standard input) instead "
            "of asking.",
        ),
    ):
        command = option(command)
    return command


class PinPrompt:
    """Asks for secrets, and for the confirmation before a last try."""

    def __init__(self, speech: Speech, pin_fd: int | None, *, last_try: bool) -> None:
        """Take where secrets come from; raises `click.UsageError` for a file that is not open."""
        self._speech = speech
        self._last_try = last_try
        self._lines: IO[str] | None = None
        if pin_fd is not None:
            try:
                self._lines = os.fdopen(pin_fd, closefd=False, encoding="utf-8", errors="replace")
            except OSError:
                raise click.UsageError(f"File descriptor {pin_fd} is not open.") from None

    @contextmanager
    def secret(
        self, connection: PcscConnection, reference: PinReference
    ) -> Iterator[tuple[Secret, bool]]:
        """Ask for a secret after showing its tries; wiped at the end of the block.

        Gives the secret, and whether its last try may be used. Raises what `confirm` does, and
        `PinNotSent` for a text that cannot be this secret.
        """
        confirmed = self.confirm(connection, reference)
        if self._pad_of(connection, reference).has_pin_pad:
            self._speech.tell(
                Sentence(
                    f"{reference.ja}を、読取機のキーで入力してください。",
                    f"Type the {reference.en} at the reader.",
                ),
                err=True,
            )
            yield PadEntry(reference), confirmed
            return
        with Pin(self._line(reference), reference) as pin:
            yield pin, confirmed

    @contextmanager
    def new_secret(self, connection: PcscConnection, reference: PinReference) -> Iterator[Secret]:
        """Ask for a new secret, twice at a keyboard; wiped at the end of the block."""
        if self._pad_of(connection, reference).modify_pin is not None:
            yield PadEntry(reference)
            return
        asked = Sentence(f"新しい{reference.ja}", f"new {reference.en}")
        again = Sentence(f"{asked.ja}(もう一度)", f"{asked.en} again")
        with Pin(self._line(asked), reference) as pin:
            if self._lines is None:
                with Pin(self._line(again), reference) as same:
                    if same.reveal() != pin.reveal():
                        raise PinNotSent.different(reference)
            yield pin

    def confirm(self, connection: PcscConnection, reference: PinReference) -> bool:
        """Show the tries; say whether the last one may be used.

        Raises `PinNotSent` where the holder would rather not, and where there is none what
        `why_locked` says.
        """
        tries = tries_of(connection, reference)
        if tries == 0:
            raise why_locked(connection, reference)
        left = self._speech(Sentence("分からない", "unknown")) if tries is None else str(tries)
        self._speech.tell(
            Sentence(f"{reference.ja}: 残り回数 {left}", f"{reference.en}: tries left {left}"),
            err=True,
        )
        if tries is not None and tries > 1:
            return False
        if self._last_try:
            return True
        if self._lines is None and self._confirms():
            return True
        if tries is None:
            raise PinNotSent.unknown_tries(reference)
        raise PinNotSent.last_try(reference)

    def _pad_of(self, connection: PcscConnection, reference: PinReference) -> ReaderFeatures:
        """Return what the reader can do for a PIN; nothing for one with letters, or from a file."""
        by_hand = self._lines is None and reference.is_numeric
        return connection.features if by_hand else ReaderFeatures()

    def _line(self, question: TwoLanguages) -> str:
        if self._lines is not None:
            return self._lines.readline().rstrip("\r\n")
        try:
            with warnings.catch_warnings():
                # A PIN that would be shown while it is typed is not asked for.
                warnings.simplefilter("error", getpass.GetPassWarning)
                asked: str = click.prompt(
                    self._speech(question), hide_input=True, err=True, prompt_suffix=": "
                )
        except getpass.GetPassWarning:
            raise _no_terminal() from None
        return asked

    def _confirms(self) -> bool:
        question = Sentence(
            "間違えるとロックされ、市区町村の窓口でしか解除できません。続けますか",
            "A wrong one may lock it, and only the municipal office can unlock it. Go on?",
        )
        try:
            return click.confirm(self._speech(question), err=True)
        except click.Abort as abort:
            if isinstance(abort.__context__, EOFError) and not sys.stdin.isatty():
                raise _no_terminal() from None
            raise


def _no_terminal() -> PinNotSent:
    return PinNotSent(
        "端末がないので、暗証番号を尋ねられません。カードには何も送っていません。"
        "--pin-fd で渡してください(残り1回のときは --last-try も)。",
        "There is no terminal at which to ask for a PIN. Nothing was sent to the card. Hand it "
        "over with --pin-fd (and, where one try is left, say --last-try).",
        NextStep.ENTER_PIN_AGAIN,
    )
