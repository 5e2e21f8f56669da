"""What the page of the stand-ins shows, ready to be written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from testbed.cards.personas import personas
from testbed.stand_ins.binding_register import OwnCardUse
from testbed.stand_ins.card_on_reader import OwnPin
from testbed.web.panel import Button, Lang, texts_in
from wire.catalogue import Catalogue
from wire.vocabulary.jlis import Carrier

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from testbed.cards.personas import Persona
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
class Way:
    """How an own My Number Card can be used."""

    title: str
    hint: str
    href: str
    """Where the personas are chosen then."""


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
    use: OwnCardUse | None
    """How an own My Number Card that lies there is to be used, as chosen."""
    ways: tuple[Way, ...]
    """Of an own My Number Card that is nobody's yet: to be chosen first."""
    bind: tuple[Button, ...]
    """For each persona that the card may stand in for, where it is nobody's yet."""
    rows: tuple[StandInRow, ...]


def page_of(lang: Lang, acting: ActingCards, use: OwnCardUse | None = None) -> StandInPage:
    """Prepare the page in a language, with how an own card is to be used where that was said."""
    text = texts_in(lang)
    people = personas()

    def named(card: str) -> str:
        return people[card].label if card in people else card

    own = acting.sight.own_pin if acting.sight else None
    if own is None or (own is not OwnPin.USABLE and use is OwnCardUse.PIN):
        use = None
    tone, now, following = _state(lang, acting, text, named, use)
    free = tone == "occupied" and acting.acting is None
    return StandInPage(
        lang=lang,
        other_lang="en" if lang == "ja" else "ja",
        text=text,
        tone=tone,
        now=now,
        next=following,
        use=use,
        ways=_ways(lang, own, text) if free and own is not None and use is None else (),
        bind=tuple(_button(key, who, use) for key, who in people.items() if _fits(who, use))
        if free and (own is None or use is not None)
        else (),
        rows=tuple(
            StandInRow(
                named(one.card),
                text[f"own_card_{one.use}" if one.use else f"stand_in_{one.kind}"],
                text["stand_in_here"]
                if acting.acting is not None and acting.acting.binding == one
                else None,
                Button(text["stand_in_remove"], "DELETE", f"/stand-ins/cards/{one.card}", ""),
            )
            for one in acting.register.bindings()
        ),
    )


def _fits(who: Persona, use: OwnCardUse | None) -> bool:
    """Tell whether a card can stand in for theirs; an own My Number Card for one of its kind."""
    if use is None:
        return who.has_card
    with_pin = () if use is OwnCardUse.PIN else (Carrier.FACE_AUTHENTICATION_CARD,)
    return who.kind in {Carrier.CARD, *with_pin}


def _button(key: str, who: Persona, use: OwnCardUse | None) -> Button:
    said = {} if use is None else {"Use": use}
    return Button(who.label, "POST", "/stand-ins/cards", json.dumps({"Card": key, **said}))


def _ways(lang: Lang, pin: OwnPin, text: Mapping[str, str]) -> tuple[Way, ...]:
    return tuple(
        Way(
            text[f"own_card_{use}_choice"],
            text[f"own_card_{use}_hint"],
            f"/stand-ins?lang={lang}&use={use}",
        )
        for use in OwnCardUse
        if use is OwnCardUse.FACE or pin is OwnPin.USABLE
    )


def _state(
    lang: Lang,
    acting: ActingCards,
    text: Mapping[str, str],
    named: Callable[[str], str],
    use: OwnCardUse | None,
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
        who, now = named(acting.acting.binding.card), acting.acting.binding.use
        if now is not None:
            return "occupied", text["own_card_acting"].format(name=who), text[f"own_card_{now}_go"]
        return "occupied", text["stand_in_acting"].format(name=who), text["stand_in_go"]
    if sight.own_pin is not None:
        lies = text["own_card_other" if acting.unknown_own_card else "own_card_new"]
        return "occupied", lies, _asked(sight.own_pin, use, text)
    return "occupied", text["stand_in_new"], text["stand_in_choose"]


def _asked(pin: OwnPin, use: OwnCardUse | None, text: Mapping[str, str]) -> str:
    """Return what is asked of who has laid down an own My Number Card."""
    if use is not None:
        return text[f"own_card_{use}_whom"]
    if pin is OwnPin.USABLE:
        return text["own_card_choose"]
    return text[f"own_card_pin_{pin.name}"] + text["own_card_only"]
