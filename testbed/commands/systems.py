"""``oqs systems``: the running systems of this user."""

from __future__ import annotations

from dataclasses import asdict

import click

from eligibility.sentence import Sentence
from testbed.launch.systems_on_record import running_systems
from testbed.terminal_output.command_exit import mistakes_told
from testbed.terminal_output.speech import Speech, spoken, tell_json


@click.command()
@spoken("Print an array of JSON, empty where none runs.")
def command(speech: Speech, *, in_json: bool) -> None:
    """List the running systems of this user, and where their parts answer.

    A system that `oqs demo` or `oqs up` started is known by the port of its desk. Commands that
    need a running system take the only one; where there are several, --system NAME or the variable
    OQS_SIM_SYSTEM chooses.
    """
    with mistakes_told():
        systems = running_systems()
    if in_json:
        tell_json([asdict(system) for system in systems])
        return
    for system in systems:
        click.echo(f"{system.name}  oqs {system.command}  {system.clinic}  {system.testbed}")
    if not systems:
        speech.tell(
            Sentence(
                "動いているシステムはありません。`oqs demo` または `oqs up` で始められます。",
                "None is running. `oqs demo` or `oqs up` starts one.",
            ),
            err=True,
        )
