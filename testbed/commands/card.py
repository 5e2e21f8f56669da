"""``oqs card``: cards in any reader, and in the virtual one of a testbed or of one's own."""

from __future__ import annotations

import contextlib
import inspect
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
from click.shell_completion import CompletionItem

from eligibility.sentence import Sentence
from testbed.cards.personas import personas
from testbed.commands.card_reading import COMMANDS as READING_COMMANDS
from testbed.commands.choice import most_explicit, system_option
from testbed.mistakes import Mistake, as_mistake
from testbed.readers.inserted_card import IDEAL, CardConditions
from testbed.readers.standalone_reader import card_from_file, standalone_reader
from testbed.remote import RemoteTestbed
from testbed.terminal_output.card_trace import trace_document, trace_lines
from testbed.terminal_output.command_exit import PREFIX, mistakes_told
from testbed.terminal_output.progress import progress
from testbed.terminal_output.speech import Speech, spoken, tell_answer, tell_json
from virtual_card.wrappers.command_filter import CommandFilter
from virtual_card.wrappers.fault import Fault
from virtual_card.wrappers.specification import SpecificationError
from virtual_card.wrappers.timing import INSTANT, PROFILES, TimingProfile
from virtual_card.wrappers.trace import Trace, TraceError
from wire.system_error import reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from testbed.readers.standalone_reader import StandaloneReader

_FAULT_HELP = "\n\n".join(
    (
        "Have FAULTS happen to the card in a slot too; without any, list those that are set.",
        inspect.getdoc(CommandFilter) or "",
        # For click, the backspace keeps the lines of a paragraph as they are.
        *(f"\b\n{kind.help_text()}" for kind in Fault.kinds.values()),
    )
)
_ISSUING = Sentence("カードを発行しています", "Issuing cards")
FILE = click.Path(dir_okay=False, path_type=Path)


def complete_persona(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    """Complete the name of a persona."""
    return [key for key in personas() if key.startswith(begun)]


def complete_card(context: click.Context, _: click.Parameter, begun: str) -> list[str]:
    """Complete the name of a card of the running system, or of a persona."""
    names: list[str] = []
    with contextlib.suppress(Mistake):
        url, system = context.params.get("url"), context.params.get("system")
        names = RemoteTestbed.found(url, system).cards()
    return [name for name in dict.fromkeys([*names, *personas()]) if name.startswith(begun)]


def complete_slot(context: click.Context, _: click.Parameter, begun: str) -> list[CompletionItem]:
    """Complete the number of a slot of the running system, with what is in it."""
    with contextlib.suppress(Mistake):
        url, system = context.params.get("url"), context.params.get("system")
        return [
            CompletionItem(str(state["Slot"]), help=state["Card"] or state["Reader"])
            for state in RemoteTestbed.found(url, system).slots()[0]
            if str(state["Slot"]).startswith(begun)
        ]
    return []


testbed_option = click.option(
    "--testbed",
    "url",
    metavar="URL",
    envvar="OQS_SIM_TESTBED",
    show_envvar=True,
    help="Where the testbed answers; without it, that of the running system.",
)
slot_option = click.option(
    "--slot",
    default=0,
    show_default=True,
    type=click.IntRange(0),
    shell_complete=complete_slot,
    help="The slot's number.",
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


def at(what: str = "Print the slot as one object of JSON.") -> Callable[..., Any]:
    """Give a command what those have that act on a running testbed."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        decorated: Callable[..., Any] = testbed_option(system_option(spoken(what)(command)))
        return decorated

    return decorate


@contextmanager
def _testbed(url: str | None, system: str | None) -> Iterator[RemoteTestbed]:
    chosen = most_explicit(url, system)
    with mistakes_told():
        yield RemoteTestbed.found(*chosen)


@click.group(name="card")
def command() -> None:
    """Read the card in a reader; put cards into a virtual one, and have things go wrong with them.

    `show`, `cert`, `pin` and `sign` work with any reader, a real one too; `hold` and `trace` need
    nothing; all others act on a running testbed (`oqs demo`, `oqs up`).
    """


for reading_command in READING_COMMANDS:
    command.add_command(reading_command)


@command.command(name="list")
@at("Print one object of JSON.")
def list_(url: str | None, system: str | None, speech: Speech, *, in_json: bool) -> None:
    """List the slots with what is in them, the cards there are, and how a program gets there."""
    with _testbed(url, system) as testbed:
        states, service = testbed.slots()
        cards = testbed.cards()
    if in_json:
        tell_answer({"Slots": states, "Cards": cards, "Service": service})
        return
    for state in states:
        _show(state, speech, in_json=False)
    _show_cards(cards, speech)
    export = f"export PCSCLITE_CSOCK_NAME={service}"
    speech.tell(Sentence(f"プログラムから使うには: {export}", f"for a program: {export}"))


@command.command()
@click.argument(
    "cards", metavar="CARD...", nargs=-1, required=True, shell_complete=complete_persona
)
@at("Print the names of all cards as one object of JSON.")
def issue(
    cards: tuple[str, ...], url: str | None, system: str | None, speech: Speech, *, in_json: bool
) -> None:
    """Have the cards of personas issued, with the PINs of each persona."""
    names: list[str] = []
    with _testbed(url, system) as testbed, progress(len(cards), speech, _ISSUING) as bar:
        for card in cards:
            names = testbed.issue(card)
            bar.update(1)
    if in_json:
        tell_json({"cards": names})
    else:
        _show_cards(names, speech)


def _show_cards(names: list[str], speech: Speech) -> None:
    ja, en = ", ".join(names) or "まだありません", ", ".join(names) or "none yet"
    speech.tell(Sentence(f"カード: {ja}", f"cards: {en}"))


@command.command()
@click.argument("card", required=False, shell_complete=complete_card)
@slot_option
@timing_option
@fault_option
@trace_option
@click.option("--replay", type=FILE, help="Instead of a card: a trace that is played again.")
@at()
def insert(
    card: str | None,
    slot: int,
    timing: str,
    faults: tuple[str, ...],
    trace: Path | None,
    replay: Path | None,
    url: str | None,
    system: str | None,
    speech: Speech,
    *,
    in_json: bool,
) -> None:
    """Put CARD into a slot; a card that is there is taken out first.

    CARD is the name of a card or of a persona, whose card is issued first if need be. If the card
    is in already it stays, and goes through what is said here from now on.
    """
    if (card is None) is (replay is None):
        raise click.UsageError("Name either a card or a trace to --replay.")
    with _testbed(url, system) as testbed:
        _show(
            testbed.insert(
                slot, card=card, replay=replay, timing=timing, faults=faults, trace=trace
            ),
            speech,
            in_json=in_json,
        )


@command.command()
@slot_option
@at()
def remove(
    slot: int, url: str | None, system: str | None, speech: Speech, *, in_json: bool
) -> None:
    """Take the card out of a slot, in the middle of a command if need be."""
    with _testbed(url, system) as testbed:
        _show(testbed.remove(slot), speech, in_json=in_json)


@command.command()
@slot_option
@click.option("--warm", is_flag=True, help="Without a loss of power.")
@at()
def reset(
    slot: int, url: str | None, system: str | None, speech: Speech, *, warm: bool, in_json: bool
) -> None:
    """Reset the card in a slot where it lies; the programs that use it are not told."""
    with _testbed(url, system) as testbed:
        _show(testbed.reset(slot, "warm" if warm else "cold"), speech, in_json=in_json)


@command.command(help=_FAULT_HELP)
@click.argument("faults", nargs=-1)
@slot_option
@click.option("--clear", is_flag=True, help="Have nothing go wrong any more, before FAULTS.")
@at()
def fault(  # noqa: D103 # its help is made above
    faults: tuple[str, ...],
    slot: int,
    url: str | None,
    system: str | None,
    speech: Speech,
    *,
    clear: bool,
    in_json: bool,
) -> None:
    with _testbed(url, system) as testbed:
        if clear:
            testbed.clear_faults(slot)
        if faults:
            testbed.add_faults(slot, faults)
        _show(testbed.slot(slot), speech, in_json=in_json)


@command.command()
@click.argument("card", shell_complete=complete_card)
@at("Print the card's name as one object of JSON.")
def repair(
    card: str, url: str | None, system: str | None, speech: Speech, *, in_json: bool
) -> None:
    """Bring a CARD back to life that has died by a fault or of tampering."""
    with _testbed(url, system) as testbed:
        testbed.repair(card)
    if in_json:
        tell_json({"card": card})
    else:
        speech.tell(Sentence(f"{card} は、また使えます。", f"{card} is alive again."))


@command.command()
@click.argument("file", type=FILE)
@spoken("Print the entries with their fields as one object of JSON.")
def trace(file: Path, speech: Speech, *, in_json: bool) -> None:
    """Tell what a trace FILE has taken down, line by line.

    Each command with when it came, how long the card took, what it asked and what came of it.
    """
    with mistakes_told(), as_mistake(TraceError):
        taken = Trace.load(file)
    if in_json:
        tell_json(trace_document(taken, speech))
    else:
        for line in trace_lines(taken, speech):
            click.echo(line)


class HoldCommand(click.Command):
    """Takes its own options on both sides of IMAGE; from COMMAND on all is COMMAND's."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Bring the options that follow IMAGE before it."""
        ctx.allow_interspersed_args = False
        before = self._options_end(args, 0)
        after = self._options_end(args, before + 1)
        moved = [*args[:before], *args[before + 1 : after], *args[before : before + 1]]
        return super().parse_args(ctx, [*moved, *args[after:]])

    def _options_end(self, args: list[str], start: int) -> int:
        """Return where the options that begin at ``start`` are at their end."""
        valued = {
            name
            for one in self.params
            if isinstance(one, click.Option) and not one.is_flag
            for name in one.opts
        }
        while start < len(args) and args[start].startswith("-") and args[start] not in {"-", "--"}:
            start += 2 if args[start] in valued else 1
        return start


@command.command(cls=HoldCommand)
@timing_option
@fault_option
@trace_option
@click.option("--second", type=FILE, help="A second card, for slot 1, as it is.")
@click.argument("image", type=FILE)
@click.argument("run", metavar="[COMMAND]...", nargs=-1, type=click.UNPROCESSED)
@spoken("Print readers and environment as one object of JSON, then hold.")
def hold(
    timing: str,
    faults: tuple[str, ...],
    trace: Path | None,
    second: Path | None,
    image: Path,
    run: tuple[str, ...],
    speech: Speech,
    *,
    in_json: bool,
) -> None:
    """Hold a card in a reader of its own, for COMMAND, or until Ctrl-C.

    IMAGE is a card image (.card.toml), or a trace (.jsonl) that is played again. The reader is
    reached through the environment variable that is printed; COMMAND runs with it and its exit
    code is the one of `oqs card hold`.
    """
    if in_json and run:
        raise click.UsageError("What COMMAND prints is its own: leave --json or COMMAND out.")
    with mistakes_told():
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
                code = _run(reader, run, speech) if run else _wait(reader, speech, in_json=in_json)
            finally:
                for card in cards:
                    for surprise in card.surprises:
                        click.echo(f"{PREFIX}{surprise}", err=True)
    sys.exit(code)


def _run(reader: StandaloneReader, run: tuple[str, ...], speech: Speech) -> int:
    # Ctrl-C reaches the command too, and what that does about it is its own affair.
    signal.signal(signal.SIGINT, lambda *_: None)
    try:
        code = subprocess.run(  # noqa: S603 - the caller's own command
            run, env={**os.environ, **reader.stack.environment()}, check=False
        ).returncode
    except OSError as error:
        reason = reason_of(error)
        speech.tell(
            Sentence(
                f"{PREFIX}{run[0]} を実行できません({reason.ja})。",
                f"{PREFIX}{run[0]} cannot be run ({reason.en}).",
            ),
            err=True,
        )
        return 127
    return code if code >= 0 else 128 - code  # as a shell tells the end by a signal


def _wait(reader: StandaloneReader, speech: Speech, *, in_json: bool) -> NoReturn:
    held = [
        (name, card.name) for name, card in zip(reader.stack.readers, reader.cards, strict=False)
    ]
    if in_json:
        readers = [{"reader": name, "card": card} for name, card in held]
        tell_json({"readers": readers, "environment": reader.stack.environment()})
    else:
        for name, card in held:
            speech.tell(
                Sentence(
                    f"{name} に {card} が入っています。Ctrl-C で終わります。",
                    f"{name} holds {card}, until Ctrl-C.",
                ),
                err=True,
            )
        for name, value in reader.stack.environment().items():
            click.echo(f"export {name}={value}")
    while True:
        signal.pause()


def _show(state: dict[str, Any], speech: Speech, *, in_json: bool) -> None:
    if in_json:
        tell_answer(state)
        return
    slot = f"{state['Slot']} ({state['Reader']})"
    ja, en = state["Card"] or "空", state["Card"] or "empty"
    timing = f", {state['Timing']}" if state["Timing"] not in (None, str(INSTANT)) else ""
    dead_ja, dead_en = ("、壊れています", ", dead") if state["Dead"] else ("", "")
    speech.tell(
        Sentence(f"スロット {slot}: {ja}{timing}{dead_ja}", f"slot {slot}: {en}{timing}{dead_en}")
    )
    for each in state["Faults"]:
        speech.tell(
            Sentence(
                f"    故障 {each['Fault']}、起きた回数 {each['Struck']}",
                f"    fault {each['Fault']}, struck {each['Struck']}",
            )
        )
    if state["Trace"]:
        speech.tell(Sentence(f"    記録 {state['Trace']}", f"    trace {state['Trace']}"))
    for surprise in state["Surprises"]:
        click.echo(f"    {surprise}")
