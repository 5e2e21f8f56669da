"""Choosing one of the systems that run, and its reader."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from eligibility.identifiers.numbers import InsurerNumber, InvalidNumber, MedicalInstitutionCode
from reader.errors import SOCKET_VARIABLE, USUAL_SOCKET
from testbed.launch.systems_on_record import (
    SeveralSystems,
    SystemOnRecord,
    running_systems,
    several,
    the_system,
)
from testbed.terminal_output.command_exit import mistakes_told

if TYPE_CHECKING:
    from collections.abc import Callable


class Address(click.ParamType[str]):
    """The address of a service: http or https, a host, and perhaps a port."""

    name = "url"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse what no client could call."""
        try:
            parts = urlsplit(value)
            good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            good = False
        if not good:
            self.fail(f"{value!r} is no address; write it like http://127.0.0.1:8602.", param, ctx)
        return value


class CheckedNumber(click.ParamType[str]):
    """A number that is checked, and written as it is on certificates."""

    def __init__(self, name: str, parse: Callable[[str], InsurerNumber | MedicalInstitutionCode]):
        self.name, self._parse = name, parse

    def convert(self, value: Any, param: Any, ctx: Any) -> str:  # click's way
        """Read the number."""
        try:
            return str(self._parse(value))
        except InvalidNumber as error:
            self.fail(error.text.en, param, ctx)


ADDRESS = Address()
INSURER_NUMBER = CheckedNumber("number", InsurerNumber.parse)
INSTITUTION_CODE = CheckedNumber("code", MedicalInstitutionCode.parse)
_READERS_SYSTEM = "oqs_sim.system_of_reader"
"""Under which name a command's context has what --system was given, where that chose a reader."""
MACHINE = "machine"
"""Names this machine's own PC/SC service where a system could be named."""


def _complete_system(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    return [
        CompletionItem(system.name, help=f"oqs {system.command}, {system.clinic}")
        for system in running_systems()
        if system.name.startswith(begun)
    ]


system_option = click.option(
    "--system",
    metavar="NAME",
    envvar="OQS_SIM_SYSTEM",
    show_envvar=True,
    shell_complete=_complete_system,
    help="Which running system, where there are several; `oqs systems` lists their names.",
)


def most_explicit(url: str | None, system: str | None) -> tuple[str | None, str | None]:
    """Leave of an address and a name the one that was typed, where the other was not."""
    source = click.get_current_context().get_parameter_source
    if url and system and source("system") is ParameterSource.COMMANDLINE:
        if source("url") is ParameterSource.COMMANDLINE:
            raise click.UsageError("Say either where it answers, or the name of its system.")
        return None, system
    return url, None if url else system


def system_of_reader() -> SystemOnRecord:
    """Return the system that --system names for a command with a reader, or the only one.

    Raises:
        Mistake: none runs, or several do and none is named.
    """
    return the_system(click.get_current_context().meta.get(_READERS_SYSTEM))


def reader_service(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option --system, which leads it to a system's PC/SC service.

    A service that PCSCLITE_CSOCK_NAME names is used; then that of the system that was named; then
    that of the only one that runs; then this machine's own.
    """

    def lead(context: click.Context, _option: click.Parameter, name: str | None) -> None:
        context.meta[_READERS_SYSTEM] = None if name == MACHINE else name
        if name == MACHINE:
            os.environ.pop(SOCKET_VARIABLE, None)
            return
        if name is None and os.environ.get(SOCKET_VARIABLE):
            return
        with mistakes_told():
            if name is not None:
                os.environ[SOCKET_VARIABLE] = the_system(name).pcsc_socket
                return
            systems = running_systems()
            if len(systems) > 1 and not Path(USUAL_SOCKET).exists():
                raise SeveralSystems(several(systems))
            if len(systems) == 1:
                os.environ[SOCKET_VARIABLE] = systems[0].pcsc_socket

    return click.option(
        "--system",
        metavar="NAME",
        envvar="OQS_SIM_SYSTEM",
        show_envvar=True,
        shell_complete=_complete_system,
        callback=lead,
        expose_value=False,
        help="Whose reader: a running system's, by its name, or `machine` for this machine's own. "
        "Without it the service in PCSCLITE_CSOCK_NAME, or the only running system's, or this "
        "machine's.",
    )(command)
