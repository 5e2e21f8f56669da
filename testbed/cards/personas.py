"""Named people with a history, in two small files: cards to rehearse with, and a whole town.

Their PINs stand there in clear: they are fictional, and one has to know them to rehearse.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from testbed.cards.life import TOWN_DAY, Life
from wire.catalogue import Catalogue, Problem
from wire.dates import read_day

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

WITHOUT_CARD = "none"
"""What stands in the place of a card's kind where somebody has none."""


@dataclass(frozen=True)
class Persona:
    """A fictional person with a card, or with a phone that carries certificates."""

    key: str
    """What the person's card is called."""
    surname: str
    """In Latin letters; who is the only one of it may be called by it."""
    individual_number: str
    name: str
    name_kana: str
    sex: str
    birthdate: str
    """``yyyyMMdd``."""
    address: str
    post_number: str
    authentication_pin: str = ""
    """利用者証明用; "" where none is set, as for all the others."""
    signature_password: str = ""
    input_support_pin: str = ""
    """券面入力補助用."""
    resident_register_pin: str = ""
    """住民基本台帳用."""
    security_code: str = "0000"
    """セキュリティコード under the photo, a part of 照合番号B."""
    kind: str = "card"
    """What J-LIS issues: see ``Kind`` of its order for a card; ``none`` for nothing."""
    issued_on: str | None = None
    """``yyyyMMdd``; the day of the order when absent."""
    stopped: Literal["suspended", "revoked"] | None = None
    """What has happened to the card after it was handed over."""
    note: str = ""
    """What is particular, in a few words for a person."""
    life: Life | None = None
    """Their story in the practice town; None of who is made up while it runs."""

    @property
    def label(self) -> str:
        """The name with what is particular."""
        return f"{self.name}（{self.note}）" if self.note else self.name

    @property
    def has_card(self) -> bool:
        """Whether they have a card, or a phone."""
        return self.kind != WITHOUT_CARD

    def age(self, on: date = TOWN_DAY) -> int:
        """Return the age in years, which goes up on the birthday."""
        born = read_day(self.birthdate)
        return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


_PERSON = {one.name for one in fields(Persona)} - {"key", "life"}


@cache
def townspeople() -> Mapping[str, Persona]:
    """Return all people of the town by key, those without a card as well."""
    people: dict[str, dict[str, Any]] = {}
    lives: dict[str, Life] = {}
    for file in ("personas.toml", "town.toml"):
        text = files("testbed.cards").joinpath(file).read_text(encoding="utf-8")
        for key, values in tomllib.loads(text).items():
            own = {name: value for name, value in values.items() if name in _PERSON}
            people.setdefault(key, {}).update(own)
            if story := {name: value for name, value in values.items() if name not in _PERSON}:
                lives[key] = Life.read(story)
    return {
        key: Persona(key, **{"individual_number": "", **values}, life=lives.get(key))
        for key, values in people.items()
    }


def personas() -> dict[str, Persona]:
    """Return all personas by key: who has a card, or a phone."""
    return {key: who for key, who in townspeople().items() if who.has_card}


def find_persona(name: str) -> Persona:
    """Return a persona by key, or by a surname that only one persona has.

    Raises:
        Problem: CARD_UNKNOWN.
    """
    known = personas()
    if name in known:
        return known[name]
    if name in townspeople():
        raise Problem(
            Catalogue.CARD_UNKNOWN,
            f"{name} has no card; receive them at the desk without one.",
            japanese=f"{townspeople()[name].name}さんは、カードを持っていません。受付で"
            "「カードなし」として受け付けてください。",
        )
    namesakes = [who for who in known.values() if who.surname == name]
    if len(namesakes) == 1:
        return namesakes[0]
    if namesakes:
        keys = ", ".join(who.key for who in namesakes)
        raise Problem(Catalogue.CARD_UNKNOWN, f"Of this surname there are: {keys}.")
    raise Problem(Catalogue.CARD_UNKNOWN, f"Personas there are: {', '.join(known)}.")
