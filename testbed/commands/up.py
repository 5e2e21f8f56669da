"""``oqs up``: the whole system on this machine, new and empty, for one's own tests."""

from __future__ import annotations

import contextlib
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from testbed.interruption import Interrupted
from testbed.launch.chosen_settings import ChosenSettings, of_system
from testbed.launch.clinic_variants import passcode_option, variant_option
from testbed.launch.deployment import BASE_PORT
from testbed.launch.running import (
    database_option,
    exchange_option,
    running,
    settings_options,
    stay_up,
    wait_for_end,
)
from testbed.terminal_output.command_exit import mistakes_told
from testbed.terminal_output.speech import Speech, spoken, tell_json
from testbed.town.town_image import built_image, lay_in

if TYPE_CHECKING:
    from pathlib import Path

    from clinic_client.passcode import HashedPasscode
    from eligibility.terminal.clinic_variant import ClinicVariant


@click.command()
@click.option(
    "--port",
    default=BASE_PORT,
    show_default=True,
    help="The desk's port; the others follow it. 0 takes free ports.",
)
@database_option
@settings_options
@exchange_option
@variant_option
@passcode_option
@click.option("--town", is_flag=True, help="With the practice town: some fifty people.")
@spoken("Print the addresses as one line of JSON, then stay up.")
def command(
    port: int,
    database: str | None,
    settings_file: Path | None,
    assignments: tuple[str, ...],
    exchange: Path | None,
    variant: ClinicVariant,
    visual_passcode: HashedPasscode | None,
    speech: Speech,
    *,
    town: bool,
    in_json: bool,
) -> None:
    """Start the whole system, new and empty, and stay up.

    With the practice town its clock stands on 25 November 2026. The town is built once, which
    takes a minute or two, and is kept; `oqs reset` brings it back.
    """
    with mistakes_told():
        chosen = ChosenSettings.read(settings_file, assignments, of_system())
        image, building = built_image(speech) if town else (None, 0.0)
    # From here on an interruption is the way in which it ends.
    with (
        running(
            "up",
            port,
            database,
            speech,
            chosen,
            exchange,
            variant,
            visual_passcode=visual_passcode,
            building=building,
        ) as deployment,
        contextlib.suppress(Interrupted),
    ):
        if image is not None:
            lay_in(image, deployment, speech)
        if in_json:
            tell_json(asdict(deployment.described("up")))
            wait_for_end(deployment, speech)
        else:
            stay_up(deployment, speech)
