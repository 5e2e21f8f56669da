"""``oqs up``: the whole system on this machine, new and empty, for one's own tests."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from testbed.launch.deployment import BASE_PORT
from testbed.launch.running import database_option, running, stay_up


@click.command()
@click.option(
    "--port",
    default=BASE_PORT,
    show_default=True,
    help="The desk's port; the others follow it. 0 takes free ports.",
)
@database_option
@click.option("--json", "as_json", is_flag=True, help="Print the addresses as one line of JSON.")
def command(port: int, database: str | None, as_json: bool) -> None:  # noqa: FBT001 # click's way
    """Start the whole system, new and empty, and stay up."""
    with running("up", port, database) as deployment:
        if as_json:
            addresses = asdict(deployment.addresses)
            addresses["oqs_line"] = deployment.url("oqs_line")
            addresses["intermediate_console"] = deployment.url("intermediate_console")
            addresses["pcsc_socket"] = deployment.pcsc.socket
            click.echo(json.dumps(addresses, default=str))
            deployment.wait_for_end_of_any()
        stay_up(deployment)
