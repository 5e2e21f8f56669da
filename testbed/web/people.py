"""The people whose cards the panel lays on a reader, and how they are found."""

from __future__ import annotations

import io
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from PIL import Image

from eligibility.days.birthdays import age_on
from eligibility.sentence import Sentence
from intermediate_server.policies import load_policies
from testbed.cards.portrait import HEIGHT, WIDTH, Sitter, draw_portrait
from testbed.cards.printing import japanese_font
from wire.dates import read_day

if TYPE_CHECKING:
    from collections.abc import Mapping

    from testbed.cards.personas import Persona

DRAWN_ON = date(2026, 11, 1)
"""The day by which a face is drawn as old as it is: of the month in which the story plays."""
_FEMALE = "2"
_SMALLER = 2
"""How many times smaller than on the card a face is on the panel."""


@dataclass(frozen=True)
class PersonView:
    """Somebody with a card."""

    key: str
    name: str
    kana: str
    """Full-width; "" for a card that is nobody's of ours."""
    age: str
    """By the deployment's clock; the day of birth where that is not known."""
    pin: str
    """利用者証明用 of a fictional person, which one has to know to rehearse; "" for none."""
    insurer: str
    """Its name; "" where nobody has said."""
    purpose: str
    note: str
    portrait: str
    """The address of the face; "" for none."""
    sought: str
    """By what words the person is found, as `searchable` writes them."""
    slot: int | None
    """The slot in which the card lies."""


def searchable(*texts: str) -> str:
    """Return texts as they are compared: one width, one kana, no capitals, no spaces within."""
    folded = (unicodedata.normalize("NFKC", text).casefold().replace(" ", "") for text in texts)
    return " ".join(folded).translate(_KATAKANA)


_KATAKANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}


def person_view(
    who: Persona, texts: Mapping[str, Sentence], lang: str, on: date | None, slot: int | None
) -> PersonView:
    """Describe a person on a day, of whom the clock may not be known."""

    def said(sentence: Sentence) -> str:
        return sentence.ja if lang == "ja" else sentence.en

    born = read_day(who.birthdate)
    if on is None or on < born:
        age = said(texts["born"]).format(day=born)
    else:
        age = said(texts["age"]).format(age=age_on(born, on))
    life = who.life
    purpose = life.purpose if life is not None else Sentence("", "")
    insurer = insurer_name(life.insurer) if life is not None else ""
    kana = unicodedata.normalize("NFKC", who.name_kana)
    words = (who.name, kana, who.key, who.surname, who.note, insurer, purpose.ja, purpose.en)
    return PersonView(
        key=who.key,
        name=who.name,
        kana=kana,
        age=age,
        pin=who.authentication_pin,
        insurer=insurer,
        purpose=said(purpose),
        note=who.note,
        portrait=f"/panel/portraits/{who.key}",
        sought=searchable(*words),
        slot=slot,
    )


def card_view(name: str, texts: Mapping[str, Sentence], lang: str, slot: int | None) -> PersonView:
    """Describe a card that was handed over under a name of its own."""
    purpose = texts["purpose_own"]
    said = purpose.ja if lang == "ja" else purpose.en
    found = searchable(name, purpose.ja, purpose.en)
    return PersonView(name, name, "", "", "", "", said, "", "", found, slot)


@cache
def _insurer_names() -> Mapping[str, str]:
    return {str(policy.insurer_number): policy.name for policy in load_policies()}


def insurer_name(number: str) -> str:
    """Return what an insurer is called; its number where it is none of ours."""
    return _insurer_names().get(number, number)


@lru_cache(maxsize=256)
def portrait(individual_number: str, birthdate: str, sex: str) -> bytes:
    """Draw the face that stands on a person's card, small (PNG).

    Raises:
        FontMissing: there is no Japanese font for its mark.
    """
    born = read_day(birthdate)
    sitter = Sitter(individual_number, age_on(born, max(born, DRAWN_ON)), sex == _FEMALE)
    written = io.BytesIO()
    size = (WIDTH // _SMALLER, HEIGHT // _SMALLER)
    drawn = draw_portrait(sitter, japanese_font()).resize(size, Image.Resampling.LANCZOS)
    drawn.save(written, "PNG")
    return written.getvalue()
