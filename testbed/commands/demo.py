"""``oqs demo``: the whole system on this machine, with its story."""

from __future__ import annotations

import click

from eligibility.sentence import Sentence
from testbed.launch.deployment import BASE_PORT
from testbed.launch.running import database_option, running, stay_up
from testbed.story import Story
from testbed.terminal_output.speech import Speech


@click.command()
@click.option("--once", is_flag=True, help="End after the story, with exit code 0 if it held.")
@click.option(
    "--port",
    default=BASE_PORT,
    show_default=True,
    help="The desk's port; the others follow it. 0 takes free ports.",
)
@database_option
def command(once: bool, port: int, database: str | None) -> None:  # noqa: FBT001 # click's way
    """Play the story of one visit on a whole system, then stay up."""
    with running("demo", port, database) as deployment:
        with Story(deployment.addresses, tell=click.echo) as story:
            story.play()
        Speech.of_terminal().tell(
            Sentence("物語はすべて成り立ちました。", "Every step of the story held.")
        )
        if not once:
            stay_up(deployment)
