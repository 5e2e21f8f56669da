"""``oqs certificates``: who may take part in a closed line, for services on several machines."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eligibility.identifiers.numbers import MedicalInstitutionCode
from eligibility.policy.insurer_policy import PolicyError
from eligibility.sentence import Sentence
from testbed.commands.choice import INSURER_NUMBER, CheckedNumber
from testbed.launch.line_certificates import (
    enrol,
    enrolled,
    insurer,
    make_line,
    revoke,
    terminal,
)
from testbed.launch.participants import INSTITUTION, insurers
from testbed.mistakes import as_mistake
from testbed.terminal_output.command_exit import mistakes_told
from testbed.terminal_output.speech import Speech, in_json, spoken, tell_answer
from wire.line_credentials import PUBLIC, Caller, Role, credentials

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from testbed.launch.line_certificates import Enrolled

DIRECTORY = click.Path(file_okay=False, path_type=Path)
line = click.argument("line", type=DIRECTORY, metavar="LINE")


_INSTITUTION = CheckedNumber("code", MedicalInstitutionCode.parse)


@contextmanager
def _told() -> Iterator[None]:
    with mistakes_told(), as_mistake(PolicyError, OSError):
        yield


@click.group(name="certificates")
def command() -> None:
    """Say who may take part in a closed line: make it, enrol, list, revoke.

    LINE is the directory of the line. Each participant has a folder of its own in it with its key;
    give a machine that folder and `public`, and nothing else.
    """


@command.command()
@line
@click.option("--host", "hosts", multiple=True, help="A name under which the servers are reached.")
@click.option(
    "--institution",
    "institutions",
    type=_INSTITUTION,
    multiple=True,
    default=[INSTITUTION],
    show_default=True,
    help="A medical institution code that gets a terminal.",
)
@click.option(
    "--insurer",
    "numbers",
    type=INSURER_NUMBER,
    multiple=True,
    help="An insurer number; all insurers that have a policy get a certificate anyway.",
)
@click.option(
    "--policies",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of further insurers' policies.",
)
@spoken()
def make(
    line: Path,
    hosts: Sequence[str],
    institutions: Sequence[str],
    numbers: Sequence[str],
    policies: Path | None,
    speech: Speech,
    *,
    in_json: bool,
) -> None:
    """Make a line with its authority, its servers and its participants; what is there stays."""
    with _told():
        make_line(line, institutions, dict.fromkeys((*insurers(policies), *numbers)), hosts)
        made = enrolled(line)
    if in_json:
        _tell(made, in_json=True)
        return
    speech.tell(
        Sentence(
            f"{line} に {len(made)} 枚の証明書があります。一覧は `oqs certificates list {line}` で"
            "見られます。",
            f"{line} holds {len(made)} certificates; `oqs certificates list {line}` shows them.",
        )
    )


@command.command(name="enrol")
@line
@click.option("--institution", type=_INSTITUTION, help="The institution code of a terminal.")
@click.option("--insurer", "number", type=INSURER_NUMBER, help="The insurer number of an insurer.")
@spoken()
def enrol_one(
    line: Path,
    institution: str | None,
    number: str | None,
    speech: Speech,
    *,
    in_json: bool,
) -> None:
    """Give a terminal or an insurer its certificate.

    One that is accepted already stays; one that was revoked is replaced by a new one.
    """
    if (institution is None) == (number is None):
        raise click.UsageError("Give one of --institution and --insurer.")
    with _told():
        if institution is not None:
            made = enrol(line, terminal(institution), Caller(Role.TERMINAL, institution))
        else:
            assert number is not None
            made = enrol(line, insurer(number), Caller(Role.INSURER, number))
    _tell([made], in_json=in_json)
    if not in_json:
        folder, public = credentials(line, made.participant).key.parent, line / PUBLIC
        speech.tell(
            Sentence(
                f"端末や保険者の機械には {folder} と {public} だけを渡してください。",
                f"Give its machine {folder} and {public}, and nothing else.",
            )
        )


@command.command(name="list")
@line
@spoken(exposed=False)
def list_all(line: Path) -> None:
    """List the certificates: serial number, role, name, validity, state."""
    with _told():
        found = enrolled(line)
    _tell(found, in_json=in_json())


@command.command(name="revoke")
@line
@click.argument("name_or_serial", metavar="NAME_OR_SERIAL")
@spoken(exposed=False)
def revoke_one(line: Path, name_or_serial: str) -> None:
    """Have a certificate refused from now on, by servers that run already too."""
    with _told():
        revoked = revoke(line, name_or_serial)
    _tell(revoked, in_json=in_json())


def _tell(found: Sequence[Enrolled], *, in_json: bool) -> None:
    rows = [
        {
            "Serial": one.serial,
            "Role": one.caller.role,
            "Name": one.caller.name,
            "ValidFrom": one.valid_from.isoformat(),
            "ValidUntil": one.valid_until.isoformat(),
            "State": one.state,
        }
        for one in found
    ]
    if in_json:
        tell_answer({"Certificates": rows})
        return
    for row in rows:
        validity = f"{row['ValidFrom'][:10]}/{row['ValidUntil'][:10]}"
        click.echo(
            f"{row['Serial']}  {row['Role']:<19}  {row['Name']:<19}  {validity}  {row['State']}"
        )
