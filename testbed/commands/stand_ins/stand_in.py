"""``oqs stand-in``: any card on a real reader stands in for a persona's."""

from __future__ import annotations

import click

from eligibility.sentence import Sentence
from testbed.commands.card import at, complete_card
from testbed.commands.choice import most_explicit
from testbed.remote import RemoteTestbed
from testbed.terminal_output.command_exit import mistakes_told
from testbed.terminal_output.speech import Speech, tell_answer, tell_json

_KNOWN_BY = {
    "uid": Sentence("カードの番号で見分けます", "known by its number"),
    "atr": Sentence(
        "番号のないカードです。同じ種類のカードは、どれもこの人の代役になります",
        "it has no number: any card of its make stands in for this person",
    ),
}


@click.group(name="stand-in")
def command() -> None:
    """Have a card of any kind on a real reader stand in for a persona's card (代役のカード).

    It is known by what the reader tells of it without a PIN, of which a salted hash is kept.
    Putting it on and taking it off are real; all else is simulated, and the desk says so.
    """


@command.command()
@click.argument("card", shell_complete=complete_card)
@at("Print the stand-in as one object of JSON.")
def bind(card: str, url: str | None, system: str | None, speech: Speech, *, in_json: bool) -> None:
    """Have the card that lies on the real reader stand in for CARD, a persona's or another's."""
    with mistakes_told():
        made = RemoteTestbed.found(*most_explicit(url, system)).bind_stand_in(card)
    if in_json:
        tell_answer(made)
        return
    known = _KNOWN_BY[made["Kind"]]
    speech.tell(
        Sentence(
            f"読取機のカードを {made['Card']} の代役にしました（{known.ja}）。"
            "外すと、模擬のカードも外れます。",
            f"The card on the reader stands in for {made['Card']} now ({known.en}). "
            "Take it off, and the simulated card goes too.",
        )
    )


@command.command(name="list")
@at("Print one object of JSON.")
def list_(url: str | None, system: str | None, speech: Speech, *, in_json: bool) -> None:
    """List the cards that stand in for others."""
    with mistakes_told():
        there = RemoteTestbed.found(*most_explicit(url, system)).stand_ins()
    if in_json:
        tell_answer(there)
        return
    for one in there["StandIns"]:
        known = _KNOWN_BY[one["Kind"]]
        here = Sentence("、いま読取機にあります", ", on the reader now")
        ja, en = (here.ja, here.en) if one["OnReader"] else ("", "")
        speech.tell(Sentence(f"{one['Card']}: {known.ja}{ja}", f"{one['Card']}: {known.en}{en}"))
    if not there["StandIns"]:
        speech.tell(
            Sentence(
                "代役のカードはまだありません。カードを読取機に置き、"
                "`oqs stand-in bind 名前` で登録します。",
                "There is none yet. Place a card on the reader and say `oqs stand-in bind NAME`.",
            )
        )


@command.command()
@click.argument("card", shell_complete=complete_card)
@at("Print what was done as one object of JSON.")
def remove(
    card: str, url: str | None, system: str | None, speech: Speech, *, in_json: bool
) -> None:
    """Forget all cards that stand in for CARD."""
    with mistakes_told():
        RemoteTestbed.found(*most_explicit(url, system)).remove_stand_in(card)
    if in_json:
        tell_json({"removed": card})
    else:
        speech.tell(
            Sentence(f"{card} の代役を取り消しました。", f"Nothing stands in for {card} any more.")
        )
