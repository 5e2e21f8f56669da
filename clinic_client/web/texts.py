"""The words of the pages, in Japanese, in English, and in easy Japanese for patients."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from eligibility.cost.burden import FULL
from eligibility.sentence import Sentence
from wire.catalogue import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reader.errors import ReaderError


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
def all_texts() -> Mapping[str, Sentence]:
    """Return every text by its key (``card.title``)."""
    content = tomllib.loads(
        files("clinic_client.web").joinpath("texts.toml").read_text(encoding="utf-8")
    )
    return {
        f"{section}.{name}": Sentence(**text)
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
        return self.of(all_texts()[key]).format(**values)

    def of(self, sentence: Sentence) -> str:
        """Return a sentence; where it is not there in easy Japanese, the Japanese stands for it."""
        if self.language is Language.EASY and sentence.easy:
            return sentence.easy
        return sentence.en if self.language is Language.ENGLISH else sentence.ja

    def ratio(self, tenths: int | None) -> str:
        """Return a ratio as it is spoken: 3割."""
        if tenths is None:
            return self("answer.ratio_unknown")
        return self("answer.ratio_full") if tenths == FULL else self("answer.ratio", tenths=tenths)

    def of_error(self, error: ReaderError | Problem) -> str:
        """Return what an error says to people."""
        if isinstance(error, Problem):
            return self.of(Sentence(error.japanese, error.detail or error.entry.kind.title))
        return self.of(Sentence(error.ja, error.en))
