"""What was typed and cannot be sent: bytes that are no text, and numbers that are none."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FILES = (click.Path, click.File)
"""Kinds of parameters that are opened here, and are never sent; a file's name may be any bytes."""


def sendable(command: click.Command) -> click.Command:
    """Have a command, and each below it, refuse by its name an argument that cannot be sent.

    JSON and addresses carry text and finite numbers; a terminal of another encoding hands over
    bytes that are no UTF-8, and ``nan`` lies within every range.
    """
    if isinstance(command, click.Group):
        for one in command.commands.values():
            sendable(one)
    for parameter in command.params:
        if not isinstance(parameter.type, _FILES):
            parameter.callback = _checked(parameter.callback)
    return command


def _checked(after: Callable[..., Any] | None) -> Callable[..., Any]:
    """Return a callback that looks at what was typed, and then calls the parameter's own."""

    def callback(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
        for each in _flat(value):
            if (why := _why_not(each)) is not None:
                # What was typed may be a password, and so is not repeated.
                raise click.BadParameter(why, context, parameter)
        return value if after is None else after(context, parameter, value)

    return callback


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for each in value:
            yield from _flat(each)
    else:
        yield value


def _why_not(value: Any) -> str | None:
    if isinstance(value, str) and _has_stray_bytes(value):
        return "it has bytes that are no UTF-8. Have the terminal use UTF-8, and type it again."
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value} is no number that can be sent; write one like 0.5."
    return None


def _has_stray_bytes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
