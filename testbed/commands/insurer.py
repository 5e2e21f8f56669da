"""``oqs insurer``: what an insurer's system does at the intermediate server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, NoReturn

import click
import httpx2

from testbed.launch.line_certificates import insurer as participant
from wire.line_credentials import INTERMEDIATE_SERVER, credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

TAKEN, FAILED, SOME_REFUSED, NONE_TAKEN = 0, 1, 3, 4
"""Exit codes. 2 is click's own, for a wrong command line."""
PIECE = 1 << 16
_EXIT = {200: TAKEN, 207: SOME_REFUSED, 422: NONE_TAKEN}


@click.group(name="insurer")
def command() -> None:
    """Do what an insurer's system does at the intermediate server."""


@command.command(name="file")
@click.argument("csv", type=click.File("rb"))
@click.option(
    "--intermediate", required=True, metavar="URL", help="The intermediate server's line."
)
@click.option("--insurer", required=True, metavar="NUMBER", help="The insurer number (保険者番号).")
@click.option(
    "--line",
    required=True,
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
def file(
    csv: IO[bytes],
    intermediate: str,
    insurer: str,
    line: Path,
    report: IO[bytes],
    problems_only: bool,  # noqa: FBT001 # click's way
) -> None:
    """File the procedures of CSV, `-` for the standard input; write a report on each line.

    The file is sent as it is read, so its size does not matter. To send it again adds nothing that
    was recorded before. Exit codes: 0 all lines were taken, 3 some were refused or the file was not
    read to its end, 4 none was taken, 1 the server did not take the file at all.
    """
    try:
        context = credentials(line, participant(insurer)).client_context(INTERMEDIATE_SERVER)
    except FileNotFoundError as error:
        _fail(str(error))
    query = {"ProblemsOnly": "true"} if problems_only else {}
    try:
        with (
            httpx2.Client(
                base_url=intermediate, verify=context, timeout=None, trust_env=False
            ) as client,
            client.stream(
                "POST",
                "/procedures/file",
                params=query,
                content=_pieces(csv),
                headers={"Content-Type": "text/csv"},
            ) as answer,
        ):
            if not answer.headers.get("Content-Type", "").startswith("text/csv"):
                _fail(_said(answer))
            for piece in answer.iter_bytes():
                report.write(piece)
            count = {
                name: answer.headers[f"X-Lines-{name}"]
                for name in ("Accepted", "Unchanged", "Refused", "To-Look-At")
            }
            status = answer.status_code
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        _fail(f"{intermediate} does not answer ({type(error).__name__}). Check the address.")
    except OSError as error:
        _fail(f"The report cannot be written ({error.strerror}).")
    click.echo(
        f"受付 {count['Accepted']}行、受付済み {count['Unchanged']}行、"
        f"不受理 {count['Refused']}行、要確認 {count['To-Look-At']}行",
        err=True,
    )
    sys.exit(_EXIT.get(status, FAILED))


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    while piece := source.read(PIECE):
        yield piece


def _said(answer: httpx2.Response) -> str:
    answer.read()
    try:
        document = answer.json()
        return f"{document['japanese']} / {document['code']}: {document.get('detail', '')}"
    except (ValueError, KeyError):
        return f"The server answers with HTTP status {answer.status_code}."


def _fail(message: str) -> NoReturn:
    click.echo(f"oqs insurer file: {message}", err=True)
    sys.exit(FAILED)
