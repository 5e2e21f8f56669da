"""``oqs insurer``: what an insurer's system does at the intermediate server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from eligibility.sentence import Sentence
from testbed.commands.choice import INSURER_NUMBER, system_option
from testbed.commands.insurer_runs import runs
from testbed.file_sending import (
    FAILED,
    NONE_TAKEN,
    SOME_REFUSED,
    TAKEN,
    Destination,
    send_file,
)
from testbed.launch.line_certificates import insurer as participant
from testbed.launch.systems_on_record import the_system
from testbed.mistakes import as_mistake
from testbed.terminal_output.command_exit import mistakes_told
from testbed.terminal_output.speech import spoken, tell_json
from wire.line_credentials import INTERMEDIATE_SERVER, credentials

if TYPE_CHECKING:
    from testbed.terminal_output.speech import Speech

_FILING = Sentence("届け出ています", "Filing")
_EXIT = {200: TAKEN, 207: SOME_REFUSED, 422: NONE_TAKEN}


@click.group(name="insurer")
def command() -> None:
    """Do what an insurer's system does at the intermediate server."""


command.add_command(runs)


@command.command(name="file")
@click.argument("csv", type=click.File("rb"))
@click.option("--intermediate", metavar="URL", help="The intermediate server's line.")
@click.option(
    "--insurer",
    required=True,
    type=INSURER_NUMBER,
    metavar="NUMBER",
    help="The insurer number (保険者番号).",
)
@click.option(
    "--line",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The directory of the line's certificates.",
)
@click.option(
    "--report",
    type=click.File("wb", lazy=True),
    default="-",
    help="Where the report on each line goes; to the standard output unless given.",
)
@click.option("--problems-only", is_flag=True, help="Report only the lines that need a look.")
@system_option
@spoken("Print the counts as one object of JSON; the report goes nowhere unless --report says so.")
def file(
    csv: IO[bytes],
    intermediate: str | None,
    insurer: str,
    line: Path | None,
    report: IO[bytes],
    system: str | None,
    speech: Speech,
    *,
    problems_only: bool,
    in_json: bool,
) -> None:
    """File the procedures of CSV, `-` for the standard input; write a report on each line.

    The file is sent as it is read, so its size does not matter. To send it again adds nothing that
    was recorded before. What is not given of --intermediate and --line is that of the running
    system. Exit codes: 0 all lines were taken, 3 some were refused or the file was not
    read to its end, 4 none was taken, 1 the server did not take the file at all.
    """
    with mistakes_told():
        if intermediate is None or line is None:
            there = the_system(system)
            intermediate = intermediate or there.intermediate_line
            line = line or Path(there.line_directory)
        with as_mistake(OSError):
            context = credentials(line, participant(insurer)).client_context(INTERMEDIATE_SERVER)
    to_nowhere = in_json and report.name == "-"
    query = {"ProblemsOnly": "true"} if problems_only else {}
    sent = send_file(
        csv,
        Destination(intermediate, "/procedures/file", query=query, tls=context),
        None if to_nowhere else report,
        ("Accepted", "Unchanged", "Refused", "To-Look-At"),
        doing=_FILING,
        speech=speech,
    )
    count = sent.counted
    if in_json:
        tell_json({name.lower().replace("-", "_"): number for name, number in count.items()})
    else:
        speech.tell(
            Sentence(
                f"受付 {count['Accepted']}行、受付済み {count['Unchanged']}行、"
                f"不受理 {count['Refused']}行、要確認 {count['To-Look-At']}行",
                f"accepted {count['Accepted']}, accepted before {count['Unchanged']}, "
                f"refused {count['Refused']}, to look at {count['To-Look-At']}",
            ),
            err=True,
        )
    sys.exit(_EXIT.get(sent.status, FAILED))
