"""Names (氏名) with characters that the online check cannot show (P-029).

Such a character comes back as ●. It never blocks an eligibility, and claims may be sent with it:
who it is is told by the kana and the date of birth.
"""

import unicodedata
from dataclasses import dataclass
from datetime import date

UNKNOWN_CHARACTER = "●"

ANSWER_ENCODING = "cp932"
"""What characters an answer can show [interp]; terminals of clinics read Shift_JIS or UTF-8."""

_TO_KATAKANA = {code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)}


def as_answered(name: str, encoding: str = ANSWER_ENCODING) -> str:
    """Return the name as the answer shows it: ● for each character outside the encoding."""
    return "".join(one if _encodable(one, encoding) else UNKNOWN_CHARACTER for one in name)


def kana_key(kana: str) -> str:
    """Return a reading in one form: full-width katakana without blanks."""
    katakana = unicodedata.normalize("NFKC", kana).translate(_TO_KATAKANA)
    return "".join(katakana.split())


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """A person as one side knows them; a name may have ● in it."""

    name: str
    kana: str
    birthdate: date

    @property
    def incomplete(self) -> bool:
        """Whether the name shows a character as unknown."""
        return UNKNOWN_CHARACTER in self.name

    def matches(self, other: "NamedPerson") -> bool:
        """Tell whether both may be one person, by kana and date of birth (P-029)."""
        same_reading = kana_key(self.kana) == kana_key(other.kana)
        return same_reading and self.birthdate == other.birthdate


def _encodable(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
