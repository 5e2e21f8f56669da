"""``oqs insurer runs``: the periodic runs (定期処理) of an insurer's system."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
import httpx2

from eligibility.sentence import Sentence
from testbed.commands.choice import system_option
from testbed.launch.line_certificates import insurer as participant
from testbed.launch.systems_on_record import the_system
from testbed.mistakes import as_mistake
from testbed.terminal_output.command_exit import end_with, mistakes_told
from testbed.terminal_output.speech import Speech, spoken, tell_answer
from wire.line_credentials import INTERMEDIATE_SERVER, credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KINDS = (
    "changes", "newcomers", "use_lapses", "releases", "lapses", "non_holders", "expiry_notices",
    "school", "seventy", "late_elderly", "emergency", "old_cards", "renewal",
)  # fmt: skip
"""The kinds of runs, in the order in which those of a day are done."""
_SECONDS = 120.0
"""How long an answer may take."""
_WAIT_SECONDS = 30.0
"""How long the request waits for the end of a run."""
_PAUSE_SECONDS = 2.0
"""The pause between two looks at a run that takes longer."""


def _at(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command what says which insurer's runs it is about, and how it speaks."""
    for option in (
        system_option,
        spoken(),
        click.option(
            "--line",
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            help="The directory of the line's certificates.",
        ),
        click.option("--intermediate", metavar="URL", help="The intermediate server's line."),
        click.option(
            "--insurer", required=True, metavar="NUMBER", help="The insurer number (保険者番号)."
        ),
    ):
        command = option(command)
    return command


def _named(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command what names a run."""
    day = click.option(
        "--day", default="", metavar="DAY", help="The day for which it is; today without it."
    )
    kind = click.argument("kind", type=click.Choice(KINDS))
    decorated: Callable[..., Any] = kind(day(command))
    return decorated


@contextmanager
def _client(
    insurer: str, intermediate: str | None, line: Path | None, system: str | None, speech: Speech
) -> Iterator[httpx2.Client]:
    with mistakes_told():
        if intermediate is None or line is None:
            there = the_system(system)
            intermediate = intermediate or there.intermediate_line
            line = line or Path(there.line_directory)
        with as_mistake(OSError):
            context = credentials(line, participant(insurer)).client_context(INTERMEDIATE_SERVER)
    try:
        with httpx2.Client(
            base_url=intermediate, verify=context, timeout=_SECONDS, trust_env=False
        ) as client:
            yield client
    except (httpx2.HTTPError, httpx2.InvalidURL):
        said = Sentence(
            f"{intermediate} が答えません。アドレスを確かめてください。",
            f"{intermediate} does not answer. Check the address.",
        )
        end_with("no-answer", speech(said))


def _answer(response: httpx2.Response, speech: Speech) -> Any:
    """Return what the server says; end with its word where it refuses."""
    found = response.json()
    if not response.is_success:
        _refuse(found, speech)
    return found


def _refuse(found: Any, speech: Speech) -> NoReturn:
    said = Sentence(
        f"{found['japanese']} ({found['code']})",
        f"{found['title']} ({found['code']}) {found.get('detail', '')}",
    )
    end_with("refused", speech(said).strip(), problem=found["code"])


def _tell_run(run: Any, speech: Speech) -> None:
    outcome = run["Outcome"]
    issued, recorded = sum(outcome["Issued"].values()), sum(outcome["Recorded"].values())
    speech.tell(
        Sentence(
            f"{run['DueOn']} {run['Kind']} {run['State']}: {outcome['Members']}人を確認、"
            f"記録 {recorded}件、交付 {issued}件、届出待ち {outcome['Left']}件",
            f"{run['DueOn']} {run['Kind']} {run['State']}: {outcome['Members']} members, "
            f"{recorded} recorded, {issued} issued, {outcome['Left']} to be filed",
        )
    )


@click.group(name="runs")
def runs() -> None:
    """See, start and stop the periodic runs (定期処理) of an insurer.

    They are done by themselves as their days come, unless the deployment has turned that off.
    """


@runs.command(name="list")
@_at
def list_runs(
    insurer: str,
    intermediate: str | None,
    line: Path | None,
    system: str | None,
    speech: Speech,
    *,
    in_json: bool,
) -> None:
    """List what is due, what comes next, and what past runs came to."""
    with _client(insurer, intermediate, line, system, speech) as client:
        found = _answer(client.get("/runs", params={"InsurerNumber": insurer}), speech)
    if in_json:
        tell_answer(found)
        return
    for word, listed in (
        (Sentence("期日の来たもの", "due"), found["Due"]),
        (Sentence("これから", "to come"), found["ToCome"]),
    ):
        for one in listed:
            click.echo(f"{speech(word)}: {one['DueOn']} {one['Kind']}")
    for run in found["Runs"]:
        _tell_run(run, speech)


@runs.command()
@_named
@_at
def preview(
    kind: str,
    day: str,
    insurer: str,
    intermediate: str | None,
    line: Path | None,
    system: str | None,
    speech: Speech,
    *,
    in_json: bool,
) -> None:
    """Tell what a run of KIND would do, for whom and why; nothing is done."""
    order = {"InsurerNumber": insurer, "Kind": kind, "DueOn": day}
    with _client(insurer, intermediate, line, system, speech) as client:
        found = _answer(client.post("/runs/preview", json=order), speech)
    if in_json:
        tell_answer(found)
        return
    for one in found["Members"]:
        for entry in one["Recorded"]:
            click.echo(f"{one['Name']}  {entry['Kind']}  {entry['VisibleOn']}")
        for paper in one["Documents"]:
            rules = " ".join(paper["Rules"])
            click.echo(f"{one['Name']}  {paper.get('Kind', '-')}  {paper['Reason']} {rules}")
        for left in one["Left"]:
            click.echo(f"{one['Name']}  {left}")
    outcome = found["Outcome"]
    speech.tell(
        Sentence(
            f"{outcome['Members']}人を確認。まだ何も行っていません。",
            f"{outcome['Members']} members looked at; nothing was done.",
        ),
        err=True,
    )


@runs.command()
@_named
@_at
def start(
    kind: str,
    day: str,
    insurer: str,
    intermediate: str | None,
    line: Path | None,
    system: str | None,
    speech: Speech,
    *,
    in_json: bool,
) -> None:
    """Do a run of KIND, or go on with one that was stopped or broken off; wait for its end."""
    order = {"InsurerNumber": insurer, "Kind": kind, "DueOn": day, "WaitSeconds": _WAIT_SECONDS}
    with _client(insurer, intermediate, line, system, speech) as client:
        run = _answer(client.post("/runs", json=order), speech)
        while run["State"] == "running":
            time.sleep(_PAUSE_SECONDS)
            found = _answer(client.get("/runs", params={"InsurerNumber": insurer}), speech)
            mine = (run["Kind"], run["DueOn"], run["Attempt"])
            run = next(
                one for one in found["Runs"] if (one["Kind"], one["DueOn"], one["Attempt"]) == mine
            )
    tell_answer(run) if in_json else _tell_run(run, speech)


@runs.command()
@_named
@_at
def stop(
    kind: str,
    day: str,
    insurer: str,
    intermediate: str | None,
    line: Path | None,
    system: str | None,
    speech: Speech,
    *,
    in_json: bool,
) -> None:
    """Stop a run of KIND after the members at hand; what it did stays."""
    order = {"InsurerNumber": insurer, "Kind": kind, "DueOn": day}
    with _client(insurer, intermediate, line, system, speech) as client:
        run = _answer(client.post("/runs/stop", json=order), speech)
    tell_answer(run) if in_json else _tell_run(run, speech)
