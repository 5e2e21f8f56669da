"""``oqs stand-in``: any card on a real reader stands in for a persona's."""

from __future__ import annotations

import sys

import click

from eligibility.sentence import Sentence
from testbed.commands.card import at, complete_card
from testbed.commands.choice import most_explicit
from testbed.mistakes import Mistake
from testbed.remote import RemoteTestbed
from testbed.stand_ins.binding_register import OwnCardUse
from testbed.terminal_output.command_exit import mistakes_told
from testbed.terminal_output.speech import Speech, tell_answer, tell_json

_KNOWN_BY = {
    "uid": Sentence("カードの番号で見分けます", "known by its number"),
    "atr": Sentence(
        "番号のないカードです。同じ種類のカードは、どれもこの人の代役になります",
        "it has no number: any card of its make stands in for this person",
    ),
}


_OWN_CARD = {
    "pin": Sentence("暗証番号と署名は本物です", "its PIN and signature are real"),
    "face": Sentence("暗証番号は使いません", "without its PIN"),
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


@command.command()
@click.argument("card", shell_complete=complete_card)
@click.option(
    "--use",
    type=click.Choice([use.value for use in OwnCardUse]),
    help="With the PIN of your card, or by simulated face without it; asked for where not said.",
)
@at("Print the stand-in as one object of JSON.")
def enrol(
    card: str,
    use: str | None,
    url: str | None,
    system: str | None,
    speech: Speech,
    *,
    in_json: bool,
) -> None:
    """Have your own My Number Card, on the real reader, stand in for CARD (ご自身のカード).

    Of it only a salted hash of the certificate for user authentication is kept. With `pin`, the
    desk's PIN is compared by your card, which then signs; its last try is never used. With `face`,
    its PIN is not used. What goes to OQS is the certificate of the simulated card.
    """
    with mistakes_told():
        testbed = RemoteTestbed.found(*most_explicit(url, system))
        made = testbed.bind_stand_in(card, use or _ask_use(speech))
    if in_json:
        tell_answer(made)
        return
    known = _OWN_CARD[made["Use"]]
    speech.tell(
        Sentence(
            f"ご自身のマイナンバーカードで、{made['Card']} として練習します（{known.ja}）。"
            "オンライン資格確認へは、模擬カードの証明書が送られます。",
            f"Your own My Number Card stands in for {made['Card']} now ({known.en}). "
            "To OQS goes the certificate of the simulated card.",
        )
    )


def _ask_use(speech: Speech) -> str:
    """Ask which way; raises `Mistake` where nobody is there to be asked."""
    if not sys.stdin.isatty():
        raise Mistake(
            Sentence(
                "暗証番号を使うときは --use pin、使わないときは --use face を付けてください。",
                "Say --use pin to use the PIN of your card, or --use face to go without it.",
            )
        )
    question = Sentence("ご自身の暗証番号を使いますか", "Is the PIN of your card to be used?")
    return OwnCardUse.PIN if click.confirm(speech(question), err=True) else OwnCardUse.FACE


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
        known = _OWN_CARD[one["Use"]] if one.get("Use") else _KNOWN_BY[one["Kind"]]
        here = Sentence("、いま読取機にあります", ", on the reader now")
        ja, en = (here.ja, here.en) if one["OnReader"] else ("", "")
        if one.get("Use"):
            known = Sentence(f"ご自身のカード、{known.ja}", f"your own card, {known.en}")
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
