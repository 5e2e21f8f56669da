"""A deployment as a command runs it: started, kept up, ended in order, mistakes as sentences."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from eligibility.sentence import Sentence
from eligibility.terminal.clinic_variant import ClinicVariant
from testbed.interruption import SIGNALS, Interrupted, raise_interrupted
from testbed.launch.chosen_settings import AS_THEY_ARE, ChosenSettings
from testbed.launch.clinic_variants import require_interface
from testbed.launch.deployment import Deployment
from testbed.launch.systems_on_record import on_record, started_at
from testbed.silent_end import EXIT_CODE
from testbed.terminal_output.command_exit import mistakes_told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clinic_client.passcode import HashedPasscode
    from testbed.terminal_output.speech import Speech

database_option = click.option(
    "--database",
    metavar="URL",
    help="A PostgreSQL server, postgresql://USER@HOST/DATABASE, on which the system makes "
    "databases of its own for as long as it is up. Without it, they are SQLite files.",
)

_SETTINGS_FILE = click.option(
    "--settings",
    "settings_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A file of settings, in TOML.",
)
_SETTING = click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="NAME=VALUE",
    help="A setting, e.g. of OQS token_seconds=60 or bulk.most_units=500, of the clinic "
    "exchange_form.encoding=shift_jis (clinic.exchange_form.encoding=… where a whole system "
    "starts); goes before the file.",
)


exchange_option = click.option(
    "--exchange",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Serve the clinic's folder exchange there: req, res and face are made in it.",
)


def settings_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``settings_file`` and ``assignments``."""
    decorated: Callable[..., Any] = _SETTINGS_FILE(_SETTING(command))
    return decorated


@contextmanager
def running(
    command: str,
    port: int,
    database: str | None,
    speech: Speech,
    chosen: ChosenSettings = AS_THEY_ARE,
    exchange: Path | None = None,
    variant: ClinicVariant = ClinicVariant.FACE_READER,
    *,
    visual_passcode: HashedPasscode | None = None,
    building: float = 0.0,
) -> Iterator[Deployment]:
    """Start a deployment for the length of a ``with`` block, whatever way that ends.

    ``building`` are the seconds in which the command has built the practice town before.

    A mistake that the caller can mend becomes a sentence and exit code 1. Ctrl-C and SIGTERM end
    it in silence, with the exit code of an interruption: nothing in the block had come to its end.
    """
    begun = time.monotonic() - _seconds_since_start()
    raise_interrupted()
    deployment = Deployment(port, database, chosen, exchange, variant, visual_passcode)
    try:
        with mistakes_told():
            require_interface(variant, exchange)
            deployment.start()
            speech.tell(started_within(time.monotonic() - begun, building), err=True)
            with on_record(deployment.described(command)):
                yield deployment
    except Interrupted:
        sys.exit(EXIT_CODE)
    finally:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        deployment.stop()


def started_within(seconds: float, building: float = 0.0) -> Sentence:
    """Say how long the services took, apart from what of it was the building of the town."""
    ready = seconds - building
    if not building:
        return Sentence(
            f"すべてのサービスが {ready:.2f} 秒で動き始めました。",
            f"All services are up after {ready:.2f} s.",
        )
    return Sentence(
        f"すべてのサービスが {ready:.2f} 秒で動き始めました。"
        f"そのほかに、町をつくるのに {building:.0f} 秒かかりました（はじめの1回だけ）。",
        f"All services are up after {ready:.2f} s; "
        f"before that, the town took {building:.0f} s to build (only this once).",
    )


def stay_up(deployment: Deployment, speech: Speech) -> None:
    """Print the addresses of the pages, and wait for Ctrl-C or for a service to fail."""
    speech.tell(
        Sentence(
            "\nシステムは動き続けます。Ctrl-C で終わります。次の画面を開いてください:",
            "\nThe system stays up until Ctrl-C. Open these pages:",
        )
    )
    width = max(len(page.url) for page in deployment.pages)
    for page in deployment.pages:
        click.echo(f"  {page.url:<{width}}  {speech(page.name)}")
    wait_for_end(deployment, speech)


def wait_for_end(deployment: Deployment, speech: Speech) -> None:
    """Wait for Ctrl-C or SIGTERM, by which a system is ended, or for a service to fail.

    That a sync worker has ended and is started again is told on standard error.

    Raises:
        Interrupted: it was asked to end.
        ProcessFailed: a service has ended by itself.
    """
    deployment.wait_for_end_of_any(lambda said: speech.tell(said, err=True))


def _seconds_since_start() -> float:
    """Return how long this process has existed, its imports included."""
    up = float(Path("/proc/uptime").read_text("ascii").split()[0])
    return up - (started_at(os.getpid()) or 0) / os.sysconf("SC_CLK_TCK")
