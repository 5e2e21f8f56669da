"""``oqs story``: the story against services that run elsewhere, for example in containers."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from eligibility.sentence import Sentence
from testbed.commands.choice import ADDRESS, system_option
from testbed.launch.participants import Addresses
from testbed.launch.systems_on_record import the_system
from testbed.story import Story
from testbed.terminal_output.command_exit import mistakes_told
from testbed.terminal_output.speech import Speech, spoken, tell_json


@click.command()
@click.option("--oqs", type=ADDRESS, metavar="URL", help="The console of OQS.")
@click.option("--intermediate", type=ADDRESS, metavar="URL", help="The intermediate server's line.")
@click.option("--clinic", type=ADDRESS, metavar="URL", help="The clinic's desk.")
@click.option("--testbed", type=ADDRESS, metavar="URL", help="The testbed with the reader's slots.")
@click.option(
    "--line",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The directory of the line's certificates.",
)
@system_option
@spoken("Print the steps as one object of JSON.")
def command(
    oqs: str | None,
    intermediate: str | None,
    clinic: str | None,
    testbed: str | None,
    line: Path | None,
    system: str | None,
    speech: Speech,
    *,
    in_json: bool,
) -> None:
    """Play the story against services that run; they must be new.

    What is not given is that of the running system.
    """
    with mistakes_told():
        if oqs and intermediate and clinic and testbed and line:
            addresses = Addresses(oqs, intermediate, clinic, testbed, line)
        else:
            there = the_system(system)
            addresses = Addresses(
                oqs or there.oqs_console,
                intermediate or there.intermediate_line,
                clinic or there.clinic,
                testbed or there.testbed,
                line or Path(there.line_directory),
            )
        with Story(addresses, tell=None if in_json else click.echo, speech=speech) as story:
            story.play()
    if in_json:
        tell_json({"steps": [asdict(step) for step in story.steps]})
    else:
        speech.tell(Sentence("物語はすべて成り立ちました。", "Every step of the story held."))
