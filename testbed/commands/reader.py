"""``oqs reader``: the card readers of this machine."""

from __future__ import annotations

import sys

import click

from reader.errors import ReaderError
from reader.pcsc import list_readers


@click.group(name="reader")
def command() -> None:
    """Look at the card readers of this machine."""


@command.command(name="list")
def list_() -> None:
    """List the card readers, one on each line."""
    try:
        readers = list_readers()
    except ReaderError as error:
        click.echo(f"oqs reader: {error}\n{error.japanese}", err=True)
        sys.exit(1)
    if not readers:
        click.echo("oqs reader: There is no reader. Connect one, then ask again.", err=True)
        sys.exit(1)
    for name in readers:
        click.echo(name)
