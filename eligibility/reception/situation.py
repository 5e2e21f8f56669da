"""Situations (場面): what the desk is faced with, and what guidance for one consists of.

Section 6.3 of the rule catalogue.
"""

from dataclasses import dataclass
from enum import StrEnum

from eligibility.reception.options import FallbackOptionId
from eligibility.sentence import Sentence


class Word(StrEnum):
    """The one large answer."""

    VALID = "valid"
    CHECK = "check"
    UNUSABLE = "unusable"

    @property
    def japanese(self) -> str:
        """The word that the receptionist reads."""
        return {Word.VALID: "有効", Word.CHECK: "要確認", Word.UNUSABLE: "使えません"}[self]


class Situation(StrEnum):
    """What the desk is faced with."""

    VALID = "valid"
    LAG = "lag"
    """無効 / 該当資格なし: the new eligibility is not visible yet."""
    NEW_EXISTS = "new_exists"
    """無効（新しい資格あり）: asked by an old number."""
    SEVERAL = "several"
    """複数該当."""
    WELFARE = "welfare"
    """有効（未登録） of public assistance."""
    DEVICE = "device"
    NETWORK = "network"
    AUTHENTICATION = "authentication"
    CERTIFICATE = "certificate"
    NOT_REGISTERED = "not_registered"
    NO_CARD = "no_card"
    """The card is not at hand and nothing was checked."""
    NO_READER = "no_reader"
    """The clinic has no reader (R-093, R-094)."""
    VIEW_STOPPED = "view_stopped"
    """閲覧停止: the record does not match the resident registry (P-030)."""
    BLOCKED = "blocked"
    """自己情報提供不可: the card cannot be used at all (P-031)."""
    SMARTPHONE = "smartphone"
    """The clinic cannot read smartphones, or the one shown has expired (P-014, P-015)."""
    DISASTER = "disaster"
    """災害: neither card nor line can be relied on (P-082, P-087)."""


@dataclass(frozen=True, slots=True)
class Guidance:
    """What to read, say and write down in a situation, and the options in the order to try."""

    word: Word
    headline: Sentence
    say: Sentence
    options: tuple[FallbackOptionId, ...] = ()
    write_down: tuple[Sentence, ...] = ()


CARD_FACE = Sentence(
    "カードの氏名・生年月日・性別・住所と連絡先（個人番号は書き写しません）",
    "Name, date of birth, sex and address on the card, and a telephone number "
    "(never the individual number)",
)
SHOWN_NUMBER = Sentence(
    "見せてもらった保険者番号・記号・番号・枝番と、何で確認したか",
    "Insurer number, symbol, number and branch as shown, and on what they were shown",
)

FALLBACK = (
    FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE,
    FallbackOptionId.ORAL_NO_CHANGE,
    FallbackOptionId.DECLARATION,
    FallbackOptionId.CERTIFICATE,
)
"""F1 to F4 of section 6: with the card at hand."""

WITHOUT_ORAL = (
    FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE,
    FallbackOptionId.DECLARATION,
    FallbackOptionId.CERTIFICATE,
)
"""After a change of insurer nobody can say that nothing has changed (§6 F2)."""
