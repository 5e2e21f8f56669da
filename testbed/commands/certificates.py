"""``oqs certificates``: who may take part in a closed line, for services on several machines."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eligibility.policy.insurer_policy import PolicyError
from eligibility.sentence import Sentence
from testbed.commands.choice import INSTITUTION_CODE, INSURER_NUMBER
from testbed.launch.line_authority import State
from testbed.launch.line_certificates import SERVICES, enrol, enrolled, make_line, revoke
from testbed.launch.participants import INSTITUTION, insurers
from testbed.mistakes import as_mistake
from testbed.terminal_output.command_exit import mistakes_told
from testbed.terminal_output.speech import Speech, in_json, spoken, tell_answer
from wire.line_credentials import PUBLIC, Caller, Role, credentials, making

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from testbed.launch.line_authority import Enrolled
    from testbed.launch.line_certificates import Enrolment

DIRECTORY = click.Path(file_okay=False, path_type=Path)
line = click.argument("line", type=DIRECTORY, metavar="LINE")


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
    type=INSTITUTION_CODE,
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
        made = enrolled(line).certificates
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
@click.option("--institution", type=INSTITUTION_CODE, help="The institution code of a terminal.")
@click.option("--insurer", "number", type=INSURER_NUMBER, help="The insurer number of an insurer.")
@click.option(
    "--service", type=click.Choice(list(SERVICES)), help="A service, which `make` enrols at first."
)
@click.option(
    "--host",
    "hosts",
    multiple=True,
    help="A name under which the service is reached; without it, those that it had.",
)
@spoken()
def enrol_one(
    line: Path,
    institution: str | None,
    number: str | None,
    service: str | None,
    hosts: Sequence[str],
    speech: Speech,
    *,
    in_json: bool,
) -> None:
    """Give a terminal, an insurer or a service its certificate.

    One that is accepted already stays; one that was revoked is replaced by a new one.
    """
    named = [
        *([Caller(Role.TERMINAL, institution)] if institution is not None else []),
        *([Caller(Role.INSURER, number)] if number is not None else []),
        *([SERVICES[service]] if service is not None else []),
    ]
    if len(named) != 1:
        raise click.UsageError("Give one of --institution, --insurer and --service.")
    if hosts and service is None:
        raise click.UsageError("--host is for a --service only.")
    with _told():
        enrolment = enrol(line, named[0], hosts)
    made = enrolment.certificate
    _tell([made], in_json=in_json, New=enrolment.is_new)
    if not in_json:
        for sentence in _about(line, enrolment):
            speech.tell(sentence)


def _about(line: Path, enrolment: Enrolment) -> Iterator[Sentence]:
    """Say what came of it, and what to do with it."""
    made = enrolment.certificate
    folder, public = credentials(line, made.participant).key.parent, line / PUBLIC
    if not enrolment.is_new:
        yield Sentence(
            f"{made.participant} には前からこの証明書があります。何も変えていません。",
            f"{made.participant} had this certificate already; nothing was changed.",
        )
    for one in enrolment.earlier if enrolment.is_new else ():
        if one.state is State.VALID:
            yield Sentence(
                f"前の証明書 {one.serial} もまだ使えます。鍵がほかの人の手にあるおそれがあれば、"
                f"`oqs certificates revoke {line} {one.serial}` で取り消してください。",
                f"An earlier one, {one.serial}, is still accepted. If its key may be in other "
                f"hands: `oqs certificates revoke {line} {one.serial}`.",
            )
        else:
            yield Sentence(
                f"前の証明書 {one.serial}（{one.state}）に代わるものです。",
                f"It takes the place of {one.serial} ({one.state}).",
            )
    if made.participant in SERVICES:
        if enrolment.is_new:
            yield Sentence(
                f"{made.participant} を再起動すると、この証明書が使われます。",
                f"Restart {made.participant}, so that it uses this certificate.",
            )
        return
    yield Sentence(
        f"端末や保険者の機械には {folder} と {public} だけを渡してください。",
        f"Give its machine {folder} and {public}, and nothing else.",
    )


@command.command(name="list")
@line
@spoken(exposed=False)
def list_all(line: Path) -> None:
    """List the certificates: serial number, role, name, validity, state.

    Where the authority is, those that were replaced stand there too; elsewhere, those that lie in
    folders that you may read.
    """
    with _told():
        found = enrolled(line)
    _tell(found.certificates, in_json=in_json())
    if not found.is_published:
        Speech.of_terminal().tell(
            Sentence(
                f"サーバーが見る一覧 {line / PUBLIC}/crl.pem がないか、古くなっています。"
                "一覧がない間、サーバーは誰も受け付けません。"
                f"専用線を作った機械で `oqs certificates make {line}` を実行してください。",
                f"The list that servers go by, {line / PUBLIC}/crl.pem, is missing or old; without "
                f"it they let nobody in. Where the line was made, `oqs certificates make {line}` "
                "writes it anew.",
            ),
            err=True,
        )


@command.command(name="revoke")
@line
@click.argument("name_or_serial", metavar="NAME_OR_SERIAL")
@spoken(exposed=False)
def revoke_one(line: Path, name_or_serial: str) -> None:
    """Have a certificate refused from now on, by servers that run already too."""
    with _told():
        revoked = revoke(line, name_or_serial)
    _tell(revoked, in_json=in_json())
    if not in_json():
        for caller in dict.fromkeys(one.caller for one in revoked):
            anew = making(line, caller)
            Speech.of_terminal().tell(
                Sentence(
                    f"{caller.name} に新しい証明書を発行するには: `{anew}`",
                    f"A new certificate for {caller.name}: `{anew}`",
                )
            )


def _tell(found: Sequence[Enrolled], *, in_json: bool, **members: object) -> None:
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
        tell_answer({"Certificates": rows, **members})
        return
    for row in rows:
        validity = f"{row['ValidFrom'][:10]}/{row['ValidUntil'][:10]}"
        click.echo(
            f"{row['Serial']}  {row['Role']:<19}  {row['Name']:<19}  {validity}  {row['State']}"
        )
