"""``oqs story``: the story against services that run elsewhere, for example in containers."""

from __future__ import annotations

from pathlib import Path

import click

from testbed.launch.participants import Addresses
from testbed.story import Story
from testbed.terminal_output.command_exit import mistakes_told


@click.command()
@click.option("--oqs", required=True, metavar="URL", help="The console of OQS.")
@click.option(
    "--intermediate", required=True, metavar="URL", help="The intermediate server's line."
)
@click.option("--clinic", required=True, metavar="URL", help="The clinic's desk.")
@click.option(
    "--testbed", required=True, metavar="URL", help="The testbed with the reader's slots."
)
@click.option(
    "--line",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The directory of the line's certificates.",
)
def command(oqs: str, intermediate: str, clinic: str, testbed: str, line: Path) -> None:
    """Play the story against services that run elsewhere; they must be new."""
    addresses = Addresses(oqs, intermediate, clinic, testbed, line)
    with mistakes_told("story"), Story(addresses, tell=click.echo) as story:
        story.play()
