"""Sentences for people, in Japanese and in English."""

from dataclasses import dataclass


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
