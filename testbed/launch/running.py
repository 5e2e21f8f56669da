"""A deployment as a command runs it: started, kept up, ended in order, mistakes as sentences."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from testbed.launch.deployment import Deployment, ProcessFailed
from testbed.launch.postgres import PostgresServerError
from testbed.readers.private_pcscd import PcscStackError
from testbed.story import StoryBroken, in_japanese
from wire.serving.serve import AddressUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

MISTAKES = (AddressUnavailable, PcscStackError, PostgresServerError, ProcessFailed, StoryBroken)
"""What the caller can mend; each says in its message how."""

database_option = click.option(
    "--database",
    metavar="URL",
    help="A PostgreSQL server, postgresql://USER@HOST/DATABASE, on which the system makes "
    "databases of its own for as long as it is up. Without it, they are SQLite files.",
)


class _Ended(Exception):
    """Ctrl-C, or the request to end; that is no error."""


def _end(_: int, __: object) -> None:
    raise _Ended


def say(japanese: str, english: str, *, err: bool = False) -> None:
    """Say a sentence in the terminal's language."""
    click.echo(japanese if in_japanese() else english, err=err)


@contextmanager
def running(command: str, port: int, database: str | None = None) -> Iterator[Deployment]:
    """Start a deployment for the length of a ``with`` block, whatever way that ends.

    A mistake that the caller can mend becomes a sentence and exit code 1; Ctrl-C and SIGTERM
    end the block quietly.
    """
    begun = time.monotonic() - _seconds_since_start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    deployment = Deployment(port, database)
    try:
        deployment.start()
        ready = time.monotonic() - begun
        say(
            f"すべてのサービスが {ready:.2f} 秒で動き始めました。",
            f"All services are up after {ready:.2f} s.",
            err=True,
        )
        yield deployment
    except _Ended:
        say("\n終了します。", "\nEnding.", err=True)
    except MISTAKES as error:
        click.echo(f"oqs {command}: {error}", err=True)
        sys.exit(1)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        deployment.stop()


def stay_up(deployment: Deployment) -> None:
    """Print the addresses of the pages, and wait for Ctrl-C or for a service to fail."""
    say(
        "\nシステムは動き続けます。Ctrl-C で終わります。次の画面を開いてください:",
        "\nThe system stays up until Ctrl-C. Open these pages:",
    )
    width = max(len(url) for _, _, url in deployment.pages)
    for japanese, english, url in deployment.pages:
        say(f"  {url:<{width}}  {japanese}", f"  {url:<{width}}  {english}")
    deployment.wait_for_end_of_any()


def _seconds_since_start() -> float:
    """Return how long this process has existed, its imports included."""
    started = int(Path("/proc/self/stat").read_text("ascii").rsplit(")", 1)[1].split()[19])
    up = float(Path("/proc/uptime").read_text("ascii").split()[0])
    return up - started / os.sysconf("SC_CLK_TCK")
