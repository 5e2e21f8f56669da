"""How a clinic is equipped (医療機関の型), and what follows: who is asked what, by which means.

Rules P-014, P-022, R-093 and R-094; specification oqs-interface §1 and §1.1.
"""

from enum import StrEnum

from eligibility.sentence import Sentence
from eligibility.terminal.identity import Operation


class ClinicVariant(StrEnum):
    """What stands at the desk of a clinic to check people with."""

    FACE_READER = "face_reader"
    """通常: 顔認証付きカードリーダー."""
    PHONE_READER = "phone_reader"
    """通常, with a 汎用カードリーダー for smartphones beside the face reader, or built into it."""
    GENERAL_READER = "general_reader"
    """資格確認限定型: a 汎用カードリーダー with マイナ資格確認アプリ."""
    NO_READER = "no_reader"
    """義務化対象外: no reader at all; people are received by number and papers (R-093, R-094)."""

    @property
    def operation(self) -> Operation:
        """The type of operation (運用) in which its reader reads cards (P-022)."""
        if self is ClinicVariant.GENERAL_READER:
            return Operation.ELIGIBILITY_ONLY
        return Operation.REGULAR

    @property
    def reads_cards(self) -> bool:
        """Whether there is a reader."""
        return self is not ClinicVariant.NO_READER

    @property
    def reads_phones(self) -> bool:
        """Whether smartphones are accepted: only where there is a reader for them (P-014)."""
        return self is ClinicVariant.PHONE_READER

    @property
    def asks_consent(self) -> bool:
        """Whether a patient is asked for consent: not where nothing medical is shown (P-022)."""
        return self.reads_cards and self.operation.medical_information

    @property
    def registers(self) -> bool:
        """Whether a card is registered for insurance use on the spot (R-021, P-021).

        It is the face reader that does (Y-02); that others do not is unverified.
        """
        return self in {ClinicVariant.FACE_READER, ClinicVariant.PHONE_READER}

    @property
    def has_machine_interface(self) -> bool:
        """Whether programs get answers by folder: 限定型 has what its app copies instead (§1.1)."""
        return self is not ClinicVariant.GENERAL_READER

    @property
    def word(self) -> Sentence:
        """What the desk calls it."""
        return _WORDS[self]


_WORDS = {
    ClinicVariant.FACE_READER: Sentence("顔認証付きカードリーダー", "Face reader"),
    ClinicVariant.PHONE_READER: Sentence("顔認証＋スマートフォン対応", "Face reader and phones"),
    ClinicVariant.GENERAL_READER: Sentence("資格確認限定型（汎用リーダー）", "Eligibility only"),
    ClinicVariant.NO_READER: Sentence("読取機なし", "No reader"),
}
