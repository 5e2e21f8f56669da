"""Makes of My Number cards (カードの種類), and what is on them.

Rules P-010, P-011, R-120, R-173, R-174 and X-03. Neither the card's face nor its chip knows who
insures the holder: that comes over the line, and only once the holder is identified.
"""

from datetime import date
from enum import StrEnum

from eligibility.days.birthdays import LeapBirthday, age_on

PHOTOLESS_INFANTS_FROM = date(2024, 12, 2)
"""Cards of infants applied for from this day on bear no photograph (P-010)."""


class CardMake(StrEnum):
    """Makes of cards that differ at the reader."""

    STANDARD = "standard"
    """顔写真と暗証番号のあるカード."""
    FACE_ONLY = "face_only"
    """顔認証マイナンバーカード: without a PIN (P-011)."""
    INFANT = "infant"
    """顔写真のないカード, of someone who was under 1 when it was applied for (P-010)."""

    @property
    def has_photo(self) -> bool:
        """Whether a face can be compared with it, by machine or by eye."""
        return self is not CardMake.INFANT

    @property
    def has_pin(self) -> bool:
        """Whether it can be unlocked by a PIN, here and at portal and ATM."""
        return self is not CardMake.FACE_ONLY


class CardApplicationChannel(StrEnum):
    """Ways to apply for a card (R-120)."""

    ONLINE = "online"
    """パソコン・スマートフォン."""
    MAIL = "mail"
    """郵便."""
    PHOTO_BOOTH = "photo_booth"
    """まちなかの証明写真機."""


class Knowledge(StrEnum):
    """What someone can learn who has a card in hand (R-173, R-174)."""

    CARD_FACE = "card_face"
    """券面: name, address, date of birth, sex, photograph, the card's own expiry."""
    SYMBOL_AND_NUMBER = "symbol_and_number"
    """保険者番号・記号・番号・枝番."""
    ELIGIBILITY = "eligibility"
    """資格情報."""
    MEDICAL_INFORMATION = "medical_information"
    """診療・薬剤・健診情報."""


def card_make(
    birthdate: date,
    applied_on: date,
    *,
    face_only: bool = False,
    leap: LeapBirthday = LeapBirthday.FEB28,
) -> CardMake:
    """Return the make of a card that is applied for (P-010, P-011).

    An infant's card without a photograph needs its PIN: `face_only` for one is a `ValueError`.
    """
    infant = applied_on >= PHOTOLESS_INFANTS_FROM and age_on(birthdate, applied_on, leap) < 1
    if infant and face_only:
        raise ValueError("a card without a photograph cannot do without its PIN")
    if infant:
        return CardMake.INFANT
    return CardMake.FACE_ONLY if face_only else CardMake.STANDARD


def obtainable(*, identified: bool, line_up: bool, consented: bool) -> frozenset[Knowledge]:
    """Return what can be learnt of the holder by means of a card (R-173, R-174, X-03).

    `identified` is by face, PIN or eye; without it a card found on the street tells what is printed
    on it. With the line down even its holder learns no number from it.
    """
    known = {Knowledge.CARD_FACE}
    if identified and line_up:
        known |= {Knowledge.SYMBOL_AND_NUMBER, Knowledge.ELIGIBILITY}
        if consented:
            known.add(Knowledge.MEDICAL_INFORMATION)
    return frozenset(known)
