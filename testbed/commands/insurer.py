"""``oqs insurer``: what an insurer's system does at the intermediate server."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, NoReturn

import click
import httpx2

from eligibility.sentence import Sentence
from testbed.commands.choice import system_option
from testbed.commands.insurer_runs import runs
from testbed.launch.line_certificates import insurer as participant
from testbed.launch.systems_on_record import the_system
from testbed.mistakes import as_mistake
from testbed.terminal_output.command_exit import end_with, mistakes_told
from testbed.terminal_output.progress import progress
from testbed.terminal_output.speech import Speech, spoken, tell_json
from wire.line_credentials import INTERMEDIATE_SERVER, credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testbed.terminal_output.progress import Bar

TAKEN, FAILED, SOME_REFUSED, NONE_TAKEN = 0, 1, 3, 4
"""Exit codes. 2 is click's own, for a wrong command line."""
PIECE = 1 << 16
_PREFIX = "oqs insurer file: "
_FILING = Sentence("届け出ています", "Filing")
_EXIT = {200: TAKEN, 207: SOME_REFUSED, 422: NONE_TAKEN}


@click.group(name="insurer")
def command() -> None:
    """Do what an insurer's system does at the intermediate server."""


command.add_command(runs)


@command.command(name="file")
@click.argument("csv", type=click.File("rb"))
@click.option("--intermediate", metavar="URL", help="The intermediate server's line.")
@click.option("--insurer", required=True, metavar="NUMBER", help="The insurer number (保険者番号).")
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
    with mistakes_told("insurer file"):
        if intermediate is None or line is None:
            there = the_system(system)
            intermediate = intermediate or there.intermediate_line
            line = line or Path(there.line_directory)
        with as_mistake(FileNotFoundError):
            context = credentials(line, participant(insurer)).client_context(INTERMEDIATE_SERVER)
    to_nowhere = in_json and report.name == "-"
    query = {"ProblemsOnly": "true"} if problems_only else {}
    try:
        with (
            httpx2.Client(
                base_url=intermediate, verify=context, timeout=None, trust_env=False
            ) as client,
            progress(_size(csv), speech, _FILING) as bar,
            client.stream(
                "POST",
                "/procedures/file",
                params=query,
                content=_pieces(csv, bar),
                headers={"Content-Type": "text/csv"},
            ) as answer,
        ):
            if not answer.headers.get("Content-Type", "").startswith("text/csv"):
                _refuse(answer, speech)
            for piece in answer.iter_bytes():
                if not to_nowhere:
                    report.write(piece)
            count = {
                name: answer.headers[f"X-Lines-{name}"]
                for name in ("Accepted", "Unchanged", "Refused", "To-Look-At")
            }
            status = answer.status_code
    except (httpx2.HTTPError, httpx2.InvalidURL):
        said = Sentence(
            f"{intermediate} が答えません。アドレスを確かめてください。",
            f"{intermediate} does not answer. Check the address.",
        )
        end_with("no-answer", speech(said), prefix=_PREFIX)
    except OSError as error:
        said = Sentence(
            f"報告を書き込めません({error.strerror})。",
            f"The report cannot be written ({error.strerror}).",
        )
        end_with("file-unusable", speech(said), prefix=_PREFIX)
    if in_json:
        names = {name: name.replace("-", "") for name in count}
        tell_json({names[name]: int(number) for name, number in count.items()})
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
    sys.exit(_EXIT.get(status, FAILED))


def _size(source: IO[bytes]) -> int | None:
    """Return how long a file is; None for a pipe, which does not know."""
    try:
        found = os.fstat(source.fileno())
    except OSError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def _pieces(source: IO[bytes], bar: Bar) -> Iterator[bytes]:
    while piece := source.read(PIECE):
        yield piece
        bar.update(len(piece))


def _refuse(answer: httpx2.Response, speech: Speech) -> NoReturn:
    """End with what the server says against the whole file."""
    answer.read()
    try:
        document = answer.json()
        code, detail = document["code"], document.get("detail", "")
        said = Sentence(
            f"{document['japanese']} ({code}) {detail}", f"{document['title']} ({code}) {detail}"
        )
    except (ValueError, KeyError):
        code, status = None, answer.status_code
        said = Sentence(
            f"サーバーの答えは HTTP {status} でした。",
            f"The server answers with HTTP status {status}.",
        )
    end_with("refused", speech(said).strip(), prefix=_PREFIX, problem=code)
