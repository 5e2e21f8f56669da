"""The last four digits (下4桁) of a 個人番号, which members compare with their card (R-190).

An insurer prints them on a notice; who finds others on their card or 通知カード tells the insurer,
who then corrects the link. Here too, no digit is ever repeated in an answer or an error.
"""

from enum import StrEnum

from eligibility.identifiers.digits import InvalidNumber, only_digits, to_half_width
from eligibility.identifiers.numbers import IndividualNumber
from eligibility.sentence import Sentence


class LastFour(StrEnum):
    """Whether the digits of the notice are those of the card."""

    MATCH = "match"
    """一致."""
    MISMATCH = "mismatch"
    """不一致: the number that the insurer registered may be someone else's."""

    @property
    def text(self) -> Sentence:
        """What the member reads."""
        return _TEXTS[self]


_TEXTS = {
    LastFour.MATCH: Sentence(
        "登録されている番号の下4桁と一致しています。手続きは要りません。",
        "The last four digits are those on record; nothing needs to be done.",
    ),
    LastFour.MISMATCH: Sentence(
        "登録されている番号の下4桁と違います。カードの裏面をもう一度確かめ、"
        "それでも違うときは保険者に連絡してください。",
        "The last four digits are not those on record. Look at the back of the card once more, "
        "and tell the insurer if they still differ.",
    ),
}


def compare_last_four(registered: IndividualNumber, read: str) -> LastFour:
    """Compare what a member reads off their card with the registered number (R-190).

    Raises `InvalidNumber` where `read` is not four digits; it does not repeat them.
    """
    digits = to_half_width(read)
    if len(digits) != 4 or not only_digits(digits):
        raise InvalidNumber(
            "下4桁は4桁の数字で入力してください。", "Enter the last four digits as four digits."
        )
    return LastFour.MATCH if digits == registered.last_four else LastFour.MISMATCH
