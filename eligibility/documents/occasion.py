"""Occasions (機会): what makes an insurer look at which document a member should have."""

from enum import StrEnum

from eligibility.documents.document_policy import NoticeOccasion


class Occasion(StrEnum):
    """What has happened, or what the member asks for."""

    JOINED = "joined"
    """資格取得 (a newborn's too); of a member of 後期 also the 75th birthday."""
    LISTED = "listed"
    """未登録者の一覧: the monthly list of who has not registered names a new member (P-064)."""
    RATIO_CHANGED = "ratio_changed"
    """負担割合変更."""
    ADDRESS_CHANGED = "address_changed"
    """住所変更."""
    NAME_CHANGED = "name_changed"
    """氏名変更."""
    NUMBER_CHANGED = "number_changed"
    """記号・番号の変更: what is printed is no longer true."""
    SPECIAL_EXPENSES = "special_expenses"
    """特別療養費の対象になった、または対象でなくなった: both documents print it (R-056, R-159)."""
    TURNED_70 = "turned_70"
    """The 70th birthday, from which on documents carry the ratio."""
    RENEWAL = "renewal"
    """更新: the yearly run, or the end of the last document's term."""
    OLD_CARD_ENDS = "old_card_ends"
    """従来の健康保険証の終了: the first document of a member who had nothing else (R-057)."""
    OLD_CARD_LOST = "old_card_lost"
    """被保険者証の紛失."""
    CARD_LOST = "card_lost"
    """マイナンバーカードの紛失: an application."""
    CARD_RENEWING = "card_renewing"
    """マイナンバーカードの更新中・再交付中: an application."""
    CARD_RETURNED = "card_returned"
    """マイナンバーカードの返納."""
    RELEASE_APPLIED = "release_applied"
    """利用登録解除の申請."""
    RELEASE_CONFIRMED = "release_confirmed"
    """解除の確認: the system shows the release."""
    ELECTRONIC_CERTIFICATE_LAPSES = "electronic_certificate_lapses"
    """電子証明書の失効."""
    SELF_INFORMATION_BLOCKED = "self_information_blocked"
    """自己情報提供不可フラグ."""
    SUPPORT_NEEDED = "support_needed"
    """要配慮者の申請: age, disability, a home that cannot keep the card."""
    CERTIFICATE_LOST = "certificate_lost"
    """資格確認書の紛失: an application."""
    CERTIFICATE_GIVEN_BACK = "certificate_given_back"
    """資格確認書の返却, of one's own accord after registering."""
    NOTICE_LOST = "notice_lost"
    """資格情報のお知らせの紛失: an application."""
    CANNOT_LOG_IN = "cannot_log_in"
    """マイナポータルにログインできない: an application for the notice (R-076, R-079)."""
    SPARE = "spare"
    """念のためもう一つ: an application."""
    FEAR_OF_LOSS = "fear_of_loss"
    """カードを持ち歩きたくない: an application."""
    UNWILLING = "unwilling"
    """マイナ保険証を使いたくない: an application."""
    LIMIT_CERTIFICATE = "limit_certificate"
    """限度額適用認定証の申請."""
    ELECTRONIC_CERTIFICATE_ENDS = "electronic_certificate_ends"
    """電子証明書の有効期限が近い: the insurer writes to its member (D-15)."""
    LAST_FOUR_CHECK = "last_four_check"
    """個人番号の下4桁の確認のお願い (R-190)."""

    @property
    def applied(self) -> bool:
        """Whether the member asks, and so is owed an answer."""
        return self in _APPLIED

    @property
    def brings_old_card(self) -> bool:
        """Whether it brought an old card as long as these were issued (R-005, R-010, R-015)."""
        return self in _BRINGS_OLD_CARD

    @property
    def replaces_old_card(self) -> bool:
        """Whether an old card that is not yet expired is lost, or says what is no longer true."""
        return self in _REPLACES_OLD_CARD

    @property
    def of_notice(self) -> NoticeOccasion | None:
        """What it is to an insurer that chooses when to send notices (PP-07)."""
        return _OF_NOTICE.get(self)


_APPLIED = frozenset(
    {
        Occasion.OLD_CARD_LOST,
        Occasion.CARD_LOST,
        Occasion.CARD_RENEWING,
        Occasion.CARD_RETURNED,
        Occasion.SUPPORT_NEEDED,
        Occasion.CERTIFICATE_LOST,
        Occasion.CERTIFICATE_GIVEN_BACK,
        Occasion.NOTICE_LOST,
        Occasion.CANNOT_LOG_IN,
        Occasion.SPARE,
        Occasion.FEAR_OF_LOSS,
        Occasion.UNWILLING,
        Occasion.LIMIT_CERTIFICATE,
    }
)
_BRINGS_OLD_CARD = frozenset(
    {
        Occasion.JOINED,
        Occasion.RATIO_CHANGED,
        Occasion.ADDRESS_CHANGED,
        Occasion.NAME_CHANGED,
        Occasion.NUMBER_CHANGED,
        Occasion.RENEWAL,
        Occasion.OLD_CARD_LOST,
    }
)
_REPLACES_OLD_CARD = _BRINGS_OLD_CARD - {Occasion.RENEWAL} | {
    Occasion.TURNED_70,
    Occasion.SUPPORT_NEEDED,
    Occasion.SELF_INFORMATION_BLOCKED,
}
_OF_NOTICE = {
    Occasion.JOINED: NoticeOccasion.JOINED,
    Occasion.LISTED: NoticeOccasion.JOINED,
    Occasion.NUMBER_CHANGED: NoticeOccasion.JOINED,  # the notice tells the numbers (R-058) [interp]
    Occasion.OLD_CARD_ENDS: NoticeOccasion.JOINED,
    Occasion.RATIO_CHANGED: NoticeOccasion.RATIO_CHANGED,
    Occasion.TURNED_70: NoticeOccasion.RATIO_CHANGED,
    Occasion.ADDRESS_CHANGED: NoticeOccasion.ADDRESS_CHANGED,
    Occasion.NAME_CHANGED: NoticeOccasion.NAME_CHANGED,
    Occasion.RENEWAL: NoticeOccasion.RENEWAL,
}
