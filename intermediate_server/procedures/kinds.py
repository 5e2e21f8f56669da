"""Kinds of procedures (届出の種別): one definition each, and the words that pages have for it.

A definition says what a kind is called, what it needs, what it does to a membership, when that
shows, and which document it brings. `procedures.edits` carries out what `Effect` names; everything
else about a kind stands here.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from enum import Enum, StrEnum
from typing import NamedTuple

from eligibility.documents import Occasion


class ProcedureKind(StrEnum):
    """What an insurer reports."""

    JOIN = "join"
    """加入 (資格取得)."""
    LEAVE = "leave"
    """喪失 (資格喪失)."""
    CHANGE = "change"
    """変更: several things at once; what the resident register says of the person is taken over."""
    RENUMBER = "renumber"
    """番号変更: 記号・番号・枝番 of the same membership (C-008)."""
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
    NUMBER_GIVEN = "number_given"
    """付番: a child that joined without a 個人番号 has got one (R-016)."""
    DEATH = "death"
    """死亡."""
    SCHOOL_ENTRY = "school_entry"
    """就学: from 2割 to 3割 from the April after (P-070)."""
    SEVENTY = "seventy"
    """70歳到達: the ratio from the month that P-071 says."""
    LATE_ELDERLY = "late_elderly"
    """75歳到達: to 後期高齢者医療 on the birthday (P-053)."""
    ARREARS = "arrears"
    """特別療養費 (R-159), or its end."""
    RELEASE_USE = "release_use"
    """利用登録解除の申請 (R-024 to R-029)."""
    MOVE_RELEASE = "move_release"
    """解除日の変更: the release takes effect on another day than planned (R-027)."""
    KEEP_USE = "keep_use"
    """利用登録解除の取下げ. To register is the person's own act, not an insurer's (R-021)."""
    USE_LAPSED = "use_lapsed"
    """利用登録の失効: the electronic certificate was not renewed in its grace (P-004)."""
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
    LAST_FOUR_SENT = "last_four_sent"
    """下4桁の通知: the member has been asked to compare their card (R-190)."""
    LAST_FOUR = "last_four"
    """下4桁の確認: what the member reads on their card (R-190)."""
    JLIS_MISMATCH = "jlis_mismatch"
    """J-LIS 照合の不一致: the view is stopped (P-030)."""
    JLIS_MATCH = "jlis_match"
    """J-LIS 照合の一致: the view is opened again (P-030)."""

    @property
    def japanese(self) -> str:
        """The word on the clerk's page and in files."""
        return KINDS[self].japanese


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
    RELEASED = "released"
    """At the instant at which a person released it."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What an insurer has marked on a membership; each is a column of the ledger.

    A new mark is the last member: its migration adds its column behind those of the others, so
    that members and columns stay in one order.
    """

    view_stopped: bool = False
    """閲覧停止 (P-030)."""
    self_information_blocked: bool = False
    """自己情報提供不可 (P-031)."""
    undisclosed: bool = False
    """不開示該当 (P-031)."""
    special_medical_expense: bool = False
    """特別療養費 (R-159)."""
    consideration: bool = False
    """要配慮者 (R-046); clinics are not told."""
    card_lost: bool = False
    """The card is lost or being renewed (R-047, R-048); clinics are not told."""


NO_MARKS = Marks()
MARK_WORDS = {
    "view_stopped": "閲覧停止",
    "self_information_blocked": "自己情報提供不可",
    "undisclosed": "不開示",
    "special_medical_expense": "特別療養費",
    "consideration": "要配慮者",
    "card_lost": "カード紛失",
}
"""What pages call each mark."""


class Effect(Enum):
    """What a procedure does to what is recorded."""

    JOIN = "join"
    """A membership begins."""
    TURN_75 = "turn_75"
    """A membership begins at 後期高齢者医療, and ends at any other insurer (P-053)."""
    LEAVE = "leave"
    """The membership ends."""
    CHANGE = "change"
    """Whatever is given is taken over."""
    RENUMBER = "renumber"
    """The membership goes on under another 記号・番号・枝番."""
    GIVE_NUMBER = "give_number"
    """The membership goes over to the person whose 個人番号 it now has."""
    CHANGE_PERSON = "change_person"
    """The name or the address is taken over."""
    CHANGE_RATIO = "change_ratio"
    CHANGE_LIMIT = "change_limit"
    MARK = "mark"
    """A mark is set, or taken back where the procedure says so."""
    RELEASE = "release"
    """The use registration is released, or stays after all."""
    MOVE_RELEASE = "move_release"
    """A release that is on its way takes effect on another day."""
    LAPSE_USE = "lapse_use"
    """The use registration ends with the grace of its certificate (P-004)."""
    CORRECT = "correct"
    """What was recorded wrongly is stated as it was."""
    CANCEL = "cancel"
    """The membership never was."""
    NOTE = "note"
    """Nothing of the state: it is only on record that something was done."""
    STOP_VIEW = "stop_view"
    """The view is stopped, or opened again."""


@dataclass(frozen=True, slots=True)
class Needs:
    """Which members of `Procedure` a kind needs, and which it may have at all."""

    required: frozenset[str]
    allowed: frozenset[str]


_COMMON = frozenset(
    {
        "kind", "insurer_number", "individual_number", "filed_on", "symbol", "number", "branch",
        "reason", "reference", "name_kana", "birthdate",
    }
)  # fmt: skip
"""What every kind may have: whom it is about, when it was filed, and notes."""


def _needs(required: str = "", optional: str = "") -> Needs:
    must = frozenset(required.split())
    return Needs(must | {"number"}, _COMMON | must | frozenset(optional.split()))


NO_NEEDS = _needs()


@dataclass(frozen=True, slots=True)
class KindDefinition:
    """A kind of procedure."""

    japanese: str
    """The word on the clerk's page and in files."""
    effect: Effect
    needs: Needs = NO_NEEDS
    _: KW_ONLY
    timing: Timing = Timing.LAG
    """When it shows; `DATED` only where the procedure names a day later than the lag's."""
    mark: str = ""
    """The member of `Marks` that it sets, or takes back."""
    mark_printed: bool = False
    """Whether documents print the mark (R-056)."""
    occasion: Occasion | None = None
    """Which document it brings; none where a mark is taken back that no document prints."""
    after_loss: bool = False
    """Whether it may be filed of a membership that is lost."""
    changes: bool = False
    """Whether it is refused where it would change nothing: it is filed for what is new."""
    by_system: bool = False
    """Whether only a run of the insurer's system records it (定期処理), and nobody files it."""


_PERSON = "name name_kana sex birthdate address post_number householder"
_LIMIT = "limit valid_until effective_on"
KINDS = {
    ProcedureKind.JOIN: KindDefinition(
        "加入",
        Effect.JOIN,
        _needs("qualified_on", f"classification ratio certificate_needed {_PERSON} {_LIMIT}"),
        occasion=Occasion.JOINED,
    ),
    ProcedureKind.LEAVE: KindDefinition(
        "喪失", Effect.LEAVE, _needs("disqualified_on reason_of_loss", "qualified_on")
    ),
    ProcedureKind.CHANGE: KindDefinition(
        "変更",
        Effect.CHANGE,
        _needs("", f"qualified_on classification ratio effective_on {_PERSON}"),
        timing=Timing.DATED,
        changes=True,
    ),
    ProcedureKind.RENUMBER: KindDefinition(
        "番号変更",
        Effect.RENUMBER,
        _needs("new_number", "new_symbol new_branch effective_on"),
        timing=Timing.DATED,
        occasion=Occasion.NUMBER_CHANGED,
    ),
    ProcedureKind.NAME: KindDefinition(
        "氏名変更",
        Effect.CHANGE_PERSON,
        _needs("", "name name_kana householder effective_on"),
        timing=Timing.DATED,
        occasion=Occasion.NAME_CHANGED,
        changes=True,
    ),
    ProcedureKind.ADDRESS: KindDefinition(
        "住所変更",
        Effect.CHANGE_PERSON,
        _needs("", "address post_number householder effective_on"),
        timing=Timing.DATED,
        occasion=Occasion.ADDRESS_CHANGED,
        changes=True,
    ),
    ProcedureKind.RATIO: KindDefinition(
        "負担割合変更",
        Effect.CHANGE_RATIO,
        _needs("ratio", "effective_on"),
        timing=Timing.DATED,
        occasion=Occasion.RATIO_CHANGED,
        changes=True,
    ),
    ProcedureKind.LIMIT: KindDefinition(
        "限度額区分",
        Effect.CHANGE_LIMIT,
        _needs("limit", "effective_on valid_until inpatient_days"),
        changes=True,
    ),
    ProcedureKind.NEWBORN: KindDefinition(
        "出生",
        Effect.JOIN,
        _needs("", f"qualified_on classification ratio certificate_needed {_PERSON}"),
        occasion=Occasion.JOINED,
    ),
    ProcedureKind.NUMBER_GIVEN: KindDefinition(
        "付番", Effect.GIVE_NUMBER, _needs("individual_number", "householder")
    ),
    ProcedureKind.DEATH: KindDefinition("死亡", Effect.LEAVE, _needs("effective_on")),
    ProcedureKind.SCHOOL_ENTRY: KindDefinition(
        "就学",
        Effect.CHANGE_RATIO,
        _needs("", "ratio effective_on"),
        timing=Timing.DATED,  # no document: below 70 none carries the ratio
    ),
    ProcedureKind.SEVENTY: KindDefinition(
        "70歳到達",
        Effect.CHANGE_RATIO,
        _needs("", "ratio"),
        timing=Timing.DATED,
        occasion=Occasion.TURNED_70,
    ),
    ProcedureKind.LATE_ELDERLY: KindDefinition(
        "75歳到達", Effect.TURN_75, _needs("", f"ratio {_PERSON}"), occasion=Occasion.JOINED
    ),
    ProcedureKind.ARREARS: KindDefinition(
        "特別療養費",
        Effect.MARK,
        _needs("", "on effective_on"),
        mark="special_medical_expense",
        mark_printed=True,
        timing=Timing.DATED,
        occasion=Occasion.SPECIAL_EXPENSES,
    ),
    ProcedureKind.RELEASE_USE: KindDefinition(
        "利用登録解除",
        Effect.RELEASE,
        _needs("", "applicant proxy_name applied_by photo_papers other_papers"),
        timing=Timing.RELEASE,
        occasion=Occasion.RELEASE_APPLIED,
        after_loss=True,  # it must even be in force, which is another refusal
    ),
    ProcedureKind.MOVE_RELEASE: KindDefinition(
        "解除日変更",
        Effect.MOVE_RELEASE,
        _needs("effective_on"),
        timing=Timing.AT_ONCE,
        after_loss=True,
    ),
    ProcedureKind.KEEP_USE: KindDefinition(
        "解除取下げ", Effect.RELEASE, timing=Timing.AT_ONCE, after_loss=True
    ),
    ProcedureKind.USE_LAPSED: KindDefinition(
        "利用登録の失効", Effect.LAPSE_USE, timing=Timing.AT_ONCE, by_system=True
    ),
    ProcedureKind.CONSIDERATION: KindDefinition(
        "要配慮者",
        Effect.MARK,
        _needs("", "on"),
        mark="consideration",
        timing=Timing.AT_ONCE,
        occasion=Occasion.SUPPORT_NEEDED,
    ),
    ProcedureKind.CARD_LOST: KindDefinition(
        "カード紛失",
        Effect.MARK,
        _needs("", "on"),
        mark="card_lost",
        timing=Timing.AT_ONCE,
        occasion=Occasion.CARD_LOST,
    ),
    ProcedureKind.BLOCK: KindDefinition(
        "自己情報提供不可",
        Effect.MARK,
        _needs("", "on"),
        mark="self_information_blocked",
        timing=Timing.AT_ONCE,
        occasion=Occasion.SELF_INFORMATION_BLOCKED,
        after_loss=True,
    ),
    ProcedureKind.HIDE: KindDefinition(
        "不開示",
        Effect.MARK,
        _needs("", "on"),
        mark="undisclosed",
        timing=Timing.AT_ONCE,
        after_loss=True,
    ),
    ProcedureKind.CORRECT: KindDefinition(
        "訂正",
        Effect.CORRECT,
        _needs(
            "corrects reason",
            f"qualified_on disqualified_on reason_of_loss classification ratio {_PERSON}",
        ),
        after_loss=True,
    ),
    ProcedureKind.CANCEL: KindDefinition("取消", Effect.CANCEL, _needs("reason"), after_loss=True),
    ProcedureKind.LAST_FOUR_SENT: KindDefinition(
        "下4桁通知",
        Effect.NOTE,
        _needs("individual_number"),
        timing=Timing.AT_ONCE,
        occasion=Occasion.LAST_FOUR_CHECK,
    ),
    ProcedureKind.LAST_FOUR: KindDefinition(
        "下4桁確認",
        Effect.STOP_VIEW,
        _needs("last_four individual_number"),
        mark="view_stopped",
        timing=Timing.AT_ONCE,
        after_loss=True,
    ),
    ProcedureKind.JLIS_MISMATCH: KindDefinition(
        "照合不一致",
        Effect.STOP_VIEW,
        _needs("reason"),
        mark="view_stopped",
        timing=Timing.AT_ONCE,
        after_loss=True,
    ),
    ProcedureKind.JLIS_MATCH: KindDefinition(
        "照合一致", Effect.STOP_VIEW, mark="view_stopped", timing=Timing.AT_ONCE, after_loss=True
    ),
}
"""All kinds.

C-008 does not name those that show at once among the kinds with the lag. That they do is an
assumption [unverified]: a protection that came days late would protect nobody.
"""

FILED_KINDS = tuple(kind for kind in ProcedureKind if not KINDS[kind].by_system)
"""The kinds that people and files may file."""
KIND_BY_WORD = {kind.japanese: kind for kind in FILED_KINDS} | {
    kind.value: kind for kind in FILED_KINDS
}
"""Kinds by what files call them: the Japanese word, or the code."""


class KindWords(NamedTuple):
    """What the clerk's pages say of a kind."""

    group: str
    """Under which heading it stands."""
    hint: str
    """What a clerk should know before filing it."""
    facts: tuple[str, str] = ("設定", "解除")
    """What it says of its mark: where that is set, and where not."""


KIND_WORDS = {
    ProcedureKind.JOIN: KindWords(
        "資格", "氏名などを空欄にすると、住民基本台帳のとおりに登録します。"
    ),
    ProcedureKind.NEWBORN: KindWords(
        "資格",
        "届出日は受理日です。個人番号がまだないときは空欄にし、氏名・カナ・性別・生年月日・住所を入れます。",
    ),
    ProcedureKind.NUMBER_GIVEN: KindWords(
        "資格",
        "個人番号なしで届け出た出生の子に、番号がつきました。記録は1人分にまとまります。"
        "カナ氏名と生年月日は、出生の届出と住民基本台帳で違うときだけ入れます。",
    ),
    ProcedureKind.LEAVE: KindWords("資格", "資格喪失日は、資格のない最初の日です。"),
    ProcedureKind.DEATH: KindWords("資格", "適用日に死亡日を入れると、翌日に喪失します。"),
    ProcedureKind.LATE_ELDERLY: KindWords(
        "資格", "75歳の誕生日に、後期高齢者医療は加入、ほかの保険者は喪失になります。"
    ),
    ProcedureKind.CHANGE: KindWords(
        "変更", "空欄の項目は変わりません。氏名と住所は住民基本台帳のとおりになります。"
    ),
    ProcedureKind.RENUMBER: KindWords(
        "変更",
        "同じ加入のまま、記号・番号・枝番だけが変わります。新しい番号を使いはじめる日になってから届け出ます。"
        "家族は「世帯」でまとめて届け出られます。",
    ),
    ProcedureKind.NAME: KindWords("変更", "空欄にすると、住民基本台帳の氏名になります。"),
    ProcedureKind.ADDRESS: KindWords("変更", "空欄にすると、住民基本台帳の住所になります。"),
    ProcedureKind.RATIO: KindWords("変更", "適用日が先の日付なら、その日から見えます。"),
    ProcedureKind.SCHOOL_ENTRY: KindWords(
        "変更", "小学校に入る年の4月1日から見えます。空欄なら3割です。"
    ),
    ProcedureKind.SEVENTY: KindWords(
        "変更", "誕生月の翌月（1日生まれは当月）から見えます。空欄なら2割です。"
    ),
    ProcedureKind.LIMIT: KindWords(
        "変更",
        "区分に「なし」と入れると終わります。非課税の人の入院が、過去12か月で90日を超えたら、"
        "入院日数を入れて長期入院該当も申請します。",
    ),
    ProcedureKind.ARREARS: KindWords(
        "変更", "窓口で全額を払い、あとで特別療養費を受ける人です。", ("対象", "解除")
    ),
    ProcedureKind.RELEASE_USE: KindWords(
        "マイナ保険証",
        "いま加入している保険者だけが受け付けます。本人か代理人の身分証明書を確かめてください。"
        "反映の日までマイナ保険証を使えます。",
    ),
    ProcedureKind.MOVE_RELEASE: KindWords(
        "マイナ保険証",
        "申請済みの解除を、予定とちがう日に反映します。適用日に新しい解除日を入れます。",
    ),
    ProcedureKind.KEEP_USE: KindWords(
        "マイナ保険証", "反映前の解除の申請を取り下げます。利用登録そのものは本人が行います。"
    ),
    ProcedureKind.USE_LAPSED: KindWords(
        "マイナ保険証", "電子証明書が更新されなかった人の利用登録を、定期処理が解除します。"
    ),
    ProcedureKind.CONSIDERATION: KindWords(
        "マイナ保険証",
        "マイナ保険証での受診が難しい人です。資格確認書を交付します。",
        ("該当", "解除"),
    ),
    ProcedureKind.CARD_LOST: KindWords(
        "マイナ保険証",
        "カードが手元にない間の受診のために、保険者の決まりで資格確認書を交付します。",
        ("手元にない", "手元にある"),
    ),
    ProcedureKind.BLOCK: KindWords(
        "保護", "マイナ保険証を使えなくし、住所を隠します。資格確認書を職権で交付します。"
    ),
    ProcedureKind.HIDE: KindWords("保護", "住所を隠します。マイナ保険証は使えます。"),
    ProcedureKind.LAST_FOUR_SENT: KindWords(
        "照合", "下4桁を確かめるお知らせを交付します。回答があるまで「下4桁の回答待ち」に残ります。"
    ),
    ProcedureKind.LAST_FOUR: KindWords(
        "照合",
        "本人がカードで読んだ下4桁を入れます。違うときは閲覧を止め、読み直して一致すれば再開します。",
        ("不一致", "一致"),
    ),
    ProcedureKind.JLIS_MISMATCH: KindWords(
        "照合", "訂正か確認が済むまで、医療機関から見えなくなります。", ("閲覧停止", "閲覧再開")
    ),
    ProcedureKind.JLIS_MATCH: KindWords(
        "照合", "確認が済んだので、閲覧を再開します。", ("閲覧停止", "閲覧再開")
    ),
    ProcedureKind.CORRECT: KindWords(
        "訂正", "記録は消えません。正しい内容を新しい版として加えます。"
    ),
    ProcedureKind.CANCEL: KindWords("訂正", "加入がなかったことにします。記録は残ります。"),
}
"""The words of each kind, in the order of the page."""
