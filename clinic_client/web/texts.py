"""The words of the pages, in Japanese, in English, and in easy Japanese for patients."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eligibility.sentence import Sentence


class Language(StrEnum):
    """The languages of the pages."""

    JAPANESE = "ja"
    ENGLISH = "en"
    EASY = "easy"
    """やさしい日本語, on the patient's screen."""

    @property
    def html(self) -> str:
        """The language as HTML names it."""
        return "en" if self is Language.ENGLISH else "ja"

    @property
    def other(self) -> Language:
        """The language one touch away at the desk."""
        return Language.JAPANESE if self is Language.ENGLISH else Language.ENGLISH


@cache
def all_texts() -> Mapping[str, Mapping[str, str]]:
    """Return every text by its key (``card.title``), in each language that it has."""
    content = tomllib.loads(
        files("clinic_client.web").joinpath("texts.toml").read_text(encoding="utf-8")
    )
    return {
        f"{section}.{name}": text
        for section, texts in content.items()
        for name, text in texts.items()
    }


@dataclass(frozen=True)
class Phrasebook:
    """The texts in one language."""

    language: Language

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its blanks filled in.

        Raises:
            KeyError: there is no such text, or a blank was not given.
        """
        text = all_texts()[key]
        return text.get(self.language, text["ja"]).format(**values)

    def of(self, sentence: Sentence) -> str:
        """Return a sentence of the rules."""
        if self.language is Language.EASY and sentence.easy:
            return sentence.easy
        return sentence.en if self.language is Language.ENGLISH else sentence.ja

    def either(self, japanese: str, english: str) -> str:
        """Return the one that fits, of a sentence that comes in both."""
        return english if self.language is Language.ENGLISH else japanese
