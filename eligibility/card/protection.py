"""Protection (支援措置) of persons in danger, such as victims of violence at home (P-031).

Two flags, which differ in whether the health card still works.
"""

from enum import StrEnum


class Protection(StrEnum):
    """The flag that an insurer has set for a person."""

    NONE = "none"
    """No flag."""
    SELF_INFORMATION_BLOCKED = "self_information_blocked"
    """自己情報提供不可フラグ: nobody who holds the card may learn anything by it."""
    UNDISCLOSED = "undisclosed"
    """不開示該当フラグ: address and history are hidden, the card works."""

    @property
    def card_works(self) -> bool:
        """Whether the health card can be used and registered."""
        return self is not Protection.SELF_INFORMATION_BLOCKED

    @property
    def portal_viewable(self) -> bool:
        """Whether マイナポータル shows the person's data."""
        return self is not Protection.SELF_INFORMATION_BLOCKED

    @property
    def address_hidden(self) -> bool:
        """Whether answers to an inquiry by number leave out the address."""
        return self is not Protection.NONE

    @property
    def history_hidden(self) -> bool:
        """Whether 提供履歴 is hidden; with the portal closed, it is hidden as well."""
        return self is not Protection.NONE

    @property
    def certificate_unasked(self) -> bool:
        """Whether the insurer issues a 資格確認書 without application (職権交付)."""
        return self is Protection.SELF_INFORMATION_BLOCKED
