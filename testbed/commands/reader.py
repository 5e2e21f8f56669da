"""``oqs reader``: the card readers of this machine."""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
from typing import TYPE_CHECKING

import click

from clinic_client.passcode import HashedPasscode
from eligibility.sentence import Sentence
from reader.errors import ReaderError
from reader.pcsc.monitor import ReaderEvent, ReaderEventKind, ReaderMonitor
from reader.pcsc.pcsc_connection import PcscConnection
from reader.pcsc.reader_states import ReaderState, reader_states
from reader.session import look
from testbed.commands.choice import reader_service
from testbed.commands.readers_clock import readers_clock
from testbed.diagnosing.finding import ProbeAnswer, as_document
from testbed.diagnosing.reader_chain import Diagnosis
from testbed.interruption import Interrupted, raise_interrupted
from testbed.mistakes import Mistake
from testbed.terminal_output.card_report import kind_code, kind_name
from testbed.terminal_output.command_exit import (
    FAILED,
    PREFIX,
    mistakes_told,
    reader_errors_told,
    sentence_of,
)
from testbed.terminal_output.speech import Speech, spoken, tell_json
from wire.clock import wall_clock

if TYPE_CHECKING:
    from reader.session import CardGlance

_EVENTS = {
    ReaderEventKind.SERVICE_UP: Sentence("サービスが動いています", "the service is up"),
    ReaderEventKind.SERVICE_DOWN: Sentence("サービスが止まっています", "the service is down"),
    ReaderEventKind.READER_ATTACHED: Sentence("読取機がつながりました", "reader attached"),
    ReaderEventKind.READER_DETACHED: Sentence("読取機が外れました", "reader detached"),
    ReaderEventKind.CARD_INSERTED: Sentence("カードが置かれました", "card inserted"),
    ReaderEventKind.CARD_REMOVED: Sentence("カードが取られました", "card removed"),
}


@click.group(name="reader")
def command() -> None:
    """Look at the card readers of this machine."""


@command.command(name="list")
@reader_service
@spoken("Print one array of JSON.")
def list_(speech: Speech, *, in_json: bool) -> None:
    """List the readers, one on each line: name, whether a card is there, its kind, PIN pad."""
    with reader_errors_told(speech):
        readers = [(state, *_glance(state)) for state in reader_states()]
    if in_json:
        tell_json([_as_json(*each) for each in readers])
    elif readers:
        for state, glance, error in readers:
            click.echo(f"{state.name}: {_line(state, glance, error, speech)}")
    else:
        speech.tell(
            Sentence(
                f"{PREFIX}読取機がありません。ケーブルと電源を確かめてください。",
                f"{PREFIX}There is no reader. Connect one, then ask again.",
            ),
            err=True,
        )
    if not readers:
        sys.exit(FAILED)


def _glance(state: ReaderState) -> tuple[CardGlance | None, ReaderError | None]:
    if not state.card_present:
        return None, None
    try:
        with PcscConnection(state.name) as card:
            return look(card), None
    except ReaderError as error:
        return None, error


def _line(
    state: ReaderState, glance: CardGlance | None, error: ReaderError | None, speech: Speech
) -> str:
    if not state.card_present:
        said = speech(Sentence("カードなし", "no card"))
    elif glance is not None:
        said = speech(kind_name(glance))
    else:
        said = speech(Sentence("カードあり", "card present"))
        said += f" ({sentence_of(error, speech)})" if error is not None else ""
    has_pad = state.features is not None and state.features.has_pin_pad
    return said + (speech(Sentence("、暗証番号キー付き", ", PIN pad")) if has_pad else "")


def _as_json(
    state: ReaderState, glance: CardGlance | None, error: ReaderError | None
) -> dict[str, object]:
    features = state.features
    return {
        "name": state.name,
        "card_present": state.card_present,
        "kind": None if glance is None else kind_code(glance),
        "tries": None if glance is None else glance.tries,
        "error": None if error is None else error.code,
        "pin_pad": None if features is None else features.has_pin_pad,
        "longest_data": None if features is None else features.longest_data or None,
    }


@command.command()
@reader_service
@spoken("Print an object of JSON on each line.")
@click.option("--reader", metavar="PART", help="Only readers with this part in their name.")
def watch(speech: Speech, reader: str | None, *, in_json: bool) -> None:
    """Tell of readers and cards that come and go, a line for each, until Ctrl-C.

    What is there already is told first. A service that is down is waited for.
    """
    events: queue.SimpleQueue[ReaderEvent] = queue.SimpleQueue()
    before = raise_interrupted()
    try:
        with ReaderMonitor(events.put, reader):
            while True:
                _tell(events.get(), speech, in_json=in_json)
    except (Interrupted, BrokenPipeError):
        pass
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _tell(event: ReaderEvent, speech: Speech, *, in_json: bool) -> None:
    now = wall_clock().isoformat(timespec="milliseconds")
    if in_json:
        line = json.dumps({"at": now, "event": event.kind.value, "reader": event.reader})
    else:
        line = f"{now}  {speech(_EVENTS[event.kind])}" + (
            f": {event.reader}" if event.reader else ""
        )
    click.echo(line)


@command.command(name="diagnose")
@reader_service
@spoken()
@click.option("--reader", metavar="PART", help="A part of the reader's name that only one has.")
def diagnose(speech: Speech, reader: str | None, *, in_json: bool) -> None:
    """Check everything between this program and a certificate, and say what to do.

    Service, driver, permissions, polkit, reader, card, application, certificate. No PIN is
    asked and no try is used. `oqs diagnose` looks at all the rest of a reception. Exit codes: 0 all
    is well, 1 something keeps cards from being used.
    """
    findings = Diagnosis(reader, clock=readers_clock).findings()
    bad = [each for each in findings if each.answer is ProbeAnswer.BAD]
    if in_json:
        tell_json(as_document(findings))
    else:
        for each in findings:
            click.echo(f"{each.answer.sign} {speech(each.said)}")
        click.echo()
        for advice in [each.advice for each in bad if each.advice]:
            click.echo(f"→ {speech(advice)}")
        if not bad:
            speech.tell(Sentence("→ このまま使えます。", "→ Ready to use."))
    sys.exit(FAILED if bad else 0)


@command.command(name="passcode")
@click.option(
    "--passcode-fd",
    type=click.IntRange(0),
    metavar="N",
    help="Read it, one line, from file descriptor N (0 is standard input) instead of asking.",
)
@spoken("Print one object of JSON.")
def passcode(passcode_fd: int | None, speech: Speech, *, in_json: bool) -> None:
    """Hash the clinic's passcode for visual identification (目視確認用パスコード).

    Four digits of the clinic's own, which staff type at the reader; no patient's PIN. What is
    printed is for `--visual-passcode` of `oqs up` and `oqs serve clinic`; the digits are kept
    nowhere.
    """
    with mistakes_told():
        try:
            hashed = HashedPasscode.of(_passcode(passcode_fd, speech))
        except ValueError:
            raise Mistake(
                Sentence(
                    "目視確認用パスコードは半角の数字4桁です。もう一度入れてください。",
                    "The passcode is four digits, 0 to 9. Type it again.",
                )
            ) from None
    if in_json:
        tell_json({"visual_passcode": str(hashed)})
    else:
        click.echo(str(hashed))


def _passcode(file: int | None, speech: Speech) -> str:
    if file is not None:
        try:
            with os.fdopen(file, closefd=False, encoding="utf-8", errors="replace") as lines:
                return lines.readline().rstrip("\r\n")
        except OSError:
            raise click.UsageError(f"File descriptor {file} is not open.") from None
    if not sys.stdin.isatty():
        raise Mistake(
            Sentence(
                "端末がないので、パスコードを尋ねられません。--passcode-fd で渡してください。",
                "There is no terminal at which to ask for it. Hand it over with --passcode-fd.",
            )
        )
    asked = Sentence("目視確認用パスコード（4桁）", "Passcode for visual identification (4 digits)")
    entered: str = click.prompt(
        speech(asked), hide_input=True, confirmation_prompt=True, err=True, prompt_suffix=": "
    )
    return entered
