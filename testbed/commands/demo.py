"""``oqs demo``: the whole system on this machine, with its story."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import click

from testbed.deployment import BASE_PORT, Deployment, ProcessFailed
from testbed.pcsc import PcscStackError
from testbed.story import Story, StoryBroken, in_japanese
from wire.serve import AddressUnavailable


class _Ended(Exception):  # somebody asked for the end; that is no error
    """Ctrl-C, or the request to end."""


def _end(_: int, __: object) -> None:
    raise _Ended


@click.command()
@click.option("--once", is_flag=True, help="End after the story, with exit code 0 if it held.")
@click.option(
    "--port",
    default=BASE_PORT,
    show_default=True,
    help="The desk's port; the others follow it. 0 takes free ports.",
)
def command(once: bool, port: int) -> None:  # noqa: FBT001 # click's way
    """Play the story of one visit on a whole system, then stay up."""
    begun = time.monotonic() - _seconds_since_start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    japanese = in_japanese()
    deployment = Deployment(port)
    try:
        try:
            deployment.start()
            ready = time.monotonic() - begun
            _say(
                japanese,
                f"すべてのサービスが {ready:.2f} 秒で動き始めました。",
                f"All services are up after {ready:.2f} s.",
            )
            with Story(deployment.addresses, tell=click.echo) as story:
                story.play()
            _say(japanese, "物語はすべて成り立ちました。", "Every step of the story held.")
            if not once:
                _stay_up(deployment, japanese=japanese)
        except _Ended:
            _say(japanese, "\n終了します。", "\nEnding.")
    except (AddressUnavailable, PcscStackError, ProcessFailed, StoryBroken) as error:
        click.echo(f"oqs demo: {error}", err=True)
        sys.exit(1)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        deployment.stop()


def _stay_up(deployment: Deployment, *, japanese: bool) -> None:
    _say(
        japanese,
        "\nシステムは動き続けます。Ctrl-C で終わります。次の画面を開いてください:",
        "\nThe system stays up until Ctrl-C. Open these pages:",
    )
    for japanese_name, english_name, url in deployment.pages:
        click.echo(f"  {url}  {japanese_name if japanese else english_name}")
    deployment.wait_for_end_of_any()


def _say(japanese: bool, ja: str, en: str) -> None:  # noqa: FBT001 # a choice of two texts
    click.echo(ja if japanese else en)


def _seconds_since_start() -> float:
    """Return how long this process has existed, its imports included."""
    started = int(Path("/proc/self/stat").read_text("ascii").rsplit(")", 1)[1].split()[19])
    up = float(Path("/proc/uptime").read_text("ascii").split()[0])
    return up - started / os.sysconf("SC_CLK_TCK")
