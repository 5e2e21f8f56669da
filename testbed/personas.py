"""Named people with a history, in one small file.

Their PINs stand there in clear: they are fictional, and one has to know them to rehearse.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True)
class Persona:
    """A fictional person."""

    key: str
    """What the person's card is called."""
    individual_number: str
    name: str
    name_kana: str
    sex1: str
    birthdate: str
    """``yyyyMMdd``."""
    address: str
    post_number: str
    authentication_pin: str
    signature_password: str


def personas() -> dict[str, Persona]:
    """Return all personas by key."""
    text = files("testbed").joinpath("personas.toml").read_text(encoding="utf-8")
    return {key: Persona(key, **values) for key, values in tomllib.loads(text).items()}
