"""Named people with a history, in one small file.

Their PINs stand there in clear: they are fictional, and one has to know them to rehearse.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

from wire.catalogue import Catalogue, Problem


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
    """What J-LIS issues: see ``Kind`` of its order for a card."""
    issued_on: str | None = None
    """``yyyyMMdd``; the day of the order when absent."""
    stopped: Literal["suspended", "revoked"] | None = None
    """What has happened to the card after it was handed over."""
    note: str = ""
    """What is particular, in a few words for a person."""

    @property
    def label(self) -> str:
        """The name with what is particular."""
        return f"{self.name}（{self.note}）" if self.note else self.name


def personas() -> dict[str, Persona]:
    """Return all personas by key."""
    text = files("testbed.cards").joinpath("personas.toml").read_text(encoding="utf-8")
    return {key: Persona(key, **values) for key, values in tomllib.loads(text).items()}


def find_persona(name: str) -> Persona:
    """Return a persona by key, or by a surname that only one persona has.

    Raises:
        Problem: CARD_UNKNOWN.
    """
    known = personas()
    if name in known:
        return known[name]
    namesakes = [who for who in known.values() if who.surname == name]
    if len(namesakes) == 1:
        return namesakes[0]
    if namesakes:
        keys = ", ".join(who.key for who in namesakes)
        raise Problem(Catalogue.CARD_UNKNOWN, f"Of this surname there are: {keys}.")
    raise Problem(Catalogue.CARD_UNKNOWN, f"Personas there are: {', '.join(known)}.")
