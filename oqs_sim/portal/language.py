"""The languages in which a person reads the portal, on its pages and in what it saves."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eligibility.sentence import Sentence


class Language(StrEnum):
    """The languages, the usual one first."""

    JAPANESE = "ja"
    ENGLISH = "en"

    @property
    def other(self) -> Language:
        """The language one touch away."""
        return Language.JAPANESE if self is Language.ENGLISH else Language.ENGLISH

    def of(self, sentence: Sentence) -> str:
        """Return a sentence in this language."""
        return sentence.en if self is Language.ENGLISH else sentence.ja
