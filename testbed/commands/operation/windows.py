"""``oqs window``: maintenance, 障害時モード, 災害時モード, 救急."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from eligibility.days.dates import TOKYO
from eligibility.sentence import Sentence
from testbed.commands.operation.operator_console import (
    PATH,
    at,
    given,
    institution,
    operator_console,
)
from testbed.terminal_output.speech import tell_answer
from wire.clock_step import instant

if TYPE_CHECKING:
    from testbed.terminal_output.speech import Speech

_KINDS = ["maintenance", "system_failure", "disaster", "emergency"]


@click.group(name="window")
def command() -> None:
    """Open and close what an operator opens, in business time.

    maintenance (計画停止) stops the line; system_failure (障害時モード) is for the institution that
    has telephoned, disaster (災害時モード) for municipalities or a prefecture: both let a terminal
    look a person up by name, sex, birthdate and address. emergency is 救急時医療情報閲覧.
    """


@command.command(name="open")
@click.argument("kind", type=click.Choice(_KINDS))
@institution
@click.option("--prefecture", metavar="NN", help="For the institutions of this prefecture.")
@click.option(
    "--municipality",
    "municipalities",
    metavar="NNNNN",
    multiple=True,
    help="For the institutions in this one; may be said again.",
)
@click.option("--from", "opens_at", type=instant, metavar="INSTANT", help="At once, if not said.")
@click.option("--until", "closes_at", type=instant, metavar="INSTANT", help="Open end, if not.")
@click.option("--by", "opened_by", metavar="NAME", help="Who opens it.")
@click.option("--reason", metavar="TEXT", help="Why.")
@at
def open_(
    kind: str,
    institution: str | None,
    prefecture: str | None,
    municipalities: tuple[str, ...],
    opens_at: datetime | None,
    closes_at: datetime | None,
    opened_by: str | None,
    reason: str | None,
    url: str | None,
    system: str | None,
    speech: Speech,
    *,
    in_json: bool,
) -> None:
    """Open KIND, for an institution, a prefecture, municipalities, or all."""
    order = given(
        Kind=kind,
        MedicalInstitutionCode=institution,
        Prefecture=prefecture,
        Municipalities=municipalities or None,
        OpensAt=opens_at.isoformat() if opens_at else None,
        ClosesAt=closes_at.isoformat() if closes_at else None,
        OpenedBy=opened_by,
        Reason=reason,
    )
    with operator_console(url, system) as console:
        made = console.ask("POST", f"{PATH}/windows", order)
    if in_json:
        tell_answer(made)
    else:
        number = made["Number"]
        speech.tell(
            Sentence(
                f"{number} 番として開きました。`oqs window close {number}` で閉じます。",
                f"Opened as number {number}. `oqs window close {number}` closes it.",
            )
        )


@command.command(name="close")
@click.argument("number", type=click.IntRange(1))
@at
def close(
    number: int, url: str | None, system: str | None, speech: Speech, *, in_json: bool
) -> None:
    """Close the window NUMBER now."""
    with operator_console(url, system) as console:
        console.ask("POST", f"{PATH}/windows/{number}/close")
    if in_json:
        tell_answer({"Closed": number})
    else:
        speech.tell(Sentence("閉じました。", "Closed."))


@command.command(name="list")
@at
def list_(url: str | None, system: str | None, speech: Speech, *, in_json: bool) -> None:
    """List what was opened, who has used a mode, and until when the report of it is due."""
    with operator_console(url, system) as console:
        view = console.ask("GET", PATH)
    if in_json:
        tell_answer({"Windows": view["Windows"], "Uses": view["Uses"]})
        return
    for one in view["Windows"]:
        whom = one["MedicalInstitutionCode"] or one["Prefecture"] or " ".join(one["Municipalities"])
        whom = whom or speech(_ALL)
        state = speech(_OPEN if one["IsOpen"] else _CLOSED)
        until = _written(one["ClosesAt"]) if one["ClosesAt"] else ""
        click.echo(
            f"{one['Number']:>5}  {one['Kind']}  {whom}  {_written(one['OpensAt'])} – {until}"
            f"  {state}  {one['Reason']}"
        )
    for one in view["Uses"]:
        due = _written(one["ReportDue"]) if one["ReportDue"] else "-"
        who, uses = one["MedicalInstitutionCode"], one["Uses"]
        speech.tell(
            Sentence(
                f"    {one['Window']} 番: {who} が {uses} 回使用、報告期限 {due}",
                f"    number {one['Window']}: {who} used it {uses} times, report due {due}",
            )
        )
    if not view["Windows"]:
        speech.tell(Sentence("何も開かれていません。", "Nothing was opened."), err=True)


_ALL = Sentence("すべて", "all")
_OPEN = Sentence("開", "open")
_CLOSED = Sentence("閉", "closed")


def _written(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(TOKYO):%Y-%m-%d %H:%M}"
