"""``oqs certificates``: the certificates of a closed line, for services on several machines."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from testbed.launch.line_certificates import make_line
from testbed.launch.participants import INSTITUTION, NEW_INSURER, OLD_INSURER


@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--host", "hosts", multiple=True, help="A name under which the servers are reached.")
@click.option(
    "--institution",
    "institutions",
    multiple=True,
    default=[INSTITUTION],
    show_default=True,
    help="A medical institution code that gets a terminal.",
)
@click.option(
    "--insurer",
    "insurers",
    multiple=True,
    default=[OLD_INSURER, NEW_INSURER],
    show_default=True,
    help="An insurer number.",
)
def command(
    directory: Path, hosts: list[str], institutions: list[str], insurers: list[str]
) -> None:
    """Make the certificates of a closed line in DIRECTORY; what is there stays."""
    try:
        make_line(directory, institutions, insurers, hosts)
    except OSError as error:
        click.echo(
            f"oqs certificates: {directory} cannot be written ({error.strerror}). "
            "Choose a directory that is yours.",
            err=True,
        )
        sys.exit(1)
