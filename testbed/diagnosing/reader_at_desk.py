"""Which reader the desk uses, and how it finds the card, which is not touched again for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eligibility.sentence import Sentence
from testbed.diagnosing.finding import Finding, Probe, bad, caution, good, not_looked_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from testbed.diagnosing.heard import Heard


def reader_of_the_desk(heard: Heard) -> Sequence[Finding] | None:
    """Say which reader the desk uses, or why none; None where the desk does not answer."""
    said = heard.clinic.said
    if said is None:
        return None
    reader = said["Reader"]
    if (trouble := reader["Trouble"]) is not None:
        return [
            bad(
                Probe.READER,
                Sentence(
                    "受付が使える読取機がありません", "The desk has no reader that it can use"
                ),
                _of_desk(trouble),
            )
        ]
    return [
        good(
            Probe.READER,
            Sentence(
                f"受付が使う読取機: {reader['Name']}", f"The desk uses the reader {reader['Name']}"
            ),
        )
    ]


def card_at_the_desk(heard: Heard) -> Sequence[Finding] | None:
    """Say how the desk finds the card, which is not touched again; None where it is silent."""
    said = heard.clinic.said
    if said is None:
        return None
    reader, card, trouble = said["Reader"], said["Card"], said["CardTrouble"]
    if not reader["CardPresent"]:
        return [not_looked_at(Probe.CARD, Sentence("カードが置かれていません", "no card is there"))]
    if trouble is not None:
        return [
            bad(
                Probe.CARD,
                Sentence("カードを使えません", "The card cannot be used"),
                _of_desk(trouble),
            )
        ]
    if card is None:
        return [not_looked_at(Probe.CARD, Sentence("受付が読んでいます", "the desk is reading it"))]
    return [_tries(card), *_stand_in(reader)]


def _tries(card: Mapping[str, Any]) -> Finding:
    tries = card["RemainingTries"]
    known = "分からない" if tries is None else tries
    said = Sentence(
        f"カードが応答します。暗証番号の残り回数: {known}",
        f"The card answers. Tries of its PIN: {'unknown' if tries is None else tries}",
    )
    if card["WithoutPin"]:
        return good(
            Probe.CARD,
            Sentence(
                "カードが応答します。暗証番号のないカードです（顔認証か目視で）",
                "The card answers. It has no PIN: use face recognition or a visual check",
            ),
        )
    if tries == 0:
        return bad(
            Probe.CARD,
            Sentence("カードの暗証番号がロックされています", "The PIN of the card is locked"),
            Sentence(
                "顔認証か目視で本人を確かめられます。ロックは市区町村の窓口で解けます。",
                "Face recognition or a visual check still works. The municipal office unlocks it.",
            ),
        )
    if tries in {None, 1}:
        return caution(
            Probe.CARD,
            said,
            Sentence(
                "暗証番号を間違えるとロックされるおそれがあります。顔認証か目視も使えます。",
                "A wrong PIN may lock it. Face recognition or a visual check works as well.",
            ),
        )
    return good(Probe.CARD, said)


def _stand_in(reader: Mapping[str, Any]) -> list[Finding]:
    if not reader["StandIn"]:
        return []
    return [
        caution(
            Probe.CARD,
            Sentence(
                "置かれているのは代役のカードです", "A card of another make stands in for this one"
            ),
            Sentence(
                "練習ならそのままで。だれの代役かは、模擬操作盤の「代役のカード」にあります。",
                "For practice leave it. For whom it stands in, the panel's page of stand-ins says.",
            ),
        )
    ]


def _of_desk(trouble: Mapping[str, Any]) -> Sentence:
    return Sentence(trouble["Japanese"], trouble["English"])
