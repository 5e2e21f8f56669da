"""``oqs insurer runs``: the periodic runs (定期処理) of an insurer's system."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from eligibility.sentence import Sentence
from testbed.commands.insurer.line import at_line
from testbed.terminal_output.command_exit import end_with
from testbed.terminal_output.speech import spoken, tell_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from testbed.commands.insurer.line import InsurersLine
    from testbed.terminal_output.speech import Speech

KINDS = (
    "changes", "newcomers", "use_lapses", "releases", "lapses", "non_holders", "expiry_notices",
    "school", "seventy", "late_elderly", "emergency", "old_cards", "renewal",
)  # fmt: skip
"""The kinds of runs, in the order in which those of a day are done."""
_WAIT_SECONDS = 30.0
"""How long the request waits for the end of a run."""
_PAUSE_SECONDS = 2.0
"""The pause between two looks at a run that takes longer."""


def _named(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command what names a run of an insurer."""
    day = click.option(
        "--day", default="", metavar="DAY", help="The day for which it is; today without it."
    )
    kind = click.argument("kind", type=click.Choice(KINDS))
    decorated: Callable[..., Any] = kind(day(at_line(spoken()(command))))
    return decorated


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
@at_line
@spoken()
def list_runs(at: InsurersLine, *, in_json: bool) -> None:
    """List what is due, what comes next, what waits, and what past runs came to."""
    found = at.get("/runs")
    if in_json:
        tell_answer(found)
        return
    for word, listed in (
        (Sentence("期日の来たもの", "due"), found["Due"]),
        (Sentence("これから", "to come"), found["ToCome"]),
    ):
        for one in listed:
            click.echo(f"{at.speech(word)}: {one['DueOn']} {one['Kind']}")
    if count := found["Waiting"]:
        at.speech.tell(
            Sentence(
                f"翌日の changes を待つ届出: {count}件",
                f"waiting for changes on the next day: {count} filings",
            )
        )
    for run in found["Runs"]:
        _tell_run(run, at.speech)


@runs.command()
@_named
def preview(kind: str, day: str, at: InsurersLine, *, in_json: bool) -> None:
    """Tell what a run of KIND would do, for whom and why; nothing is done."""
    found = at.post("/runs/preview", Kind=kind, DueOn=day)
    if in_json:
        tell_answer(found)
        return
    for one in found["Members"]:
        who = f"{one['Name']}  {one['Birthdate']}"
        for entry in one["Recorded"]:
            click.echo(f"{who}  {entry['Kind']}  {entry['VisibleOn']}")
        for paper in one["Documents"]:
            rules = " ".join(paper["Rules"])
            click.echo(f"{who}  {paper.get('Kind', '-')}  {paper['Reason']} {rules}")
        for left in one["Left"]:
            click.echo(f"{who}  {left}")
    outcome, persons, shown = found["Outcome"], found["Persons"], len(found["Members"])
    at.speech.tell(
        Sentence(
            f"{outcome['Members']}人を確認し、{persons}人が該当（うち{shown}人を表示）。"
            "まだ何も行っていません。",
            f"{outcome['Members']} members looked at; something is due for {persons}, of whom "
            f"{shown} are listed. Nothing was done.",
        ),
        err=True,
    )


@runs.command()
@_named
def start(kind: str, day: str, at: InsurersLine, *, in_json: bool) -> None:
    """Do a run of KIND, or go on with one that was stopped or broken off; wait for its end."""
    run = at.post("/runs", Kind=kind, DueOn=day, WaitSeconds=_WAIT_SECONDS)
    while run["State"] == "running":
        time.sleep(_PAUSE_SECONDS)
        run = _again(run, at)
    tell_answer(run) if in_json else _tell_run(run, at.speech)


def _again(run: Any, at: InsurersLine) -> Any:
    """Return how far a run is now."""
    mine = (run["Kind"], run["DueOn"], run["Attempt"])
    found = [
        one
        for one in at.get("/runs")["Runs"]
        if (one["Kind"], one["DueOn"], one["Attempt"]) == mine
    ]
    if not found:
        said = Sentence(
            "処理は続いていますが、新しい100件の一覧にないため、終わりを確かめられません。"
            "画面「定期処理」で確かめてください。",
            "The run goes on, but is not among the hundred latest, so its end is not seen here. "
            "Look at the page 定期処理.",
        )
        end_with("not-listed", at.speech(said))
    return found[0]


@runs.command()
@_named
def stop(kind: str, day: str, at: InsurersLine, *, in_json: bool) -> None:
    """Stop a run of KIND after the members at hand; what it did stays."""
    run = at.post("/runs/stop", Kind=kind, DueOn=day)
    tell_answer(run) if in_json else _tell_run(run, at.speech)
