"""``oqs diagnose``: why a reception does not work."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eligibility.sentence import Sentence
from reader.errors import SOCKET_VARIABLE
from testbed.commands.choice import ADDRESS, INSTITUTION_CODE, system_option
from testbed.diagnosing.finding import ProbeAnswer, as_document
from testbed.diagnosing.subject import Subject
from testbed.diagnosing.whole import GROUPS, diagnose, in_the_way
from testbed.launch.participants import INSTITUTION
from testbed.launch.systems_on_record import running_systems, the_system
from testbed.terminal_output.command_exit import FAILED, mistakes_told
from testbed.terminal_output.speech import Speech, spoken, tell_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from testbed.diagnosing.finding import Finding


@click.command()
@system_option
@click.option(
    "--clinic",
    type=ADDRESS,
    metavar="URL",
    envvar="OQS_SIM_CLINIC",
    show_envvar=True,
    help="The desk of a system that was started part by part.",
)
@click.option(
    "--oqs",
    "oqs_console",
    type=ADDRESS,
    metavar="URL",
    envvar="OQS_SIM_OQS_CONSOLE",
    show_envvar=True,
    help="Its console of OQS.",
)
@click.option("--oqs-line", type=ADDRESS, metavar="URL", help="Its line of OQS.")
@click.option(
    "--intermediate", type=ADDRESS, metavar="URL", help="Its console of the intermediate server."
)
@click.option(
    "--line", type=click.Path(path_type=Path), help="The directory of its line's certificates."
)
@click.option(
    "--institution",
    type=INSTITUTION_CODE,
    default=INSTITUTION,
    show_default=True,
    help="The medical institution code of the terminal's certificate.",
)
@click.option("--reader", metavar="PART", help="A part of the reader's name that only one has.")
@spoken()
def command(
    system: str | None,
    clinic: str | None,
    oqs_console: str | None,
    oqs_line: str | None,
    intermediate: str | None,
    line: Path | None,
    institution: str,
    reader: str | None,
    speech: Speech,
    *,
    in_json: bool,
) -> None:
    """Look for what keeps a reception from working, and say what to do.

    Machine, fonts, PC/SC, reader and card, the desk, the line's certificate, OQS, clocks, the
    intermediate server and its worker, the folder exchange, ports. A running system is found by
    itself. Nothing is changed, no PIN is asked, no try is used, and it ends within seconds.

    Signs: ✔ well, ▲ works with a caution, ✖ in the way, ― not looked at. `oqs reader diagnose`
    looks closer at a card. Exit codes: 0 nothing is in the way, 1 something is.
    """  # fmt: skip
    said = Subject(
        clinic=clinic,
        oqs_console=oqs_console,
        oqs_line=oqs_line,
        intermediate_console=intermediate,
        line_directory=line,
        institution_code=institution,
        reader_part=reader,
    )
    findings = diagnose(said if said.named and system is None else _found(system, said))
    bad = in_the_way(findings)
    if in_json:
        tell_json(as_document(findings))
    else:
        _tell(findings, speech)
    sys.exit(FAILED if bad else 0)


def _found(name: str | None, said: Subject) -> Subject:
    """Return the running system of that name, or the only one; without one, this machine alone."""
    with mistakes_told():
        if name is None and not running_systems():
            return said
        system = the_system(name)
    os.environ.setdefault(SOCKET_VARIABLE, system.pcsc_socket)
    return replace(
        said,
        name=system.name,
        clinic=system.clinic,
        testbed=system.testbed,
        oqs_console=system.oqs_console,
        oqs_line=system.oqs_line,
        intermediate_console=system.intermediate_console,
        line_directory=Path(system.line_directory),
    )


def _tell(findings: Sequence[Finding], speech: Speech) -> None:
    for heading, probes in GROUPS.items():
        click.echo(f"\n{speech(heading)}")
        for each in (one for one in findings if one.probe in probes):
            click.echo(f"  {each.answer.sign} {speech(each.said)}")
            if each.advice is not None:
                click.echo(f"      → {speech(each.advice)}")
    bad = len(in_the_way(findings))
    cautions = sum(each.answer is ProbeAnswer.CAUTION for each in findings)
    click.echo()
    if bad:
        speech.tell(
            Sentence(
                f"✖ {bad} か所を直してください。上の → のとおりに、上から順に。",
                f"✖ {bad} things are in the way. Do what the arrows say, from the top.",
            )
        )
    elif cautions:
        speech.tell(
            Sentence(
                f"▲ 受付できます。{cautions} か所に注意してください。",
                f"▲ The reception works. Mind {cautions} things.",
            )
        )
    else:
        speech.tell(Sentence("✔ 受付できます。", "✔ The reception works."))
