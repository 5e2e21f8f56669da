"""Situations (場面): what the desk is faced with, and the one word for it.

Section 6.3 of the rule catalogue.
"""

from enum import StrEnum


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
    NOT_FOUND = "not_found"
    """該当資格なし, asked by number: a typing error, or not registered yet (P-026)."""
    SEVERAL = "several"
    """複数該当, asked by number: a branch is missing (P-026)."""
    SEVERAL_INSURERS = "several_insurers"
    """複数該当, asked by card: several insurers have the person."""
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
