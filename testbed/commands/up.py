"""``oqs up``: the whole system on this machine, new and empty, for one's own tests."""

from __future__ import annotations

import contextlib
from dataclasses import asdict

import click

from testbed.interruption import Interrupted
from testbed.launch.deployment import BASE_PORT
from testbed.launch.running import database_option, running, stay_up, wait_for_end
from testbed.terminal_output.speech import Speech, spoken, tell_json


@click.command()
@click.option(
    "--port",
    default=BASE_PORT,
    show_default=True,
    help="The desk's port; the others follow it. 0 takes free ports.",
)
@database_option
@spoken("Print the addresses as one line of JSON, then stay up.")
def command(port: int, database: str | None, speech: Speech, *, in_json: bool) -> None:
    """Start the whole system, new and empty, and stay up."""
    # From here on an interruption is the way in which it ends.
    with running("up", port, database, speech) as deployment, contextlib.suppress(Interrupted):
        if in_json:
            tell_json(asdict(deployment.described("up")))
            wait_for_end(deployment)
        else:
            stay_up(deployment, speech)
