"""``oqs messages``: in which form a terminal gets its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from eligibility.sentence import Sentence
from testbed.commands.operation.operator_console import (
    PATH,
    at,
    given,
    institution,
    operator_console,
)
from testbed.terminal_output.speech import tell_answer
from wire.messages.profile import Absence, Declaration, ElementOrder, Encoding, Nesting

if TYPE_CHECKING:
    from enum import Enum

    from testbed.terminal_output.speech import Speech

_MESSAGES = f"{PATH}/messages"


def _one_of(kind: type[Enum]) -> click.Choice[Any]:
    return click.Choice([one.value for one in kind])


@click.group(name="messages")
def command() -> None:
    """Set the form in which a terminal gets its answers: XML, and JSON within XmlMsg.

    No public source settles how the real system writes, so a program has to read all of them. Try
    one at one terminal; the others go on as they are.
    """


@command.command(name="set")
@institution
@click.option("--encoding", type=_one_of(Encoding), help="That of the question, if not said.")
@click.option("--declaration", type=_one_of(Declaration), help="How documents begin.")
@click.option("--order", type=_one_of(ElementOrder), help="Of the elements.")
@click.option("--seed", type=click.IntRange(0, 999_999), help="Which of the shuffled orders.")
@click.option("--nesting", type=_one_of(Nesting), help="Of results in bulk.")
@click.option("--absence", type=_one_of(Absence), help="What stands for an absent text.")
@click.option("--six-consents-from", metavar="yyyyMMdd", help="When the consents of 2025 begin.")
@click.option("--zip-password", metavar="TEXT", help="XML comes in a zip that this opens.")
@at
def set_(
    institution: str | None,
    encoding: str | None,
    declaration: str | None,
    order: str | None,
    seed: int | None,
    nesting: str | None,
    absence: str | None,
    six_consents_from: str | None,
    zip_password: str | None,
    url: str | None,
    system: str | None,
    speech: Speech,
    *,
    in_json: bool,
) -> None:
    """Have answers be written so, in place of what was set before for the same institution."""
    setting = given(
        MedicalInstitutionCode=institution,
        Encoding=encoding,
        Declaration=declaration,
        Order=order,
        Seed=seed,
        Nesting=nesting,
        Absence=absence,
        SixConsentsFrom=six_consents_from,
        ZipPassword=zip_password,
    )
    with operator_console(url, system) as console:
        view = console.ask("PUT", _MESSAGES, setting)
    if in_json:
        tell_answer({"Messages": view["Messages"]})
        return
    end = f"oqs messages clear{f' --institution {institution}' if institution else ''}"
    speech.tell(
        Sentence(f"設定しました。終わりは `{end}`。", f"It is set. `{end}` ends it."),
    )


@command.command(name="list")
@at
def list_(url: str | None, system: str | None, speech: Speech, *, in_json: bool) -> None:
    """List what is set."""
    with operator_console(url, system) as console:
        found = console.ask("GET", PATH)["Messages"]
    if in_json:
        tell_answer({"Messages": found})
        return
    everybody = speech(Sentence("すべて", "all others"))
    for one in found:
        whom = one.pop("MedicalInstitutionCode", None) or everybody
        said = "  ".join(f"{name}={value}" for name, value in one.items() if value is not None)
        click.echo(f"{whom}  {said}")
    if not found:
        speech.tell(Sentence("何も設定されていません。", "Nothing is set."), err=True)


@command.command()
@institution
@at
def clear(
    institution: str | None, url: str | None, system: str | None, speech: Speech, *, in_json: bool
) -> None:
    """End what is set for an institution; without one, what is set for all others."""
    with operator_console(url, system) as console:
        console.ask("DELETE", _MESSAGES if institution is None else f"{_MESSAGES}/{institution}")
    if in_json:
        tell_answer({"Cleared": institution or "all"})
    else:
        speech.tell(Sentence("設定を終わりにしました。", "Ended."))
