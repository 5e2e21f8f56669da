"""What the page of the stand-ins shows, ready to be written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from testbed.cards.personas import personas
from testbed.web.panel import Button, Lang, texts
from wire.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from testbed.stand_ins.acting_cards import ActingCards

Tone = Literal["vacant", "occupied", "trouble"]


@dataclass(frozen=True)
class StandInRow:
    """A card that stands in for somebody."""

    name: str
    known_by: str
    on_reader: str | None
    remove: Button


@dataclass(frozen=True)
class StandInPage:
    """All of it."""

    lang: Lang
    other_lang: Lang
    text: Mapping[str, str]
    tone: Tone
    now: str
    """What lies on the reader."""
    next: str
    """What to do next, where that is anything."""
    bind: tuple[Button, ...]
    """For each persona, where a card lies there that is nobody's yet."""
    rows: tuple[StandInRow, ...]


def page_of(lang: Lang, acting: ActingCards) -> StandInPage:
    """Prepare the page in a language."""
    text = {key: one.ja if lang == "ja" else one.en for key, one in texts().items()}
    people = personas()

    def named(card: str) -> str:
        return people[card].label if card in people else card

    tone, now, following = _state(lang, acting, text, named)
    free = tone == "occupied" and acting.acting is None
    return StandInPage(
        lang=lang,
        other_lang="en" if lang == "ja" else "ja",
        text=text,
        tone=tone,
        now=now,
        next=following,
        bind=tuple(
            Button(named(key), "POST", "/stand-ins/cards", json.dumps({"Card": key}))
            for key in people
        )
        if free
        else (),
        rows=tuple(
            StandInRow(
                named(one.card),
                text[f"stand_in_{one.kind}"],
                text["stand_in_here"]
                if acting.acting is not None and acting.acting.binding == one
                else None,
                Button(text["stand_in_remove"], "DELETE", f"/stand-ins/cards/{one.card}", ""),
            )
            for one in acting.register.bindings()
        ),
    )


def _state(
    lang: Lang, acting: ActingCards, text: Mapping[str, str], named: Callable[[str], str]
) -> tuple[Tone, str, str]:
    """Return how the reader is, what to say of it, and what to do next."""
    sight = acting.sight
    if sight is None:
        return "vacant", text["stand_in_looking"], ""
    if sight.error_en:
        return "trouble", sight.error_ja if lang == "ja" else sight.error_en, ""
    if acting.trouble is not None:
        problem = acting.trouble
        return "trouble", problem.japanese if lang == "ja" else str(problem), ""
    if sight.mark is None:
        return "vacant", text["stand_in_none"], text["stand_in_place"]
    if sight.changes:
        kind = Catalogue.STAND_IN_CHANGES.value
        return "trouble", kind.japanese if lang == "ja" else kind.title, ""
    if acting.acting is not None:
        who = named(acting.acting.binding.card)
        return "occupied", text["stand_in_acting"].format(name=who), text["stand_in_go"]
    return "occupied", text["stand_in_new"], text["stand_in_choose"]
