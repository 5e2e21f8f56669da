"""A deployment as a command runs it: started, kept up, ended in order, mistakes as sentences."""

from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eligibility.sentence import Sentence
from testbed.interruption import SIGNALS, Interrupted, raise_interrupted
from testbed.launch.deployment import Deployment
from testbed.terminal_output.command_exit import mistakes_told
from testbed.terminal_output.speech import Speech

if TYPE_CHECKING:
    from collections.abc import Iterator

database_option = click.option(
    "--database",
    metavar="URL",
    help="A PostgreSQL server, postgresql://USER@HOST/DATABASE, on which the system makes "
    "databases of its own for as long as it is up. Without it, they are SQLite files.",
)


@contextmanager
def running(command: str, port: int, database: str | None = None) -> Iterator[Deployment]:
    """Start a deployment for the length of a ``with`` block, whatever way that ends.

    A mistake that the caller can mend becomes a sentence and exit code 1; Ctrl-C and SIGTERM
    end the block quietly.
    """
    begun = time.monotonic() - _seconds_since_start()
    speech = Speech.of_terminal()
    raise_interrupted()
    deployment = Deployment(port, database)
    try:
        with mistakes_told(command):
            deployment.start()
            ready = time.monotonic() - begun
            speech.tell(
                Sentence(
                    f"すべてのサービスが {ready:.2f} 秒で動き始めました。",
                    f"All services are up after {ready:.2f} s.",
                ),
                err=True,
            )
            yield deployment
    except Interrupted:
        speech.tell(Sentence("\n終了します。", "\nEnding."), err=True)
    finally:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        deployment.stop()


def stay_up(deployment: Deployment) -> None:
    """Print the addresses of the pages, and wait for Ctrl-C or for a service to fail."""
    speech = Speech.of_terminal()
    speech.tell(
        Sentence(
            "\nシステムは動き続けます。Ctrl-C で終わります。次の画面を開いてください:",
            "\nThe system stays up until Ctrl-C. Open these pages:",
        )
    )
    width = max(len(page.url) for page in deployment.pages)
    for page in deployment.pages:
        click.echo(f"  {page.url:<{width}}  {speech(page.name)}")
    deployment.wait_for_end_of_any()


def _seconds_since_start() -> float:
    """Return how long this process has existed, its imports included."""
    started = int(Path("/proc/self/stat").read_text("ascii").rsplit(")", 1)[1].split()[19])
    up = float(Path("/proc/uptime").read_text("ascii").split()[0])
    return up - started / os.sysconf("SC_CLK_TCK")
