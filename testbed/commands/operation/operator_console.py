"""The console of OQS, as an operator's command reaches it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from testbed.commands.choice import most_explicit, system_option
from testbed.launch.systems_on_record import the_system
from testbed.remote import RemoteService
from testbed.terminal_output.command_exit import mistakes_told
from testbed.terminal_output.speech import spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATH = "/sim/operation"

institution = click.option(
    "--institution",
    metavar="CODE",
    help="For this medical institution alone (医療機関コード, ten digits).",
)
path_option = click.option(
    "--path", default="", metavar="PATTERN", help="For these paths, e.g. '/qualification/*'."
)


def at(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command what says which OQS it is for, and how it speaks."""
    chosen = click.option(
        "--oqs",
        "url",
        metavar="URL",
        envvar="OQS_SIM_OQS_CONSOLE",
        show_envvar=True,
        help="The console of OQS; without it, that of the running system.",
    )
    decorated: Callable[..., Any] = chosen(system_option(spoken()(command)))
    return decorated


@contextmanager
def operator_console(url: str | None, system: str | None) -> Iterator[RemoteService]:
    """Yield the console; what goes wrong there is told in a sentence."""
    url, system = most_explicit(url, system)
    with mistakes_told():
        yield RemoteService(url or the_system(system).oqs_console, "oqs")


def given(**members: object) -> dict[str, object]:
    """Return the members of an order that were said."""
    return {name: value for name, value in members.items() if value is not None}
