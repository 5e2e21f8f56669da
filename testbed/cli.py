"""The command ``oqs``."""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import sys
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

import click

from testbed.commands.arguments import sendable
from testbed.silent_end import EXIT_CODE, heed_interrupts

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "demo": "Play the story of one visit on a whole system, then stay up.",
    "up": "Start the whole system, new and empty, and stay up.",
    "diagnose": "Look for what keeps a reception from working, and say what to do.",
    "systems": "List the running systems of this user, and where their parts answer.",
    "story": "Play the story against services that run elsewhere.",
    "serve": "Run one service in the foreground.",
    "certificates": "Make the certificates of a deployment's closed line.",
    "clock": "Read the clock of a running system, and move it.",
    "fault": "Have something go wrong on the line of a running OQS.",
    "delay": "Have a running OQS answer slowly, or never.",
    "messages": "Have a running OQS write its answers in another form.",
    "window": "Open maintenance, and the modes of an outage or a disaster, at a running OQS.",
    "reset": "Put a running OQS back to its seed.",
    "card": "Read the card in a reader; put cards into a virtual one, and break them.",
    "stand-in": "Have any card on a real reader stand in for a persona's.",
    "reader": "Look at the card readers of this machine.",
    "portal": "Sign in at the portal with the card in a reader.",
    "residents": "Invent residents, and register them with the J-LIS simulator, in numbers.",
    "municipality": "Do what a municipality's counter does for cards.",
    "exchange": "Play a maker's program at a folder exchange, and say what holds.",
    "insurer": "Do what an insurer's system does at the intermediate server.",
}
"""Each command with its line of help; the module of a command is loaded only when it is run."""


_ELSEWHERE = {
    "fault": ("operation.disturbances", "fault"),
    "delay": ("operation.disturbances", "delay"),
    "messages": ("operation.messages", "command"),
    "window": ("operation.windows", "command"),
    "reset": ("operation.seed", "command"),
    "stand-in": ("stand_ins", "command"),
    "diagnose": ("diagnosing", "command"),
}
"""Commands that are not in a module of their own name: where they are, and what they are there."""


@cache
def _loaded(name: str) -> click.Command:
    # What is imported stays; to look for garbage among it takes a fifth of the time.
    gc.disable()
    module, variable = _ELSEWHERE.get(name, (name, "command"))
    command: click.Command = getattr(import_module(f"testbed.commands.{module}"), variable)
    gc.enable()
    return sendable(command)


class LazyGroup(click.Group):
    """A group whose commands are modules of ``testbed.commands``."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # click's signature
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        if cmd_name not in COMMANDS:
            return None
        command = _loaded(cmd_name)
        heed_interrupts()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: FBT001, FBT002 # click's signature
        **extra: Any,
    ) -> Any:
        """Run a command; whatever ends it is an exit code, and at most one sentence."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        given = list(sys.argv[1:] if args is None else args)
        try:
            code = super().main(given, prog_name, complete_var, standalone_mode=False, **extra)
        except click.ClickException as error:
            _refuse(error, in_json="--json" in given)
        except click.Abort as abort:
            # The end of the input where there is a question is no interruption.
            sys.exit(1 if isinstance(abort.__cause__ or abort.__context__, EOFError) else EXIT_CODE)
        sys.exit(code if isinstance(code, int) else 0)


@click.group(cls=LazyGroup)
@click.version_option(package_name="oqs-sim")
def cli() -> None:
    """Simulate Japan's online health-insurance eligibility check (オンライン資格確認).

    Every command takes --lang ja or en (without it OQS_SIM_LANG, or the language of the terminal),
    and --json, which prints one document for a program, also where something goes wrong.
    """


def _refuse(error: click.ClickException, *, in_json: bool) -> NoReturn:
    """End with what is wrong with the command line."""
    if in_json:
        from testbed.terminal_output.speech import tell_json  # noqa: PLC0415 # seldom needed

        code = "usage" if isinstance(error, click.UsageError) else "failed"
        tell_json({"error": {"code": code, "message": error.format_message()}})
    error.show()
    sys.exit(error.exit_code)


def main() -> None:
    """Run the command line; a file or a pipe that cannot be used is a sentence."""
    try:
        cli()
    except KeyboardInterrupt:
        # Whoever asked for the end knows why.
        _leave(EXIT_CODE)
    except OSError as error:
        if error.errno != errno.EPIPE:
            from testbed.terminal_output.command_exit import file_failed  # noqa: PLC0415 # seldom
            from testbed.terminal_output.speech import Speech  # noqa: PLC0415 # needed

            with contextlib.suppress(SystemExit, OSError):
                file_failed(error, Speech.of_terminal())
        _leave(1)


def _leave(code: int) -> NoReturn:
    # The rest of an output that failed would fail once more at the end.
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(code)
