"""``oqs demo``: the whole system on this machine, with its story."""

from __future__ import annotations

import contextlib
from dataclasses import asdict

import click

from eligibility.sentence import Sentence
from testbed.interruption import Interrupted
from testbed.launch.deployment import BASE_PORT
from testbed.launch.running import database_option, running, stay_up, wait_for_end
from testbed.story import Story
from testbed.terminal_output.speech import Speech, spoken, tell_json
from testbed.town.town_image import built_image, lay_in


@click.command()
@click.option("--once", is_flag=True, help="End after the story, with exit code 0 if it held.")
@click.option(
    "--port",
    default=BASE_PORT,
    show_default=True,
    help="The desk's port; the others follow it. 0 takes free ports.",
)
@database_option
@spoken("Print steps and addresses as one line of JSON after the story, then stay up.")
def command(port: int, database: str | None, speech: Speech, *, once: bool, in_json: bool) -> None:
    """Play the story of one visit on a whole system, then stay up with the practice town.

    The town is built once, after the story, which takes a minute or two, and is kept. With
    ``--once`` there is none.
    """
    with running("demo", port, database, speech) as deployment:
        tell = None if in_json else click.echo
        with Story(deployment.addresses, tell=tell, speech=speech) as story:
            story.play()
        if not in_json:
            speech.tell(Sentence("物語はすべて成り立ちました。", "Every step of the story held."))
        if not once:
            lay_in(built_image(speech)[0], deployment, speech)
        if in_json:
            steps = [asdict(step) for step in story.steps]
            tell_json({"steps": steps, "system": asdict(deployment.described("demo"))})
        if once:
            return
        # From here on an interruption is the way in which it ends.
        with contextlib.suppress(Interrupted):
            if in_json:
                wait_for_end(deployment, speech)
            else:
                stay_up(deployment, speech)
