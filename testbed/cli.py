"""The command ``oqs``."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from importlib import import_module

import click

COMMANDS = {
    "demo": "Play the story of one visit on a whole system, then stay up.",
    "up": "Start the whole system, new and empty, and stay up.",
    "story": "Play the story against services that run elsewhere.",
    "serve": "Run one service in the foreground.",
    "certificates": "Make the certificates of a deployment's closed line.",
    "card": "Read the card in a reader; put cards into a virtual one, and break them.",
    "reader": "Look at the card readers of this machine.",
    "insurer": "Do what an insurer's system does at the intermediate server.",
}
"""Each command with its line of help; the module of a command is loaded only when it is run."""


class LazyGroup(click.Group):
    """A group whose commands are modules of ``testbed.commands``."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # click's signature
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        if cmd_name not in COMMANDS:
            return None
        # What is imported stays; to look for garbage among it takes a fifth of the time.
        gc.disable()
        command: click.Command = import_module(f"testbed.commands.{cmd_name}").command
        gc.enable()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup)
@click.version_option(package_name="oqs-sim")
def cli() -> None:
    """Simulate Japan's online health-insurance eligibility check (オンライン資格確認)."""


def main() -> None:
    """Run the command line; a file or a pipe that cannot be used is a sentence."""
    try:
        cli()
    except OSError as error:
        where = error.filename or "The output"
        click.echo(
            f"oqs: {where} cannot be read or written ({error.strerror}). "
            "Check where it is, whose, and whether its disk is full.",
            err=True,
        )
        # The rest of an output that failed would fail once more at the end.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)
