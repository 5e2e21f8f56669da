"""Kinds of procedures (届出の種別), and how each finds its way to the clinics."""

from __future__ import annotations

from enum import StrEnum


class ProcedureKind(StrEnum):
    """What an insurer reports."""

    JOIN = "join"
    """加入 (資格取得)."""
    LEAVE = "leave"
    """喪失 (資格喪失)."""
    CHANGE = "change"
    """変更: several things at once; what the resident register says of the person is taken over."""
    NAME = "name"
    """氏名変更."""
    ADDRESS = "address"
    """住所変更; the card's own address does not change it (R-121)."""
    RATIO = "ratio"
    """負担割合変更."""
    LIMIT = "limit"
    """限度額適用区分 (P-028)."""
    NEWBORN = "newborn"
    """出生; may come before the child has a 個人番号 (R-016)."""
    DEATH = "death"
    """死亡."""
    SEVENTY = "seventy"
    """70歳到達: the ratio from the month that P-071 says."""
    LATE_ELDERLY = "late_elderly"
    """75歳到達: to 後期高齢者医療 on the birthday (P-053)."""
    ARREARS = "arrears"
    """特別療養費 (R-159), or its end."""
    RELEASE_USE = "release_use"
    """利用登録解除の申請 (R-024 to R-029)."""
    KEEP_USE = "keep_use"
    """利用登録解除の取下げ. To register is the person's own act, not an insurer's (R-021)."""
    CONSIDERATION = "consideration"
    """要配慮者 (R-046), or its end."""
    CARD_LOST = "card_lost"
    """マイナンバーカードの紛失・更新中 (R-047, R-048), or its end."""
    BLOCK = "block"
    """自己情報提供不可フラグ (P-031), or its end."""
    HIDE = "hide"
    """不開示該当フラグ (P-031), or its end."""
    CORRECT = "correct"
    """記録の訂正: what was recorded wrongly, by an entry of its own."""
    CANCEL = "cancel"
    """加入の取消: a membership that never was."""
    LAST_FOUR = "last_four"
    """個人番号の下4桁の確認 (R-190)."""
    JLIS_MISMATCH = "jlis_mismatch"
    """J-LIS 照合の不一致: the view is stopped (P-030)."""
    JLIS_MATCH = "jlis_match"
    """J-LIS 照合の一致: the view is opened again (P-030)."""

    @property
    def japanese(self) -> str:
        """The word on the clerk's page and in files."""
        return _JAPANESE[self]


_JAPANESE = {
    ProcedureKind.JOIN: "加入",
    ProcedureKind.LEAVE: "喪失",
    ProcedureKind.CHANGE: "変更",
    ProcedureKind.NAME: "氏名変更",
    ProcedureKind.ADDRESS: "住所変更",
    ProcedureKind.RATIO: "負担割合変更",
    ProcedureKind.LIMIT: "限度額区分",
    ProcedureKind.NEWBORN: "出生",
    ProcedureKind.DEATH: "死亡",
    ProcedureKind.SEVENTY: "70歳到達",
    ProcedureKind.LATE_ELDERLY: "75歳到達",
    ProcedureKind.ARREARS: "特別療養費",
    ProcedureKind.RELEASE_USE: "利用登録解除",
    ProcedureKind.KEEP_USE: "解除取下げ",
    ProcedureKind.CONSIDERATION: "要配慮者",
    ProcedureKind.CARD_LOST: "カード紛失",
    ProcedureKind.BLOCK: "自己情報提供不可",
    ProcedureKind.HIDE: "不開示",
    ProcedureKind.CORRECT: "訂正",
    ProcedureKind.CANCEL: "取消",
    ProcedureKind.LAST_FOUR: "下4桁確認",
    ProcedureKind.JLIS_MISMATCH: "照合不一致",
    ProcedureKind.JLIS_MATCH: "照合一致",
}

KIND_BY_WORD = {kind.japanese: kind for kind in ProcedureKind} | {
    kind.value: kind for kind in ProcedureKind
}
"""Kinds by what files call them: the Japanese word, or the code."""


class Timing(StrEnum):
    """By which reckoning a change becomes visible (C-008)."""

    LAG = "lag"
    """The insurer's lag (PP-08)."""
    DATED = "dated"
    """The day from which it holds, or on which its membership is seen, as that is later."""
    RELEASE = "release"
    """The insurer's day of release (PP-01)."""
    AT_ONCE = "at_once"
    """At the instant of acceptance."""


AT_ONCE = frozenset(
    {
        ProcedureKind.KEEP_USE,
        ProcedureKind.CONSIDERATION,
        ProcedureKind.CARD_LOST,
        ProcedureKind.BLOCK,
        ProcedureKind.HIDE,
        ProcedureKind.LAST_FOUR,
        ProcedureKind.JLIS_MISMATCH,
        ProcedureKind.JLIS_MATCH,
    }
)
"""Kinds that C-008 does not name among those with the lag. That they show at once is an assumption
[unverified]: a protection that came days late would protect nobody."""
