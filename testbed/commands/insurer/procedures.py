"""``oqs insurer``: what an insurer's system does at the intermediate server."""

from __future__ import annotations

import sys
from typing import IO, TYPE_CHECKING

import click

from eligibility.sentence import Sentence
from testbed.commands.insurer.line import at_line
from testbed.commands.insurer.runs import runs
from testbed.file_sending import (
    FAILED,
    NONE_TAKEN,
    SOME_REFUSED,
    TAKEN,
    Destination,
    send_file,
)
from testbed.terminal_output.speech import spoken, tell_json

if TYPE_CHECKING:
    from testbed.commands.insurer.line import InsurersLine

_FILING = Sentence("届け出ています", "Filing")
_EXIT = {200: TAKEN, 207: SOME_REFUSED, 422: NONE_TAKEN}


@click.group(name="insurer")
def command() -> None:
    """Do what an insurer's system does at the intermediate server."""


command.add_command(runs)


@command.command(name="file")
@click.argument("csv", type=click.File("rb"))
@click.option(
    "--report",
    type=click.File("wb", lazy=True),
    default="-",
    help="Where the report on each line goes; to the standard output unless given.",
)
@click.option("--problems-only", is_flag=True, help="Report only the lines that need a look.")
@at_line
@spoken("Print the counts as one object of JSON; the report goes nowhere unless --report says so.")
def file(
    csv: IO[bytes],
    report: IO[bytes],
    at: InsurersLine,
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
    to_nowhere = in_json and report.name == "-"
    query = {"ProblemsOnly": "true"} if problems_only else {}
    sent = send_file(
        csv,
        Destination(at.url, "/procedures/file", query=query, tls=at.tls),
        None if to_nowhere else report,
        ("Accepted", "Unchanged", "Refused", "To-Look-At", "Skipped"),
        doing=_FILING,
        speech=at.speech,
    )
    count = sent.counted
    if in_json:
        tell_json({name.lower().replace("-", "_"): number for name, number in count.items()})
    else:
        skipped = count["Skipped"]
        at.speech.tell(
            Sentence(
                f"受付 {count['Accepted']}行、受付済み {count['Unchanged']}行、"
                f"不受理 {count['Refused']}行、要確認 {count['To-Look-At']}行"
                f"{f'、読み飛ばし {skipped}行' if skipped else ''}",
                f"accepted {count['Accepted']}, accepted before {count['Unchanged']}, "
                f"refused {count['Refused']}, to look at {count['To-Look-At']}"
                f"{f', skipped {skipped}' if skipped else ''}",
            ),
            err=True,
        )
    sys.exit(_EXIT.get(sent.status, FAILED))
