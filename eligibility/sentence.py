"""Sentences for people, in Japanese and in English."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a person reads: `ja` on the pages, `en` one touch away.

    `easy` is やさしい日本語 for patients, empty where `ja` is not for them.
    """

    ja: str
    en: str
    easy: str = ""

    def __str__(self) -> str:
        """Return both, as a log or a developer reads them in the message of an exception."""
        return f"{self.ja} / {self.en}"

    def __add__(self, other: "Sentence") -> "Sentence":
        """Return both, one after the other; easy Japanese only where both have it."""
        easy = self.easy + other.easy if self.easy and other.easy else ""
        return Sentence(self.ja + other.ja, f"{self.en} {other.en}".strip(), easy)


class Language(StrEnum):
    """The languages of pages that have no やさしい日本語, the usual one first."""

    JAPANESE = "ja"
    ENGLISH = "en"

    @property
    def other(self) -> "Language":
        """The language one touch away."""
        return Language.JAPANESE if self is Language.ENGLISH else Language.ENGLISH

    def of(self, sentence: Sentence) -> str:
        """Return a sentence in this language."""
        return sentence.en if self is Language.ENGLISH else sentence.ja
