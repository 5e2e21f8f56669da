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

`make demo` puts the command into `.venv/bin/oqs`.

## Which system

`oqs demo` and `oqs up` leave a record of the system that they keep up, for this user alone, in
`~/.local/state/oqs-sim` (or in `$XDG_STATE_HOME/oqs-sim`). All else that a running system keeps
lies in `/tmp/oqs-sim-UID` (or in `$TMPDIR`), which the commands need not be told.
Every command that needs a running system takes it from there, whatever its port. Where several run,
a command names them; `--system NAME` or `OQS_SIM_SYSTEM` chooses, and `oqs systems` lists their
names.

`oqs serve` leaves none: it runs one service, which knows of no other and need not be on this
machine, and a record is of a whole system. Such services, and those in containers, are named by
address (`--testbed URL`, `--oqs URL` and so on), or once for all commands:

| variable | address of |
| --- | --- |
| `OQS_SIM_TESTBED` | the testbed; without it, and without a record, `http://127.0.0.1:8601` |
| `OQS_SIM_OQS_CONSOLE` | the console of OQS |

`oqs reader` and `oqs card show`, `cert`, `pin`, `sign` use the PC/SC service that
`PCSCLITE_CSOCK_NAME` names, then that of `--system NAME`, then that of the only running system,
then this machine's own; `--system machine` always takes the last.

## Languages

A run speaks one language: by `--lang ja` or `--lang en`, else by `OQS_SIM_LANG`, else by the
locale. Help, wrong options, and what concerns a file that only implementers write are in English.
So are the lines that services log on the standard error of `oqs up`, `demo` and `serve`: they are
for developers, and those of a whole system begin with the name of their service. What a database
server says is in its own language.

## For a program

With `--json` a command prints one document on the standard output, and nothing else there. One that
fails prints `{"error": {"code": …, "message": …}}` in its place, and the same sentence on the
standard error, where every error begins with `oqs: `. Keys are in `snake_case`; what a service has
answered is printed with its keys written so (`BecameVisible` of the interface is `became_visible`
here). `code` stays from version to version; what a service refused has its code of
[the catalogue](problems.md) in `problem`, and an error of the reader has `next_step` and, of a PIN,
`attempts_remaining`. `oqs reader watch` prints a document on each line. `oqs up`, `demo`, `serve`
and `card hold` print theirs when all is up, and one more where something fails later.

| code | meaning |
| --- | --- |
| `usage` | the command line is wrong |
| `no-system`, `several-systems` | no system runs, or none was chosen |
| `no-answer` | nothing answers at the address, what is there hangs, or it is another service |
| `refused` | a service refused |
| `unknown-certificate` | no certificate of the line is the one that is named, or there is no line |
| `no-service`, `no-reader`, `no-card`, `card-removed`, `not-my-number-card`, `card-fault` | the \
reader or the card |
| `card-in-use` | another program keeps the card to itself; the card is as good as it was |
| `pin-wrong`, `pin-blocked`, `pin-not-sent`, `cancelled` | a PIN |
| `no-photo` | the card has no photo |
| `database-unavailable`, `file-unusable`, `process-failed`, `font-missing`, `pcsc-unavailable`, \
`scratch-unavailable`, `story-broken` | as they say |
| `failed` | what else the caller can mend, as the message says |

## Exit codes

| code | meaning |
| --- | --- |
| 0 | done; also when what stays until it is ended (`up`, `demo` after its story, `serve`, \
`reader watch`, `card hold`) was ended by Ctrl-C or SIGTERM |
| 1 | what was asked for was not done, and the caller can mend it: a busy port, a missing package, \
a service that does not answer, a refusal, a reader without a card |
| 2 | the command line is wrong |
| 3 | `card`: a wrong PIN, a try was used; `insurer file`: some lines were refused |
| 4 | `card`: the PIN is locked or was never set; `insurer file`: no line was taken |
| 5 | `card`: the PIN was not sent, no try was used |
| 130 | Ctrl-C came before the end, be it while the command was loaded; nothing more is said |

`oqs card hold … COMMAND` ends with the exit code of COMMAND, and with 127 where it cannot be run.

## Progress

What takes long (`insurer file`, `clock advance`, `card issue` of many) is told on the standard
error, where that is a terminal.

However long an order takes, it is waited for while its service says that it is up. A service that
takes connections and says nothing is told after some 8 seconds.

## The clock

`oqs clock advance`, `By` of `POST /sim/clock/advance` and of `POST /panel/clock` take the same
words: `90s`, `5m`, `2h`, `3d`, `5bd` (business days), or an instant such as `2026-11-25T09:00`,
which is one of Japan's time unless an offset follows. A day of an accelerated clock takes at least
0.01 seconds (`--seconds-per-day`, `SecondsPerDay`).

## Completion

Commands, options, people, cards, slots and running systems are completed in the shell. Put one of
these into its start-up file, with `oqs` in the `PATH`:

| shell | file | line |
| --- | --- | --- |
| bash | `~/.bashrc` | `eval "$(_OQS_COMPLETE=bash_source oqs)"` |
| zsh | `~/.zshrc` | `eval "$(_OQS_COMPLETE=zsh_source oqs)"` |
| fish | `~/.config/fish/completions/oqs.fish` | `_OQS_COMPLETE=fish_source oqs \\| source` |
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
