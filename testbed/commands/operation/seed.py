"""``oqs reset``: the system as it was when the seed was taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from eligibility.sentence import Sentence
from testbed.commands.operation.operator_console import PATH, at, operator_console
from testbed.terminal_output.command_exit import end_with
from testbed.terminal_output.speech import tell_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from testbed.terminal_output.speech import Speech

_PARTS = {
    "oqs": Sentence("オンライン資格確認等システム", "OQS"),
    "intermediate-server": Sentence("中間サーバー", "intermediate server"),
    "testbed": Sentence("カード", "cards"),
    "clinic": Sentence("受付", "clinic"),
}


@click.command(name="reset")
@click.option("--take", is_flag=True, help="Have later resets go back to what there is now.")
@at
def command(
    url: str | None, system: str | None, speech: Speech, *, take: bool, in_json: bool
) -> None:
    """Put the system back to its seed: OQS, the intermediate server, the cards and the clinic.

    What was registered, filed, asked, set and recorded since is gone, and the clock shows again
    what it showed. A part that cannot go back is named, and the command fails.
    """
    with operator_console(url, system) as console:
        done = console.ask("POST", f"{PATH}/seed" if take else f"{PATH}/reset")
    missed = [one for one in done["Parts"] if "Code" in one]
    if in_json and not missed:
        tell_answer(done)
    elif not in_json:
        speech.tell(_taken(done) if take else _went_back(done))
    if missed:
        codes = {one["Part"]: one["Code"] for one in missed}
        end_with("part-not-reset", speech(_missed(missed)), parts=codes)


def _taken(done: dict[str, Any]) -> Sentence:
    names = _named(done, lambda name, _: name)
    return Sentence(
        f"いまの状態を出発点にしました（{names.ja}）。`oqs reset` で、ここに戻ります。",
        f"This is the seed now: {names.en}. `oqs reset` goes back to it.",
    )


def _went_back(done: dict[str, Any]) -> Sentence:
    each = _named(done, lambda name, took: f"{name} {took} ms")
    return Sentence(
        f"出発点に戻しました（全体で {done['Milliseconds']} ミリ秒: {each.ja}）。",
        f"Put back in {done['Milliseconds']} ms: {each.en}.",
    )


def _named(done: dict[str, Any], written: Callable[[str, float], str]) -> Sentence:
    """Name the parts that have done it."""
    parts = [(_PARTS[one["Part"]], one) for one in done["Parts"] if "Milliseconds" in one]
    return Sentence(
        "、".join(written(name.ja, one["Milliseconds"]) for name, one in parts),
        ", ".join(written(name.en, one["Milliseconds"]) for name, one in parts),
    )


def _missed(parts: Sequence[dict[str, Any]]) -> Sentence:
    return Sentence(
        " ".join(one["Japanese"] for one in parts), " ".join(one["English"] for one in parts)
    )
