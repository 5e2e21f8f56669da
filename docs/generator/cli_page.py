"""`cli.md`: the help of every command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from docs.generator.markdown import NOTE, table
from testbed.cli import cli

if TYPE_CHECKING:
    from collections.abc import Iterator

CLI_INTRO = """\
# Command line

`make demo` puts the command into `.venv/bin/oqs`. What the caller can mend (a busy port, a missing
package, a service that does not answer) ends a command with one sentence and exit code 1; a wrong
option ends it with exit code 2. `oqs card show`, `cert`, `pin` and `sign` end with 3 after a wrong
PIN, with 4 where it is locked, and with 5 where it was not sent and no try was used.
"""


WIDTH = 96
"""Columns of a help text."""


def commands() -> Iterator[tuple[str, click.Command, click.Context]]:
    """Walk all commands, with the line that one types to run them."""
    return _commands(cli, click.Context(cli, info_name="oqs", terminal_width=WIDTH))


def _commands(
    command: click.Command, context: click.Context
) -> Iterator[tuple[str, click.Command, click.Context]]:
    yield context.command_path, command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            options: dict[str, Any] = dict(below.context_settings)
            yield from _commands(below, click.Context(below, context, info_name=name, **options))


def cli_page() -> str:
    """Give the help of each command, and the environment variables of `oqs serve`."""
    parts = [
        NOTE,
        CLI_INTRO,
    ]
    for path, command, context in commands():
        parts += [f"## {path}\n", f"```text\n{command.get_help(context)}\n```\n"]
        variables = [
            (f"`{option.opts[0]}`", f"`{name}`")
            for option in command.params
            if isinstance(option, click.Option) and (name := variable(option, context))
        ]
        if variables:
            parts += [
                "Each option can be given as an environment variable:\n",
                table(("option", "variable"), variables),
            ]
    return "\n".join(parts)


def variable(option: click.Option, context: click.Context) -> str | None:
    """Return the environment variable that stands for an option, if any does."""
    if context.auto_envvar_prefix is None or not option.allow_from_autoenv:
        return None
    assert option.name is not None
    return f"{context.auto_envvar_prefix}_{option.name.upper()}"
