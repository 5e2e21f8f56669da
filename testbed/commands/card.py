"""``oqs card``: cards in any reader, and in the virtual one of a testbed or of one's own."""

from __future__ import annotations

import inspect
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from testbed.commands.card_reading import COMMANDS as READING_COMMANDS
from testbed.mistakes import as_mistake
from testbed.readers.inserted_card import IDEAL, CardConditions
from testbed.readers.standalone_reader import card_from_file, standalone_reader
from testbed.remote import DEFAULT_URL, RemoteTestbed
from testbed.terminal_output.command_exit import mistakes_told
from virtual_card.wrappers.command_filter import CommandFilter
from virtual_card.wrappers.fault import Fault
from virtual_card.wrappers.specification import SpecificationError
from virtual_card.wrappers.timing import INSTANT, PROFILES, TimingProfile
from virtual_card.wrappers.trace import Trace, TraceError, annotated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testbed.readers.standalone_reader import StandaloneReader

_FAULT_HELP = "\n\n".join(
    (
        "Have FAULTS happen to the card in a slot too; without any, list those that are set.",
        inspect.getdoc(CommandFilter) or "",
        # For click, the backspace keeps the lines of a paragraph as they are.
        *(f"\b\n{kind.help_text()}" for kind in Fault.kinds.values()),
    )
)
FILE = click.Path(dir_okay=False, path_type=Path)

at = click.option(
    "--testbed",
    "url",
    default=DEFAULT_URL,
    show_default=True,
    envvar="OQS_SIM_TESTBED",
    show_envvar=True,
    help="Where the testbed answers.",
)
slot_option = click.option(
    "--slot", default=0, show_default=True, type=click.IntRange(0), help="The slot's number."
)
timing_option = click.option(
    "--timing",
    default=str(INSTANT),
    show_default=True,
    help=f"How long the card takes: {', '.join(PROFILES)}, or e.g. contact:signature=350 (ms).",
)
fault_option = click.option(
    "--fault",
    "faults",
    multiple=True,
    help="What goes wrong, e.g. remove:after=6 or slow:ms=200,command=SIGN. May be repeated.",
)
trace_option = click.option(
    "--trace", type=FILE, help="A new file (.jsonl) that takes down all commands, without PINs."
)


@contextmanager
def _testbed(url: str) -> Iterator[RemoteTestbed]:
    with mistakes_told("card"), RemoteTestbed(url) as testbed:
        yield testbed


@click.group(name="card")
def command() -> None:
    """Read the card in a reader; put cards into a virtual one, and have things go wrong with them.

    `show`, `cert`, `pin` and `sign` work with any reader, a real one too; `hold` and `trace` need
    nothing; all others act on a running testbed (`oqs demo`, `oqs up`).
    """


for reading_command in READING_COMMANDS:
    command.add_command(reading_command)


@command.command(name="list")
@at
def list_(url: str) -> None:
    """List the slots with what is in them, the cards there are, and how a program gets there."""
    with _testbed(url) as testbed:
        states, service = testbed.slots()
        for state in states:
            _show(state)
        click.echo(f"cards: {', '.join(testbed.cards()) or 'none yet'}")
        click.echo(f"for a program: export PCSCLITE_CSOCK_NAME={service}")


@command.command()
@click.argument("card")
@at
def issue(card: str, url: str) -> None:
    """Have a persona's CARD issued, with the PINs of the persona."""
    with _testbed(url) as testbed:
        click.echo(f"cards: {', '.join(testbed.issue(card))}")


@command.command()
@click.argument("card", required=False)
@slot_option
@timing_option
@fault_option
@trace_option
@click.option("--replay", type=FILE, help="Instead of a card: a trace that is played again.")
@at
def insert(
    card: str | None,
    slot: int,
    timing: str,
    faults: tuple[str, ...],
    trace: Path | None,
    replay: Path | None,
    url: str,
) -> None:
    """Put CARD into a slot; a card that is there is taken out first.

    CARD is the name of a card or of a persona, whose card is issued first if need be. If the card
    is in already it stays, and goes through what is said here from now on.
    """
    if (card is None) is (replay is None):
        raise click.UsageError("Name either a card or a trace to --replay.")
    with _testbed(url) as testbed:
        _show(
            testbed.insert(
                slot, card=card, replay=replay, timing=timing, faults=faults, trace=trace
            )
        )


@command.command()
@slot_option
@at
def remove(slot: int, url: str) -> None:
    """Take the card out of a slot, in the middle of a command if need be."""
    with _testbed(url) as testbed:
        _show(testbed.remove(slot))


@command.command()
@slot_option
@click.option("--warm", is_flag=True, help="Without a loss of power.")
@at
def reset(slot: int, warm: bool, url: str) -> None:  # noqa: FBT001 # click's way
    """Reset the card in a slot where it lies; the programs that use it are not told."""
    with _testbed(url) as testbed:
        _show(testbed.reset(slot, "warm" if warm else "cold"))


@command.command(help=_FAULT_HELP)
@click.argument("faults", nargs=-1)
@slot_option
@click.option("--clear", is_flag=True, help="Have nothing go wrong any more, before FAULTS.")
@at
def fault(faults: tuple[str, ...], slot: int, clear: bool, url: str) -> None:  # noqa: D103, FBT001
    with _testbed(url) as testbed:
        if clear:
            testbed.clear_faults(slot)
        if faults:
            testbed.add_faults(slot, faults)
        _show(testbed.slot(slot))


@command.command()
@click.argument("card")
@at
def repair(card: str, url: str) -> None:
    """Bring a CARD back to life that has died by a fault or of tampering."""
    with _testbed(url) as testbed:
        testbed.repair(card)


@command.command()
@click.argument("file", type=FILE)
def trace(file: Path) -> None:
    """Tell what a trace FILE has taken down, line by line."""
    with mistakes_told("card"), as_mistake(TraceError):
        for line in annotated(Trace.load(file)):
            click.echo(line)


@command.command(context_settings={"allow_interspersed_args": False})
@timing_option
@fault_option
@trace_option
@click.option("--second", type=FILE, help="A second card, for slot 1, as it is.")
@click.argument("image", type=FILE)
@click.argument("run", metavar="[COMMAND]...", nargs=-1, type=click.UNPROCESSED)
def hold(
    timing: str,
    faults: tuple[str, ...],
    trace: Path | None,
    second: Path | None,
    image: Path,
    run: tuple[str, ...],
) -> None:
    """Hold a card in a reader of its own, for COMMAND, or until Ctrl-C.

    IMAGE is a card image (.card.toml), or a trace (.jsonl) that is played again. The reader is
    reached through the environment variable that is printed; COMMAND runs with it and its exit
    code is the one of `oqs card hold`.
    """
    with mistakes_told("card"):
        with as_mistake(SpecificationError):
            conditions = CardConditions(
                TimingProfile.parse(timing), tuple(map(Fault.parse, faults)), trace
            )
        cards = [card_from_file(image, conditions)]
        cards += [card_from_file(second, IDEAL)] if second else []
        # Set, as a shell starts what runs in the background with Ctrl-C ignored.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: sys.exit(0))
        with standalone_reader(cards) as reader:
            try:
                code = _run(reader, run) if run else _wait(reader)
            finally:
                for card in cards:
                    for surprise in card.surprises:
                        click.echo(f"oqs card: {surprise}", err=True)
    sys.exit(code)


def _run(reader: StandaloneReader, run: tuple[str, ...]) -> int:
    # Ctrl-C reaches the command too, and what that does about it is its own affair.
    signal.signal(signal.SIGINT, lambda *_: None)
    try:
        code = subprocess.run(  # noqa: S603 - the caller's own command
            run, env={**os.environ, **reader.stack.environment()}, check=False
        ).returncode
    except OSError as error:
        click.echo(f"oqs card: {run[0]} cannot be run ({error.strerror}).", err=True)
        return 127
    return code if code >= 0 else 128 - code  # as a shell tells the end by a signal


def _wait(reader: StandaloneReader) -> NoReturn:
    for name, card in zip(reader.stack.readers, reader.cards, strict=False):
        click.echo(f"{name} holds {card.name}, until Ctrl-C.", err=True)
    for name, value in reader.stack.environment().items():
        click.echo(f"export {name}={value}")
    while True:
        signal.pause()


def _show(state: dict[str, Any]) -> None:
    holds = state["Card"] or "empty"
    timing = f", {state['Timing']}" if state["Timing"] not in (None, str(INSTANT)) else ""
    dead = ", dead" if state["Dead"] else ""
    click.echo(f"slot {state['Slot']} ({state['Reader']}): {holds}{timing}{dead}")
    for each in state["Faults"]:
        click.echo(f"    fault {each['Fault']}, struck {each['Struck']}")
    if state["Trace"]:
        click.echo(f"    trace {state['Trace']}")
    for surprise in state["Surprises"]:
        click.echo(f"    {surprise}")
