"""``oqs fault`` and ``oqs delay``: what goes wrong on the line of OQS, and how long it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import click

from eligibility.sentence import Sentence
from testbed.commands.operation.operator_console import (
    PATH,
    at,
    given,
    institution,
    operator_console,
    path_option,
)
from testbed.terminal_output.speech import tell_answer

if TYPE_CHECKING:
    from testbed.terminal_output.speech import Speech

_FAULTS, _DELAY = f"{PATH}/faults", f"{PATH}/delay"
_OVER = Sentence("終わりました", "over")


@click.group()
def fault() -> None:
    r"""Have something go wrong on the line of a running OQS.

    \b
    EFFECT is one of
      delay:ms=3000              answered so much later
      delay:median=4000,sigma=0.5    likewise, log-normal
      dribble:bytes=200          the answer comes so slowly (bytes a second)
      status:code=SIM-…          answered with this problem of the catalogue
      status:status=502          answered with this HTTP status
      cut:when=before            the connection is cut (before, middle, after)
      never                      never answered
      feed_stopped               OQS takes in no changes: answers grow old
      stale:days=3               answered by what insurers had reported three days ago
      in_progress:fetches=3      each result in bulk is 処理中 when it is first fetched
      in_progress:seconds=20     likewise, for so long from its first fetch on
    """


@fault.command(name="set")
@click.argument("effect")
@path_option
@institution
@click.option("--probability", type=click.FloatRange(0, 1), help="How often it strikes, 0 to 1.")
@click.option("--seed", type=click.IntRange(0), help="The same seed strikes the same requests.")
@click.option("--times", type=click.IntRange(1), help="How often it strikes at most.")
@at
def set_(
    effect: str,
    path: str,
    institution: str | None,
    probability: float | None,
    seed: int | None,
    times: int | None,
    url: str | None,
    system: str | None,
    speech: Speech,
    *,
    in_json: bool,
) -> None:
    """Have EFFECT happen to requests, besides what was set before."""
    order = given(
        Effect=effect,
        Path=path,
        MedicalInstitutionCode=institution,
        Probability=probability,
        Seed=seed,
        Times=times,
    )
    with operator_console(url, system) as console:
        made = console.ask("POST", _FAULTS, order)
    if in_json:
        tell_answer(made)
    else:
        number, written = made["Number"], made["Effect"]
        speech.tell(
            Sentence(
                f"障害 {number} を設定しました: {written}。終わりは `oqs fault clear {number}`。",
                f"Fault {number} is set: {written}. `oqs fault clear {number}` ends it.",
            )
        )


@fault.command(name="list")
@at
def list_(url: str | None, system: str | None, speech: Speech, *, in_json: bool) -> None:
    """List what goes wrong, and how often it has."""
    with operator_console(url, system) as console:
        view = console.ask("GET", PATH)
    if in_json:
        tell_answer({"Faults": view["Faults"], "Delays": view["Delays"]})
        return
    _tell_delays(view)
    for one in view["Faults"]:
        often = f"{one['Struck']}/{one['Seen']}"
        over = f"  {speech(_OVER)}" if one["IsOver"] else ""
        click.echo(f"{one['Number']:>5}  {one['Effect']}{_whom(one)}  {often}{over}")
    if not view["Delays"] and not view["Faults"]:
        speech.tell(Sentence("何も設定されていません。", "Nothing is set."), err=True)


def _tell_delays(view: dict[str, Any]) -> None:
    for one in view["Delays"]:
        click.echo(f"delay  {one['Profile']}{_whom(one)}")


def _whom(one: dict[str, Any]) -> str:
    path, code = one.get("Path"), one.get("MedicalInstitutionCode")
    return (f"  {path}" if path else "") + (f"  {code}" if code else "")


@fault.command()
@click.argument("number", type=click.IntRange(1), required=False)
@at
def clear(
    number: int | None, url: str | None, system: str | None, speech: Speech, *, in_json: bool
) -> None:
    """End the fault NUMBER, or all of them."""
    with operator_console(url, system) as console:
        console.ask("DELETE", _FAULTS if number is None else f"{_FAULTS}/{number}")
    if in_json:
        tell_answer({"Cleared": "all" if number is None else number})
    else:
        speech.tell(Sentence("障害を終わりにしました。", "Ended."))


@click.command()
@click.argument(
    "profile",
    type=click.Choice(["none", "official", "beyond", "never", "clear"]),
    required=False,
)
@path_option
@institution
@at
def delay(
    profile: str | None,
    path: str,
    institution: str | None,
    url: str | None,
    system: str | None,
    speech: Speech,
    *,
    in_json: bool,
) -> None:
    """Have OQS answer as slowly as PROFILE says; without one, list what is set.

    official: 3 to 7 seconds, as an official guide assumes; beyond: 12 seconds, when clients have
    given up; never: not at all; none: as fast as it is, which for all requests ends every delay.
    clear: ends what was set for just this path or institution.
    """
    order = given(Profile=profile, Path=path, MedicalInstitutionCode=institution)
    with operator_console(url, system) as console:
        if profile == "clear":
            which = urlencode(given(Path=path or None, MedicalInstitutionCode=institution))
            console.ask("DELETE", f"{_DELAY}?{which}")
        elif profile is not None:
            console.ask("PUT", _DELAY, order)
        view = console.ask("GET", PATH)
    if in_json:
        tell_answer({"Delays": view["Delays"]})
        return
    _tell_delays(view)
    if not view["Delays"]:
        speech.tell(Sentence("遅延はありません。", "No request is delayed."), err=profile is None)
