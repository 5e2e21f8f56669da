"""``oqs residents``: the residents whom the J-LIS simulator knows, many at a time."""

from __future__ import annotations

import csv
import io
import sys
from typing import IO, TYPE_CHECKING

import click

from eligibility.days.dates import TOKYO
from eligibility.identifiers.numbers import InsurerNumber, InvalidNumber
from eligibility.sentence import Sentence
from testbed.commands.choice import most_explicit, system_option
from testbed.file_sending import FAILED, NONE_TAKEN, SOME_REFUSED, TAKEN, Destination, send_file
from testbed.launch.systems_on_record import the_system
from testbed.population import MOST, PROCEDURE_COLUMNS, RESIDENT_COLUMNS, residents
from testbed.terminal_output.command_exit import mistakes_told
from testbed.terminal_output.speech import Speech, spoken, tell_answer
from wire.clock import wall_clock

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_ADDING = Sentence("登録しています", "Registering")
_EXIT = {200: TAKEN, 207: SOME_REFUSED, 422: NONE_TAKEN}
_ROWS_AT_ONCE = 1_000
_NDJSON = (".ndjson", ".jsonl")


@click.group(name="residents")
def command() -> None:
    """Invent residents by the thousand, and register them with the J-LIS simulator.

    An insurer's file of procedures is matched with them, so they come first.
    """


@command.command()
@click.argument("file", type=click.File("rb"))
@click.option(
    "--oqs",
    "url",
    metavar="URL",
    envvar="OQS_SIM_OQS_CONSOLE",
    show_envvar=True,
    help="The console of OQS; without it, that of the running system.",
)
@click.option(
    "--report",
    type=click.File("wb", lazy=True),
    default="-",
    help="Where the report on each line goes; to the standard output unless given.",
)
@click.option("--problems-only", is_flag=True, help="Report only the lines that were refused.")
@system_option
@spoken("Print the counts as one object of JSON; the report goes nowhere unless --report says so.")
def add(
    file: IO[bytes],
    url: str | None,
    report: IO[bytes],
    system: str | None,
    speech: Speech,
    *,
    problems_only: bool,
    in_json: bool,
) -> None:
    """Register the residents of FILE, `-` for the standard input; write a report on each line.

    FILE is CSV in UTF-8 with the columns IndividualNumber, Name, NameKana, Sex1, Birthdate, and
    perhaps Address, PostNumber and MunicipalityCode; or, where its name ends in .ndjson or .jsonl,
    one object of JSON in each line. To send it again adds nothing. Exit codes: 0 all are
    registered, 3 some were refused, 4 all were, 1 the file was not taken at all.
    """
    url, system = most_explicit(url, system)
    with mistakes_told():
        url = url or the_system(system).oqs_console
    sent = send_file(
        file,
        Destination(
            url,
            "/sim/jlis/residents",
            "application/x-ndjson" if file.name.lower().endswith(_NDJSON) else "text/csv",
            {"ProblemsOnly": "true"} if problems_only else {},
        ),
        None if in_json and report.name == "-" else report,
        ("Added", "Unchanged", "Refused"),
        doing=_ADDING,
        speech=speech,
    )
    count = sent.counted
    if in_json:
        tell_answer(count)
    else:
        speech.tell(
            Sentence(
                f"登録 {count['Added']}人、登録済み {count['Unchanged']}人、"
                f"不受理 {count['Refused']}行",
                f"added {count['Added']}, there before {count['Unchanged']}, "
                f"refused {count['Refused']}",
            ),
            err=True,
        )
    sys.exit(_EXIT.get(sent.status, FAILED))


def _insurer(_context: click.Context, _option: click.Parameter, number: str) -> str:
    try:
        return str(InsurerNumber.parse(number))
    except InvalidNumber as error:
        raise click.BadParameter(Speech.of_terminal()(error.text)) from None


@command.command()
@click.argument("count", type=click.IntRange(1, MOST), metavar="N")
@click.option("--seed", type=int, default=1, show_default=True, help="Another one, other people.")
@click.option(
    "--residents",
    "to",
    type=click.File("wb"),
    default="-",
    help="Where the residents go, as CSV; to the standard output unless given.",
)
@click.option("--procedures", type=click.File("wb"), help="Where their procedures go, as CSV.")
@click.option(
    "--insurer",
    default="990010",
    show_default=True,
    metavar="NUMBER",
    callback=_insurer,
    help="The insurer (保険者番号) whom they join.",
)
@click.option(
    "--filed-on",
    type=click.DateTime(["%Y-%m-%d", "%Y%m%d"]),
    help="The day of the procedures (届出日), as 2026-11-16; today, unless given.",
)
@spoken("Print the counts as one object of JSON; the residents go nowhere unless --residents says.")
def make(
    count: int,
    seed: int,
    to: IO[bytes],
    procedures: IO[bytes] | None,
    insurer: str,
    filed_on: datetime | None,
    speech: Speech,
    *,
    in_json: bool,
) -> None:
    """Invent N residents in families, and the procedures by which they join an insurer.

    The same N, seed and day give the same people. Their names and addresses are fictional, and
    their individual numbers of prefecture 99, which does not exist. All are under 75.
    """
    day = (filed_on or wall_clock().astimezone(TOKYO)).date()
    outputs = [_Output(None if in_json and to.name == "<stdout>" else to, RESIDENT_COLUMNS)]
    outputs.append(_Output(procedures, PROCEDURE_COLUMNS))
    households = 0
    for one in residents(count, seed, day):
        outputs[0].write(one.resident)
        outputs[1].write(one.joining(insurer, day, day.replace(day=1)))
        households += one.place == 1
    for output in outputs:
        output.flush()
    if in_json:
        tell_answer({"Residents": count, "Households": households})


class _Output:
    """A file of CSV, written in pieces."""

    def __init__(self, file: IO[bytes] | None, header: Iterable[str]) -> None:
        self._file = file
        self._waiting = io.StringIO()
        self._writer = csv.writer(self._waiting)
        self._rows = 0
        self.write(header)

    def write(self, row: Iterable[str]) -> None:
        if self._file is None:
            return
        self._writer.writerow(row)
        self._rows += 1
        if self._rows % _ROWS_AT_ONCE == 0:
            self.flush()

    def flush(self) -> None:
        if self._file is not None:
            self._file.write(self._waiting.getvalue().encode())
            self._file.flush()
            self._waiting.seek(0)
            self._waiting.truncate()
