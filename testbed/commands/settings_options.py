"""The options by which a command takes settings of OQS."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

_FILE = click.option(
    "--settings",
    "settings_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A file of settings of OQS, in TOML.",
)
_ONE = click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="NAME=VALUE",
    help="A setting of OQS, e.g. token_seconds=60 or bulk.most_units=500; goes before the file.",
)


def settings_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``settings_file`` and ``assignments``."""
    decorated: Callable[..., Any] = _FILE(_ONE(command))
    return decorated
